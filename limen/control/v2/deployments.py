"""Deployments: an API frozen at a revision of the store, and the stages that serve it."""

from typing import Any

from limen.aws.errors import bad_request, not_found
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.v2.checks import check_lengths
from limen.control.v2.documents import answer_page, find, find_api, merge
from limen.store.documents import Document

NO_ROUTES = "Unable to deploy API because no routes exist in this API"
NO_VALID_ROUTES = "Unable to deploy API because no valid routes exist in this API"


def create_deployment(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_api(call, members)["apiId"]
    stage_name = members.get("stageName")
    stage = None if not stage_name else find_stage(call, api_id, stage_name)
    deployment = put_deployment(call, api_id, members.get("description"))
    if stage is not None:
        moved = stage | {"deploymentId": deployment["deploymentId"], "lastUpdatedDate": call.now}
        call.documents.put("Stage", api_id, stage["stageName"], moved)
    return answer(deployment)


def get_deployment(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_deployments(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "Deployment", find_api(call, members)["apiId"], members)


def update_deployment(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = merge(_find(call, members), given(members, ["description"]))
    check_lengths(changed)
    call.documents.put("Deployment", members["apiId"], changed["deploymentId"], changed)
    return answer(changed)


def delete_deployment(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    deployment_id = _find(call, members)["deploymentId"]
    if any(stage.get("deploymentId") == deployment_id for _, stage in call.documents.list("Stage", members["apiId"])):
        raise bad_request("Active stages pointing to this deployment must be moved or deleted")
    call.documents.delete("Deployment", members["apiId"], deployment_id)
    return {}


def put_deployment(call: Call, api_id: str, description: str | None, since: int | None = None) -> Document:
    """Freezes the API as it is; refused with the reason where it does not compile.

    `since` is a revision known to compile: only what changed after it is looked at.
    """
    obstacle = find_obstacle(call, api_id)
    if obstacle is not None:
        raise bad_request(obstacle)
    problems = find_problems(call, api_id, since)
    if problems:
        raise bad_request(f"Unable to deploy API because it cannot be served: {'; '.join(problems)}")
    return store_deployment(call, api_id, description)


def store_deployment(
    call: Call, api_id: str, description: str | None, *, auto: bool = False, failure: str | None = None
) -> Document:
    deployment: Document = {
        "autoDeployed": auto,
        "createdDate": call.now,
        "deploymentId": fresh_id(call, "Deployment", api_id),
        "deploymentStatus": "DEPLOYED" if failure is None else "FAILED",
        "_revision": call.documents.revision,
    }
    if failure is not None:
        deployment["deploymentStatusMessage"] = failure
    if description:
        deployment["description"] = description
    check_lengths(deployment)
    call.documents.put("Deployment", api_id, deployment["deploymentId"], deployment)
    return deployment


def find_problems(call: Call, api_id: str, since: int | None = None) -> list[str]:
    """What does not compile in the API as it stands in the open transaction."""
    # Imported here: compiling is the gateway's code, which reads do not need and a cold start should not wait for.
    from limen.plan import freeze

    return freeze.find_problems(call.documents, api_id, call.documents.revision, since)


def find_obstacle(call: Call, api_id: str) -> str | None:
    """Why there is nothing to deploy; None where a route leads somewhere, as nearly always the first one does."""
    first = call.documents.list("Route", api_id, limit=1)
    if not first:
        return NO_ROUTES
    if any("target" in route for _, route in first):
        return None
    has_target = any("target" in route for _, route in call.documents.list("Route", api_id))
    return None if has_target else NO_VALID_ROUTES


def find_stage(call: Call, api_id: str, stage_name: str) -> Document:
    stage = call.documents.get("Stage", api_id, stage_name)
    if stage is None:
        raise not_found("Invalid stage identifier specified", "Stage")
    return stage


def _find(call: Call, members: dict[str, Any]) -> Document:
    find_api(call, members)
    return find(call, "Deployment", members["apiId"], members["deploymentId"])
