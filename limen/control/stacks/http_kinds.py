"""AWS::ApiGatewayV2::*: HTTP APIs and what stands below them; domain names are in `domain_kinds`."""

from typing import Any

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.documents import given
from limen.control.openapi.base_path import read_base_path
from limen.control.openapi.import_http import import_document
from limen.control.openapi.keyword import ENFORCED, Verdict, refused, stored
from limen.control.openapi.operations import REPLACED, put_imported
from limen.control.openapi.shapes import listed
from limen.control.stacks.judges import judge_route_authorization, judge_route_authorizer
from limen.control.stacks.kind import (
    Kind,
    Made,
    Properties,
    Record,
    Work,
    properties,
    refused_kind,
    unless_missing,
    without,
)
from limen.control.stacks.members import members_of, tags_of
from limen.control.v2.apis import answer_api, change_api, put_api
from limen.control.v2.authorizers import put_authorizer
from limen.control.v2.auto_deploy import deploy_changes
from limen.control.v2.documents import find_api
from limen.control.v2.integrations import put_integration
from limen.control.v2.models import put_model
from limen.control.v2.routes import put_route
from limen.store.documents import Document

SERVICE = "apigatewayv2"
ONLY_WEBSOCKET = refused("only WebSocket APIs have this")
_OF_IMPORT = ("BasePath", "Body", "BodyS3Location", "FailOnWarnings", "Tags")
_QUICK = ("CredentialsArn", "RouteKey", "Target")


def _api(values: Properties) -> str:
    return str(values["ApiId"])


def _tagged(values: Properties) -> Properties:
    return values | {"Tags": tags_of(values["Tags"])} if values.get("Tags") else without(values, "Tags")


# --- APIs


def _create_api(work: Work, name: str, values: Properties) -> Made:
    if not values.get("Body"):
        return _made_api(work, work.create(SERVICE, "CreateApi", _tagged(without(values, "FailOnWarnings"))))
    return _made_api(work, _apply_body(work.call, values, None))


def _update_api(work: Work, record: Record, after: Properties) -> Made:
    api = find_api(work.call, {"apiId": record.made.physical_id})
    if after.get("Body"):
        changed = _apply_body(work.call, after, api)
    else:
        unset = {name: value for name, value in api.items() if name not in REPLACED}
        unset |= {"disableExecuteApiEndpoint": False, "tags": {}}
        changed = _changed(work.call, unset, after)
        quick = members_of(SERVICE, "CreateApi", given(after, _QUICK))
        if quick:
            work.run(SERVICE, "UpdateApi", {"apiId": api["apiId"], **quick})
    deploy_changes(work.call, api["apiId"])
    return _made_api(work, changed)


def _delete_api(work: Work, record: Record) -> None:
    unless_missing(lambda: work.run(SERVICE, "DeleteApi", {"apiId": record.made.physical_id}))


def _apply_body(call: Call, values: Properties, api: Document | None) -> Document:
    """The document decides all that it names; properties beside it come before what it says of the same."""
    imported = import_document(values["Body"], read_base_path(values.get("BasePath")))
    if imported.errors:
        raise bad_request(listed("Errors found during import:", imported.errors))
    done = put_imported(call, imported, api)
    losses = [message for message in imported.warnings if message.is_loss]
    if losses or (imported.warnings and str(values.get("FailOnWarnings")).lower() == "true"):
        raise bad_request(listed("Warnings found during import:", losses or imported.warnings))
    return _changed(call, done.api, values)


def _changed(call: Call, api: Document, values: Properties) -> Document:
    members = members_of(SERVICE, "CreateApi", without(values, *_OF_IMPORT, *_QUICK, "ProtocolType"))
    changed = change_api(call, api, members)
    if values.get("Tags"):
        changed["tags"] = api["tags"] | tags_of(values["Tags"])
    put_api(call, api["apiId"], changed)
    return changed


def _made_api(work: Work, api: Document) -> Made:
    endpoint = api.get("apiEndpoint") or answer_api(work.call, api)["apiEndpoint"]
    return Made(api["apiId"], {"ApiEndpoint": endpoint, "ApiId": api["apiId"]}, ("Api", work.scope, api["apiId"]))


def _judge_protocol(value: Any) -> Verdict:
    if value == "WEBSOCKET":
        return refused("WebSocket APIs are not served yet")
    return ENFORCED


# --- routes, integrations, authorizers, models


def _put_route(work: Work, name: str, values: Properties, existing: str | None = None) -> Made:
    route_id = put_route(work.call, _api(values), members_of(SERVICE, "CreateRoute", values), existing)
    deploy_changes(work.call, _api(values))
    return Made(route_id, {"RouteId": route_id}, ("Route", _api(values), route_id))


def _put_integration(work: Work, name: str, values: Properties, existing: str | None = None) -> Made:
    members = members_of(SERVICE, "CreateIntegration", values | _response_parameters(values))
    integration_id = put_integration(work.call, _api(values), members, existing)
    deploy_changes(work.call, _api(values))
    return Made(integration_id, {"IntegrationId": integration_id}, ("Integration", _api(values), integration_id))


def _response_parameters(values: Properties) -> Properties:
    """By status: {"ResponseParameters": [{"Source", "Destination"}]} here, a map of destinations in the operation."""
    by_status = values.get("ResponseParameters")
    if not isinstance(by_status, dict):
        return {}
    mapped = {}
    for status, given_parameters in by_status.items():
        listed_parameters = given_parameters.get("ResponseParameters") if isinstance(given_parameters, dict) else None
        mapped[status] = (
            {each.get("Destination"): each.get("Source") for each in listed_parameters}
            if isinstance(listed_parameters, list)
            else given_parameters
        )
    return {"ResponseParameters": mapped}


