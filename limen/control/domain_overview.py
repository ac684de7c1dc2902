"""Custom domain names for people, as `limen domains` lists them: what is served where, by which certificate."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from limen.control.domain_traps import open_endpoint_trap
from limen.control.domain_urls import is_closed, mappings_in_order, stages_of, url_on_domain
from limen.control.domains.documents import mappings_of
from limen.features.domain_names.records import MAPPINGS_ONLY, RULES_ONLY
from limen.plan.freeze import find_api
from limen.store.documents import Document
from limen.store.store import Reader, Store

log = logging.getLogger("limen.control")

FindChain = Callable[[Reader, Document], str]
"""The certificate that is served on a domain name, and those between it and its root, as PEM; "" for none."""


def served_domains(store: Store, port: int, find_chain: FindChain) -> list[dict[str, Any]]:
    """By name."""
    with store.reader() as reader:
        found = sorted(reader.all("DomainName"), key=lambda each: each[1])
        return [_describe(reader, domain, port, find_chain) for _, _, domain in found]


def _describe(reader: Reader, domain: Document, port: int, find_chain: FindChain) -> dict[str, Any]:
    name, truststore = domain["domainName"], domain.get("mutualTlsAuthentication", {})
    mappings = [] if domain["routingMode"] == RULES_ONLY else list(_mappings(reader, domain, port))
    rules = list(_rules(reader, name)) if domain["routingMode"] != MAPPINGS_ONLY else []
    first = domain["domainNameConfigurations"][0]
    row = {
        "domainName": name,
        "region": domain["_region"],
        "url": url_on_domain(name, port, ""),
        "routingMode": domain["routingMode"],
        "mappings": mappings,
        "rules": rules,
        "certificateArn": first.get("certificateArn"),
        "certificate": _certificate(find_chain, reader, domain),
        "mutualTls": bool(truststore),
        "truststoreUri": truststore.get("truststoreUri"),
    }
    open_apis = {each["apiName"]: None for each in [*mappings, *rules] if not each["endpointDisabled"]}
    return row | {"warnings": [open_endpoint_trap(api, name) for api in open_apis] if truststore else []}


def _mappings(reader: Reader, domain: Document, port: int) -> Iterator[dict[str, Any]]:
    """A row for each path that leads to a stage."""
    for mapping in mappings_in_order(reader, domain["domainName"]):
        for stage_name, key in stages_of(reader, mapping):
            url = url_on_domain(domain["domainName"], port, key)
            yield {"path": key, **_target(reader, mapping["apiId"], stage_name), "url": url}


def _rules(reader: Reader, name: str) -> Iterator[dict[str, Any]]:
    """By priority."""
    domain_rules = [rule for _, rule in reader.list("RoutingRule", mappings_of(name))]
    for rule in sorted(domain_rules, key=lambda rule: int(rule["priority"])):
        target = rule["actions"][0]["invokeApi"]
        yield {
            "priority": rule["priority"],
            "conditions": rule["conditions"],
            **_target(reader, target["apiId"], target["stage"]),
        }


def _target(reader: Reader, api_id: str, stage_name: str) -> dict[str, Any]:
    return {
        "apiId": api_id,
        "apiName": _name_of(reader, api_id),
        "stage": stage_name,
        "endpointDisabled": is_closed(reader, api_id, stage_name),
    }


def _name_of(reader: Reader, api_id: str) -> str:
    try:
        return str(find_api(reader, api_id)[1]["name"])
    except LookupError:
        return api_id


def _certificate(find_chain: FindChain, reader: Reader, domain: Document) -> dict[str, Any] | None:
    """Of the certificate that clients see; None where it cannot be told."""
    try:
        chain = find_chain(reader, domain)
        return describe_certificate(chain) if chain else None
    except Exception:
        log.exception("the certificate of domain name %s cannot be told", domain["domainName"])
        return None


def describe_certificate(chain: str) -> dict[str, Any]:
    """The first of a chain."""
    # Imported here: half of what the listing costs, and nothing else of the control process reads certificates for it.
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    first = x509.load_pem_x509_certificates(chain.encode())[0]
    common = first.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return {
        "issuer": str(common[0].value) if common else first.issuer.rfc4514_string(),
        "issuerName": first.issuer.rfc4514_string(),
        "serial": f"{first.serial_number:x}",
        "expires": first.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
