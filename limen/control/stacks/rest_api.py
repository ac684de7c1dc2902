"""AWS::ApiGateway::RestApi: an API by its properties, by an OpenAPI document in its Body, or by both."""

from typing import Any

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.documents import given
from limen.control.openapi.apply_rest import PutMode
from limen.control.openapi.base_path import read_base_path
from limen.control.openapi.import_rest import ImportedRest, import_rest_document
from limen.control.openapi.rest_operations import put_imported_rest, raise_errors
from limen.control.openapi.shapes import listed
from limen.control.resource_policies import judge_policy
from limen.control.stacks.judges import ONE_ENDPOINT, judge_endpoint
from limen.control.stacks.kind import Kind, Made, Properties, Record, Work, properties, unless_missing, without
from limen.control.stacks.members import members_of, tags_of
from limen.control.v1.documents import find_rest_api
from limen.control.v1.rest_apis import MEMBERS, put_rest_api
from limen.store.documents import Document

_OF_IMPORT = ("Body", "BodyS3Location", "FailOnWarnings", "Mode", "Parameters", "Tags", "ApiKeySourceType")


def _create(work: Work, name: str, values: Properties) -> Made:
    if values.get("CloneFrom"):
        return _made(work, work.create("apigateway", "CreateRestApi", without(_members(values), "tags")))
    if values.get("Body"):
        return _made(work, _apply_body(work.call, values, None))
    members = members_of("apigateway", "CreateRestApi", _members(values))
    return _made(work, work.run("apigateway", "CreateRestApi", members))


def _update(work: Work, record: Record, after: Properties) -> Made:
    api = find_rest_api(work.call, record.made.physical_id)
    if after.get("Body"):
        return _made(work, _apply_body(work.call, after, api))
    members = members_of("apigateway", "CreateRestApi", _members(after))
    put_rest_api(work.call, members, api["id"])
    return _made(work, find_rest_api(work.call, api["id"]))


def _delete(work: Work, record: Record) -> None:
    members = {"restapi_id": record.made.physical_id}
    unless_missing(lambda: work.run("apigateway", "DeleteRestApi", members))


def _apply_body(call: Call, values: Properties, api: Document | None) -> Document:
    """The document decides all that it names; properties beside it come before what it says of the same."""
    mode = PutMode.MERGE if str(values.get("Mode")).lower() == "merge" else PutMode.OVERWRITE
    imported = import_body(values)
    done = put_imported_rest(call, imported, api, mode if api is not None else PutMode.OVERWRITE)
    raise_errors(imported)
    if imported.warnings and str(values.get("FailOnWarnings")).lower() == "true":
        raise bad_request(listed("Warnings found during import:", imported.warnings))
    beside = members_of("apigateway", "CreateRestApi", _members(values))
    api_id = done.api["id"]
    put_rest_api(call, given(find_rest_api(call, api_id), MEMBERS) | beside, api_id)
    return find_rest_api(call, api_id)


def import_body(values: Properties) -> ImportedRest:
    parameters: dict[str, Any] = values.get("Parameters") or {}
    imported = import_rest_document(values["Body"], read_base_path(parameters.get("basepath")))
    if parameters.get("ignore") == "documentation":
        imported.parts = []
    return imported


def _members(values: Properties) -> Properties:
    """Properties that CreateRestApi has, some by another name."""
    members = without(values, *_OF_IMPORT)
    if values.get("ApiKeySourceType"):
        members["apiKeySource"] = values["ApiKeySourceType"]
    if values.get("Tags"):
        members["tags"] = tags_of(values["Tags"])
    types = (values.get("Parameters") or {}).get("endpointConfigurationTypes")
    if types and "EndpointConfiguration" not in values:
        members["endpointConfiguration"] = {"types": [types]}
    return members


def _made(work: Work, api: Document) -> Made:
    attributes = {"RestApiId": api["id"], "RootResourceId": api["rootResourceId"]}
    return Made(api["id"], attributes, ("RestApi", work.scope, api["id"]))


REST_API = Kind(
    "AWS::ApiGateway::RestApi",
    properties(
        "ApiKeySourceType BinaryMediaTypes Body BodyS3Location CloneFrom! Description DisableExecuteApiEndpoint "
        "EndpointAccessMode EndpointConfiguration FailOnWarnings MinimumCompressionSize Mode Name Parameters Policy "
        "SecurityPolicy Tags",
        EndpointAccessMode=ONE_ENDPOINT,
        EndpointConfiguration=judge_endpoint,
        Policy=judge_policy,
        SecurityPolicy=ONE_ENDPOINT,
    ),
    _create,
    _update,
    _delete,
)
