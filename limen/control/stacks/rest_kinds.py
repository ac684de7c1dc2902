"""AWS::ApiGateway::*: what stands below a REST API."""

from typing import Any

from limen.control.stacks.judges import judge_method_authorization, judge_method_authorizer
from limen.control.stacks.kind import (
    Kind,
    Made,
    Properties,
    Record,
    Work,
    properties,
    replaced_only,
    unless_missing,
    without,
)
from limen.control.stacks.members import members_of
from limen.control.v1.authorizers import put_authorizer
from limen.control.v1.gateway_responses import put_response, remove_gateway_response
from limen.control.v1.methods import put_method_document, remove_method
from limen.control.v1.models import check_references, put_model
from limen.control.v1.request_validators import put_request_validator

SERVICE = "apigateway"


def _api(values: Properties) -> str:
    return str(values["RestApiId"])


# --- resources


def _create_resource(work: Work, name: str, values: Properties) -> Made:
    made = work.create(SERVICE, "CreateResource", values)
    return Made(made["id"], {"ResourceId": made["id"]}, ("Resource", _api(values), made["id"]))


def _delete_resource(work: Work, record: Record) -> None:
    members = {"restapi_id": _api(record.properties), "resource_id": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteResource", members))


# --- methods


def _put_method(work: Work, name: str, values: Properties) -> Made:
    api_id, resource_id, verb = _api(values), str(values["ResourceId"]), str(values["HttpMethod"])
    own = without(values, "Integration", "MethodResponses", "RestApiId", "ResourceId", "HttpMethod")
    method = members_of(SERVICE, "PutMethod", own)
    responses = values.get("MethodResponses") or []
    method["methodResponses"] = _by_status(work, "PutMethodResponse", responses, ("MethodResponses",))
    if values.get("Integration"):
        method["methodIntegration"] = _integration(work, values["Integration"])
    put_method_document(work.call, api_id, resource_id, verb, method)
    key = f"{resource_id}/{verb}"
    return Made(f"{api_id}/{key}", document=("Method", api_id, key))


def _integration(work: Work, values: Properties) -> dict[str, Any]:
    own = without(values, "IntegrationResponses", "IntegrationHttpMethod")
    integration = members_of(SERVICE, "PutIntegration", own, ("Integration",))
    if values.get("IntegrationHttpMethod"):
        integration["httpMethod"] = str(values["IntegrationHttpMethod"])
    at = ("Integration", "IntegrationResponses")
    responses = values.get("IntegrationResponses") or []
    integration["integrationResponses"] = _by_status(work, "PutIntegrationResponse", responses, at)
    return integration


def _by_status(work: Work, operation: str, responses: list[Properties], pointer: tuple[str, ...]) -> dict[str, Any]:
    return {
        str(response.get("StatusCode")): members_of(SERVICE, operation, response, (*pointer, str(index)))
        for index, response in enumerate(responses)
    }


def _update_method(work: Work, record: Record, after: Properties) -> Made:
    return _put_method(work, record.name, after)


def _delete_method(work: Work, record: Record) -> None:
    values = record.properties
    remove_method(work.call, _api(values), str(values["ResourceId"]), str(values["HttpMethod"]))


# --- nouns that are put whole


def _put_model(work: Work, name: str, values: Properties) -> Made:
    named = {"Name": work.name_for(name, joint=""), "ContentType": "application/json"} | values
    members = members_of(SERVICE, "CreateModel", named)
    model = put_model(work.call, _api(values), members)
    check_references(work.call, _api(values), model)
    return Made(model["name"], document=("Model", _api(values), model["name"]))


def _update_model(work: Work, record: Record, after: Properties) -> Made:
    return _put_model(work, record.name, {"Name": record.made.physical_id} | after)


def _delete_model(work: Work, record: Record) -> None:
    members = {"restapi_id": _api(record.properties), "model_name": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteModel", members))


def _put_validator(work: Work, name: str, values: Properties, existing: str | None = None) -> Made:
    named = {"Name": work.name_for(name)} | values
    members = members_of(SERVICE, "CreateRequestValidator", named)
    made = put_request_validator(work.call, _api(values), members, existing)
    attributes = {"RequestValidatorId": made["id"]}
    return Made(made["id"], attributes, ("RequestValidator", _api(values), made["id"]))


def _update_validator(work: Work, record: Record, after: Properties) -> Made:
    return _put_validator(work, record.name, after, record.made.physical_id)


def _delete_validator(work: Work, record: Record) -> None:
    members = {"restapi_id": _api(record.properties), "requestvalidator_id": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteRequestValidator", members))


def _put_authorizer(work: Work, name: str, values: Properties, existing: str | None = None) -> Made:
    members = members_of(SERVICE, "CreateAuthorizer", values)
    authorizer_id = put_authorizer(work.call, _api(values), members, existing)
    return Made(authorizer_id, {"AuthorizerId": authorizer_id}, ("Authorizer", _api(values), authorizer_id))


def _update_authorizer(work: Work, record: Record, after: Properties) -> Made:
    return _put_authorizer(work, record.name, after, record.made.physical_id)


def _delete_authorizer(work: Work, record: Record) -> None:
    members = {"restapi_id": _api(record.properties), "authorizer_id": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteAuthorizer", members))


def _put_gateway_response(work: Work, name: str, values: Properties) -> Made:
    kind = str(values["ResponseType"])
    members = members_of(SERVICE, "PutGatewayResponse", values)
    put_response(work.call, _api(values), kind, members)
    physical_id = f"{_api(values)}/{kind}"
    return Made(physical_id, {"Id": physical_id}, ("GatewayResponse", _api(values), kind))


def _update_gateway_response(work: Work, record: Record, after: Properties) -> Made:
    return _put_gateway_response(work, record.name, after)


def _delete_gateway_response(work: Work, record: Record) -> None:
    remove_gateway_response(work.call, _api(record.properties), str(record.properties["ResponseType"]))


# --- documentation


def _create_part(work: Work, name: str, values: Properties) -> Made:
    made = work.create(SERVICE, "CreateDocumentationPart", values)
    attributes = {"DocumentationPartId": made["id"]}
    return Made(made["id"], attributes, ("DocumentationPart", _api(values), made["id"]))


def _update_part(work: Work, record: Record, after: Properties) -> Made:
    members = members_of(SERVICE, "CreateDocumentationPart", after)
    named = {"restapi_id": _api(after), "part_id": record.made.physical_id}
    work.patch("UpdateDocumentationPart", named, {"/properties": members["properties"]})
    return record.made


def _delete_part(work: Work, record: Record) -> None:
    members = {"restapi_id": _api(record.properties), "part_id": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteDocumentationPart", members))


def _create_documentation_version(work: Work, name: str, values: Properties) -> Made:
    named = without(values, "DocumentationVersion") | {"documentationVersion": values["DocumentationVersion"]}
    made = work.create(SERVICE, "CreateDocumentationVersion", named)
    return Made(made["version"], document=("DocumentationVersion", _api(values), made["version"]))


def _update_documentation_version(work: Work, record: Record, after: Properties) -> Made:
    named = {"restapi_id": _api(after), "doc_version": record.made.physical_id}
    work.patch("UpdateDocumentationVersion", named, {"/description": after.get("Description")})
    return record.made


def _delete_documentation_version(work: Work, record: Record) -> None:
    members = {"restapi_id": _api(record.properties), "doc_version": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteDocumentationVersion", members))


REST_KINDS = (
    Kind(
        "AWS::ApiGateway::Resource",
        properties("ParentId! PathPart! RestApiId!"),
        _create_resource,
        replaced_only,
        _delete_resource,
        required=("ParentId", "PathPart", "RestApiId"),
    ),
    Kind(
        "AWS::ApiGateway::Method",
        properties(
            "ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId HttpMethod! Integration MethodResponses "
            "OperationName RequestModels RequestParameters RequestValidatorId ResourceId! RestApiId!",
            AuthorizationType=judge_method_authorization,
        ),
        _put_method,
        _update_method,
        _delete_method,
        required=("HttpMethod", "ResourceId", "RestApiId"),
    ),
    Kind(
        "AWS::ApiGateway::Model",
        properties("ContentType! Description Name! RestApiId! Schema"),
        _put_model,
        _update_model,
        _delete_model,
        required=("RestApiId",),
    ),
    Kind(
        "AWS::ApiGateway::RequestValidator",
        properties("Name! RestApiId! ValidateRequestBody ValidateRequestParameters"),
        _put_validator,
        _update_validator,
        _delete_validator,
        required=("RestApiId",),
    ),
    Kind(
        "AWS::ApiGateway::Authorizer",
        properties(
            "AuthType AuthorizerCredentials AuthorizerResultTtlInSeconds AuthorizerUri IdentitySource "
            "IdentityValidationExpression JwtConfiguration Name ProviderARNs RestApiId! Type",
            Type=judge_method_authorizer,
        ),
        _put_authorizer,
        _update_authorizer,
        _delete_authorizer,
        required=("Name", "RestApiId", "Type"),
    ),
    Kind(
        "AWS::ApiGateway::GatewayResponse",
        properties("ResponseParameters ResponseTemplates ResponseType! RestApiId! StatusCode"),
        _put_gateway_response,
        _update_gateway_response,
        _delete_gateway_response,
        required=("ResponseType", "RestApiId"),
    ),
    Kind(
        "AWS::ApiGateway::DocumentationPart",
        properties("Location! Properties RestApiId!"),
        _create_part,
        _update_part,
        _delete_part,
        required=("Location", "Properties", "RestApiId"),
    ),
    Kind(
        "AWS::ApiGateway::DocumentationVersion",
        properties("Description DocumentationVersion! RestApiId!"),
        _create_documentation_version,
        _update_documentation_version,
        _delete_documentation_version,
        required=("DocumentationVersion", "RestApiId"),
    ),
)
