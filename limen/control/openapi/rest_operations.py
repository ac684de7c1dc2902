"""ImportRestApi, PutRestApi and GetExport of REST APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

from typing import Any

from msgspec import Struct

from limen.aws.errors import bad_request, not_found
from limen.control.call import Call
from limen.control.openapi.apply_rest import PutMode, apply_rest
from limen.control.openapi.base_path import read_base_path
from limen.control.openapi.import_rest import ImportedRest, import_rest_document
from limen.control.openapi.operations import variables
from limen.control.openapi.read import read_source
from limen.control.openapi.rest_document import Format
from limen.control.openapi.shapes import listed
from limen.control.openapi.source import SourceError
from limen.control.openapi.write import write_text
from limen.control.openapi.write_rest import (
    DEFAULT_EXTENSIONS,
    EXTENSIONS,
    Target,
    read_rest_api,
    write_rest_document,
)
from limen.control.v1 import quotas
from limen.control.v1.documents import find, find_rest_api
from limen.control.v1.rest_apis import answer_rest_api, put_rest_api
from limen.store.documents import Document

REPLACED = (
    "name",
    "description",
    "version",
    "apiKeySource",
    "binaryMediaTypes",
    "disableExecuteApiEndpoint",
    "endpointAccessMode",
    "minimumCompressionSize",
    "policy",
    "securityPolicy",
)
"""The settings of an API that a document decides; what an overwriting one leaves out is unset."""

OUTPUT_TYPES = {"application/json": "JSON", "application/yaml": "YAML"}


class RestImport(Struct):
    """What became of a document."""

    api: Document
    said: ImportedRest
    has_changes: bool  # something was written: a deployment is due


def import_rest_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    quotas.check_room_in_account(call, "RestApi")
    return _import(call, members, None, PutMode.OVERWRITE)


def put_rest_api_document(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """PutRestApi."""
    api = find_rest_api(call, members["restapi_id"])
    return _import(call, members, api, PutMode(members.get("mode") or PutMode.MERGE))


def _import(call: Call, members: dict[str, Any], api: Document | None, mode: PutMode) -> dict[str, Any]:
    parameters = members.get("parameters") or {}
    imported = import_rest_document(_read(call, members["body"]), read_base_path(parameters.get("basepath")))
    if parameters.get("ignore") == "documentation":
        imported.parts = []
    endpoint = _endpoint(parameters) if api is None else None
    done = put_imported_rest(call, imported, api, mode, endpoint=endpoint)
    raise_errors(imported)
    if imported.warnings and members.get("failonwarnings"):
        raise bad_request(listed("Warnings found during import:", imported.warnings))
    answered = answer_rest_api(done.api)
    if api is None and not answered["tags"]:
        del answered["tags"]  # as for every API that is new (observed)
    if imported.warnings:
        answered["warnings"] = [message.text for message in imported.warnings]
    return answered


def raise_errors(imported: ImportedRest) -> None:
    """With the warnings, as AWS tells them."""
    if not imported.errors:
        return
    text = listed("Errors found during import:", imported.errors)
    if imported.warnings:
        text += "\n" + listed("Additionally, these warnings were found:", imported.warnings)
    raise bad_request(text)


def put_imported_rest(
    call: Call,
    imported: ImportedRest,
    api: Document | None,
    mode: PutMode,
    *,
    endpoint: dict[str, Any] | None = None,
    new_id: str | None = None,
) -> RestImport:
    """Makes `api` what was imported, or a new API (with `new_id`, where given); nothing is deployed.

    `imported.errors` says what was in the way.
    """
    had_changes = call.documents.has_changes
    if imported.errors:
        return RestImport(api or {}, imported, has_changes=False)
    settings = _settings(imported, api, mode, endpoint)
    api_id = put_rest_api(call, settings, None if api is None else api["id"], new_id=new_id)
    apply_rest(call, api_id, imported, mode)
    changed = find_rest_api(call, api_id)
    return RestImport(changed, imported, has_changes=call.documents.has_changes and not had_changes)


def _settings(
    imported: ImportedRest, api: Document | None, mode: PutMode, endpoint: dict[str, Any] | None
) -> dict[str, Any]:
    """In both modes the document gives name and version; a merged API keeps what the document does not say."""
    given = dict(imported.api)
    vpc_endpoints = given.pop("vpcEndpointIds", None)
    if api is None:
        configuration = dict(endpoint or {"types": ["EDGE"]})
    else:
        configuration = dict(api["endpointConfiguration"])
        if mode is PutMode.MERGE:
            media_types = [*api.get("binaryMediaTypes", []), *given.get("binaryMediaTypes", [])]
            kept = {name: api[name] for name in REPLACED if name in api and name != "version"}
            given = {**kept, **given, "binaryMediaTypes": media_types}
    if vpc_endpoints:
        configuration["vpcEndpointIds"] = vpc_endpoints
    return {**given, "endpointConfiguration": configuration}


def _endpoint(parameters: dict[str, str]) -> dict[str, Any]:
    """As the query string of ImportRestApi gives it."""
    types = parameters.get("endpointConfigurationTypes")
    endpoint: dict[str, Any] = {"types": types.split(",") if types else ["EDGE"]}
    if parameters.get("vpcEndpointIds"):
        endpoint["vpcEndpointIds"] = parameters["vpcEndpointIds"].split(",")
    return endpoint


def _read(call: Call, body: bytes | str) -> dict[str, Any]:
    try:
        return read_source(body, variables(call.aws, call.settings)).document
    except SourceError:
        raise bad_request("Invalid OpenAPI input.") from None  # `limen check` tells the line


# Export


def get_export(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api = find_rest_api(call, members["restapi_id"])
    stage = find(call, "Stage", api["id"], members["stage_name"])
    format_ = _format(members["export_type"])
    output_type = _output_type(members.get("Accept"))
    deployment = call.documents.get("Deployment", api["id"], stage.get("deploymentId", ""))
    if deployment is None:
        raise not_found("Invalid Deployment identifier specified")
    frozen = call.documents.at(int(deployment["_revision"]))
    deployed = frozen.get("RestApi", call.scope, api["id"]) or api
    documents = read_rest_api(frozen, deployed, _documentation(call, api["id"], stage))
    extensions = _extensions(members.get("parameters") or {})
    target = Target(format_, call.settings.host_of(api["id"], api["_region"]), stage["stageName"], extensions)
    document = write_rest_document(documents, target)
    name = f"{format_.value}_{document['info']['version']}.{output_type.lower()}"
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f'attachment; filename="{_header_text(name)}"',
        "body": write_text(document, output_type),
    }


def _format(given: str) -> Format:
    try:
        return Format(given.lower())
    except ValueError:
        raise bad_request(f"Invalid export type specified: {given}. Must be one of: [oas30, swagger]") from None


def _output_type(accept: str | None) -> str:
    """SDKs ask for JSON with a header of their own where the caller says nothing."""
    for media_type in (accept or "").split(","):
        if (found := OUTPUT_TYPES.get(media_type.partition(";")[0].strip())) is not None:
            return found
    if accept in (None, "", "*/*"):
        return "JSON"
    raise bad_request(f"Invalid Accept header specified: {accept}. Must be one of: [{', '.join(OUTPUT_TYPES)}]")


def _extensions(parameters: dict[str, str]) -> frozenset[str]:
    given = parameters.get("extensions")
    if not given:
        return DEFAULT_EXTENSIONS
    wanted: frozenset[str] = frozenset()
    for name in (part.strip() for part in given.split(",")):
        if name not in EXTENSIONS:
            raise bad_request(f"Invalid extensions specified: {name}. Must be one of: [{', '.join(EXTENSIONS)}]")
        wanted |= EXTENSIONS[name]
    return wanted


def _documentation(call: Call, api_id: str, stage: Document) -> Document | None:
    """The version that the stage shows, with its parts."""
    name = stage.get("documentationVersion")
    version = call.documents.get("DocumentationVersion", api_id, name) if name else None
    if version is None:
        return None
    parts = call.documents.at(int(version["_revision"])).list("DocumentationPart", api_id)
    return {**version, "parts": [part for _, part in parts]}


def _header_text(name: str) -> str:
    """A version is any text: what a header cannot hold becomes an underscore."""
    return "".join(char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in name)
