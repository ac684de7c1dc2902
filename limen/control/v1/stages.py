"""Stages of REST APIs: names that deployments are served under, each with settings, variables and maybe a canary."""

import re
from typing import Any

from limen.aws.errors import bad_request, conflict
from limen.control.call import Call
from limen.control.documents import answer, given
from limen.control.domains.documents import check_no_rules, domains_of
from limen.control.tags import checked_tags
from limen.control.v1 import quotas
from limen.control.v1.documents import find, find_child, find_rest_api
from limen.control.v1.stage_patches import change_stage
from limen.control.v1.usage_plans import forget_stages
from limen.control.v2.stage_settings import check_log_destination, check_log_format, check_variables
from limen.store.documents import Document

MEMBERS = (
    "cacheClusterEnabled",
    "cacheClusterSize",
    "canarySettings",
    "deploymentId",
    "description",
    "documentationVersion",
    "tracingEnabled",
    "variables",
)
NEW_CANARY: Document = {"percentTraffic": 0.0, "useStageCache": False}
SMALLEST_CACHE = "0.5"

NO_DEPLOYMENT = "Deployment id does not exist"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


def create_stage(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    quotas.check_room_in_api(call, "Stage", api_id)
    return answer(put_stage(call, api_id, members))


def get_stage(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_stages(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """All of them, or those that serve a deployment; this list has no pages."""
    wanted = members.get("deploymentId")
    found = call.documents.list("Stage", find_rest_api(call, members["restapi_id"])["id"])
    return {"item": [answer(stage) for _, stage in found if wanted in (None, stage["deploymentId"])]}


def update_stage(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = change_stage(_find(call, members), members.get("patchOperations") or [])
    return answer(store_stage(call, members["restapi_id"], changed))


def delete_stage(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """It leaves the usage plans that have it."""
    api_id, stage_name = members["restapi_id"], _find(call, members)["stageName"]
    mapped = domains_of(call, api_id, stage_name)
    if mapped:
        raise bad_request(
            f"Deleting stage {stage_name} failed. Please remove all base path mappings related to the stage in your "
            f"domains: {', '.join(mapped)}"
        )
    check_no_rules(call, f"stage {stage_name}", api_id, stage_name)
    forget_stages(call, api_id, stage_name)
    call.documents.delete("Stage", api_id, stage_name)
    return {}


def flush_stage_cache(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _mark(call, members, "_cacheReset")


def flush_stage_authorizers_cache(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _mark(call, members, "_authorizersCacheReset")


def put_stage(call: Call, api_id: str, members: dict[str, Any]) -> Document:
    """Creates a stage."""
    name = members["stageName"]
    if not _NAME.fullmatch(name):
        raise bad_request("Stage name only allows a-zA-Z0-9_-")
    if call.documents.get("Stage", api_id, name) is not None:
        raise conflict("Stage already exists")
    stage: Document = {
        "stageName": name,
        "cacheClusterEnabled": False,
        "methodSettings": {},
        "tracingEnabled": False,
        "createdDate": call.now,
        **given(members, MEMBERS),
    }
    if tags := checked_tags(members):
        stage["tags"] = tags
    if "canarySettings" in stage:
        stage["canarySettings"] = {
            **NEW_CANARY,
            "deploymentId": stage["deploymentId"],
            **given(stage["canarySettings"], stage["canarySettings"]),
        }
    return store_stage(call, api_id, stage)


def store_stage(call: Call, api_id: str, stage: Document) -> Document:
    """Checks a stage as it would be, and stores it."""
    _check_references(call, api_id, stage)
    check_variables(stage.get("variables", {}))
    if not stage.get("variables"):
        stage.pop("variables", None)
    if "canarySettings" in stage:
        _check_canary(stage["canarySettings"])
    if "accessLogSettings" in stage:
        _check_access_log(stage["accessLogSettings"])
    if stage["cacheClusterEnabled"]:
        stage.setdefault("cacheClusterSize", SMALLEST_CACHE)
    stage["cacheClusterStatus"] = "AVAILABLE" if stage["cacheClusterEnabled"] else "NOT_AVAILABLE"
    stage["lastUpdatedDate"] = call.now
    call.documents.put("Stage", api_id, stage["stageName"], stage)
    return stage


def _check_references(call: Call, api_id: str, stage: Document) -> None:
    canary = stage.get("canarySettings", {})
    for deployment_id in (stage["deploymentId"], canary.get("deploymentId", stage["deploymentId"])):
        if call.documents.get("Deployment", api_id, deployment_id) is None:
            raise bad_request(NO_DEPLOYMENT)
    if "clientCertificateId" in stage:
        find(call, "ClientCertificate", call.scope, stage["clientCertificateId"])
    if "documentationVersion" in stage:
        find(call, "DocumentationVersion", api_id, stage["documentationVersion"])


def _check_canary(settings: Document) -> None:
    if not 0 <= settings["percentTraffic"] <= 100:
        raise bad_request("Invalid percentTraffic specified: it must be a number from 0.0 to 100.0")
    check_variables(settings.get("stageVariableOverrides", {}))


def _check_access_log(settings: Document) -> None:
    """PATCH sets and removes either half alone; nothing is logged until both are there."""
    if "destinationArn" in settings:
        check_log_destination(settings["destinationArn"])
        settings["destinationArn"] = settings["destinationArn"].removesuffix(":*")
    if "format" in settings:
        check_log_format(settings["format"])


def _mark(call: Call, members: dict[str, Any], name: str) -> dict[str, Any]:
    """Kept as the revision of the flush, so that gateways learn of it as of any other change of the stage."""
    stage = _find(call, members) | {name: call.documents.revision}
    call.documents.put("Stage", members["restapi_id"], stage["stageName"], stage)
    return {}


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find_child(call, "Stage", members, members["stage_name"])
