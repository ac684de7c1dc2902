"""The certificates of a truststore by what a verification looks for."""

from collections.abc import Iterable

from limen.features.domain_names.facts import Facts


class Trusted:
    """Never changed."""

    def __init__(self, certificates: Iterable[Facts]) -> None:
        self.certificates = tuple(certificates)
        self._by_subject: dict[bytes, list[Facts]] = {}
        for facts in self.certificates:
            self._by_subject.setdefault(facts.subject, []).append(facts)
        self._roots: dict[Facts, bool] = {}

    def find_same(self, facts: Facts) -> Facts | None:
        return next((each for each in self.find_named(facts.subject) if each.der == facts.der), None)

    def find_named(self, subject: bytes) -> list[Facts]:
        return self._by_subject.get(subject, [])

    def find_issuers(self, facts: Facts) -> list[Facts]:
        """Who may have issued it, by name and identifiers of keys; the likeliest first."""
        found = [each for each in self.find_named(facts.issuer) if _may_have_issued(each, facts)]
        if len(found) > 1:
            found.sort(key=lambda each: each.key_id is None or each.key_id != facts.issuer_key_id)
        return found

    def is_root(self, facts: Facts) -> bool:
        """Whether one of the truststore is signed by itself; its key is asked once."""
        known = self._roots.get(facts)
        if known is None:
            known = facts.is_self_issued and _may_have_issued(facts, facts) and is_signed_by(facts, facts)
            self._roots[facts] = known
        return known


def is_signed_by(facts: Facts, issuer: Facts) -> bool:
    try:
        facts.certificate.verify_directly_issued_by(issuer.certificate)
    except Exception:  # InvalidSignature, and other exceptions for keys and algorithms that do not fit together
        return False
    return True


def _may_have_issued(issuer: Facts, facts: Facts) -> bool:
    """RFC 5280, 4.2.1.1; where a certificate does not say whose key signed it, any of its issuer's."""
    if facts.issuer_key_id is not None and issuer.key_id is not None and facts.issuer_key_id != issuer.key_id:
        return False
    return facts.issuer_serial is None or facts.issuer_serial == issuer.serial
