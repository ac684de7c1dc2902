"""Quick create: an API with one target, whose route, integration and `$default` stage API Gateway manages."""

from typing import Any

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.v2.auto_deploy import deploy_changes
from limen.control.v2.checks import is_function
from limen.control.v2.integrations import find_managed_integration, put_integration
from limen.control.v2.routes import find_managed_route, put_route
from limen.control.v2.stages import put_stage

MEMBERS = ("target", "routeKey", "credentialsArn")


def create(call: Call, api_id: str, members: dict[str, Any]) -> None:
    """The members of CreateApi that belong to quick create; without a target there is nothing to make."""
    if not members.get("target"):
        _refuse_without_target(members)
        return
    integration = _integration(members["target"]) | _credentials(members)
    integration_id = put_integration(call, api_id, integration, managed=True)
    route = {"routeKey": members.get("routeKey") or "$default", "target": f"integrations/{integration_id}"}
    put_route(call, api_id, route, managed=True)
    put_stage(call, api_id, {"stageName": "$default", "autoDeploy": True}, managed=True)
    deploy_changes(call, api_id)


def update(call: Call, api_id: str, members: dict[str, Any]) -> bool:
    """The same of UpdateApi; says whether something changed. A target can be replaced, not removed."""
    if not any(members.values()):
        return False
    route = find_managed_route(call, api_id)
    integration = find_managed_integration(call, api_id)
    if members.get("routeKey"):
        if route is None:
            raise _no_quick_create("routeKey")
        put_route(call, api_id, route | {"routeKey": members["routeKey"]}, route["routeId"], managed=True)
    if members.get("target") or members.get("credentialsArn"):
        if integration is None:
            raise _no_quick_create("target" if members.get("target") else "credentialsArn")
        changed = integration | (_integration(members["target"]) if members.get("target") else {})
        put_integration(call, api_id, changed | _credentials(members), integration["integrationId"], managed=True)
    return True


def _integration(target: str) -> dict[str, Any]:
    if target.startswith("arn:"):
        if not is_function(target):
            raise bad_request(f"Invalid target specified: {target} is not the ARN of a Lambda function")
        return {
            "integrationType": "AWS_PROXY",
            "integrationUri": target,
            "integrationMethod": "POST",
            "payloadFormatVersion": "2.0",
        }
    return {
        "integrationType": "HTTP_PROXY",
        "integrationUri": target,
        "integrationMethod": "ANY",
        "payloadFormatVersion": "1.0",
    }


def _credentials(members: dict[str, Any]) -> dict[str, Any]:
    return {"credentialsArn": members["credentialsArn"]} if members.get("credentialsArn") else {}


def _refuse_without_target(members: dict[str, Any]) -> None:
    for name in ("routeKey", "credentialsArn"):
        if members.get(name):
            raise bad_request(f"{name} is part of quick create: it can only be specified together with target")


def _no_quick_create(name: str) -> Exception:
    return bad_request(f"{name} cannot be updated: the API was not created using quick create")
