"""Every property of an OpenAPI 3.0 document, from its root: what it becomes in an HTTP API, and what is done with it.

https://spec.openapis.org/oas/v3.0.3
"""

from typing import Any

from limen.control.enforced import is_route_authorization, is_route_authorizer
from limen.control.openapi.extensions import (
    ANY_METHOD_NAME,
    AUTH_NAME,
    AUTHORIZER,
    AUTHORIZER_NAME,
    AUTHTYPE_NAME,
    AWAITS_AUTHORIZERS,
    CORS,
    CORS_NAME,
    ENDPOINT,
    ENDPOINT_NAME,
    INTEGRATION,
    INTEGRATION_NAME,
    INTEGRATIONS_NAME,
    ONLY_REST_AT_ROOT,
    PREFIX,
    TAG_VALUE_NAME,
    VERSION_NAME,
    judge_auth,
    judge_authtype,
    no_effect,
    only_rest,
)
from limen.control.openapi.keyword import (
    ENFORCED,
    Keyword,
    Kind,
    Notice,
    Place,
    Verdict,
    refused,
    stored,
    text,
)

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")

_FOR_PEOPLE = no_effect("documentation for people")
_CLIENT_SIDE = no_effect("describes requests and responses; HTTP APIs do not validate them")


def _not_validated(what: str) -> Keyword:
    return Keyword(stored(f"HTTP APIs do not validate {what}; they pass as they are", notice=Notice.INFO))


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
        return f"{name} is not defined under components.securitySchemes"
    if AUTHORIZER_NAME in scheme:
        authorizer = scheme[AUTHORIZER_NAME]
        is_run = isinstance(authorizer, dict) and is_route_authorizer(authorizer.get("type"))
        return None if is_run else f"authorizer {name} {AWAITS_AUTHORIZERS}"
    if is_iam_scheme(scheme):
        return None if is_route_authorization("AWS_IAM") else f"IAM authorization ({name}) {AWAITS_AUTHORIZERS}"
    if is_api_key_scheme(scheme):
        return f"{name} asks for an API key, which only REST APIs check: every request passes to the backend"
    return f"{name} has no {AUTHORIZER_NAME}: every request passes to the backend"


def find_scheme(document: dict[str, Any], name: str) -> dict[str, Any] | None:
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    scheme = schemes.get(name) if isinstance(schemes, dict) else None
    return scheme if isinstance(scheme, dict) else None


def is_iam_scheme(scheme: dict[str, Any]) -> bool:
    return str(scheme.get(AUTHTYPE_NAME, "")).lower() == "awssigv4"


def is_api_key_scheme(scheme: dict[str, Any]) -> bool:
    is_key = scheme.get("type") == "apiKey" and scheme.get("in", "header") == "header"
    return is_key and str(scheme.get("name", "")).lower() == "x-api-key"


_SECURITY = Keyword(judge_security)

SCHEME = Kind(
    "securityScheme",
    {
        "type": no_effect("its authorizer decides"),
        "name": no_effect("its authorizer decides"),
        "in": no_effect("its authorizer decides"),
        "scheme": no_effect("its authorizer decides"),
        "bearerFormat": no_effect("its authorizer decides"),
        "flows": no_effect("its authorizer decides"),
        "openIdConnectUrl": no_effect("the issuer of its authorizer, where that names none"),
        "description": _FOR_PEOPLE,
        AUTHORIZER_NAME: Keyword(kind=AUTHORIZER),
        AUTHTYPE_NAME: Keyword(judge_authtype),
    },
)


# Operations

SERVER_VARIABLE = Kind(
    "serverVariable", {"default": Keyword(ENFORCED), "enum": _FOR_PEOPLE, "description": _FOR_PEOPLE}
)

