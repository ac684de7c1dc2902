"""What `limen serve FILE` does with a file: makes an API of it, deploys it, and keeps it under one id.

The API belongs to the file: a second run replaces what was changed by hand meanwhile, and says so.
"""

from pathlib import Path
from typing import Any
from uuid import uuid4

from msgspec import Struct

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.call import Call, ControlSettings
from limen.control.coverage import Report, check_source
from limen.control.deploy_rest import DEFAULT_STAGE, deploy_rest
from limen.control.deployed import NOUN, PARENT, Deployed, FileOptions, FileRefusedError
from limen.control.openapi.import_http import Imported
from limen.control.openapi.import_rest import ImportedRest
from limen.control.openapi.operations import REPLACED, put_imported, variables
from limen.control.openapi.read import read_source
from limen.control.openapi.shapes import Message
from limen.control.openapi.source import Source, SourceError
from limen.control.overview import Endpoints
from limen.control.v1.rest_apis import delete_rest_api
from limen.control.v2.apis import answer_api, delete_api
from limen.control.v2.auto_deploy import FAILED, deploy_changes
from limen.control.v2.deployments import find_stage
from limen.control.v2.stages import put_stage, update_stage
from limen.plan.snapshot import NOUNS
from limen.store.documents import Document
from limen.store.errors import StoreError
from limen.store.store import Store
from limen.store.transaction import Transaction

SHOWN_EDITS = 5


def deploy_file(store: Store, settings: ControlSettings, path: Path, options: FileOptions) -> Deployed:
    """Makes the file's API what the file says, in one transaction; raises FileRefusedError and changes nothing."""
    aws = AwsCall("apigatewayv2", "ReimportApi", {}, settings.account, options.region, "", str(uuid4()))
    source = _read(path, variables(aws, settings))
    report, imported = check_source(source, str(path), options.api_type)
    if report.refuses(allow_stored=options.allow_stored):
        raise FileRefusedError(path, report.refusal_lines(allow_stored=options.allow_stored))
    try:
        with store.transaction() as documents:
            call = Call(aws=aws, documents=documents, settings=settings)
            return _deploy(call, path, source, imported, report, options)
    except AwsError as error:
        raise FileRefusedError(path, [f"{path}: {error.message}"]) from None
    except StoreError as error:
        raise FileRefusedError(path, [f"{path}: {error}"]) from None


def _read(path: Path, names: dict[str, str]) -> Source:
    try:
        return read_source(path.read_bytes(), names)
    except OSError as error:
        raise FileRefusedError(path, [f"{path}: cannot be read: {error.strerror}"]) from None
    except SourceError as error:
        raise FileRefusedError(path, [_at(path, error.line, error.column, error.message)]) from None


def _at(path: Path, line: int, column: int | None, message: str) -> str:
    place = f"{line}" if column is None else f"{line}:{column}"
    return f"{path}:{place}: {message}"


def _deploy(
    call: Call, path: Path, source: Source, imported: Imported | ImportedRest, report: Report, options: FileOptions
) -> Deployed:
    documents = call.documents
    key = str(path.resolve())
    record, told = _record(call, key, "RestApi" if isinstance(imported, ImportedRest) else "Api")
    if isinstance(imported, ImportedRest):
        written, made = _deploy_rest(call, path, source, imported, record, options)
    else:
        written, made = _deploy_http(call, path, source, imported, record, options)
    if record is None or documents.has_changes:
        documents.put(NOUN, PARENT, key, {**written, "scope": call.scope, "_revision": documents.revision})
    warnings = [f"warning: {message.text}" for message in imported.warnings]
    lines = [*report.summary_lines(), *warnings, *report.advice_lines(), *told]
    return Deployed(
        made.api_id, made.name, made.stage, made.url, documents.has_changes, [*lines, *_told(path, made.edits)]
    )


class _Made(Struct, frozen=True):
    api_id: str
    name: str
    stage: str
    url: str
    edits: list[str]


def _record(call: Call, key: str, noun: str) -> tuple[Document | None, list[str]]:
    """What is known of the file; an API of the other type, which it described before, goes."""
    record = call.documents.get(NOUN, PARENT, key)
    if record is None or record["scope"] != call.scope or "stack" in record:
        return None, []
    if record.get("noun", "Api") == noun:
        return record, []
    api_id = record["apiId"]
    if call.documents.get(record.get("noun", "Api"), call.scope, api_id) is not None:
        remove, members = (
            (delete_api, {"apiId": api_id}) if noun == "RestApi" else (delete_rest_api, {"restapi_id": api_id})
        )
        remove(call, members)
    return None, [f"the file describes an API of another type than before: API {api_id} is gone"]


