"""Authorizers of HTTP APIs: JWT, and REQUEST for a Lambda function."""

import re
from typing import Any
from urllib.parse import urlsplit

from limen.aws.errors import bad_request, conflict
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.v2 import quotas
from limen.control.v2.auto_deploy import deploy_changes
from limen.control.v2.checks import INVOCATION_ARN, check_lengths, check_role
from limen.control.v2.documents import answer_page, find, find_api, merge, without_cleared
from limen.features.authorizers.jwks_fetch import is_this_machine
from limen.store.documents import Document

MEMBERS = (
    "authorizerCredentialsArn",
    "authorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds",
    "authorizerType",
    "authorizerUri",
    "enableSimpleResponses",
    "identitySource",
    "identityValidationExpression",
    "jwtConfiguration",
    "name",
)
REQUEST_MEMBERS = (
    "authorizerCredentialsArn",
    "authorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds",
    "authorizerUri",
    "enableSimpleResponses",
)
LONGEST_TTL = 3600

_TOKEN_SOURCE = re.compile(r"\$request\.(?:header\.[!#$%&'*+.^_`|~0-9A-Za-z-]+|querystring\.\S+)")
_SOURCE = re.compile(rf"{_TOKEN_SOURCE.pattern}|\$context\.[\w.-]+|\$stageVariables\.\w+")