SERVER = Kind(
    "server",
    {
        "url": no_effect("Limen has its own URLs; only the path counts, with basepath=prepend or split"),
        "description": _FOR_PEOPLE,
        "variables": Keyword(kind=SERVER_VARIABLE, shape="map"),
        ENDPOINT_NAME: Keyword(kind=ENDPOINT),
        PREFIX + "security-policy": only_rest(),
        PREFIX + "endpoint-access-mode": only_rest(),
    },
)

_OPERATION = {
    "operationId": Keyword(stored("the route's operationName"), member="operationName", read=text),
    "summary": _FOR_PEOPLE,
    "description": _FOR_PEOPLE,
    "tags": _FOR_PEOPLE,
    "deprecated": _FOR_PEOPLE,
    "externalDocs": _FOR_PEOPLE,
    "parameters": _CLIENT_SIDE,
    "requestBody": _not_validated("requests"),
    "responses": _CLIENT_SIDE,
    "callbacks": _FOR_PEOPLE,
    "servers": no_effect("servers of one operation are for clients"),
    "security": _SECURITY,
    AUTH_NAME: Keyword(judge_auth),
    INTEGRATION_NAME: Keyword(kind=INTEGRATION),
    PREFIX + "request-validator": only_rest("HTTP APIs do not validate requests"),
}
OPERATION = Kind("operation", _OPERATION)
ANY_OPERATION = Kind(
    "any-method", {**_OPERATION, "isDefaultRoute": Keyword(ENFORCED), "consumes": _FOR_PEOPLE, "produces": _FOR_PEOPLE}
)

PATH_ITEM = Kind(
    "pathItem",
    {
        **{method: Keyword(kind=OPERATION) for method in METHODS},
        ANY_METHOD_NAME: Keyword(kind=ANY_OPERATION),
        "trace": Keyword(refused("HTTP APIs have no routes for TRACE", Notice.WARNING)),
        "$ref": Keyword(refused("a path must be written where it stands", Notice.WARNING)),
        "summary": _FOR_PEOPLE,
        "description": _FOR_PEOPLE,
        "servers": no_effect("servers of one path are for clients"),
        "parameters": _CLIENT_SIDE,
    },
)


def _find_path(name: str) -> Keyword | None:
    return None if name.startswith("x-") else Keyword(kind=PATH_ITEM)


PATHS = Kind("paths", {}, _find_path)


# The document

INFO = Kind(
    "info",
    {
        "title": Keyword(ENFORCED, member="name", read=text),
        "description": Keyword(ENFORCED, member="description", read=text),
        "version": Keyword(ENFORCED, member="version", read=text),
        "termsOfService": _FOR_PEOPLE,
        "contact": _FOR_PEOPLE,
        "license": _FOR_PEOPLE,
    },
)

TAG = Kind(
    "tag",
    {
        "name": Keyword(ENFORCED),
        TAG_VALUE_NAME: Keyword(ENFORCED),
        "description": _FOR_PEOPLE,
        "externalDocs": _FOR_PEOPLE,
    },
)

COMPONENTS = Kind(
    "components",
    {
        **dict.fromkeys(
            ("schemas", "responses", "parameters", "examples", "requestBodies", "headers", "links", "callbacks"),
            _CLIENT_SIDE,
        ),
        "securitySchemes": Keyword(kind=SCHEME, shape="map"),
        INTEGRATIONS_NAME: Keyword(kind=INTEGRATION, shape="map"),
    },
)

ROOT = Kind(
    "document",
    {
        "openapi": Keyword(ENFORCED),
        "info": Keyword(kind=INFO),
        "servers": Keyword(kind=SERVER, shape="list"),
        "paths": Keyword(kind=PATHS),
        "components": Keyword(kind=COMPONENTS),
        "security": _SECURITY,
        "tags": Keyword(kind=TAG, shape="list"),
        "externalDocs": _FOR_PEOPLE,
        CORS_NAME: Keyword(kind=CORS),
        ENDPOINT_NAME: Keyword(kind=ENDPOINT),
        VERSION_NAME: Keyword(ENFORCED),
        **ONLY_REST_AT_ROOT,
    },
)
