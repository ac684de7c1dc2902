"""Stages of HTTP APIs: names that deployments are served under, each with its settings and variables."""

import re
from typing import Any

from limen.aws.errors import bad_request, conflict, not_found
from limen.control.call import Call
from limen.control.documents import answer, given
from limen.control.tags import check_tags
from limen.control.v2 import quotas
from limen.control.v2.auto_deploy import deploy_to
from limen.control.v2.checks import check_lengths, refuse_websocket_members
from limen.control.v2.deployments import find_stage
from limen.control.v2.documents import answer_page, find_api, merge, without_cleared
from limen.control.v2.stage_settings import check_access_log, check_route_settings, check_variables
from limen.store.documents import Document

MEMBERS = (
    "accessLogSettings",
    "autoDeploy",
    "defaultRouteSettings",
    "deploymentId",
    "description",
    "routeSettings",
    "stageVariables",
)
_NAME = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")


def create_stage(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_api(call, members)["apiId"]
    quotas.check_room_in_api(call, "Stage", api_id)
    stage = put_stage(call, api_id, members)
    if stage.get("autoDeploy"):
        deploy_to(call, api_id, [stage])
    return answer(find_stage(call, api_id, stage["stageName"]))


def get_stage(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_stages(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "Stage", find_api(call, members)["apiId"], members)


def update_stage(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    stage = _find(call, members)
    if stage.get("apiGatewayManaged") and members.get("autoDeploy") is False:
        raise bad_request("You can't modify autoDeploy of the $default stage that is managed by API Gateway")
    changes = given(members, MEMBERS)
    if changes.get("deploymentId") == "":  # a stage is moved to another deployment, never taken off one
        del changes["deploymentId"]
    kept = without_cleared(stage, changes, ("accessLogSettings",))
    changed = _store(call, members["apiId"], merge(kept, changes), members)
    if changed.get("autoDeploy") and not stage.get("autoDeploy"):
        deploy_to(call, members["apiId"], [changed])
    return answer(find_stage(call, members["apiId"], stage["stageName"]))


def delete_stage(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id, stage_name = members["apiId"], _find(call, members)["stageName"]
    for _, _, mapping in call.documents.all("ApiMapping"):
        if mapping["apiId"] == api_id and mapping["stage"] == stage_name:
            raise bad_request(
                f"Deleting stage {stage_name} failed. Please remove all API mappings for the stage from your custom "
                f"domain names, such as {mapping['_domainName']}."
            )
    call.documents.delete("Stage", api_id, stage_name)
    return {}


def delete_access_log_settings(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    stage = _find(call, members)
    if stage.pop("accessLogSettings", None) is not None:
        _put(call, members["apiId"], stage)
    return {}


def delete_route_settings(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    stage = _find(call, members)
    if stage["routeSettings"].pop(members["routeKey"], None) is None:
        raise not_found(f"Unable to find RouteSettings by key {members['routeKey']}", "RouteSettings")
    _put(call, members["apiId"], stage)
    return {}


def reset_authorizers_cache(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Kept as the revision of the last reset, so that gateways learn of it as of any other change of the stage."""
    _put(call, members["apiId"], _find(call, members) | {"_authorizersCacheReset": call.documents.revision})
    return {}


def put_stage(call: Call, api_id: str, members: dict[str, Any], *, managed: bool = False) -> Document:
    """Creates a stage; one that deploys by itself serves nothing until `deploy_changes` or `deploy_to`."""
    name = members["stageName"]
    if not _NAME.fullmatch(name):
        raise bad_request("Stage name only allows a-zA-Z0-9_- or $default")
    if call.documents.get("Stage", api_id, name) is not None:
        raise conflict("Stage already exists")
    tags = members.get("tags") or {}
    check_tags(tags)
    bare: Document = {
        "createdDate": call.now,
        "defaultRouteSettings": {"detailedMetricsEnabled": False},
        "routeSettings": {},
        "stageName": name,
        "stageVariables": {},
        "tags": tags,
    }
    if managed:
        bare["apiGatewayManaged"] = True
    return _store(call, api_id, merge(bare, given(members, MEMBERS)), members)


def _store(call: Call, api_id: str, stage: Document, members: dict[str, Any]) -> Document:
    """Checks and stores a stage that `members` of this call have changed."""
    refuse_websocket_members(members, ("clientCertificateId",))
    check_lengths(stage)
    check_variables(stage["stageVariables"])
    check_route_settings(call, api_id, stage, members.get("routeSettings") or {})
    if not stage.get("accessLogSettings"):
        stage.pop("accessLogSettings", None)
    else:
        check_access_log(stage["accessLogSettings"])
        stage["accessLogSettings"]["destinationArn"] = stage["accessLogSettings"]["destinationArn"].removesuffix(":*")
    if members.get("deploymentId"):
        _check_deployment(call, api_id, stage)
    return _put(call, api_id, stage)


def _check_deployment(call: Call, api_id: str, stage: Document) -> None:
    if stage.get("autoDeploy"):
        raise bad_request("DeploymentId cannot be specified for a stage with autoDeploy enabled")
    deployment = call.documents.get("Deployment", api_id, stage["deploymentId"])
    if deployment is None:
        raise not_found(f"Invalid Deployment identifier specified {stage['deploymentId']}", "Deployment")
    if deployment["deploymentStatus"] != "DEPLOYED":
        raise bad_request(f"Deployment {stage['deploymentId']} has failed and cannot be served")


def _put(call: Call, api_id: str, stage: Document) -> Document:
    stage["lastUpdatedDate"] = call.now
    call.documents.put("Stage", api_id, stage["stageName"], stage)
    return stage


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find_stage(call, find_api(call, members)["apiId"], members["stageName"])
