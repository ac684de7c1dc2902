"""What a verification says of a client, by a truststore of these certificates."""

from limen.features.domain_names.facts import read_facts
from limen.features.domain_names.trusted import Trusted
from limen.features.domain_names.verification import Verdict, verify
from tests.support.client_certificates import NOW, Party


def verdict_of(client: Party, *trusted: Party, days: float = 0) -> Verdict:
    """`days`: from now on."""
    certificates = [read_facts(party.der) for party in trusted]
    return verify(read_facts(client.der), Trusted(certificates), NOW.timestamp() + days * 86400)


def problem_of(client: Party, *trusted: Party, days: float = 0) -> str:
    """Empty where it is trusted."""
    return verdict_of(client, *trusted, days=days).problem
