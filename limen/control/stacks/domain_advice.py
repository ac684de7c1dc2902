"""What to know of the custom domain names of a template: `limen check` and `limen deploy` say it."""

from collections.abc import Iterator, Mapping
from typing import Any

from limen.control.domain_traps import open_endpoint_trap
from limen.control.openapi.extensions import ENDPOINT_NAME
from limen.control.openapi.source import Pointer
from limen.control.stacks.limit_advice import Inspected

DOMAINS = ("AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName")
MAPPINGS = {"AWS::ApiGateway::BasePathMapping": "RestApiId", "AWS::ApiGatewayV2::ApiMapping": "ApiId"}
"""Types, and the property that names the API."""


def advise_on_domains(inspected: Mapping[str, Inspected]) -> Iterator[tuple[str, Pointer]]:
    """Messages, and the APIs that they are about. `inspected`: by the name of the resource."""
    told = set()
    for each in inspected.values():
        if each.resource.type not in MAPPINGS:
            continue
        domain = _find_domain(each, inspected)
        api = inspected.get(_ref(each.resource.properties.get(MAPPINGS[each.resource.type])))
        if domain is None or api is None or not _asks_for_certificates(domain) or _is_closed(api.values):
            continue
        message = open_endpoint_trap(api.resource.name, str(domain.values.get("DomainName")))
        if message not in told:
            told.add(message)
            yield message, (*api.resource.pointer, "Type")


def _find_domain(mapping: Inspected, inspected: Mapping[str, Inspected]) -> Inspected | None:
    """By what it refers to, or by its name."""
    named = mapping.resource.properties.get("DomainName")
    domains = {name: each for name, each in inspected.items() if each.resource.type in DOMAINS}
    referred = domains.get(_ref(named))
    return referred or next((each for each in domains.values() if each.values.get("DomainName") == named), None)


def _asks_for_certificates(domain: Inspected) -> bool:
    truststore = domain.values.get("MutualTlsAuthentication")
    return isinstance(truststore, dict) and bool(truststore.get("TruststoreUri"))


def _is_closed(api: Mapping[str, Any]) -> bool:
    body = api.get("Body")
    return _is_true(api.get("DisableExecuteApiEndpoint")) or (isinstance(body, dict) and _is_closed_by(body))


def _is_closed_by(document: Mapping[str, Any]) -> bool:
    """A document says it of itself, or of a server."""
    servers = document.get("servers")
    places = [document, *(servers if isinstance(servers, list) else [])]
    endpoints = [place.get(ENDPOINT_NAME) for place in places if isinstance(place, dict)]
    return any(isinstance(each, dict) and _is_true(each.get("disableExecuteApiEndpoint")) for each in endpoints)


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def _ref(value: Any) -> str:
    """The resource that a property refers to; "" for anything else."""
    return str(value.get("Ref", "")) if isinstance(value, dict) else ""
