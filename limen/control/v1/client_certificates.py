"""Client certificates: what a stage shows its backends; the private key is kept with it and never answered."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from limen.aws.errors import bad_request
from limen.aws.patch import PLAIN, REPLACE, PatchPath, PatchPaths, text
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.tags import checked_tags
from limen.control.v1 import quotas
from limen.control.v1.documents import answer_page, find
from limen.store.documents import Document

VALID_DAYS = 365
KEY_BITS = 2048

PATCH_PATHS = PatchPaths([PatchPath("/description", (REPLACE,), text)], PLAIN)


def generate_client_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    quotas.check_room_in_account(call, "ClientCertificate")
    begin = datetime.fromisoformat(call.now)
    certificate: Document = {
        "clientCertificateId": fresh_id(call, "ClientCertificate", call.scope),
        "createdDate": call.now,
        "expirationDate": f"{begin + timedelta(days=VALID_DAYS):%Y-%m-%dT%H:%M:%SZ}",
        **given(members, ("description",)),
        **make_certificate(begin),
    }
    if tags := checked_tags(members):
        certificate["tags"] = tags
    return answer(_put(call, certificate))


def get_client_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_client_certificates(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "ClientCertificate", call.scope, members)


def update_client_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_put(call, PATCH_PATHS.apply(_find(call, members), members.get("patchOperations"))))


def delete_client_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    certificate_id = _find(call, members)["clientCertificateId"]
    for api_id, _ in call.documents.list("RestApi", call.scope):
        for stage_name, stage in call.documents.list("Stage", api_id):
            if stage.get("clientCertificateId") == certificate_id:
                raise bad_request(
                    f"Cannot delete client certificate '{certificate_id}': it is used by stage '{stage_name}' of API "
                    f"'{api_id}'"
                )
    call.documents.delete("ClientCertificate", call.scope, certificate_id)
    return {}


def make_certificate(begin: datetime) -> dict[str, str]:
    """A self-signed certificate and its private key, both as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name())
        .issuer_name(_name())
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        "pemEncodedCertificate": certificate.public_bytes(Encoding.PEM).decode(),
        "_privateKey": private.decode(),
    }


@cache
def _name() -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ApiGateway")])


def _put(call: Call, certificate: Document) -> Document:
    call.documents.put("ClientCertificate", call.scope, certificate["clientCertificateId"], certificate)
    return certificate


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find(call, "ClientCertificate", call.scope, members["clientcertificate_id"])
