"""AWS::ApiGatewayV2::Deployment and Stage. Stages come late: what deploys by itself does so once."""

from limen.control.openapi.keyword import refused
from limen.control.stacks.kind import Kind, Made, Properties, Record, Work, properties, unless_missing, without
from limen.control.stacks.members import members_of, tags_of
from limen.control.stacks.rest_stages import STALE
from limen.control.v2.auto_deploy import deploy_to
from limen.control.v2.deployments import find_stage
from limen.control.v2.stages import put_stage
from limen.plan.snapshot import NOUNS
from limen.store.documents import Document

SERVICE = "apigatewayv2"
_KEPT = ("createdDate", "deploymentId", "lastDeploymentStatusMessage", "_authorizersCacheReset")


def _create_deployment(work: Work, name: str, values: Properties) -> Made:
    made = work.create(SERVICE, "CreateDeployment", values)
    key = made["deploymentId"]
    return Made(key, {"DeploymentId": key}, ("Deployment", str(values["ApiId"]), key))


def _update_deployment(work: Work, record: Record, after: Properties) -> Made:
    members = {"apiId": str(after["ApiId"]), "deploymentId": record.made.physical_id}
    work.run(SERVICE, "UpdateDeployment", members | {"description": str(after.get("Description", ""))})
    return record.made


def _delete_deployment(work: Work, record: Record) -> None:
    members = {"apiId": str(record.properties["ApiId"]), "deploymentId": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteDeployment", members))


def _find_staleness(work: Work, record: Record) -> str | None:
    documents, api_id = work.call.documents, str(record.properties["ApiId"])
    deployment = documents.get("Deployment", api_id, record.made.physical_id)
    if deployment is None:
        return None
    changes = documents.changes(api_id, int(deployment["_revision"]), documents.revision)
    return STALE if any(noun in NOUNS["HTTP"] for noun, _, _ in changes) else None


def _create_stage(work: Work, name: str, values: Properties) -> Made:
    return _put_stage(work, values, {})


def _update_stage(work: Work, record: Record, after: Properties) -> Made:
    api_id = str(after["ApiId"])
    before = find_stage(work.call, api_id, record.made.physical_id)
    work.call.documents.delete("Stage", api_id, record.made.physical_id)
    return _put_stage(work, after, before)


def _put_stage(work: Work, values: Properties, before: Document) -> Made:
    """Whole: what a property does not say is as in a new stage."""
    api_id = str(values["ApiId"])
    own = without(values, "Tags") | ({"Tags": tags_of(values["Tags"])} if values.get("Tags") else {})
    stage = put_stage(work.call, api_id, members_of(SERVICE, "CreateStage", own))
    kept = {name: before[name] for name in _KEPT if name in before}
    named = {"deploymentId": stage["deploymentId"]} if stage.get("deploymentId") else {}
    work.call.documents.put("Stage", api_id, stage["stageName"], stage | kept | named)
    if stage.get("autoDeploy"):
        deploy_to(work.call, api_id, [find_stage(work.call, api_id, stage["stageName"])])
    return Made(stage["stageName"], document=("Stage", api_id, stage["stageName"]))


def _delete_stage(work: Work, record: Record) -> None:
    members = {"apiId": str(record.properties["ApiId"]), "stageName": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteStage", members))


HTTP_STAGE_KINDS = (
    Kind(
        "AWS::ApiGatewayV2::Deployment",
        properties("ApiId! Description StageName!"),
        _create_deployment,
        _update_deployment,
        _delete_deployment,
        required=("ApiId",),
        priority=1,
        find_staleness=_find_staleness,
    ),
    Kind(
        "AWS::ApiGatewayV2::Stage",
        properties(
            "AccessLogSettings ApiId! AutoDeploy DefaultRouteSettings DeploymentId Description RouteSettings "
            "StageName! StageVariables Tags",
            AccessPolicyId=refused("API Gateway does not support this property"),
            ClientCertificateId=refused("only WebSocket APIs have this"),
        ),
        _create_stage,
        _update_stage,
        _delete_stage,
        required=("ApiId", "StageName"),
        priority=2,
    ),
)
