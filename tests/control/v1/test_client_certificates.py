"""Client certificates, made and kept."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def test_a_certificate_is_valid_for_a_year(control):
    made = control("GenerateClientCertificate", description="to the backend", tags={"team": "a"})
    assert sorted(made) == [
        "clientCertificateId",
        "createdDate",
        "description",
        "expirationDate",
        "pemEncodedCertificate",
        "tags",
    ]
    created, expires = (datetime.fromisoformat(made[name]) for name in ("createdDate", "expirationDate"))
    certificate = x509.load_pem_x509_certificate(made["pemEncodedCertificate"].encode())
    assert expires - created == timedelta(days=365)
    assert (certificate.not_valid_before_utc, certificate.not_valid_after_utc) == (created, expires)
    assert certificate.public_key().key_size == 2048
    certificate.verify_directly_issued_by(certificate)


def test_the_private_key_fits_and_is_never_answered(control):
    made = control("GenerateClientCertificate")
    named = {"clientcertificate_id": made["clientCertificateId"]}
    with control.store.reader() as reader:
        kept = reader.get("ClientCertificate", "000000000000/us-east-1", made["clientCertificateId"])
    key = load_pem_private_key(kept["_privateKey"].encode(), None)
    certificate = x509.load_pem_x509_certificate(made["pemEncodedCertificate"].encode())
    assert key.public_key() == certificate.public_key()
    changed = control.patch("UpdateClientCertificate", ("replace", "/description", "new"), **named)
    assert changed == made | {"description": "new"}
    assert control("GetClientCertificate", **named) == changed
    assert control.items("GetClientCertificates") == [changed]


def test_a_certificate_in_use_stays(control, refused):
    stage = control.deployed()
    made = control("GenerateClientCertificate")["clientCertificateId"]
    control.patch("UpdateStage", ("replace", "/clientCertificateId", made), **stage)
    message = refused("DeleteClientCertificate", clientcertificate_id=made)
    assert message == (
        f"Cannot delete client certificate '{made}': it is used by stage 'prod' of API '{stage['restapi_id']}'"
    )
    control("DeleteStage", **stage)
    assert control("DeleteClientCertificate", clientcertificate_id=made) == {}
    refusal = control.refuses("GetClientCertificate", clientcertificate_id=made)
    assert refusal == ("NotFoundException", 404, "Invalid Client Certificate identifier specified")
