"""REST APIs with a cache, made with boto3 in front of a backend."""

from typing import Any

from tests.support.limen_process import LimenProcess


class CachedApi:
    """A REST API whose methods are proxied, with what each resource's key is made of."""

    def __init__(self, limen: LimenProcess, backend_url: str) -> None:
        self.limen = limen
        self.client = limen.client("apigateway")
        self.id: str = self.client.create_rest_api(name="cached")["id"]
        self._backend_url = backend_url
        self._root: str = self.client.get_resources(restApiId=self.id)["items"][0]["id"]

    def resource(self, path: str) -> str:
        """The id of `/a/{b}`, made with what is above it."""
        parent, made = self._root, ""
        for part in path.strip("/").split("/"):
            made += f"/{part}"
            known = {each["path"]: each["id"] for each in self.client.get_resources(restApiId=self.id)["items"]}
            parent = (
                known.get(made) or self.client.create_resource(restApiId=self.id, parentId=parent, pathPart=part)["id"]
            )
        return parent

    def method(self, verb: str, path: str, *keys: str, **members: Any) -> str:
        """The id of its resource. `keys`: `header.X`, `querystring.q`, `path.id`; members of PutMethod."""
        named = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": verb}
        parameters = {f"method.request.{key}": False for key in keys}
        mapping = {}
        for part in path.split("/"):
            if part.startswith("{"):
                name = part.strip("{+}")
                parameters[f"method.request.path.{name}"] = True
                mapping[f"integration.request.path.{name}"] = f"method.request.path.{name}"
        self.client.put_method(**named, **{"authorizationType": "NONE", "requestParameters": parameters, **members})
        self.client.put_integration(
            **named,
            type="HTTP_PROXY",
            integrationHttpMethod=verb,
            uri=self._backend_url + path.replace("+", ""),
            requestParameters=mapping,
            cacheKeyParameters=[f"method.request.{key}" for key in keys],
        )
        return str(named["resourceId"])

    def deploy(self, stage: str = "prod", **members: Any) -> str:
        return str(self.client.create_deployment(restApiId=self.id, stageName=stage, **members)["id"])

    def cache(self, *settings: str, stage: str = "prod", paths: dict[str, str] | None = None) -> None:
        """Enables the cache of the stage and of all its methods; `settings`: `/*/*/caching/ttlInSeconds=60`."""
        changes = {
            "/cacheClusterEnabled": "true",
            "/cacheClusterSize": "0.5",
            "/*/*/caching/enabled": "true",
            **dict(each.split("=", 1) for each in settings),
        }
        self.update(changes, stage)

    def update(self, changes: dict[str, str], stage: str = "prod") -> None:
        self.client.update_stage(
            restApiId=self.id,
            stageName=stage,
            patchOperations=[{"op": "replace", "path": path, "value": value} for path, value in changes.items()],
        )

    def flush(self, stage: str = "prod") -> None:
        self.client.flush_stage_cache(restApiId=self.id, stageName=stage)
