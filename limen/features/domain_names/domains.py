"""Custom domain names of a worker: records compiled to what the table asks, and swapped in as changes come.

Who may call a domain name with mutual TLS is decided here, for every request and by its Host alone: neither the server
name of the handshake nor what the connection was used for before leads around it.
"""

import logging
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Protocol, TypeAlias

from limen.features.domain_names.mutual_tls import MutualTls
from limen.features.domain_names.records import (
    MAPPINGS_ONLY,
    RULES_ONLY,
    RULES_THEN_MAPPINGS,
    DomainChanges,
    DomainRecord,
)
from limen.features.domain_names.rules import Rules
from limen.features.domain_names.selection import Mappings
from limen.gateway.domain_match import DomainMatch
from limen.gateway.domains import Destination, Domain
from limen.gateway.exchange import Client, Exchange
from limen.gateway.pool_hosts import name_of_host
from limen.gateway.table import Table

log = logging.getLogger("limen.domains")

UNREADABLE = "the truststore cannot be read"
UNCHECKED = "the client certificate could not be checked"


class Gate(Protocol):
    """Mutual TLS of one domain name."""

    def prepare(self) -> Iterator[None]:
        """What takes long before the first client can be checked, in small steps."""

    def check(self, client: Client) -> str:
        """Why this client is not let in; empty: it is."""


MakeGate: TypeAlias = Callable[[str, Callable[[], float]], Gate]
"""Of the truststore as PEM, and of what tells the time."""


class DomainNames:
    """Owned by a worker."""

    def __init__(self, table: Table, now: Callable[[], float], make_gate: MakeGate = MutualTls) -> None:
        """`now`: seconds since 1970."""
        self._table = table
        self._now = now
        self._new_gate = make_gate
        self._gates: dict[str, tuple[str, Gate | None]] = {}
        """By name of each domain name that is served; with the truststore that it was made of."""

    def apply(self, changes: DomainChanges | None) -> None:
        deque(self.change(changes), maxlen=0)

    def change(self, changes: DomainChanges | None) -> Iterator[None]:
        """In small steps; all that is served changes with the last one, and old truststores count until then."""
        if changes is None:
            return
        gates: dict[str, tuple[str, Gate | None]] = {}
        for record in changes.domains:
            gate = yield from self._gate(record)
            gates[record.name] = record.truststore, gate
        self._swap(changes, gates)

    def _swap(self, changes: DomainChanges, gates: dict[str, tuple[str, Gate | None]]) -> None:
        gone = set(changes.gone)
        if changes.is_whole:
            gone |= self._gates.keys() - {record.name for record in changes.domains}
        for name in gone:
            self._gates.pop(name, None)
            self._table.remove_domain(name)
        self._gates |= gates
        for record in changes.domains:
            self._table.put_domain(record.name, self._serve(record, gates[record.name][1]))

    def _serve(self, record: DomainRecord, gate: Gate | None) -> Domain:
        """What cannot be served as it is now is not served as it was before, and keeps no other from being so."""
        try:
            return ServedDomain(record, gate)
        except Exception:
            log.exception("domain name %s cannot be served, all that is asked of it is forbidden", record.name)
            return Unserved()

    def _gate(self, record: DomainRecord) -> Generator[None, None, Gate | None]:
        """The same as before where the truststore is: what it has verified it knows."""
        held = self._gates.get(record.name)
        if held is not None and held[0] == record.truststore:
            return held[1]
        if not record.truststore:
            return None
        try:
            gate = self._new_gate(record.truststore, self._now)
            yield from gate.prepare()
        except Exception:
            log.exception("domain name %s: its truststore cannot be read, nobody is let in", record.name)
            return Nobody()
        return gate


class Nobody:
    """Lets nobody in."""

    def prepare(self) -> Iterator[None]:
        return iter(())

    def check(self, _: Client) -> str:
        return UNREADABLE


class Unserved:
    """Leads nowhere."""

    def find(self, _: Exchange) -> Destination | None:
        return None


class ServedDomain:
    """One custom domain name with its rules and mappings."""

    __slots__ = ("_gate", "_is_strict", "_mappings", "_rules")

    def __init__(self, record: DomainRecord, gate: Gate | None) -> None:
        self._gate = gate
        self._is_strict = record.is_strict
        uses_rules = record.mode in (RULES_ONLY, RULES_THEN_MAPPINGS) and bool(record.rules)
        self._rules = Rules(record.rules) if uses_rules else None
        uses_mappings = record.mode in (MAPPINGS_ONLY, RULES_THEN_MAPPINGS)
        self._mappings = Mappings(record.mappings if uses_mappings else ())

    def find(self, exchange: Exchange) -> Destination | None:
        if self._is_strict and exchange.client.sni.rstrip(".") != name_of_host(exchange.host):
            return None
        by_rule = None if self._rules is None else self._rules.find(exchange)
        if by_rule is not None:
            rule, exchange.route_path = by_rule
            exchange.domain = self._match(rule.base_path or "", rule.id, exchange.client)
            return rule.destination
        by_mapping = self._mappings.find(exchange.path)
        if by_mapping is None:
            return None
        mapping, exchange.route_path = by_mapping
        exchange.domain = self._match(mapping.base_path, None, exchange.client)
        return mapping.destination

    def _match(self, base_path: str, rule_id: str | None, client: Client) -> DomainMatch:
        if self._gate is None:
            return DomainMatch(base_path, rule_id)
        try:
            problem = self._gate.check(client)
        except Exception:
            log.exception("a client certificate could not be checked")
            return DomainMatch(base_path, rule_id, UNCHECKED)
        return DomainMatch(base_path, rule_id, problem, client.shown)
