"""REST APIs in front of AWS services, made with boto3 as the guide's tutorials make them in the console."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.client import Client
from tests.support.limen_process import LimenProcess


class ServiceApi:
    """One API on a running Limen; `add` methods, then `deploy`."""

    def __init__(self, limen: LimenProcess, role: str, **settings: Any) -> None:
        self._limen = limen
        self._role = role
        self._client = limen.client("apigateway")
        api = self._client.create_rest_api(name="services", **settings)
        self.id = str(api["id"])
        self._resources = {"/": str(api["rootResourceId"])}

    def add(
        self,
        method: str,
        path: str,
        uri: str,
        *,
        backend_method: str = "POST",
        declares: Iterable[str] = (),
        parameters: Mapping[str, str] | None = None,
        template: str | None = None,
        responses: Mapping[str, str] | None = None,
        response_template: str | None = None,
        response_headers: Mapping[str, str] | None = None,
    ) -> None:
        """`parameters` maps below `integration.request.`; `responses` is status by pattern, "" the default."""
        resource = {"restApiId": self.id, "resourceId": self._resource(path), "httpMethod": method}
        declared = {f"method.request.{name}": False for name in declares}
        self._client.put_method(**resource, authorizationType="NONE", requestParameters=declared)
        self._client.put_integration(
            **resource,
            type="AWS",
            integrationHttpMethod=backend_method,
            uri=f"arn:aws:apigateway:us-east-1:{uri}",
            requestParameters={f"integration.request.{name}": value for name, value in (parameters or {}).items()},
            requestTemplates={"application/json": template} if template else {},
            credentials=self._role,
        )
        headers = {f"method.response.header.{name}": value for name, value in (response_headers or {}).items()}
        for pattern, status in (responses or {"": "200"}).items():
            self._client.put_method_response(
                **resource, statusCode=status, responseParameters=dict.fromkeys(headers, False)
            )
            self._client.put_integration_response(
                **resource,
                statusCode=status,
                selectionPattern=pattern,
                responseParameters=headers if not pattern else {},
                responseTemplates={"application/json": response_template} if response_template and not pattern else {},
            )

    def deploy(self, **variables: str) -> Client:
        """A caller of the API, whose paths begin with `/prod`; a stage has `variables`."""
        self._client.create_deployment(restApiId=self.id, stageName="prod", variables=variables)
        return self._limen.caller(self.id)

    def test(self, method: str, path: str, target: str) -> Any:
        """TestInvokeMethod: what the method answers as it stands, and its log."""
        return self._client.test_invoke_method(
            restApiId=self.id, resourceId=self._resource(path), httpMethod=method, pathWithQueryString=target
        )

    def _resource(self, path: str) -> str:
        if path not in self._resources:
            parent, _, part = path.rpartition("/")
            made = self._client.create_resource(
                restApiId=self.id, parentId=self._resource(parent or "/"), pathPart=part
            )
            self._resources[path] = str(made["id"])
        return self._resources[path]
