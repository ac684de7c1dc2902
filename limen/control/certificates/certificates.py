"""What is asked of one certificate: all there is to say, its text, its key under a passphrase, its end."""

from typing import Any

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from limen.aws.errors import service_unavailable
from limen.control.call import Call
from limen.control.certificates.documents import (
    CERTIFICATE,
    IMPORTED,
    named_certificate,
    open_key,
    place_of,
    put_certificate,
    status_of,
)
from limen.control.certificates.errors import in_use, invalid
from limen.control.certificates.use import users_of
from limen.control.documents import answer
from limen.store.documents import Document


def describe_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = named_certificate(call, members["CertificateArn"])
    users = users_of(call.documents).get(document["CertificateArn"], [])
    shown = answer(document) | {"Status": status_of(document, call.settings.clock.now()), "InUseBy": users}
    return {"Certificate": shown}


def get_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _texts(named_certificate(call, members["CertificateArn"]))


def delete_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    arn = named_certificate(call, members["CertificateArn"])["CertificateArn"]
    users = users_of(call.documents).get(arn)
    if users:
        raise in_use(arn, users)
    place = place_of(arn)
    assert place is not None
    call.documents.delete(CERTIFICATE, *place)
    return {}


def export_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """With its private key, encrypted; only for a certificate that was requested so that it can be."""
    document = named_certificate(call, members["CertificateArn"])
    arn = document["CertificateArn"]
    if document["Type"] == IMPORTED or document["Options"]["Export"] != "ENABLED":
        raise invalid(f"Certificate {arn} cannot be exported: it was not requested with the option Export ENABLED")
    key = open_key(call.settings.secrets_seal, document, arn)
    if key is None:
        raise service_unavailable(f"The private key of {arn} was sealed under another key file")
    encryption = BestAvailableEncryption(members["Passphrase"])
    loaded = load_pem_private_key(key.encode(), None)
    private = loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode("ascii")
    put_certificate(call, document | {"_exported": True})
    return _texts(document) | {"PrivateKey": private}


def _texts(document: Document) -> dict[str, Any]:
    chain = {"CertificateChain": document["_chain"]} if document["_chain"] else {}
    return {"Certificate": document["_certificate"]} | chain