def _put_authorizer(work: Work, name: str, values: Properties, existing: str | None = None) -> Made:
    members = members_of(SERVICE, "CreateAuthorizer", values)
    authorizer_id = put_authorizer(work.call, _api(values), members, existing)
    deploy_changes(work.call, _api(values))
    return Made(authorizer_id, {"AuthorizerId": authorizer_id}, ("Authorizer", _api(values), authorizer_id))


def _put_model(work: Work, name: str, values: Properties, existing: str | None = None) -> Made:
    model_id = put_model(work.call, _api(values), members_of(SERVICE, "CreateModel", values), existing)
    return Made(model_id, {"ModelId": model_id}, ("Model", _api(values), model_id))


def _updating(put: Any) -> Any:
    def update(work: Work, record: Record, after: Properties) -> Any:
        return put(work, record.name, after, record.made.physical_id)

    return update


def _deleting(operation: str, member: str) -> Any:
    def delete(work: Work, record: Record) -> None:
        members = {"apiId": _api(record.properties), member: record.made.physical_id}
        unless_missing(lambda: work.run(SERVICE, operation, members))

    return delete


# --- links


def _create_link(work: Work, name: str, values: Properties) -> Made:
    made = work.create(SERVICE, "CreateVpcLink", _tagged(values))
    return Made(made["vpcLinkId"], {"VpcLinkId": made["vpcLinkId"]}, ("VpcLink", work.scope, made["vpcLinkId"]))


def _update_link(work: Work, record: Record, after: Properties) -> Made:
    work.run(SERVICE, "UpdateVpcLink", {"vpcLinkId": record.made.physical_id, "name": str(after.get("Name", ""))})
    return record.made


def _delete_link(work: Work, record: Record) -> None:
    unless_missing(lambda: work.run(SERVICE, "DeleteVpcLink", {"vpcLinkId": record.made.physical_id}))


HTTP_KINDS = (
    Kind(
        "AWS::ApiGatewayV2::Api",
        properties(
            "ApiKeySelectionExpression BasePath Body BodyS3Location CorsConfiguration CredentialsArn Description "
            "DisableExecuteApiEndpoint DisableSchemaValidation FailOnWarnings IpAddressType Name ProtocolType! "
            "RouteKey RouteSelectionExpression Tags Target Version",
            DisableSchemaValidation=ONLY_WEBSOCKET,
            ProtocolType=_judge_protocol,
        ),
        _create_api,
        _update_api,
        _delete_api,
    ),
    Kind(
        "AWS::ApiGatewayV2::Route",
        properties(
            "ApiId! AuthorizationScopes AuthorizationType AuthorizerId OperationName RouteKey Target",
            ApiKeyRequired=ONLY_WEBSOCKET,
            AuthorizationType=judge_route_authorization,
            ModelSelectionExpression=ONLY_WEBSOCKET,
            RequestModels=ONLY_WEBSOCKET,
            RequestParameters=ONLY_WEBSOCKET,
            RouteResponseSelectionExpression=ONLY_WEBSOCKET,
        ),
        _put_route,
        _updating(_put_route),
        _deleting("DeleteRoute", "routeId"),
        required=("ApiId", "RouteKey"),
    ),
    Kind(
        "AWS::ApiGatewayV2::Integration",
        properties(
            "ApiId! ConnectionId ConnectionType CredentialsArn Description IntegrationMethod IntegrationSubtype "
            "IntegrationType IntegrationUri PayloadFormatVersion RequestParameters ResponseParameters TimeoutInMillis "
            "TlsConfig",
            ContentHandlingStrategy=ONLY_WEBSOCKET,
            PassthroughBehavior=ONLY_WEBSOCKET,
            RequestTemplates=ONLY_WEBSOCKET,
            TemplateSelectionExpression=ONLY_WEBSOCKET,
        ),
        _put_integration,
        _updating(_put_integration),
        _deleting("DeleteIntegration", "integrationId"),
        required=("ApiId", "IntegrationType"),
    ),
    Kind(
        "AWS::ApiGatewayV2::Authorizer",
        properties(
            "ApiId! AuthorizerCredentialsArn AuthorizerPayloadFormatVersion AuthorizerResultTtlInSeconds "
            "AuthorizerType AuthorizerUri EnableSimpleResponses IdentitySource IdentityValidationExpression "
            "JwtConfiguration Name",
            AuthorizerType=judge_route_authorizer,
        ),
        _put_authorizer,
        _updating(_put_authorizer),
        _deleting("DeleteAuthorizer", "authorizerId"),
        required=("ApiId", "AuthorizerType", "Name"),
    ),
    Kind(
        "AWS::ApiGatewayV2::Model",
        properties("ApiId! ContentType Description Name Schema", Schema=stored("HTTP APIs do not validate by models")),
        _put_model,
        _updating(_put_model),
        _deleting("DeleteModel", "modelId"),
        required=("ApiId", "Name", "Schema"),
    ),
    Kind(
        "AWS::ApiGatewayV2::VpcLink",
        properties("Name SecurityGroupIds! SubnetIds! Tags"),
        _create_link,
        _update_link,
        _delete_link,
        required=("Name", "SubnetIds"),
    ),
    refused_kind("AWS::ApiGatewayV2::IntegrationResponse", "only WebSocket APIs have integration responses"),
    refused_kind("AWS::ApiGatewayV2::RouteResponse", "only WebSocket APIs have route responses"),
    refused_kind(
        "AWS::ApiGatewayV2::ApiGatewayManagedOverrides", "declare the stage, route and integration themselves"
    ),
)
