"""ImportApi, ReimportApi and ExportApi of HTTP APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from typing import Any

from msgspec import Struct

from limen.aws.arn import partition_of
from limen.aws.call import AwsCall
from limen.aws.errors import AwsError, bad_request
from limen.control.call import Call, ControlSettings
from limen.control.openapi.apply import apply
from limen.control.openapi.base_path import read_base_path
from limen.control.openapi.import_http import Imported, import_document
from limen.control.openapi.read import read_source
from limen.control.openapi.shapes import Message, listed
from limen.control.openapi.source import Source, SourceError
from limen.control.openapi.write import write_document, write_text
from limen.control.tags import check_tags
from limen.control.v2.apis import answer_api, change_api, make_api, put_api
from limen.control.v2.auto_deploy import deploy_changes
from limen.control.v2.deployments import find_stage
from limen.control.v2.documents import find_api
from limen.store.documents import Document
from limen.store.reader import Reader

EXPORT_VERSION = "1.0"
REPLACED = ("name", "description", "version", "corsConfiguration", "disableExecuteApiEndpoint", "tags")
"""The settings of an API that a document decides; what it leaves out is unset."""


class Import(Struct):
    """What became of a document."""

    api: Document
    said: Imported
    has_changes: bool  # something was written: a deployment is due


def import_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _import(call, members, None)


def reimport_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _import(call, members, find_api(call, members))


def _import(call: Call, members: dict[str, Any], api: Document | None) -> dict[str, Any]:
    imported = import_document(_read(call, members["body"]).document, read_base_path(members.get("basepath")))
    if imported.errors:
        raise bad_request(listed("Errors found during import:", imported.errors))
    if api is not None and not imported.api["tags"]:  # Terraform tags an API and reimports documents without tags
        imported.api["tags"] = dict(api["tags"])
    done = put_imported(call, imported, api)
    if done.said.warnings and members.get("failOnWarnings"):
        raise bad_request(listed("Warnings found during import:", done.said.warnings))
    if done.has_changes:
        deploy_changes(call, done.api["apiId"])
    answered = answer_api(call, done.api)
    if done.said.info:
        answered["importInfo"] = [message.text for message in done.said.info]
    if done.said.warnings:
        answered["warnings"] = [message.text for message in done.said.warnings]
    return answered


def put_imported(call: Call, imported: Imported, api: Document | None, api_id: str | None = None) -> Import:
    """Makes `api` what was imported, or a new API (with `api_id`, where given); nothing is deployed."""
    had_changes = call.documents.has_changes
    settings = {name: value for name, value in imported.api.items() if name != "tags"}
    if api is None:
        made_id, changed = make_api(call, {"protocolType": "HTTP", **settings})
        changed["apiId"] = api_id or made_id
    else:
        unset = {name: value for name, value in api.items() if name not in REPLACED}
        changed = change_api(call, unset, settings)
    changed["tags"] = _usable_tags(imported)
    if changed != api:
        put_api(call, changed["apiId"], changed)
    apply(call, changed["apiId"], imported)
    return Import(changed, imported, has_changes=changed != api or (call.documents.has_changes and not had_changes))


def _usable_tags(imported: Imported) -> dict[str, str]:
    """Tags of OpenAPI may have names that tags of AWS cannot have."""
    usable = {}
    for name, value in imported.api["tags"].items():
        try:
            check_tags({name: value})
            usable[name] = value
        except AwsError as error:
            imported.warnings.append(Message(f"Unable to create Tag '{name}': {error.message}", ("tags",)))
    check_tags(usable)
    return usable


def variables(aws: AwsCall, settings: ControlSettings) -> dict[str, str]:
    """What documents may name as ${AWS::Region}; the URL suffix is ours, so that what is built from it is callable."""
    return {
        "AWS::AccountId": aws.account,
        "AWS::Partition": partition_of(aws.region),
        "AWS::Region": aws.region,
        "AWS::URLSuffix": f"{settings.suffix}:{settings.port}",
    }


def _read(call: Call, body: str) -> Source:
    try:
        return read_source(body, variables(call.aws, call.settings))
    except SourceError as error:
        raise bad_request(f"Invalid OpenAPI input. {error}") from None


def export_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api = find_api(call, members)
    if members.get("exportVersion", EXPORT_VERSION) != EXPORT_VERSION:
        raise bad_request(f"Invalid exportVersion specified. The only supported version is {EXPORT_VERSION}")
    stage_name = members.get("stageName")
    documents: Reader = call.documents
    if stage_name:
        documents = documents.at(_frozen_revision(call, api["apiId"], stage_name))
        api = documents.get("Api", call.scope, api["apiId"]) or api
    document = write_document(
        answer_api(call, api),
        [route for _, route in documents.list("Route", api["apiId"])],
        dict(documents.list("Integration", api["apiId"])),
        dict(documents.list("Authorizer", api["apiId"])),
        stage_name=stage_name,
        has_extensions=members.get("includeExtensions", True),
    )
    return {"body": write_text(document, members["outputType"])}


def _frozen_revision(call: Call, api_id: str, stage_name: str) -> int:
    deployment_id = find_stage(call, api_id, stage_name).get("deploymentId")
    deployment = call.documents.get("Deployment", api_id, deployment_id) if deployment_id else None
    if deployment is None:
        raise bad_request(f"Stage {stage_name} has no deployment to export")
    return int(deployment["_revision"])
