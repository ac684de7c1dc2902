"""The x-amazon-apigateway-* members of a document: what each becomes in a REST API, and what is done with it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from typing import Any

from limen.control.enforced import is_api_key_source, is_method_authorization, is_method_authorizer
from limen.control.openapi.extensions import AWAITS_AUTHORIZERS, PREFIX, no_effect
from limen.control.openapi.keyword import (
    ENFORCED,
    Keyword,
    Kind,
    Notice,
    Place,
    Verdict,
    any_object,
    boolean,
    integer,
    refused,
    stored,
    template_map,
    text,
    text_map,
    texts,
    upper_text,
)
from limen.control.resource_policies import judge_policy
from limen.gateway.api_key import API_KEY_SOURCES

API_KEY_SOURCE_NAME = PREFIX + "api-key-source"
BINARY_NAME = PREFIX + "binary-media-types"
COMPRESSION_NAME = PREFIX + "minimum-compression-size"
DOCUMENTATION_NAME = PREFIX + "documentation"
ENDPOINT_ACCESS_NAME = PREFIX + "endpoint-access-mode"
GATEWAY_RESPONSES_NAME = PREFIX + "gateway-responses"
POLICY_NAME = PREFIX + "policy"
SECURITY_POLICY_NAME = PREFIX + "security-policy"
VALIDATOR_NAME = PREFIX + "request-validator"
VALIDATORS_NAME = PREFIX + "request-validators"

INTEGRATION_TYPES = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
AUTHORIZER_TYPES = ("TOKEN", "REQUEST", "COGNITO_USER_POOLS", "JWT")
ONLY_HTTP = "only HTTP APIs have this; a REST API would not do it"


def only_http(reason: str = ONLY_HTTP) -> Keyword:
    return Keyword(refused(reason, Notice.WARNING))


# Integrations


def _judge_integration_type(value: Any, place: Place) -> Verdict:
    kind = str(value).upper()
    if kind not in INTEGRATION_TYPES:
        return refused(f"REST APIs have integrations of type {', '.join(INTEGRATION_TYPES)}, not {value}")
    if kind == "AWS_PROXY" and ":firehose:" in str(place.owner.get("uri", "")):
        return stored("Firehose streams behind AWS_PROXY are not served: its routes answer 500")
    return ENFORCED


INTEGRATION_RESPONSE = Kind(
    "integrationResponse",
    {
        "statusCode": Keyword(ENFORCED, member="statusCode", read=text),
        "responseParameters": Keyword(ENFORCED, member="responseParameters", read=text_map),
        "responseTemplates": Keyword(ENFORCED, member="responseTemplates", read=template_map),
        "contentHandling": Keyword(ENFORCED, member="contentHandling", read=upper_text),
    },
)

TLS_CONFIG = Kind(
    "tlsConfig",
    {
        "insecureSkipVerification": Keyword(ENFORCED, member="insecureSkipVerification", read=boolean),
        "serverNameToVerify": only_http("only HTTP APIs name the server to verify; a REST API verifies the URI's host"),
    },
)


def _tls_config(value: Any) -> dict[str, Any]:
    return TLS_CONFIG.read(any_object(value))


INTEGRATION = Kind(
    "integration",
    {
        # In the order in which AWS exports them.
        "credentials": Keyword(ENFORCED, member="credentials", read=text),
        "httpMethod": Keyword(ENFORCED, member="httpMethod", read=upper_text),
        "uri": Keyword(ENFORCED, member="uri", read=text),
        "responses": Keyword(kind=INTEGRATION_RESPONSE, shape="map"),
        "requestParameters": Keyword(ENFORCED, member="requestParameters", read=any_object),
        "requestTemplates": Keyword(ENFORCED, member="requestTemplates", read=template_map),
        "passthroughBehavior": Keyword(ENFORCED, member="passthroughBehavior", read=upper_text),
        "connectionType": Keyword(ENFORCED, member="connectionType", read=upper_text),
        "connectionId": Keyword(ENFORCED, member="connectionId", read=text),
        "integrationTarget": Keyword(ENFORCED, member="integrationTarget", read=text),
        "timeoutInMillis": Keyword(ENFORCED, member="timeoutInMillis", read=integer),
        "contentHandling": Keyword(ENFORCED, member="contentHandling", read=upper_text),
        "cacheNamespace": Keyword(ENFORCED, member="cacheNamespace", read=text),
        "cacheKeyParameters": Keyword(ENFORCED, member="cacheKeyParameters", read=texts),
        "tlsConfig": Keyword(kind=TLS_CONFIG, member="tlsConfig", read=_tls_config),
        "responseTransferMode": Keyword(ENFORCED, member="responseTransferMode", read=upper_text),
        "type": Keyword(_judge_integration_type, member="type", read=upper_text),
        "payloadFormatVersion": no_effect("REST APIs have one format of the payload"),
        "integrationSubtype": only_http("only HTTP APIs have integration subtypes; a REST API names the action in uri"),
        "$ref": only_http("only HTTP APIs share integrations"),
    },
)


# Authorizers, API keys


def _judge_key_source(value: Any, _: Place) -> Verdict:
    if is_api_key_source(str(value).upper()):
        return ENFORCED
    return refused(f"API keys come from {' or '.join(API_KEY_SOURCES)}, not {value}")


def _judge_authorizer_type(value: Any, _: Place) -> Verdict:
    kind = str(value).upper()
    if is_method_authorizer(kind):
        return ENFORCED
    if kind in AUTHORIZER_TYPES:
        return stored(f"a {kind} authorizer {AWAITS_AUTHORIZERS}")
    return refused(f"REST APIs have authorizers of type {', '.join(AUTHORIZER_TYPES)}, not {value}", Notice.WARNING)


def _judge_setting(_: Any, place: Place) -> Verdict:
    return ENFORCED if is_method_authorizer(place.owner.get("type")) else stored("used by the authorizer")


AUTHORIZER = Kind(
    "authorizer",
    {
        "identitySource": Keyword(_judge_setting, member="identitySource", read=text),
        "authorizerUri": Keyword(_judge_setting, member="authorizerUri", read=text),
        "authorizerCredentials": Keyword(_judge_setting, member="authorizerCredentials", read=text),
        "authorizerResultTtlInSeconds": Keyword(_judge_setting, member="authorizerResultTtlInSeconds", read=integer),
        "identityValidationExpression": Keyword(_judge_setting, member="identityValidationExpression", read=text),
        "providerARNs": Keyword(_judge_setting, member="providerARNs", read=texts),
        "jwtConfiguration": Keyword(_judge_setting, member="jwtConfiguration", read=any_object),
        "type": Keyword(_judge_authorizer_type, member="type", read=upper_text),
        "authorizerPayloadFormatVersion": no_effect("REST APIs have one format of the payload"),
        "enableSimpleResponses": only_http("only HTTP APIs have simple responses of authorizers"),
    },
)


def judge_auth(value: Any, _: Place) -> Verdict:
    kind = str(value.get("type") or "").upper() if isinstance(value, dict) else ""
    if kind in ("NONE", "AWS_IAM") and is_method_authorization(kind):
        return ENFORCED
    if kind == "AWS_IAM":
        return stored(f"IAM authorization {AWAITS_AUTHORIZERS}", is_security=True)
    return refused(f"the type must be NONE or AWS_IAM, not {kind or 'left out'}")


# The API as a whole

VALIDATOR = Kind(
    "requestValidator",
    {
        "validateRequestBody": Keyword(ENFORCED, member="validateRequestBody", read=boolean),
        "validateRequestParameters": Keyword(ENFORCED, member="validateRequestParameters", read=boolean),
    },
)

GATEWAY_RESPONSE = Kind(
    "gatewayResponse",
    {
        "statusCode": Keyword(ENFORCED, member="statusCode", read=text),
        "responseParameters": Keyword(ENFORCED, member="responseParameters", read=text_map),
        "responseTemplates": Keyword(ENFORCED, member="responseTemplates", read=template_map),
    },
)

ENDPOINT = Kind(
    "endpoint-configuration",
    {
        "disableExecuteApiEndpoint": Keyword(ENFORCED, member="disableExecuteApiEndpoint", read=boolean),
        "vpcEndpointIds": Keyword(
            stored("endpoint types are only stored: every API is served to all who reach the port", is_security=True),
            member="vpcEndpointIds",
            read=texts,
        ),
    },
)

_OF_DOCUMENTATION = stored("for people who read the documentation; GetExport gives it out")

DOCUMENTATION = Kind(
    "documentation",
    {
        "version": Keyword(_OF_DOCUMENTATION),
        "createdDate": Keyword(_OF_DOCUMENTATION),
        "documentationParts": Keyword(_OF_DOCUMENTATION),
    },
)

_NO_TLS_POLICY = stored("every client speaks TLS 1.2 or newer, whatever the policy")

API_SETTINGS = Kind(
    "settings",
    {
        API_KEY_SOURCE_NAME: Keyword(_judge_key_source, member="apiKeySource", read=upper_text),
        BINARY_NAME: Keyword(ENFORCED, member="binaryMediaTypes", read=texts),
        COMPRESSION_NAME: Keyword(ENFORCED, member="minimumCompressionSize", read=integer),
        SECURITY_POLICY_NAME: Keyword(_NO_TLS_POLICY, member="securityPolicy", read=text),
        ENDPOINT_ACCESS_NAME: Keyword(_NO_TLS_POLICY, member="endpointAccessMode", read=upper_text),
    },
)
"""Those of the root that become members of the RestApi as they are."""

AT_ROOT = {
    **{name: API_SETTINGS.find(name) for name in API_SETTINGS.members.values()},
    DOCUMENTATION_NAME: Keyword(kind=DOCUMENTATION),
    GATEWAY_RESPONSES_NAME: Keyword(kind=GATEWAY_RESPONSE, shape="map"),
    POLICY_NAME: Keyword(lambda value, _: judge_policy(value)),
    VALIDATOR_NAME: Keyword(ENFORCED),
    VALIDATORS_NAME: Keyword(kind=VALIDATOR, shape="map"),
    PREFIX + "cors": only_http("REST APIs answer OPTIONS by a MOCK integration: limen cors adds it"),
}
