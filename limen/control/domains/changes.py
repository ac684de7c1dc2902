"""From documents to the records by which workers serve domain names: all when a worker starts, then what changed."""

import logging
from collections.abc import Iterator

from limen.aws.sealing import Seal
from limen.control.certificates.served import certificate_nouns, served_certificate
from limen.control.domains.documents import (
    DOMAIN,
    MAPPING,
    RULE,
    TRUSTSTORE,
    TRUSTSTORE_KEY,
    arns_of,
    mappings_of,
    name_of,
    place_of,
)
from limen.features.domain_names.records import (
    DomainChanges,
    DomainRecord,
    HeaderCondition,
    MappingRecord,
    RuleRecord,
)
from limen.store.documents import Document
from limen.store.reader import Names, Reader

log = logging.getLogger("limen.control")

_OF_DOMAINS = frozenset({MAPPING, RULE, TRUSTSTORE})


class DomainsSource:
    """What the publisher tells of domain names, of every account and region. Used by one thread at a time."""

    def __init__(self, seal: Seal) -> None:
        """`seal` opens the keys of certificates."""
        self._seal = seal
        self._scopes: dict[str, str] = {}
        """Of names that were met: where their documents are, unless they have moved since."""

    def changes(self, reader: Reader, since: int | None, until: int) -> DomainChanges | None:
        """What differs at `until` from revision `since`, None where nothing does; everything where that is None.

        Costs what has changed, and looks at all domain names where a certificate did.
        """
        now = reader if reader.revision == until else reader.at(until)
        if since is None:
            self._scopes = {}
            return DomainChanges(True, [_record(now, domain, self._seal) for domain in self._all(now)])
        names = self._touched(now, reader.changed_parents(since, until))
        found = {name: self._find(now, name) for name in sorted(names)}
        records = [_record(now, domain, self._seal) for domain in found.values() if domain is not None]
        gone = [name for name, domain in found.items() if domain is None]
        return DomainChanges(False, records, gone) if records or gone else None

    def _touched(self, now: Reader, touched: Names) -> set[str]:
        names: set[str] = set()
        certificates: set[str] = set()
        nouns = certificate_nouns()
        for noun, parent, key in touched:
            if noun == DOMAIN:
                names.add(key)
                if now.get(noun, parent, key) is not None:
                    self._scopes[key] = parent
            elif noun in _OF_DOMAINS and (name := name_of(parent)) is not None:
                names.add(name)
            elif noun in nouns:
                certificates.add(key)
        if certificates:
            names |= {domain["domainName"] for domain in self._all(now) if _has_one_of(domain, certificates)}
        return names

    def _find(self, now: Reader, name: str) -> Document | None:
        scope = self._scopes.get(name)
        domain = None if scope is None else now.get(DOMAIN, scope, name)
        if domain is None and self._scopes.pop(name, None) is None:
            domain = next((each for each in self._all(now) if each["domainName"] == name), None)
        return domain

    def _all(self, now: Reader) -> Iterator[Document]:
        for scope, name, domain in now.all(DOMAIN):
            self._scopes[name] = scope
            yield domain


def _has_one_of(domain: Document, keys: set[str]) -> bool:
    """A certificate is stored by its ARN, by the last part of that, or by the name that it was made up for."""
    arns = arns_of(domain)
    return not keys.isdisjoint({*arns, *(arn.rpartition("/")[2] for arn in arns), domain["domainName"]})


def _record(now: Reader, domain: Document, seal: Seal) -> DomainRecord:
    name = domain["domainName"]
    parent = mappings_of(name)
    chain, key = _certificate(now, domain, seal)
    truststore = now.get(TRUSTSTORE, parent, TRUSTSTORE_KEY) if place_of(domain) is not None else None
    mappings = tuple(_mapping(mapping) for _, mapping in now.list(MAPPING, parent))
    rules = tuple(sorted((_rule(rule) for _, rule in now.list(RULE, parent)), key=lambda rule: rule.priority))
    if place_of(domain) is not None and truststore is None:
        # Stored by a version that did not read truststores: nobody could be told from anybody else.
        log.error("%s has mutual TLS, and its truststore was never read: it serves nothing until it is updated", name)
        mappings, rules = (), ()
    return DomainRecord(
        name=name,
        mode=domain["routingMode"],
        mappings=mappings,
        rules=rules,
        security_policy=domain["domainNameConfigurations"][0]["securityPolicy"],
        chain=chain,
        key=key,
        truststore="" if truststore is None else truststore["content"],
        is_strict=domain.get("endpointAccessMode") == "STRICT",
    )


def _certificate(now: Reader, domain: Document, seal: Seal) -> tuple[str, str]:
    """Empty where there is none: one domain name that cannot be served well must not keep all others away."""
    problem = "it is not known here"
    try:
        chain, key = served_certificate(now, domain, seal)
    except Exception as error:
        chain, key, problem = "", "", f"{type(error).__name__}: {error}"
    if not chain or not key:
        named = ", ".join(arns_of(domain))
        log.error("%s has no certificate of its own to show, for %s: %s", domain["domainName"], named, problem)
        return "", ""
    return chain, key


def _mapping(mapping: Document) -> MappingRecord:
    return MappingRecord(mapping.get("apiMappingKey", ""), mapping["apiId"], mapping.get("stage", ""))


def _rule(rule: Document) -> RuleRecord:
    target = rule["actions"][0]["invokeApi"]
    headers = [each["matchHeaders"]["anyOf"][0] for each in rule["conditions"] if each.get("matchHeaders")]
    paths = [each["matchBasePaths"]["anyOf"][0] for each in rule["conditions"] if each.get("matchBasePaths")]
    return RuleRecord(
        id=rule["routingRuleId"],
        priority=rule["priority"],
        headers=tuple(HeaderCondition(each["header"].lower(), each["valueGlob"]) for each in headers),
        base_path=paths[0] if paths else None,
        api_id=target["apiId"],
        stage=target["stage"],
        strips_base_path=target.get("stripBasePath", False),
    )
