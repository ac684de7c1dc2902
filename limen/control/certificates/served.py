"""The certificate that a domain name serves; light, for it is read whenever domain names are announced to workers."""

import logging

from limen.aws.sealing import Seal
from limen.control.certificates.documents import (
    CERTIFICATE,
    EVERYWHERE,
    STAND_IN,
    find_certificate,
    open_key,
    stand_in_seal,
)
from limen.control.domains.documents import arns_of
from limen.store.documents import Document
from limen.store.reader import Reader

log = logging.getLogger("limen.control")


def certificate_nouns() -> frozenset[str]:
    """Of the documents whose changes change what domain names serve."""
    return frozenset({CERTIFICATE, STAND_IN})


def served_certificate(reader: Reader, domain: Document, seal: Seal) -> tuple[str, str]:
    """The chain and the private key as PEM; both empty where there is none that opens: the name then has no certificate
    of its own."""
    found = find_served(reader, domain)
    if found is None:
        return "", ""
    document, about = found
    key = open_key(seal, document, about)
    if key is None:
        log.error(
            "the private key of %s was sealed under another key file: %s has no certificate", about, _name(domain)
        )
        return "", ""
    chain = "" if "_authority" in document else document["_chain"]
    return document["_certificate"] + chain, key


def find_served(reader: Reader, domain: Document) -> tuple[Document, str] | None:
    """The certificate that a domain name serves, and what its key is sealed for."""
    for arn in arns_of(domain):
        certificate = find_certificate(reader, arn, domain["_account"])
        if certificate is not None:
            return certificate, arn
    name = _name(domain)
    stand_in = reader.get(STAND_IN, EVERYWHERE, name)
    return None if stand_in is None else (stand_in, stand_in_seal(name))


def _name(domain: Document) -> str:
    return str(domain["domainName"]).lower()
