"""Every property of a document, Swagger 2.0 or OpenAPI 3.0, from its root: what it becomes in a REST API.

https://spec.openapis.org/oas/v2.0, https://spec.openapis.org/oas/v3.0.3
"""

from typing import Any

from limen.control.enforced import is_method_authorization, is_method_authorizer
from limen.control.openapi.extensions import (
    ANY_METHOD_NAME,
    AUTH_NAME,
    AUTHORIZER_NAME,
    AUTHTYPE_NAME,
    AWAITS_AUTHORIZERS,
    ENDPOINT_NAME,
    INTEGRATION_NAME,
    INTEGRATIONS_NAME,
    TAG_VALUE_NAME,
    VERSION_NAME,
    no_effect,
)
from limen.control.openapi.keyword import ENFORCED, Keyword, Kind, Notice, Place, Verdict, refused, stored, text
from limen.control.openapi.keywords import METHODS, SERVER_VARIABLE, is_api_key_scheme, is_iam_scheme
from limen.control.openapi.rest_extensions import (
    AT_ROOT,
    AUTHORIZER,
    ENDPOINT,
    ENDPOINT_ACCESS_NAME,
    INTEGRATION,
    SECURITY_POLICY_NAME,
    VALIDATOR_NAME,
    judge_auth,
    only_http,
)
from limen.control.openapi.rest_schemas import unsupported_keywords
from limen.control.openapi.shapes import member

_DOCUMENTED = no_effect("documentation for people; GetExport gives it out")
_FOR_PEOPLE = no_effect("documentation for people; GetExport does not give it out")
_RESPONSE_MODEL = no_effect("a model of a response describes; API Gateway does not check responses")
_PLAIN = Keyword(ENFORCED)


# Security: whether a request is let through is said where a scheme is asked for, not where it is defined.


def judge_security(value: Any, place: Place) -> Verdict:
    requirements = [item for item in value if item and isinstance(item, dict)] if isinstance(value, list) else []
    if not requirements:
        return ENFORCED
    names = [name for requirement in requirements for name in requirement]
    reasons = [reason for name in names if (reason := _why_not_enforced(name, place.document)) is not None]
    return stored("; ".join(reasons), is_security=True) if reasons else ENFORCED


def _why_not_enforced(name: str, document: dict[str, Any]) -> str | None:
    """None where it is."""
    scheme = find_scheme(document, name)
    if scheme is None:
        return f"{name} is not defined under {'.'.join(scheme_pointer(document))}"
    if AUTHORIZER_NAME in scheme:
        authorizer = scheme[AUTHORIZER_NAME]
        is_run = isinstance(authorizer, dict) and is_method_authorizer(authorizer.get("type"))
        return None if is_run else f"authorizer {name} {AWAITS_AUTHORIZERS}"
    if is_iam_scheme(scheme):
        return None if is_method_authorization("AWS_IAM") else f"IAM authorization ({name}) {AWAITS_AUTHORIZERS}"
    if is_api_key_scheme(scheme):
        return None
    return f"{name} has no {AUTHORIZER_NAME}: every request passes to the backend"


def scheme_pointer(document: dict[str, Any]) -> tuple[str, ...]:
    return ("securityDefinitions",) if "swagger" in document else ("components", "securitySchemes")


def find_schemes(document: dict[str, Any]) -> dict[str, Any]:
    owner = document if "swagger" in document else member(document, "components")
    return member(owner, scheme_pointer(document)[-1])


def find_scheme(document: dict[str, Any], name: str) -> dict[str, Any] | None:
    scheme = find_schemes(document).get(name)
    return scheme if isinstance(scheme, dict) else None


_SECURITY = Keyword(judge_security)
_BY_AUTHORIZER = no_effect("its authorizer decides")

SCHEME = Kind(
    "securityScheme",
    {
        **dict.fromkeys(("scheme", "bearerFormat", "flows", "flow", "openIdConnectUrl", "scopes"), _BY_AUTHORIZER),
        **dict.fromkeys(("authorizationUrl", "tokenUrl", "type"), _BY_AUTHORIZER),
        "name": no_effect("the identity source of its authorizer, where that names none"),
        "in": no_effect("the identity source of its authorizer, where that names none"),
        "description": _DOCUMENTED,
        AUTHORIZER_NAME: Keyword(kind=AUTHORIZER),
        AUTHTYPE_NAME: no_effect("awsSigv4 asks for IAM authorization; else a word for people"),
    },
)


