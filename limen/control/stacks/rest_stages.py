"""AWS::ApiGateway::Deployment and Stage.

CloudFormation freezes an API once for each Deployment resource, so that people rename it at each change. Here a
Deployment is made anew whenever what it froze has changed.
"""

from limen.aws.errors import bad_request
from limen.aws.patch import escape
from limen.control.documents import given
from limen.control.openapi.keyword import refused, stored
from limen.control.stacks.kind import Kind, Made, Properties, Record, Work, properties, unless_missing, without
from limen.control.stacks.members import members_of, service_model, shaped, tags_of
from limen.control.v1.deployments import check_problems
from limen.control.v1.documents import find_rest_api
from limen.control.v1.stage_patches import NEW_SETTING
from limen.control.v1.stages import put_stage, store_stage
from limen.plan.snapshot import NOUNS
from limen.store.documents import Document

SERVICE = "apigateway"
STALE = "what it froze has changed; CloudFormation would want another logical id"


def _create_deployment(work: Work, name: str, values: Properties) -> Made:
    own = without(values, "StageDescription", "DeploymentCanarySettings")
    members = members_of(SERVICE, "CreateDeployment", own)
    stage = values.get("StageDescription")
    if stage and isinstance(stage, dict) and stage.get("Variables"):
        members["variables"] = {str(key): str(value) for key, value in stage["Variables"].items()}
    made = work.run(SERVICE, "CreateDeployment", members)
    api_id = str(values["RestApiId"])
    check_problems(work.call, api_id)  # of a file's author, unlike of a call, what AWS finds out by 500s is refused
    return Made(made["id"], {"DeploymentId": made["id"]}, ("Deployment", api_id, made["id"]))


def _update_deployment(work: Work, record: Record, after: Properties) -> Made:
    named = {"restapi_id": str(after["RestApiId"]), "deployment_id": record.made.physical_id}
    work.patch("UpdateDeployment", named, {"/description": after.get("Description")})
    return record.made


def _delete_deployment(work: Work, record: Record) -> None:
    """The stage that it made goes with it, where that serves nothing newer."""
    api_id, deployment_id = str(record.properties["RestApiId"]), record.made.physical_id
    stage_name = record.properties.get("StageName")
    stage = work.call.documents.get("Stage", api_id, str(stage_name)) if stage_name else None
    if stage is not None and stage["deploymentId"] == deployment_id:
        work.run(SERVICE, "DeleteStage", {"restapi_id": api_id, "stage_name": str(stage_name)})
    members = {"restapi_id": api_id, "deployment_id": deployment_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteDeployment", members))


def _find_staleness(work: Work, record: Record) -> str | None:
    """An API's own document counts too: it has what is binary, how keys are found, from which size it compresses."""
    documents, api_id = work.call.documents, str(record.properties["RestApiId"])
    deployment = documents.get("Deployment", api_id, record.made.physical_id)
    if deployment is None:
        return None
    since = int(deployment["_revision"])
    changes = documents.changes(api_id, since, documents.revision)
    if any(noun in NOUNS["REST"] for noun, _, _ in changes):
        return STALE
    before = documents.at(since).get("RestApi", work.scope, api_id)
    return STALE if before is not None and before != find_rest_api(work.call, api_id) else None


# --- stages


def _create_stage(work: Work, name: str, values: Properties) -> Made:
    return _put_stage(work, values, None)


def _update_stage(work: Work, record: Record, after: Properties) -> Made:
    api_id = str(after["RestApiId"])
    before = work.call.documents.get("Stage", api_id, record.made.physical_id)
    work.call.documents.delete("Stage", api_id, record.made.physical_id)
    return _put_stage(work, after, before)


def _put_stage(work: Work, values: Properties, before: Document | None) -> Made:
    """Whole: what a property does not say is as in a new stage."""
    own = without(values, "AccessLogSetting", "CanarySetting", "ClientCertificateId", "MethodSettings", "Tags")
    members = members_of(SERVICE, "CreateStage", own)
    if values.get("Tags"):
        members["tags"] = tags_of(values["Tags"])
    if values.get("CanarySetting"):
        canary = {"canarySettings": values["CanarySetting"]}
        members |= members_of(SERVICE, "CreateStage", canary)
    api_id = str(values["RestApiId"])
    stage = put_stage(work.call, api_id, members) | _beside(values)
    if before is not None:
        stage["createdDate"] = before["createdDate"]
        stage |= {name: value for name, value in before.items() if name.startswith("_")}
    name = store_stage(work.call, api_id, stage)["stageName"]
    return Made(name, document=("Stage", api_id, name))


def _beside(values: Properties) -> Document:
    """What only PATCH sets of a stage."""
    beside: Document = {}
    if values.get("ClientCertificateId"):
        beside["clientCertificateId"] = str(values["ClientCertificateId"])
    shape = service_model(SERVICE).operation("GetStage").output
    assert shape is not None
    if values.get("AccessLogSetting"):
        kind = shape.members["accessLogSettings"].shape
        beside["accessLogSettings"] = shaped(kind, values["AccessLogSetting"], ("AccessLogSetting",))
    setting = shape.members["methodSettings"].shape.element
    assert setting is not None
    settings = {}
    for index, each in enumerate(values.get("MethodSettings") or []):
        at = ("MethodSettings", str(index))
        made = shaped(setting, without(each, "ResourcePath", "HttpMethod"), at)
        settings[_method_key(each)] = given(NEW_SETTING | made, NEW_SETTING | made)
    return beside | ({"methodSettings": settings} if settings else {})


def _method_key(setting: Properties) -> str:
    path, verb = str(setting.get("ResourcePath", "")), str(setting.get("HttpMethod", ""))
    if not path.startswith("/") or not verb:
        raise bad_request("Each of MethodSettings needs a ResourcePath that begins with / and an HttpMethod")
    return "*/*" if (path, verb) == ("/*", "*") else f"{escape(path)}/{verb}"


def _delete_stage(work: Work, record: Record) -> None:
    members = {"restapi_id": str(record.properties["RestApiId"]), "stage_name": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteStage", members))


_STAGE_DESCRIPTION = stored("its Variables are set; declare an AWS::ApiGateway::Stage for the rest")

STAGE_KINDS = (
    Kind(
        "AWS::ApiGateway::Deployment",
        properties(
            "Description RestApiId! StageDescription! StageName!",
            StageDescription=_STAGE_DESCRIPTION,
            DeploymentCanarySettings=refused("canaries belong to a stage: CanarySetting of AWS::ApiGateway::Stage"),
        ),
        _create_deployment,
        _update_deployment,
        _delete_deployment,
        required=("RestApiId",),
        priority=1,
        find_staleness=_find_staleness,
    ),
    Kind(
        "AWS::ApiGateway::Stage",
        properties(
            "AccessLogSetting CacheClusterEnabled CacheClusterSize CanarySetting ClientCertificateId DeploymentId "
            "Description DocumentationVersion MethodSettings RestApiId! StageName! Tags TracingEnabled Variables",
            TracingEnabled=stored("traces are not sent to X-Ray"),
        ),
        _create_stage,
        _update_stage,
        _delete_stage,
        required=("DeploymentId", "RestApiId", "StageName"),
    ),
)
