"""The x-amazon-apigateway-* members of a document: what each becomes in an HTTP API, and what is done with it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from typing import Any

from limen.control.enforced import is_route_authorization, is_route_authorizer
from limen.control.openapi.keyword import (
    ENFORCED,
    Judge,
    Keyword,
    Kind,
    Notice,
    Place,
    Verdict,
    boolean,
    comma_separated,
    integer,
    refused,
    stored,
    text,
    text_map,
    text_map_map,
    texts,
    upper_text,
)
from limen.integrations.subtypes.actions import ACTIONS

PREFIX = "x-amazon-apigateway-"
INTEGRATION_NAME = PREFIX + "integration"
INTEGRATIONS_NAME = PREFIX + "integrations"
AUTHORIZER_NAME = PREFIX + "authorizer"
AUTHTYPE_NAME = PREFIX + "authtype"
AUTH_NAME = PREFIX + "auth"
CORS_NAME = PREFIX + "cors"
ANY_METHOD_NAME = PREFIX + "any-method"
TAG_VALUE_NAME = PREFIX + "tag-value"
ENDPOINT_NAME = PREFIX + "endpoint-configuration"
VERSION_NAME = PREFIX + "importexport-version"

AWAITS_AUTHORIZERS = "is not enforced yet: its routes answer 500"
ONLY_REST = "only REST APIs have this; an HTTP API would not enforce it"


def only_rest(reason: str = ONLY_REST) -> Keyword:
    return Keyword(refused(reason, Notice.INFO, is_rest=True))


def no_effect(reason: str) -> Keyword:
    return Keyword(stored(reason))


# Integrations


def _judge_integration_type(value: Any, _: Place) -> Verdict:
    kind = str(value).lower()
    if kind in ("http_proxy", "aws_proxy"):
        return ENFORCED
    reason = f"HTTP APIs have only integrations of type HTTP_PROXY and AWS_PROXY, not {value}"
    return refused(reason, Notice.WARNING, is_rest=kind in ("aws", "http", "mock"))


def _judge_request_parameters(value: Any, _: Place) -> Verdict:
    if isinstance(value, dict) and any(key.startswith("integration.request.") for key in value):
        return refused("mappings to integration.request.* are of REST APIs", Notice.WARNING, is_rest=True)
    return ENFORCED


def _judge_subtype(value: Any, _: Place) -> Verdict:
    if value in ACTIONS:
        return ENFORCED
    return refused(f"there is no integration subtype {value}", Notice.WARNING)


def _judge_credentials(_: Any, place: Place) -> Verdict:
    if str(place.owner.get("type")).lower() == "aws_proxy":
        return ENFORCED
    return stored("a role matters to Lambda functions and AWS services alone")


def _judge_responses(value: Any, _: Place) -> Verdict:
    """REST APIs select and map responses here; their plain default is the same as none at all."""
    responses = value.values() if isinstance(value, dict) else [value]
    for response in responses:
        if not isinstance(response, dict) or not _is_plain_response(response):
            return refused("HTTP APIs map responses by responseParameters, not by responses", Notice.INFO, is_rest=True)
    return stored("the backend's responses pass as they are")


def _is_plain_response(response: dict[str, Any]) -> bool:
    return all(name == "statusCode" or not response[name] for name in response)


def _refused_unless_empty(reason: str = ONLY_REST) -> Judge:
    def judge(value: Any, _: Place) -> Verdict:
        return refused(reason, Notice.INFO, is_rest=True) if value else stored("empty: it asks for nothing")

    return judge


def _judge_transfer_mode(value: Any, _: Place) -> Verdict:
    if str(value).upper() == "BUFFERED":
        return ENFORCED
    return refused("only REST APIs stream responses", Notice.WARNING, is_rest=True)


TLS_CONFIG = Kind(
    "tlsConfig",
    {
        "serverNameToVerify": Keyword(ENFORCED, member="serverNameToVerify", read=text),
        "insecureSkipVerification": Keyword(
            _refused_unless_empty("HTTP APIs always verify the certificate of a backend")
        ),
    },
)


def _tls_config(value: Any) -> dict[str, Any]:
    return TLS_CONFIG.read(value) if isinstance(value, dict) else {}


INTEGRATION = Kind(
    "integration",
    {
        "$ref": Keyword(ENFORCED),
        # In the order in which AWS exports them.
        "responseParameters": Keyword(ENFORCED, member="responseParameters", read=text_map_map),
        "requestParameters": Keyword(_judge_request_parameters, member="requestParameters", read=text_map),
        "payloadFormatVersion": Keyword(ENFORCED, member="payloadFormatVersion", read=text),
        "integrationSubtype": Keyword(_judge_subtype, member="integrationSubtype", read=text),
        "type": Keyword(_judge_integration_type, member="integrationType", read=upper_text),
        "credentials": Keyword(_judge_credentials, member="credentialsArn", read=text),
        "httpMethod": Keyword(ENFORCED, member="integrationMethod", read=text),
        "uri": Keyword(ENFORCED, member="integrationUri", read=text),
        "connectionType": Keyword(ENFORCED, member="connectionType", read=upper_text),
        "connectionId": Keyword(ENFORCED, member="connectionId", read=text),
        "timeoutInMillis": Keyword(ENFORCED, member="timeoutInMillis", read=integer),
        "tlsConfig": Keyword(kind=TLS_CONFIG, member="tlsConfig", read=_tls_config),
        "responses": Keyword(_judge_responses),
        "passthroughBehavior": no_effect("a proxy integration passes every body"),
        "contentHandling": no_effect("a proxy integration passes every body"),
        "cacheKeyParameters": Keyword(_refused_unless_empty("HTTP APIs have no cache")),
        "cacheNamespace": no_effect("HTTP APIs have no cache"),
        "requestTemplates": Keyword(_refused_unless_empty("HTTP APIs have no mapping templates")),
        "responseTransferMode": Keyword(_judge_transfer_mode),
        "integrationTarget": only_rest(
            "only REST APIs name a load balancer here; an HTTP API gives its listener as uri"
        ),
    },
)


# Authorizers


def _judge_authorizer_type(value: Any, _: Place) -> Verdict:
    if is_route_authorizer(value):
        return ENFORCED
    if str(value).lower() in ("jwt", "request"):
        return stored(f"a {str(value).upper()} authorizer {AWAITS_AUTHORIZERS}")
    reason = f"HTTP APIs have authorizers of type jwt and request, not {value}"
    is_rest = str(value).lower() in ("token", "cognito_user_pools")
    return refused(reason, Notice.WARNING, is_rest=is_rest)


def judge_authtype(value: Any, _: Place) -> Verdict:
    if str(value).lower() == "awssigv4":
        return ENFORCED if is_route_authorization("AWS_IAM") else stored(f"IAM authorization {AWAITS_AUTHORIZERS}")
    return stored("names a scheme for people")


def judge_auth(value: Any, _: Place) -> Verdict:
    kind = str(value.get("type") or "").upper() if isinstance(value, dict) else ""
    if kind in ("NONE", "AWS_IAM") and is_route_authorization(kind):
        return ENFORCED
    if kind == "AWS_IAM":
        return stored(f"IAM authorization {AWAITS_AUTHORIZERS}", is_security=True)
    return refused(f"the type must be NONE or AWS_IAM, not {kind or 'left out'}", Notice.WARNING)


def _judge_token_setting(_: Any, __: Place) -> Verdict:
    return ENFORCED if is_route_authorizer("JWT") else stored("used by the authorizer")


JWT_CONFIGURATION = Kind(
    "jwtConfiguration",
    {
        "issuer": Keyword(_judge_token_setting, member="issuer", read=text),
        "audience": Keyword(_judge_token_setting, member="audience", read=texts),
    },
)


def _jwt_configuration(value: Any) -> dict[str, Any]:
    return JWT_CONFIGURATION.read(value) if isinstance(value, dict) else {}


def _judge_setting(_: Any, place: Place) -> Verdict:
    return ENFORCED if is_route_authorizer(place.owner.get("type")) else stored("used by the authorizer")


AUTHORIZER = Kind(
    "authorizer",
    {
        "identitySource": Keyword(_judge_setting, member="identitySource", read=comma_separated),
        "authorizerUri": Keyword(_judge_setting, member="authorizerUri", read=text),
        "authorizerCredentials": Keyword(_judge_setting, member="authorizerCredentialsArn", read=text),
        "authorizerPayloadFormatVersion": Keyword(_judge_setting, member="authorizerPayloadFormatVersion", read=text),
        "authorizerResultTtlInSeconds": Keyword(_judge_setting, member="authorizerResultTtlInSeconds", read=integer),
        "type": Keyword(_judge_authorizer_type, member="authorizerType", read=upper_text),
        "enableSimpleResponses": Keyword(_judge_setting, member="enableSimpleResponses", read=boolean),
        "jwtConfiguration": Keyword(kind=JWT_CONFIGURATION, member="jwtConfiguration", read=_jwt_configuration),
        "identityValidationExpression": only_rest("only TOKEN authorizers of REST APIs match the token first"),
        "providerARNs": only_rest("only REST APIs have authorizers of type cognito_user_pools; use jwt"),
    },
)


# The API as a whole

CORS = Kind(
    "cors",
    {
        "allowMethods": Keyword(ENFORCED, member="allowMethods", read=texts),
        "allowHeaders": Keyword(ENFORCED, member="allowHeaders", read=texts),
        "exposeHeaders": Keyword(ENFORCED, member="exposeHeaders", read=texts),
        "maxAge": Keyword(ENFORCED, member="maxAge", read=integer),
        "allowCredentials": Keyword(ENFORCED, member="allowCredentials", read=boolean),
        "allowOrigins": Keyword(ENFORCED, member="allowOrigins", read=texts),
    },
)

ENDPOINT = Kind(
    "endpoint-configuration",
    {
        "disableExecuteApiEndpoint": Keyword(ENFORCED, member="disableExecuteApiEndpoint", read=boolean),
        "vpcEndpointIds": only_rest("only private REST APIs have VPC endpoints"),
    },
)

ONLY_REST_AT_ROOT = {
    PREFIX + "api-key-source": only_rest("HTTP APIs have no API keys"),
    PREFIX + "binary-media-types": only_rest("HTTP APIs tell binary bodies by themselves"),
    PREFIX + "documentation": only_rest("HTTP APIs have no documentation parts"),
    PREFIX + "endpoint-access-mode": only_rest(),
    PREFIX + "gateway-responses": only_rest("HTTP APIs have no gateway responses"),
    PREFIX + "minimum-compression-size": only_rest("HTTP APIs do not compress"),
    PREFIX + "policy": only_rest("HTTP APIs have no resource policy"),
    PREFIX + "request-validator": only_rest("HTTP APIs do not validate requests"),
    PREFIX + "request-validators": only_rest("HTTP APIs do not validate requests"),
    PREFIX + "security-policy": only_rest(),
}
