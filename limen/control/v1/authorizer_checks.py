"""What an authorizer of each type may and must have (developer guide, Use API Gateway Lambda authorizers)."""

import re
from collections.abc import Callable

import re2

from limen.aws.errors import bad_request
from limen.control.v1.jwt_configuration import check_configuration
from limen.control.v2.checks import INVOCATION_ARN, check_role
from limen.store.documents import Document

LONGEST_TTL = 3600
WRONG_TTL = f"Authorizer result TTL outside allowable range. TTL must be between 0 and {LONGEST_TTL} seconds."
LAMBDA_MEMBERS = ("authorizerUri", "authorizerCredentials")

_HEADER = re.compile(r"method\.request\.header\.[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SOURCE = re.compile(
    rf"{_HEADER.pattern}|method\.request\.querystring\.[^\s,]+|stageVariables\.\w+|context\.[\w.-]+", re.ASCII
)
_POOL = re.compile(r"arn:[a-z0-9-]+:cognito-idp:[a-z0-9-]+:\d{12}:userpool/[\w-]+")


def check_authorizer(authorizer: Document) -> None:
    _CHECKS[authorizer["type"]](authorizer)
    if not 0 <= authorizer.get("authorizerResultTtlInSeconds", 0) <= LONGEST_TTL:
        raise bad_request(WRONG_TTL)


def _check_token(authorizer: Document) -> None:
    _refuse(authorizer, "providerARNs", "jwtConfiguration")
    _check_function(authorizer)
    _check_header(authorizer)
    _check_expression(authorizer)


def _check_request(authorizer: Document) -> None:
    _refuse(authorizer, "providerARNs", "jwtConfiguration", "identityValidationExpression")
    _check_function(authorizer)
    sources = _sources(authorizer)
    if authorizer["authorizerResultTtlInSeconds"] and not sources:
        raise bad_request("Identity source must be set if authorizer caching is enabled (TTL is greater than 0)")
    for source in sources:
        if not _SOURCE.fullmatch(source):
            raise bad_request(f"Invalid identity source expression: {source}")


def _check_pools(authorizer: Document) -> None:
    _refuse(authorizer, "authorizerUri", "jwtConfiguration")
    _check_credentials(authorizer)
    pools = authorizer.get("providerARNs") or []
    if not pools:
        raise bad_request("Provider ARNs must be set for COGNITO_USER_POOLS authorizer")
    for pool in pools:
        if not _POOL.fullmatch(pool):
            raise bad_request(f"Invalid Provider ARN specified: {pool}")
    _check_header(authorizer)
    _check_expression(authorizer)


def _check_jwt(authorizer: Document) -> None:
    _refuse(authorizer, *LAMBDA_MEMBERS, "authorizerResultTtlInSeconds", "identityValidationExpression", "providerARNs")
    _check_header(authorizer)
    authorizer["jwtConfiguration"] = check_configuration(authorizer.get("jwtConfiguration"))


_CHECKS: dict[str, Callable[[Document], None]] = {
    "TOKEN": _check_token,
    "REQUEST": _check_request,
    "COGNITO_USER_POOLS": _check_pools,
    "JWT": _check_jwt,
}
TYPES = tuple(_CHECKS)


def _refuse(authorizer: Document, *names: str) -> None:
    for name in names:
        if authorizer.get(name):
            raise bad_request(f"{name[0].upper()}{name[1:]} cannot be set for {authorizer['type']} authorizer")
        authorizer.pop(name, None)


def _check_function(authorizer: Document) -> None:
    uri = authorizer.get("authorizerUri")
    if not uri or not INVOCATION_ARN.fullmatch(uri):
        raise bad_request(
            f"Invalid Authorizer URI: {uri or ''}. Authorizer URI should be a valid API Gateway ARN that represents a "
            "Lambda function invocation."
        )
    _check_credentials(authorizer)


def _check_credentials(authorizer: Document) -> None:
    if authorizer.get("authorizerCredentials"):
        check_role(authorizer["authorizerCredentials"])


def _check_header(authorizer: Document) -> None:
    sources = _sources(authorizer)
    if len(sources) != 1:
        raise bad_request(f"Identity source must be one request header for {authorizer['type']} authorizer")
    if not _HEADER.fullmatch(sources[0]):
        raise bad_request(f"Invalid identity source expression: {sources[0]}")


def _check_expression(authorizer: Document) -> None:
    expression = authorizer.get("identityValidationExpression")
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(expression or "", options)  # type: ignore[no-untyped-call]
    except re2.error:
        raise bad_request(f"Invalid identity validation expression specified: {expression}") from None


def _sources(authorizer: Document) -> list[str]:
    return [source.strip() for source in authorizer.get("identitySource", "").split(",") if source.strip()]