# Schemas, parameters, bodies


def judge_schema(value: Any, _: Place) -> Verdict:
    unsupported = unsupported_keywords(value)
    if not unsupported:
        return ENFORCED
    return stored(f"enforced, but models of API Gateway have no {', '.join(unsupported)}")


_SCHEMA = Keyword(judge_schema)
SCHEMAS = Kind("schemas", {}, lambda _: _SCHEMA)

_PLACES = {"query": ENFORCED, "header": ENFORCED, "path": ENFORCED, "body": ENFORCED}


def _judge_place(value: Any, _: Place) -> Verdict:
    return _PLACES.get(str(value), stored(f"API Gateway has no parameters in {value}: they pass unchecked"))


_PARAMETER_SCHEMA = no_effect("API Gateway checks that a parameter is there, not what it is")
_PARAMETER = {
    "$ref": _PLAIN,
    "name": _PLAIN,
    "in": Keyword(_judge_place),
    "required": _PLAIN,
    "description": _DOCUMENTED,
    **dict.fromkeys(("type", "format", "items", "enum", "default", "pattern", "content", "style"), _PARAMETER_SCHEMA),
    **dict.fromkeys(("explode", "allowReserved", "collectionFormat", "allowEmptyValue"), _PARAMETER_SCHEMA),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _PARAMETER_SCHEMA),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "uniqueItems"), _PARAMETER_SCHEMA),
    **dict.fromkeys(("deprecated", "example", "examples"), _FOR_PEOPLE),
}


def _judge_parameter_schema(value: Any, place: Place) -> Verdict:
    return judge_schema(value, place) if place.owner.get("in") == "body" else _OF_PARAMETER_SCHEMA


_OF_PARAMETER_SCHEMA = stored("API Gateway checks that a parameter is there, not what it is")
PARAMETER = Kind("parameter", {**_PARAMETER, "schema": Keyword(_judge_parameter_schema)})

_MEDIA_TYPE = dict.fromkeys(("example", "examples", "encoding"), _FOR_PEOPLE)
REQUEST_MEDIA_TYPE = Kind("mediaType", {**_MEDIA_TYPE, "schema": _SCHEMA})
RESPONSE_MEDIA_TYPE = Kind("mediaType", {**_MEDIA_TYPE, "schema": _RESPONSE_MODEL})
REQUEST_BODY = Kind(
    "requestBody",
    {
        "$ref": _PLAIN,
        "content": Keyword(kind=REQUEST_MEDIA_TYPE, shape="map"),
        "required": no_effect("a request validator that checks bodies takes an empty one as {}"),
        "description": _DOCUMENTED,
    },
)
RESPONSE = Kind(
    "response",
    {
        "$ref": _PLAIN,
        "description": _DOCUMENTED,
        "schema": _RESPONSE_MODEL,
        "headers": _PLAIN,
        "content": Keyword(kind=RESPONSE_MEDIA_TYPE, shape="map"),
        "examples": _FOR_PEOPLE,
        "links": _FOR_PEOPLE,
    },
)


def _find_response(status: str) -> Keyword | None:
    if status.isdigit():
        return Keyword(kind=RESPONSE)
    return None if status.startswith("x-") else no_effect("a method response of API Gateway has one status code")


RESPONSES = Kind("responses", {}, _find_response)


# Operations

_OPERATION = {
    "operationId": Keyword(stored("the method's operationName"), member="operationName", read=text),
    **dict.fromkeys(("summary", "description", "tags", "externalDocs"), _DOCUMENTED),
    "deprecated": _FOR_PEOPLE,
    "parameters": Keyword(kind=PARAMETER, shape="list"),
    "responses": Keyword(kind=RESPONSES),
    "security": _SECURITY,
    AUTH_NAME: Keyword(judge_auth),
    INTEGRATION_NAME: Keyword(kind=INTEGRATION),
    VALIDATOR_NAME: _PLAIN,
}
_SWAGGER_OPERATION = {
    **_OPERATION,
    "consumes": _PLAIN,
    "produces": no_effect("the media types of response models"),
    "schemes": no_effect("Limen serves HTTPS only"),
}
_OPENAPI_OPERATION = {
    **_OPERATION,
    "requestBody": Keyword(kind=REQUEST_BODY),
    "callbacks": _FOR_PEOPLE,
    "servers": no_effect("servers of one operation are for clients"),
}
_ANY = {"isDefaultRoute": only_http("only HTTP APIs have a default route; a REST API has /{proxy+}")}


