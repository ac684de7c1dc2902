"""Whether a certificate leads to a root of a truststore, by certificates of the truststore alone (RFC 5280, 6).

What a client sends beside its own certificate is not looked at. Revocation is not either.
Developer guide, "Configuring mutual TLS authentication for a REST API".
"""

from msgspec import Struct

from limen.features.domain_names.constraints import find_violation
from limen.features.domain_names.facts import Facts
from limen.features.domain_names.trusted import Trusted, is_signed_by

MOST_AUTHORITIES = 4
"""Of the truststore in a chain, its root among them; the client's certificate is not counted (observed)."""
MOST_SIGNATURES = 64
MOST_CANDIDATES = 4096
"""Whoever has a truststore of many authorities of one name: what one certificate may cost has an end."""
REFUSED_S = 60.0
"""How long a refusal holds, as what is not valid yet may become so."""

# As API Gateway says it (knowledge center, "403 errors from a custom domain name that requires mutual TLS").
NO_ISSUER = "Could not find issuer for certificate"
INSECURE = "Client cert using an insecure Signature Algorithm"
SELF_SIGNED = "self signed certificate"
# As OpenSSL would say it, whose words the last one is of.
EXPIRED = "certificate has expired"
NOT_YET_VALID = "certificate is not yet valid"
BAD_SIGNATURE = "certificate signature failure"
WRONG_PURPOSE = "unsupported certificate purpose"
UNKNOWN_CRITICAL = "unhandled critical extension"
NO_AUTHORITY = "invalid CA certificate"
PATH_TOO_LONG = "path length constraint exceeded"
CHAIN_TOO_LONG = "certificate chain too long"
# Ours.
INSECURE_KEY = "Client cert using an insecure key"
ISSUER_EXPIRED = "certificate of an issuer has expired"
ISSUER_NOT_YET_VALID = "certificate of an issuer is not yet valid"
ISSUER_INSECURE = "certificate of an issuer uses an insecure algorithm"


class Verdict(Struct, frozen=True):
    problem: str
    """Empty where the certificate is trusted."""
    until: float
    """When to ask again, in seconds since 1970."""


def verify(client: Facts, trusted: Trusted, now: float) -> Verdict:
    """`now`: in seconds since 1970."""
    problem = _find_own_problem(client, now)
    if problem:
        return Verdict(problem, now + REFUSED_S)
    search = Search(trusted, now)
    same = trusted.find_same(client)
    chain = [client] if same is not None and trusted.is_root(same) else search.find_chain(client)
    if chain is None:
        problem = SELF_SIGNED if client.is_self_issued else search.problem
        return Verdict(problem, now + REFUSED_S)
    return Verdict("", min(each.end for each in chain))


def _find_own_problem(client: Facts, now: float) -> str:
    if client.weakness:
        return INSECURE if client.weakness == "signature" else INSECURE_KEY
    if not client.holds_at(now):
        return EXPIRED if now > client.end else NOT_YET_VALID
    if not client.is_for_clients or not client.may_sign_handshakes:
        return WRONG_PURPOSE
    return UNKNOWN_CRITICAL if client.has_unknown else ""


class Search:
    """The way from one certificate up to a root; every step is paid for."""

    def __init__(self, trusted: Trusted, now: float, most_signatures: int = MOST_SIGNATURES) -> None:
        self.signatures = most_signatures
        """How many it may still look at."""
        self._trusted = trusted
        self._now = now
        self._candidates = MOST_CANDIDATES
        self._problems: list[str] = []

    @property
    def problem(self) -> str:
        """Why there is no chain: what came nearest to one."""
        near = [problem for problem in self._problems if problem != BAD_SIGNATURE]
        return next(iter(near or self._problems), NO_ISSUER)

    def find_chain(self, lowest: Facts, most_authorities: int = MOST_AUTHORITIES) -> list[Facts] | None:
        """From there to a root of the truststore; None where none is found."""
        return self._climb([lowest], most_authorities)

    def _climb(self, path: list[Facts], most: int) -> list[Facts] | None:
        last = path[-1]
        for issuer in self._trusted.find_issuers(last):
            self._candidates -= 1
            if self._candidates < 0 or self.signatures <= 0:
                return None
            if issuer in path:
                continue
            problem = _find_issuers_problem(issuer, path, self._now)
            if not problem:
                self.signatures -= 1
                problem = "" if is_signed_by(last, issuer) else BAD_SIGNATURE
            if problem:
                self._problems.append(problem)
                continue
            found = self._go_on([*path, issuer], most)
            if found is not None:
                return found
        return None

    def _go_on(self, path: list[Facts], most: int) -> list[Facts] | None:
        if self._trusted.is_root(path[-1]):
            violation = find_violation(path)
            if not violation:
                return path
            self._problems.append(violation)
            return None
        if len(path) > most:
            self._problems.append(CHAIN_TOO_LONG)
            return None
        return self._climb(path, most)


def _find_issuers_problem(issuer: Facts, path: list[Facts], now: float) -> str:
    """`path`: from the client's certificate to the one that it is to have issued."""
    if issuer.weakness:
        return ISSUER_INSECURE
    if not issuer.is_authority or not issuer.may_sign_certificates:
        return NO_AUTHORITY
    if not issuer.holds_at(now):
        return ISSUER_EXPIRED if now > issuer.end else ISSUER_NOT_YET_VALID
    if not issuer.is_for_clients:
        return WRONG_PURPOSE
    if issuer.has_unknown:
        return UNKNOWN_CRITICAL
    if issuer.most_below is not None:
        below = sum(not each.is_self_issued for each in path[1:])
        if below > issuer.most_below:
            return PATH_TOO_LONG
    return ""
