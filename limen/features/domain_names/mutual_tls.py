"""The gate of a domain name with mutual TLS: lets in whom its truststore trusts.

A certificate is verified once, not with each request, nor with each connection.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from limen.gateway.client_certificate import ClientCertificate
from limen.gateway.exchange import Client

if TYPE_CHECKING:
    from limen.features.domain_names.trusted import Trusted

log = logging.getLogger("limen.domain_names")

NO_CERTIFICATE = "no client certificate"
MALFORMED = "client certificate is malformed"
UNVERIFIED = "client certificate could not be verified"
BROKEN_TRUSTSTORE = "the truststore cannot be read"
KNOWN_TRUSTED, KNOWN_REFUSED = 4096, 256
"""Certificates that are remembered; the second anybody can fill."""


class _Known(Struct, frozen=True):
    problem: str
    until: float
    shown: ClientCertificate | None


class MutualTls:
    """Of one truststore; another one makes another gate, so that nobody is let in by what the old one knew."""

    def __init__(self, pem: str, now: Callable[[], float]) -> None:
        """`now`: seconds since 1970."""
        self._now = now
        self._pem = pem
        self._is_ready = False
        self._trusted: Trusted | None = None
        self._let_in: dict[bytes, _Known] = {}
        self._refused: dict[bytes, _Known] = {}

    def prepare(self) -> Iterator[None]:
        """Reads the truststore in small steps; a gate that is asked before has to read it all at once."""
        from limen.features.domain_names.truststore import TruststoreError, read_in_steps  # slow, and seldom needed

        try:
            self._trusted = (yield from read_in_steps(self._pem)).trusted
        except TruststoreError as error:
            log.error("a truststore is not read, and nobody let in by it: %s", error)
        self._is_ready = True

    def check(self, client: Client) -> str:
        """Why the client is refused; empty where it is let in. Sets what it has shown either way."""
        now = self._now()
        if client.trusted_by is self and now < client.trusted_until:
            return ""
        certificate = client.certificate
        if not certificate:
            return NO_CERTIFICATE
        known = self._let_in.get(certificate) or self._refused.get(certificate)
        if known is None or now >= known.until:
            known = self._learn(certificate, now)
        client.shown = known.shown
        if not known.problem:
            client.trusted_by, client.trusted_until = self, known.until
        return known.problem

    def _learn(self, certificate: bytes, now: float) -> _Known:
        try:
            if not self._is_ready:
                deque(self.prepare(), maxlen=0)
            known = _verify(certificate, self._trusted, now)
        except Exception:  # a fault of ours lets nobody in either, and the request is answered
            log.exception("a client certificate was not verified")
            known = _Known(UNVERIFIED, now, None)
        self._let_in.pop(certificate, None)
        self._refused.pop(certificate, None)
        kept, most = (self._refused, KNOWN_REFUSED) if known.problem else (self._let_in, KNOWN_TRUSTED)
        if len(kept) >= most:
            del kept[next(iter(kept))]
        kept[certificate] = known
        return known


def _verify(certificate: bytes, trusted: "Trusted | None", now: float) -> _Known:
    from limen.features.domain_names.facts import read_facts
    from limen.features.domain_names.identity import read_identity
    from limen.features.domain_names.verification import REFUSED_S, verify

    try:
        facts = read_facts(certificate)
        shown = read_identity(facts.certificate)
    except ValueError:
        return _Known(MALFORMED, now + REFUSED_S, None)
    if trusted is None:
        return _Known(BROKEN_TRUSTSTORE, now + REFUSED_S, shown)
    verdict = verify(facts, trusted, now)
    return _Known(verdict.problem, verdict.until, shown)
