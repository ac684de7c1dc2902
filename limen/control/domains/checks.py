"""What a domain name has to be as a whole, whichever API makes it so.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
"""

from collections.abc import Iterator

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.domains.documents import MAPPING, RULE, mappings_of, place_of
from limen.features.domain_names.records import MAPPINGS_ONLY
from limen.store.documents import Document

ONLY_REGIONAL = (
    "Only REGIONAL domain names can be managed through the API Gateway V2 API. For EDGE domain names, please use the "
    "API Gateway V1 API. Also note that only REST APIs can be attached to EDGE domain names."
)
"""AWS's words."""

_ENHANCED = "SecurityPolicy_"
_OF_EDGE = "_EDGE"


def check_domain(call: Call, domain: Document) -> None:
    _check_security(domain)
    _check_mutual_tls(domain)
    check_mappings(call, domain, [mapping for _, mapping in _mappings(call, domain)])


def check_mappings(call: Call, domain: Document, mappings: list[Document]) -> None:
    """Those that the domain name is to have."""
    kinds = _kinds_of(call, mappings)
    for limit in _limits_of(domain):
        if "Api" in kinds:
            raise bad_request(
                ONLY_REGIONAL if limit == "EDGE" else f"HTTP APIs need a domain name of TLS_1_2, not {limit}"
            )
        deep = next((key for each in mappings if "/" in (key := each.get("apiMappingKey", ""))), None)
        if deep is not None:
            raise bad_request(
                f"The API mapping {deep} has several levels, which need a regional domain name of TLS_1_2, not {limit}"
            )
    has_rules = domain["routingMode"] != MAPPINGS_ONLY or call.documents.count(RULE, mappings_of(domain["domainName"]))
    if len(kinds) > 1 and has_rules:
        raise bad_request("A domain name with API mappings to both REST and HTTP APIs cannot have routing rules")


def has_mixed_mappings(call: Call, domain: Document) -> bool:
    """Whether both types of APIs are mapped."""
    return len(_kinds_of(call, [mapping for _, mapping in _mappings(call, domain)])) > 1


def _mappings(call: Call, domain: Document) -> list[tuple[str, Document]]:
    return call.documents.list(MAPPING, mappings_of(domain["domainName"]))


def _kinds_of(call: Call, mappings: list[Document]) -> set[str]:
    """Nouns of APIs."""
    ids = {mapping["apiId"] for mapping in mappings}
    return {"RestApi" if call.documents.get("RestApi", call.scope, each) is not None else "Api" for each in ids}


def _limits_of(domain: Document) -> Iterator[str]:
    """What keeps HTTP APIs and mappings of several levels away."""
    for configuration in domain["domainNameConfigurations"]:
        if configuration["endpointType"] == "EDGE":
            yield "EDGE"
        if configuration["securityPolicy"] == "TLS_1_0":
            yield "TLS_1_0"


def _check_security(domain: Document) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html"""
    mode = domain.get("endpointAccessMode")
    for configuration in domain["domainNameConfigurations"]:
        policy, kind = configuration["securityPolicy"], configuration["endpointType"]
        is_enhanced = policy.startswith(_ENHANCED)
        if is_enhanced and not mode:
            raise bad_request(f"Security policy {policy} needs an endpoint access mode")
        if is_enhanced and policy.endswith(_OF_EDGE) != (kind == "EDGE"):
            raise bad_request(f"Security policy {policy} is not supported for {kind} domain names")
        if mode and not is_enhanced:
            raise bad_request(
                "An endpointAccessMode can only be set with a security policy that starts with SecurityPolicy_"
            )


def _check_mutual_tls(domain: Document) -> None:
    if place_of(domain) is None:
        return
    for configuration in domain["domainNameConfigurations"]:
        if configuration["endpointType"] != "REGIONAL":
            raise bad_request("Mutual TLS is supported for REGIONAL domain names only")
        if configuration["securityPolicy"] == "TLS_1_0":
            raise bad_request("Mutual TLS needs a security policy of TLS 1.2 or later, such as TLS_1_2")
