"""Deployments: a REST API frozen at a revision of the store, and the stages that serve it."""

from typing import Any

from limen.aws.errors import bad_request
from limen.aws.patch import PLAIN, REPLACE, PatchPath, PatchPaths, text
from limen.control.call import Call
from limen.control.documents import answer, fresh_id
from limen.control.v1 import stages
from limen.control.v1.documents import answer_page, find_child, find_rest_api
from limen.store.documents import Document

NO_METHODS = "The REST API doesn't contain any methods"
NO_INTEGRATION = "No integration defined for method"
NO_POLICY = "Private REST API doesn't have a resource policy attached to it"
IN_USE = "Active stages pointing to this deployment must be moved or deleted"
IN_USE_BY_CANARY = "Active stages with canary settings pointing to this deployment must be moved or deleted"

STAGE_MEMBERS = ("cacheClusterEnabled", "cacheClusterSize", "tracingEnabled", "variables")
"""Of CreateDeployment: what it says of the stage."""

PATCH_PATHS = PatchPaths([PatchPath("/description", (REPLACE,), text)], PLAIN)


def create_deployment(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    canary, stage_name = members.get("canarySettings"), members.get("stageName")
    if canary is not None:
        _check_canary_stage(call, api_id, stage_name)
    # Templates that are no Velocity are deployed, as by AWS: their method answers 500 where one is needed.
    deployment = put_deployment(call, api_id, members.get("description"), templates=False)
    if stage_name:
        deploy_to_stage(call, api_id, deployment["id"], members)
    return answer(deployment)


def get_deployment(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    deployment = _find(call, members)
    if "apisummary" in (members.get("embed") or ()):
        return answer(deployment) | {"apiSummary": _summarise(call, members["restapi_id"], deployment["_revision"])}
    return answer(deployment)


def get_deployments(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "Deployment", find_rest_api(call, members["restapi_id"])["id"], members)


def update_deployment(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = PATCH_PATHS.apply(_find(call, members), members.get("patchOperations"))
    call.documents.put("Deployment", members["restapi_id"], changed["id"], changed)
    return answer(changed)


def delete_deployment(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    deployment_id = _find(call, members)["id"]
    served = [stage for _, stage in call.documents.list("Stage", members["restapi_id"])]
    if any(stage["deploymentId"] == deployment_id for stage in served):
        raise bad_request(IN_USE)
    if any(stage.get("canarySettings", {}).get("deploymentId") == deployment_id for stage in served):
        raise bad_request(IN_USE_BY_CANARY)
    call.documents.delete("Deployment", members["restapi_id"], deployment_id)
    return {}


def deploy(call: Call, api_id: str, stage_name: str, description: str | None = None) -> Document:
    """Freezes the API and has a stage serve it, which is made where there is none; the stage."""
    deployment = put_deployment(call, api_id, description)
    return deploy_to_stage(call, api_id, deployment["id"], {"stageName": stage_name})


def put_deployment(call: Call, api_id: str, description: str | None = None, *, templates: bool = True) -> Document:
    """Freezes the API as it is; refused with the reason where there is nothing to serve, or it does not compile.

    `templates`: mapping templates have to compile as well.
    """
    obstacle = find_obstacle(call, api_id)
    if obstacle is not None:
        raise bad_request(obstacle)
    check_problems(call, api_id, templates=templates)
    deployment: Document = {
        "id": fresh_id(call, "Deployment", api_id),
        "createdDate": call.now,
        "_revision": call.documents.revision,
    }
    if description:
        deployment["description"] = description
    call.documents.put("Deployment", api_id, deployment["id"], deployment)
    return deployment


def check_problems(call: Call, api_id: str, *, templates: bool = True) -> None:
    problems = find_problems(call, api_id, templates=templates)
    if problems:
        raise bad_request(f"Unable to deploy API because it cannot be served: {'; '.join(problems)}")


def find_problems(call: Call, api_id: str, *, templates: bool = True) -> list[str]:
    """What does not compile in the API as it stands in the open transaction."""
    # Imported here: compiling is the gateway's code, which reads do not need and a cold start should not wait for.
    from limen.plan import freeze

    return freeze.find_rest_problems(call.documents, api_id, call.documents.revision, templates=templates)


def find_obstacle(call: Call, api_id: str) -> str | None:
    """Why there is nothing to deploy."""
    methods = call.documents.list("Method", api_id)
    if not methods:
        return NO_METHODS
    if any("methodIntegration" not in method for _, method in methods):
        return NO_INTEGRATION
    api = find_rest_api(call, api_id)
    is_private = "PRIVATE" in api.get("endpointConfiguration", {}).get("types", ())
    return NO_POLICY if is_private and not api.get("policy") else None


def deploy_to_stage(call: Call, api_id: str, deployment_id: str, members: dict[str, Any]) -> Document:
    """Has a stage serve a deployment, to all its callers or to those of its canary; `members` of CreateDeployment."""
    changes = {name: members[name] for name in STAGE_MEMBERS if members.get(name) is not None}
    if members.get("stageDescription") is not None:
        changes["description"] = members["stageDescription"]
    stage_name, canary = members["stageName"], members.get("canarySettings")
    stage = call.documents.get("Stage", api_id, stage_name)
    if stage is None:
        return stages.put_stage(call, api_id, changes | {"stageName": stage_name, "deploymentId": deployment_id})
    if canary is None and "canarySettings" not in stage:
        return stages.store_stage(call, api_id, stage | changes | {"deploymentId": deployment_id})
    settings = {**stages.NEW_CANARY, **stage.get("canarySettings", {}), **(canary or {}), "deploymentId": deployment_id}
    return stages.store_stage(call, api_id, stage | changes | {"canarySettings": settings})


def _check_canary_stage(call: Call, api_id: str, stage_name: str | None) -> None:
    if not stage_name:
        shown = "null" if stage_name is None else ""
        raise bad_request(
            "Invalid deployment content specified.Non null and non empty stageName must be provided for canary "
            f"deployment. Provided value is {shown}"
        )
    if call.documents.get("Stage", api_id, stage_name) is None:
        raise bad_request(
            f"Invalid deployment content specified.Stage {stage_name} must already be created before making a canary "
            "release deployment"
        )


def _summarise(call: Call, api_id: str, revision: int) -> dict[str, dict[str, dict[str, Any]]]:
    """How each method that was frozen is authorized, by path and verb."""
    frozen = call.documents.at(revision)
    paths = {key: resource["path"] for key, resource in frozen.list("Resource", api_id)}
    summary: dict[str, dict[str, dict[str, Any]]] = {}
    for _, method in frozen.list("Method", api_id):
        summary.setdefault(paths[method["_resourceId"]], {})[method["httpMethod"]] = {
            "authorizationType": method["authorizationType"],
            "apiKeyRequired": method.get("apiKeyRequired", False),
        }
    return summary


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find_child(call, "Deployment", members, members["deployment_id"])