def _deploy_http(
    call: Call, path: Path, source: Source, imported: Imported, record: Document | None, options: FileOptions
) -> tuple[Document, _Made]:
    documents = call.documents
    api = documents.get("Api", call.scope, record["apiId"]) if record else None
    edits = _edits_by_hand(documents, api, record) if api and record else []
    done = put_imported(call, imported, api, record["apiId"] if record else None)
    _refuse(path, source, [message for message in imported.warnings if message.is_loss])
    api_id, stage_name = done.api["apiId"], options.stage or "$default"
    edits += _deploy_stage(call, api_id, stage_name, has_changes=done.has_changes)
    endpoint = answer_api(call, done.api)["apiEndpoint"]
    url = endpoint if stage_name == "$default" else f"{endpoint}/{stage_name}"
    return {"apiId": api_id, "stage": stage_name}, _Made(api_id, done.api["name"], stage_name, url, edits)


def _deploy_rest(
    call: Call, path: Path, source: Source, imported: ImportedRest, record: Document | None, options: FileOptions
) -> tuple[Document, _Made]:
    stage_name = options.stage or DEFAULT_STAGE
    done = deploy_rest(call, imported, record, stage_name)
    _refuse(path, source, imported.errors)
    assert done is not None
    api_id = done.api["id"]
    endpoints = Endpoints(call.settings.suffix, call.settings.port)
    url = endpoints.of_stage(api_id, done.api["_region"], stage_name)
    deployments = {**(record.get("deployments", {}) if record else {}), stage_name: done.deployment_id}
    written = {"apiId": api_id, "stage": stage_name, "noun": "RestApi", "deployments": deployments}
    return written, _Made(api_id, done.api["name"], stage_name, url, done.edits)


def _refuse(path: Path, source: Source, messages: list[Message]) -> None:
    """Nothing is changed where there is something to say."""
    if messages:
        places = [(message, *source.position(message.pointer)) for message in messages]
        raise FileRefusedError(path, [_at(path, line, column, message.text) for message, line, column in places])


def _deploy_stage(call: Call, api_id: str, stage_name: str, *, has_changes: bool) -> list[str]:
    """Sees to it that the stage exists, deploys by itself and serves the API as it is; what had to be put right."""
    edits = []
    stage = call.documents.get("Stage", api_id, stage_name)
    if stage is None:
        put_stage(call, api_id, {"stageName": stage_name, "autoDeploy": True})
    elif not stage.get("autoDeploy"):
        edits.append(f"autoDeploy of stage {stage_name}")
        update_stage(call, {"apiId": api_id, "stageName": stage_name, "autoDeploy": True})
    if stage is None or has_changes:
        deploy_changes(call, api_id)
    elif not edits:
        return edits
    message = str(find_stage(call, api_id, stage_name).get("lastDeploymentStatusMessage", ""))
    if message.startswith(FAILED):
        raise AwsError("BadRequestException", message, 400)
    return edits


def _edits_by_hand(documents: Transaction, api: Document, record: Document) -> list[str]:
    """What was changed since the file was deployed last, by name."""
    since, now = int(record["_revision"]), documents.revision - 1
    then = documents.at(since)
    edits = []
    for noun, key, document in documents.changes(api["apiId"], since, now):
        if noun in NOUNS["HTTP"]:
            edits.append(_name_of(noun, key, document or then.get(noun, api["apiId"], key) or {}))
    before = then.get("Api", record["scope"], api["apiId"]) or api
    return edits + [f"{name} of the API" for name in REPLACED if api.get(name) != before.get(name)]


def _name_of(noun: str, key: str, document: dict[str, Any]) -> str:
    return f"{noun.lower()} {document.get('routeKey') or document.get('name') or key}"


def _told(path: Path, edits: list[str]) -> list[str]:
    if not edits:
        return []
    shown = ", ".join(edits[:SHOWN_EDITS]) + (f" and {len(edits) - SHOWN_EDITS} more" if edits[SHOWN_EDITS:] else "")
    return [f"{path.name} replaces changes made by hand since it was deployed last: {shown}"]
