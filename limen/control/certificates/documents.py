"""Certificates as documents: as DescribeCertificate answers them, with what is told to nobody behind underscores.

`_certificate`, `_chain`: PEM. `_sealed`: the private key, sealed for what `sealed_for` says. `_authority`: the key of
the authority that signed it, where it is one of ours.
"""

import re
from datetime import datetime
from uuid import uuid4

from limen.aws.arn import Arn, find_arn, new_arn
from limen.aws.sealing import Seal
from limen.control.call import Call
from limen.control.certificates.errors import invalid_arn, no_such_certificate
from limen.store.documents import Document
from limen.store.reader import Reader

CERTIFICATE, STAND_IN, AUTHORITY, TOKEN = (
    "Certificate",
    "StandInCertificate",
    "CertificateAuthority",
    "CertificateToken",
)
EVERYWHERE = "certificates"
"""The parent of stand-ins, which have the key of their domain name, and of authorities: domain names are unique."""

IMPORTED, ISSUED_HERE = "IMPORTED", "AMAZON_ISSUED"
_RESOURCE = re.compile(r"certificate/(?P<id>[\w-]+)")


def new_certificate_arn(call: Call) -> str:
    return str(new_arn("acm", call.aws.region, call.aws.account, f"certificate/{uuid4()}"))


def place_of(arn: str) -> tuple[str, str] | None:
    """Parent and key of the document of an ARN; None for what is no ARN of a certificate."""
    parsed = find_arn(arn)
    resource = _RESOURCE.fullmatch(parsed.resource) if parsed is not None and parsed.service == "acm" else None
    if parsed is None or resource is None:
        return None
    return _scope(parsed), resource["id"]


def find_certificate(reader: Reader, arn: str, account: str) -> Document | None:
    """Of this account, in whatever region; nobody gets at the key of another's by naming its ARN."""
    place = place_of(arn)
    return None if place is None or place[0].partition("/")[0] != account else reader.get(CERTIFICATE, *place)


def named_certificate(call: Call, arn: str) -> Document:
    """The certificate that a call names, which must be of the account and region that are called."""
    place = place_of(arn)
    if place is None:
        raise invalid_arn(arn)
    document = call.documents.get(CERTIFICATE, *place) if place[0] == call.scope else None
    if document is None:
        raise no_such_certificate(arn, call.aws.account)
    return document


def put_certificate(call: Call, document: Document) -> None:
    place = place_of(document["CertificateArn"])
    assert place is not None
    call.documents.put(CERTIFICATE, *place, document)


def status_of(document: Document, now: float) -> str:
    """`now`: seconds since 1970."""
    return "EXPIRED" if ends_at(document) <= now else str(document["Status"])


def ends_at(document: Document) -> float:
    """Seconds since 1970."""
    return datetime.fromisoformat(document["NotAfter"]).timestamp()


def stand_in_seal(domain_name: str) -> str:
    """What the private key of a stand-in is sealed for; that of any other certificate is sealed for its ARN."""
    return f"stand-in {domain_name}"


def open_key(seal: Seal, document: Document, about: str) -> str | None:
    """The private key as PEM; None where it was sealed under another key file."""
    opened = seal.open(document["_sealed"], about)
    return None if opened is None else opened.decode("ascii")


def _scope(arn: Arn) -> str:
    return f"{arn.account}/{arn.region}"
