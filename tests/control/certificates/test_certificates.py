"""What is asked of one certificate: deleting it while it is used, exporting its key."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from limen.aws.errors import AwsError
from tests.control.certificates.conftest import Acm
from tests.control.certificates.making import Made


def test_a_certificate_in_use_cannot_be_deleted(acm: Acm) -> None:
    arn = acm.request("*.shop.test")
    acm.serve("api.shop.test", arn)
    domain = "arn:aws:apigateway:us-east-1::/domainnames/api.shop.test"

    assert acm.describe(arn)["InUseBy"] == [domain]
    assert acm.refuses("DeleteCertificate", CertificateArn=arn) == (
        f"ResourceInUseException: Certificate {arn} is in use by {domain}"
    )
    with acm.store.transaction() as documents:
        documents.delete("DomainName", "000000000000/us-east-1", "api.shop.test")
    acm("DeleteCertificate", CertificateArn=arn)
    assert "ResourceNotFoundException" in acm.refuses("DescribeCertificate", CertificateArn=arn)


def test_a_certificate_that_proves_ownership_is_in_use(acm: Acm) -> None:
    arn = acm.request("shop.test")
    with acm.store.transaction() as documents:
        configuration = {"certificateArn": "arn:x", "ownershipVerificationCertificateArn": arn}
        domain = {"domainName": "a.test", "domainNameArn": "arn:a", "domainNameConfigurations": [configuration]}
        documents.put("DomainName", "000000000000/us-east-1", "a.test", domain)

    assert acm.describe(arn)["InUseBy"] == ["arn:a"]


def test_a_key_leaves_encrypted_and_only_where_it_was_asked_for(acm: Acm) -> None:
    kept, brought = acm.request("a.test"), acm("ImportCertificate", **Made("a.test").members())["CertificateArn"]
    arn = acm.request("a.test", Options={"Export": "ENABLED"})
    exported = acm("ExportCertificate", CertificateArn=arn, Passphrase=b"correct horse")
    certificate = x509.load_pem_x509_certificate(exported["Certificate"].encode())

    assert exported["PrivateKey"].startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    key = load_pem_private_key(exported["PrivateKey"].encode(), b"correct horse")
    assert key.public_key() == certificate.public_key()
    with pytest.raises(ValueError):
        load_pem_private_key(exported["PrivateKey"].encode(), b"another")
    issuer = x509.load_pem_x509_certificate(exported["CertificateChain"].encode())
    certificate.verify_directly_issued_by(issuer)
    for other in (kept, brought):
        assert "cannot be exported" in acm.refuses("ExportCertificate", CertificateArn=other, Passphrase=b"1234")
    listed = acm("ListCertificates", Includes={"keyTypes": ["EC_prime256v1"]})["CertificateSummaryList"]
    assert [each["Exported"] for each in listed] == [False, False, True]


def test_a_key_of_another_key_file_is_not_exported(acm: Acm, tmp_path: Path) -> None:
    arn = acm.request("a.test", Options={"Export": "ENABLED"})
    other = Acm(acm.store, acm.directory, key=b"1" * 32)

    with pytest.raises(AwsError, match="sealed under another key file"):
        other("ExportCertificate", CertificateArn=arn, Passphrase=b"1234")
    assert other.describe(other.request("b.test"))["Status"] == "ISSUED", "with an authority that opens"
