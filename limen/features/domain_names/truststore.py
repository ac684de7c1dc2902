"""A truststore: a text of certificates, PEM after PEM, and what is wrong with them.

Developer guide, "Configuring mutual TLS authentication for a REST API": a certificate with something wrong is a
warning, mutual TLS is on nevertheless. The words of warnings are ours, but for the one that the guide has.
"""

import binascii
from collections.abc import Generator

from limen.features.domain_names.facts import Facts, read_facts
from limen.features.domain_names.identity import show_name
from limen.features.domain_names.trusted import Trusted
from limen.features.domain_names.verification import CHAIN_TOO_LONG, MOST_AUTHORITIES, MOST_SIGNATURES, Search

LARGEST = 1024 * 1024
"""Bytes (quota)."""
MOST_CERTIFICATES = 1000
"""(quota)"""
MOST_WARNINGS = 100
MOST_SIGNATURES_IN_ALL = 5000
"""That warnings look at: a third of a second, which honest chains of 1000 certificates do not take."""

_LABELS = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})
_BEGIN, _DASHES = "-----BEGIN ", "-----"
_WEAK = {
    "signature": "The certificate is signed with an algorithm weaker than SHA-256",
    "key": "The certificate has a key weaker than RSA-2048 or ECDSA-256",
}


class TruststoreError(Exception):
    """A text that is no truststore; the message is for users."""


class Truststore:
    def __init__(self, trusted: Trusted, broken: list[str]) -> None:
        self.trusted = trusted
        self._broken = broken
        """A warning for each certificate that cannot be read."""

    def warnings(self, now: float) -> list[str]:
        """What is wrong with its certificates, with the subject of each. `now`: seconds since 1970."""
        found = list(self._broken)
        signatures = MOST_SIGNATURES_IN_ALL
        for facts in self.trusted.certificates:
            search = Search(self.trusted, now, min(signatures, MOST_SIGNATURES))
            before = search.signatures
            problem = _find_problem(facts, self.trusted, search, now)
            signatures -= before - search.signatures
            if problem:
                found.append(f"{problem}: {show_subject(facts)}")
        found += _find_conflicts(self.trusted)
        more = len(found) - MOST_WARNINGS
        return found if more <= 0 else [*found[:MOST_WARNINGS], f"{more} more warnings"]


def read_truststore(pem: str) -> Truststore:
    """Text around certificates is passed over. Raises TruststoreError."""
    steps = read_in_steps(pem)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            truststore: Truststore = end.value
            return truststore


def read_in_steps(pem: str) -> Generator[None, None, Truststore]:
    """The same, with a pause after each certificate: a thousand take 30 ms."""
    if len(pem) > LARGEST or len(pem.encode("utf-8", "replace")) > LARGEST:
        raise TruststoreError(f"The truststore is larger than {LARGEST} bytes.")
    blocks = _find_blocks(pem)
    if any("PRIVATE KEY" in label for label, _ in blocks):
        raise TruststoreError("The truststore contains a private key. It must contain certificates alone.")
    bodies = [body for label, body in blocks if label in _LABELS]
    if not bodies:
        raise TruststoreError("The truststore contains no certificate in PEM format.")
    if len(bodies) > MOST_CERTIFICATES:
        raise TruststoreError(f"The truststore contains more than {MOST_CERTIFICATES} certificates.")
    certificates: dict[bytes, Facts] = {}
    broken = []
    for number, body in enumerate(bodies, 1):
        try:
            der = binascii.a2b_base64("".join(body.split()), strict_mode=True)
            certificates.setdefault(der, read_facts(der))
        except ValueError as error:
            broken.append(f"Certificate {number} of the truststore cannot be read: {_one_line(str(error))}")
        yield
    if not certificates:
        raise TruststoreError(f"The truststore contains no certificate that can be read. {broken[0]}")
    return Truststore(Trusted(certificates.values()), broken)


def show_subject(facts: Facts) -> str:
    return show_name(facts.certificate.subject) or "(no subject)"


def _find_blocks(pem: str) -> list[tuple[str, str]]:
    """Labels and bodies, in one pass; a block without an end is one whose body cannot be read."""
    found = []
    at = pem.find(_BEGIN)
    while at >= 0:
        label, dashes, _ = pem[at + len(_BEGIN) : at + 100].partition(_DASHES)
        start = at + len(_BEGIN) + len(label) + len(dashes)
        following = pem.find(_BEGIN, start)
        block = pem[start:] if following < 0 else pem[start:following]
        if dashes:
            body, end, _ = block.partition(f"-----END {label}-----")
            found.append((label, body if end else "-"))
        at = following
    return found


def _find_problem(facts: Facts, trusted: Trusted, search: Search, now: float) -> str:
    """The first thing that is wrong with a certificate; of its chain nothing where `search` may look no further."""
    if facts.weakness:
        return _WEAK[facts.weakness]
    if not facts.holds_at(now):
        return "The certificate has expired" if now > facts.end else "The certificate is not valid yet"
    if facts.has_unknown:
        return "The certificate has a critical extension that is not understood"
    if trusted.is_root(facts):
        return ""
    if not facts.is_authority or not facts.may_sign_certificates:
        return "The certificate is neither one of a certificate authority nor self-signed"
    if search.signatures <= 0 or search.find_chain(facts, MOST_AUTHORITIES - 1) is not None:
        return ""
    if search.problem == CHAIN_TOO_LONG:
        return f"The chain of the certificate is longer than {MOST_AUTHORITIES}"
    return "The chain of the certificate up to its root is not complete in the truststore"


def _find_conflicts(trusted: Trusted) -> list[str]:
    """One warning for each subject."""
    issuers: dict[bytes, set[bytes]] = {}
    subjects: dict[bytes, str] = {}
    for facts in trusted.certificates:
        issuers.setdefault(facts.subject, set()).add(facts.issuer)
        subjects.setdefault(facts.subject, show_subject(facts))
    return [
        f"The certificate subject {subjects[name]} conflicts with an existing certificate from a different issuer."
        for name, found in issuers.items()
        if len(found) > 1
    ]


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
