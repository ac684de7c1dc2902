"""Which domain names use a certificate."""

from limen.store.documents import Document
from limen.store.reader import Reader

_MEMBERS = ("certificateArn", "ownershipVerificationCertificateArn")


def users_of(reader: Reader) -> dict[str, list[str]]:
    """ARNs of domain names by the ARN of each certificate in use."""
    users: dict[str, list[str]] = {}
    for _, _, domain in reader.all("DomainName"):
        for arn in _used_by(domain):
            users.setdefault(arn, []).append(domain["domainNameArn"])
    return users


def _used_by(domain: Document) -> list[str]:
    configurations = domain.get("domainNameConfigurations", [])
    named = [str(each[member]) for each in configurations for member in _MEMBERS if each.get(member)]
    return list(dict.fromkeys(named))