def create_authorizer(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_api(call, members)["apiId"]
    quotas.check_room_in_api(call, "Authorizer", api_id)
    authorizer_id = put_authorizer(call, api_id, members)
    deploy_changes(call, api_id)
    return answer(find(call, "Authorizer", api_id, authorizer_id))


def get_authorizer(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_authorizers(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "Authorizer", find_api(call, members)["apiId"], members)


def update_authorizer(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    authorizer = _find(call, members)
    changes = given(members, MEMBERS)
    changed = merge(without_cleared(authorizer, changes, ("jwtConfiguration",)), changes)
    if changed["authorizerType"] != authorizer["authorizerType"]:
        _refuse_if_used(call, members["apiId"], authorizer, "change the type of")
        left_over = REQUEST_MEMBERS if changed["authorizerType"] == "JWT" else ("jwtConfiguration",)
        changed = {name: value for name, value in changed.items() if name not in left_over or changes.get(name)}
    _store(call, members["apiId"], changed)
    deploy_changes(call, members["apiId"])
    return answer(changed)


def delete_authorizer(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    authorizer = _find(call, members)
    _refuse_if_used(call, members["apiId"], authorizer, "delete")
    remove_authorizer(call, members["apiId"], authorizer["authorizerId"])
    deploy_changes(call, members["apiId"])
    return {}


def put_authorizer(call: Call, api_id: str, members: dict[str, Any], authorizer_id: str | None = None) -> str:
    """Creates an authorizer, or replaces the one with that id whole; its id."""
    bare: Document = {"authorizerId": authorizer_id or fresh_id(call, "Authorizer", api_id)}
    authorizer = merge(bare, given(members, MEMBERS))
    _store(call, api_id, authorizer)
    return str(authorizer["authorizerId"])


def remove_authorizer(call: Call, api_id: str, authorizer_id: str) -> None:
    """Whatever uses it."""
    call.documents.delete("Authorizer", api_id, authorizer_id)


def _store(call: Call, api_id: str, authorizer: Document) -> None:
    if not authorizer.get("name"):
        raise bad_request("Authorizer name is required")
    check_lengths(authorizer)
    _check_name(call, api_id, authorizer)
    kind = authorizer.get("authorizerType")
    if kind == "JWT":
        _check_jwt(call, authorizer)
    elif kind == "REQUEST":
        _check_request(authorizer)
    else:
        raise bad_request("Invalid authorizer type specified. Must be one of [REQUEST, JWT]")
    call.documents.put("Authorizer", api_id, authorizer["authorizerId"], authorizer)


def _check_name(call: Call, api_id: str, authorizer: Document) -> None:
    for key, other in call.documents.list("Authorizer", api_id):
        if other["name"] == authorizer["name"] and key != authorizer["authorizerId"]:
            raise bad_request(
                f"Authorizer name must be unique. Authorizer {authorizer['name']} already exists in this API."
            )


def _check_jwt(call: Call, authorizer: Document) -> None:
    for name in REQUEST_MEMBERS:
        if authorizer.get(name):
            raise bad_request(f"{name[0].upper()}{name[1:]} can only be set for REQUEST Authorizers")
    configuration = authorizer.get("jwtConfiguration")
    if not configuration:
        raise bad_request("JwtConfiguration must not be null for JWT Authorizer")
    if not is_issuer(configuration.get("issuer", "")):
        raise bad_request("Invalid issuer: Issuer is not a valid URL for JWT Authorizer")
    audience = configuration.get("audience", [])
    if not audience or not all(audience):
        raise bad_request("Audience must not be empty for JWT Authorizer")
    quotas.check_count(call, "audiences", "this authorizer", len(audience), quotas.AUDIENCES_PER_AUTHORIZER)
    sources = authorizer.get("identitySource", [])
    if len(sources) != 1:
        raise bad_request("JWT Authorizer must have exactly one identity source")
    if not _TOKEN_SOURCE.fullmatch(sources[0]):
        raise bad_request(f"Invalid identity source expression: {sources[0]}")


def _check_request(authorizer: Document) -> None:
    if authorizer.get("jwtConfiguration"):
        raise bad_request("JwtConfiguration can only be set for JWT Authorizers")
    uri = authorizer.get("authorizerUri")
    if not uri:
        raise bad_request("AuthorizerUri is a required field in an Authorizer")
    if not INVOCATION_ARN.fullmatch(uri):
        raise bad_request(
            f"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that represents a "
            "Lambda function invocation."
        )
    if authorizer.get("authorizerCredentialsArn"):
        check_role(authorizer["authorizerCredentialsArn"])
    version = authorizer.get("authorizerPayloadFormatVersion")
    if not version:
        raise bad_request("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
    if version not in ("1.0", "2.0"):
        raise bad_request(f"Unsupported AuthorizerPayloadFormatVersion: {version}")
    if authorizer.setdefault("enableSimpleResponses", False) and version != "2.0":
        raise bad_request('EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".')
    _check_caching(authorizer)


def _check_caching(authorizer: Document) -> None:
    ttl = authorizer.get("authorizerResultTtlInSeconds", 0)
    if not 0 <= ttl <= LONGEST_TTL:
        raise bad_request(
            f"Authorizer result TTL outside allowable range. TTL must be between 0 and {LONGEST_TTL} seconds."
        )
    sources = authorizer.get("identitySource", [])
    if ttl and not sources:
        raise bad_request("Identity source must be set if authorizer caching is enabled (TTL is greater than 0)")
    for source in sources:
        if not _SOURCE.fullmatch(source):
            raise bad_request(f"Invalid identity source expression: {source}")


def is_issuer(issuer: str) -> bool:
    """Of https, as AWS asks for; of http where it is on this machine, as identity servers in development are."""
    try:
        url = urlsplit(issuer)
        port_is_fine = url.port is None or url.port > 0
    except ValueError:
        return False
    whole = not (url.query or url.fragment or "@" in url.netloc or re.search(r"[\x00-\x20\x7f]", issuer))
    is_secure = url.scheme == "https" or (url.scheme == "http" and is_this_machine(url.hostname or ""))
    return is_secure and bool(url.hostname) and port_is_fine and whole


def _refuse_if_used(call: Call, api_id: str, authorizer: Document, what: str) -> None:
    for _, route in call.documents.list("Route", api_id):
        if route.get("authorizerId") == authorizer["authorizerId"]:
            raise conflict(
                f"Cannot {what} authorizer '{authorizer['name']}', is referenced in route: {route['routeKey']}"
            )


def _find(call: Call, members: dict[str, Any]) -> Document:
    find_api(call, members)
    return find(call, "Authorizer", members["apiId"], members["authorizerId"])
