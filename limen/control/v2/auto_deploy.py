"""Stages with `autoDeploy`: each change of an API becomes a deployment of its own, and they move to it.

A deployment is a number, the revision that its API is frozen at; what compiles is looked at only where it changed
since the stage's last good one. So a change costs the same in an API of one route and of five thousand.
"""

from limen.control.call import Call
from limen.control.v2 import deployments
from limen.store.documents import Document

DESCRIPTION = "Automatic deployment triggered by changes to the Api configuration"
FAILED = "Deployment attempt failed"
"""How the message of a stage begins that could not be moved."""


def deploy_changes(call: Call, api_id: str) -> None:
    """Called last by each operation that changes what an API serves; nothing where no stage deploys by itself."""
    deploy_to(call, api_id, [stage for _, stage in call.documents.list("Stage", api_id) if stage.get("autoDeploy")])


def deploy_to(call: Call, api_id: str, stages: list[Document]) -> None:
    """Moves stages to the API as it is now, or tells them why it cannot be deployed: they keep what they had."""
    if not stages:
        return
    obstacle = deployments.find_obstacle(call, api_id)
    if obstacle is not None:
        _tell(call, api_id, stages, f"{FAILED}: {obstacle}")
        return
    problems = deployments.find_problems(call, api_id, _last_good_revision(call, api_id, stages))
    if problems:
        message = "; ".join(problems)
        deployments.store_deployment(call, api_id, DESCRIPTION, auto=True, failure=message)
        _tell(call, api_id, stages, f"{FAILED}: {message}")
        return
    deployment_id = deployments.store_deployment(call, api_id, DESCRIPTION, auto=True)["deploymentId"]
    _tell(call, api_id, stages, f"Successfully deployed stage with deployment ID '{deployment_id}'", deployment_id)


def _tell(call: Call, api_id: str, stages: list[Document], message: str, deployment_id: str | None = None) -> None:
    for stage in stages:
        changed = stage | {"lastDeploymentStatusMessage": message, "lastUpdatedDate": call.now}
        if deployment_id is not None:
            changed["deploymentId"] = deployment_id
        call.documents.put("Stage", api_id, stage["stageName"], changed)


def _last_good_revision(call: Call, api_id: str, stages: list[Document]) -> int | None:
    """The oldest revision that one of the stages serves; None where one has served nothing yet."""
    revisions = []
    for stage in stages:
        deployment_id = stage.get("deploymentId")
        deployment = call.documents.get("Deployment", api_id, deployment_id) if deployment_id else None
        if deployment is None:
            return None
        revisions.append(int(deployment["_revision"]))
    return min(revisions)
