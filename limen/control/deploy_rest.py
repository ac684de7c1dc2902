"""A REST API that belongs to a file: made what the file says, deployed, its stage moved.

Unlike an HTTP API, a REST API serves nothing until a deployment is made; each save that changes something makes one.
"""

from msgspec import Struct

from limen.aws.errors import AwsError
from limen.control.call import Call
from limen.control.openapi.apply_rest import PutMode
from limen.control.openapi.import_rest import ImportedRest
from limen.control.openapi.rest_operations import REPLACED, put_imported_rest
from limen.control.openapi.shapes import Message
from limen.control.v1.deployments import deploy, find_problems
from limen.control.v1.stages import store_stage
from limen.plan.snapshot import NOUNS
from limen.store.documents import Document
from limen.store.reader import Reader
from limen.store.transaction import Transaction

DEFAULT_STAGE = "prod"


class RestDeployed(Struct, frozen=True):
    api: Document
    deployment_id: str
    edits: list[str]  # what was changed by hand since the file was deployed last, by name


def deploy_rest(call: Call, imported: ImportedRest, record: Document | None, stage_name: str) -> RestDeployed | None:
    """None, with `imported.errors`, where the API cannot be made. `record`: of the file's last deployment."""
    api = call.documents.get("RestApi", call.scope, record["apiId"]) if record else None
    edits = _edits_by_hand(call.documents, api, record) if api and record else []
    done = put_imported_rest(call, imported, api, PutMode.OVERWRITE, new_id=record["apiId"] if record else None)
    if imported.errors:
        return None
    api_id = done.api["id"]
    stage = call.documents.get("Stage", api_id, stage_name)
    deployed = record.get("deployments", {}).get(stage_name) if record else None
    if stage is not None:
        edits += _restore_stage(call, api_id, stage, deployed)
    if stage is not None and stage["deploymentId"] == deployed and not done.has_changes:
        return RestDeployed(done.api, deployed, edits)
    try:
        stage = deploy(call, api_id, stage_name)
    except AwsError:
        imported.errors += _problems(call, api_id, imported)
        if not imported.errors:
            raise
        return None
    return RestDeployed(done.api, stage["deploymentId"], edits)


def _problems(call: Call, api_id: str, imported: ImportedRest) -> list[Message]:
    """What does not compile, each with its place in the file."""
    methods = {f"method {verb} {path}": method.pointer for (path, verb), method in imported.methods.items()}
    problems = find_problems(call, api_id)
    return [Message(problem, methods.get(problem.partition(": ")[0], ())) for problem in problems]


def _restore_stage(call: Call, api_id: str, stage: Document, deployed: str | None) -> list[str]:
    """Takes a canary away, which would get part of the requests or all deployments to come."""
    edits = []
    if deployed is not None and stage["deploymentId"] != deployed:
        edits.append(f"deployment of stage {stage['stageName']}")
    if "canarySettings" in stage:
        edits.append(f"canary of stage {stage['stageName']}")
        kept = {name: value for name, value in stage.items() if name != "canarySettings"}
        store_stage(call, api_id, kept)
    return edits


def _edits_by_hand(documents: Transaction, api: Document, record: Document) -> list[str]:
    """What was changed since the file was deployed last, by name: a file decides all that a deployment freezes."""
    since, now = int(record["_revision"]), documents.revision - 1
    then = documents.at(since)
    edits = []
    for noun, key, document in documents.changes(api["id"], since, now):
        if noun in NOUNS["REST"]:
            edits.append(_name_of(then, api["id"], noun, document or then.get(noun, api["id"], key) or {}))
    before = then.get("RestApi", record["scope"], api["id"]) or api
    return edits + [f"{name} of the API" for name in REPLACED if api.get(name) != before.get(name)]


def _name_of(then: Reader, api_id: str, noun: str, document: Document) -> str:
    """As people know it: method GET /pets, resource /pets, model Pet."""
    if noun == "Method":
        resource = then.get("Resource", api_id, document["_resourceId"]) or {}
        return f"method {document['httpMethod']} {resource.get('path', document['_resourceId'])}"
    kind = {"RequestValidator": "request validator", "GatewayResponse": "gateway response"}.get(noun, noun.lower())
    return f"{kind} {document.get('path') or document.get('name') or document.get('responseType') or document['id']}"
