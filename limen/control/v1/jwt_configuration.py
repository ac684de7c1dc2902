"""`jwtConfiguration` of a REST API's authorizer: whom it trusts, for whom, and by which algorithms."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from limen.aws.errors import AwsError, bad_request
from limen.control.call import Answer, Aside, Call
from limen.control.issuer_discovery import DiscoveryError
from limen.control.pools.documents import POOL
from limen.control.v2.authorizers import is_issuer
from limen.features.authorizers.cognito_names import with_own_name
from limen.jose.algorithms import ALGORITHMS
from limen.store.documents import Document

log = logging.getLogger("limen.control")

RESERVED_CLAIMS = frozenset({"iss", "aud", "exp", "nbf", "iat", "scope", "scp"})


class AdditionalClaim(Struct, frozen=True, omit_defaults=True, rename="camel"):
    claim_name: str
    format: Literal["SINGLE_STRING"]
    required: bool = False
    expected_values: list[str] = []


class Issuer(Struct, frozen=True, omit_defaults=True, rename="camel"):
    issuer: str
    audiences: list[str]
    additional_claims: list[AdditionalClaim] = []


class JwtConfiguration(Struct, frozen=True, omit_defaults=True, rename="camel"):
    issuers: list[Issuer]
    default_algorithms: list[str]


def check_configuration(value: Any) -> Document:
    """The configuration as it is stored, without what is output alone. Raises AwsError."""
    try:
        configuration = msgspec.convert(value or {}, JwtConfiguration)
    except msgspec.ValidationError as error:
        raise bad_request(f"Invalid JwtConfiguration for JWT authorizer: {error}") from None
    if not configuration.issuers:
        raise bad_request("JwtConfiguration must name at least one issuer for JWT authorizer")
    if _has_twice([issuer.issuer for issuer in configuration.issuers]):
        raise bad_request("Issuers of a JWT authorizer must be unique")
    for issuer in configuration.issuers:
        _check_issuer(issuer)
    if not configuration.default_algorithms:
        raise bad_request("JwtConfiguration must name at least one algorithm for JWT authorizer")
    for algorithm in configuration.default_algorithms:
        if algorithm not in ALGORITHMS:
            raise bad_request(f"Invalid algorithm specified: {algorithm}. Must be one of [{', '.join(ALGORITHMS)}]")
    stored: Document = msgspec.to_builtins(configuration)
    return stored


def when_discovered(call: Call, configuration: Any, go_on: Callable[[Call], dict[str, Any]]) -> Answer:
    """Has issuers asked beside other operations, where there is somebody to ask; what they say is remembered."""
    issuers = call.settings.issuers
    if issuers is None:
        return go_on(call)
    names = [each["issuer"] for each in check_configuration(configuration)["issuers"] if not _is_own(call, each)]
    return Aside(lambda: issuers.find(names), lambda later, _: go_on(later))


def discover(call: Call, configuration: Document, before: Document | None) -> None:
    """Adds where the keys of each issuer are. Raises AwsError where an issuer does not say.

    Of an issuer that was there `before`, the last answer stays: what is in use need not wait for it.
    """
    if call.settings.issuers is None:
        return
    known = {each["issuer"]: each.get("jwksUri") for each in (before or {}).get("issuers", [])}
    foreign = [each["issuer"] for each in configuration["issuers"] if not _is_own(call, each)]
    found = call.settings.issuers.find(foreign) if foreign else {}
    for issuer in configuration["issuers"]:
        if issuer["issuer"] not in found:
            issuer["jwksUri"] = f"{issuer['issuer']}/.well-known/jwks.json"
            continue
        answer = found[issuer["issuer"]]
        if isinstance(answer, str):
            issuer["jwksUri"] = answer
            continue
        issuer["jwksUri"] = known.get(issuer["issuer"])
        if issuer["jwksUri"] is None:
            raise _undiscovered(issuer["issuer"], answer)
        log.warning("issuer %s: %s; its keys are looked for where they were", issuer["issuer"], answer)


def _is_own(call: Call, issuer: Document) -> bool:
    """Whether it is a user pool that is kept here, by AWS's name for it or by its own: its keys are known."""
    name: str = issuer["issuer"]
    pool_id = name.rpartition("/")[2]
    if name != call.settings.issuer_of(pool_id) and with_own_name(name, "own") == ((name, False),):
        return False
    return call.documents.get(POOL, call.scope, pool_id) is not None


def _check_issuer(issuer: Issuer) -> None:
    if not is_issuer(issuer.issuer):
        raise bad_request("Invalid issuer: Issuer is not a valid URL for JWT Authorizer")
    if not issuer.audiences or not all(issuer.audiences):
        raise bad_request("Audience must not be empty for JWT Authorizer")
    claims = [claim.claim_name for claim in issuer.additional_claims]
    if _has_twice(claims) or not all(claims) or not RESERVED_CLAIMS.isdisjoint(claims):
        raise bad_request(
            "Names of additional claims must be unique and none of "
            f"[{', '.join(sorted(RESERVED_CLAIMS))}] for JWT Authorizer"
        )


def _has_twice(names: Sequence[str]) -> bool:
    return len(set(names)) < len(names)


def _undiscovered(issuer: str, error: DiscoveryError) -> AwsError:
    return bad_request(
        f"Invalid issuer: {issuer}. Issuer must have a valid discovery endpoint ending with "
        f"'/.well-known/openid-configuration': {error}"
    )