def _path_item(operation: dict[str, Keyword]) -> Kind:
    return Kind(
        "pathItem",
        {
            **dict.fromkeys(METHODS, Keyword(kind=Kind("operation", operation))),
            ANY_METHOD_NAME: Keyword(kind=Kind("any-method", {**operation, **_ANY})),
            "trace": Keyword(refused("REST APIs have no methods for TRACE", Notice.WARNING)),
            "$ref": _PLAIN,
            "summary": _DOCUMENTED,
            "description": _DOCUMENTED,
            "servers": no_effect("servers of one path are for clients"),
            "parameters": Keyword(kind=PARAMETER, shape="list"),
        },
    )


def _paths(operation: dict[str, Keyword]) -> Keyword:
    item = Keyword(kind=_path_item(operation))
    return Keyword(kind=Kind("paths", {}, lambda name: None if name.startswith("x-") else item))


# The documents

INFO = Kind(
    "info",
    {
        "title": Keyword(ENFORCED, member="name", read=text),
        "description": Keyword(ENFORCED, member="description", read=text),
        "version": Keyword(ENFORCED, member="version", read=text),
        **dict.fromkeys(("termsOfService", "contact", "license"), _DOCUMENTED),
    },
)

TAG = Kind(
    "tag",
    {
        "name": _FOR_PEOPLE,
        TAG_VALUE_NAME: only_http("only HTTP APIs take their tags from a document"),
        "description": _FOR_PEOPLE,
        "externalDocs": _FOR_PEOPLE,
    },
)

_OWN_URLS = no_effect("Limen has its own URLs; only the path counts, with basepath=prepend or split")

SERVER = Kind(
    "server",
    {
        "url": _OWN_URLS,
        "description": _FOR_PEOPLE,
        "variables": Keyword(kind=SERVER_VARIABLE, shape="map"),
        ENDPOINT_NAME: Keyword(kind=ENDPOINT),
        SECURITY_POLICY_NAME: AT_ROOT[SECURITY_POLICY_NAME],
        ENDPOINT_ACCESS_NAME: AT_ROOT[ENDPOINT_ACCESS_NAME],
    },
)

COMPONENTS = Kind(
    "components",
    {
        "schemas": Keyword(kind=SCHEMAS),
        "parameters": Keyword(kind=PARAMETER, shape="map"),
        "requestBodies": Keyword(kind=REQUEST_BODY, shape="map"),
        "responses": Keyword(kind=RESPONSE, shape="map"),
        "headers": _DOCUMENTED,
        **dict.fromkeys(("examples", "links", "callbacks"), _FOR_PEOPLE),
        "securitySchemes": Keyword(kind=SCHEME, shape="map"),
        INTEGRATIONS_NAME: only_http("only HTTP APIs share integrations"),
    },
)

_ROOT = {
    "info": Keyword(kind=INFO),
    "security": _SECURITY,
    "tags": Keyword(kind=TAG, shape="list"),
    "externalDocs": _DOCUMENTED,
    ENDPOINT_NAME: Keyword(kind=ENDPOINT),
    VERSION_NAME: _PLAIN,
    **AT_ROOT,
}

OPENAPI_ROOT = Kind(
    "document",
    {
        **_ROOT,
        "openapi": _PLAIN,
        "servers": Keyword(kind=SERVER, shape="list"),
        "paths": _paths(_OPENAPI_OPERATION),
        "components": Keyword(kind=COMPONENTS),
    },
)

SWAGGER_ROOT = Kind(
    "document",
    {
        **_ROOT,
        "swagger": _PLAIN,
        "host": _OWN_URLS,
        "basePath": _OWN_URLS,
        "schemes": no_effect("Limen serves HTTPS only"),
        "consumes": _PLAIN,
        "produces": no_effect("the media types of response models"),
        "paths": _paths(_SWAGGER_OPERATION),
        "definitions": Keyword(kind=SCHEMAS),
        "parameters": Keyword(kind=PARAMETER, shape="map"),
        "responses": Keyword(kind=RESPONSE, shape="map"),
        "securityDefinitions": Keyword(kind=SCHEME, shape="map"),
    },
)

OPERATION = Kind("operation", _OPENAPI_OPERATION)


def find_root(document: dict[str, Any]) -> Kind:
    return SWAGGER_ROOT if "swagger" in document else OPENAPI_ROOT
