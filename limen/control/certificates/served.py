"""The certificate that a domain name serves."""

from limen.aws.sealing import Seal
from limen.store.documents import Document
from limen.store.reader import Reader


def certificate_nouns() -> frozenset[str]:
    """Of the documents whose changes change what domain names serve."""
    return frozenset({"Certificate", "StandInCertificate"})


def served_certificate(reader: Reader, domain: Document, seal: Seal) -> tuple[str, str]:
    """The chain and the private key as PEM; both empty where there is none that opens."""
    return "", ""
