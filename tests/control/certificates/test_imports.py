"""ImportCertificate: what is taken, what is refused and why, and what an import under an ARN may change."""

import base64
import subprocess
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.aws.errors import AwsError
from limen.control.certificates.brought import read_brought
from limen.control.certificates.documents import CERTIFICATE
from tests.control.certificates.conftest import ACCOUNT, REGION, Acm
from tests.control.certificates.making import Made, authority

SHOP = Made("shop.test", "*.shop.test")


def test_what_openssl_made_is_imported_and_described(acm: Acm, tmp_path: Path) -> None:
    command = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out c.pem -days 30 -subj /O=Shop/CN=shop.test"
    names = "subjectAltName=DNS:www.shop.test,DNS:shop.test"
    subprocess.run([*command.split(), "-addext", names], cwd=tmp_path, check=True, capture_output=True)
    body, key = (tmp_path / "c.pem").read_bytes(), (tmp_path / "key.pem").read_bytes()
    arn = acm("ImportCertificate", Certificate=body, PrivateKey=key)["CertificateArn"]
    shown = acm.describe(arn)
    told = subprocess.run(
        ["openssl", "x509", "-in", "c.pem", "-noout", "-serial"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert arn.startswith(f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/")
    assert (shown["Status"], shown["Type"], shown["RenewalEligibility"]) == ("ISSUED", "IMPORTED", "INELIGIBLE")
    assert (shown["DomainName"], shown["SubjectAlternativeNames"]) == ("shop.test", ["shop.test", "www.shop.test"])
    assert (shown["KeyAlgorithm"], shown["SignatureAlgorithm"]) == ("RSA_2048", "SHA256WITHRSA")
    assert shown["Serial"].replace(":", "").upper() == told.strip().removeprefix("serial=").zfill(
        len(shown["Serial"].replace(":", ""))
    )
    assert shown["Issuer"] == "Shop"
    assert "IssuedAt" not in shown and shown["ImportedAt"]
    assert acm("GetCertificate", CertificateArn=arn) == {"Certificate": body.decode()}


def test_a_chain_is_kept_in_its_order(acm: Acm) -> None:
    root = authority()
    middle = authority("Middle", root)
    leaf = Made("shop.test", issuer=middle)
    arn = acm("ImportCertificate", **leaf.members(middle, root))["CertificateArn"]

    assert acm("GetCertificate", CertificateArn=arn)["CertificateChain"].encode() == middle.pem + root.pem
    assert acm("ImportCertificate", **leaf.members(middle))["CertificateArn"] != arn, "the root may be left out"


def test_the_private_key_is_sealed_for_its_arn(acm: Acm) -> None:
    arn = acm("ImportCertificate", **SHOP.members())["CertificateArn"]
    with acm.store.reader() as reader:
        document = reader.get(CERTIFICATE, f"{ACCOUNT}/{REGION}", arn.rpartition("/")[2])
    assert document is not None
    seal = acm.settings.secrets_seal

    assert b"PRIVATE" not in orjson.dumps(document)
    assert seal.open(document["_sealed"], arn) == SHOP.key_pem
    assert seal.open(document["_sealed"], arn[:-1]) is None


def _changed(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (SHOP.members() | changes).items() if value is not None}


ROOT = authority()
MIDDLE = authority("Middle", ROOT)
LEAF = Made("shop.test", issuer=MIDDLE)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        (
            _changed(Certificate=SHOP.pem * 2),
            "The certificate field contains more than one certificate. You can specify only one certificate in this "
            "field.",
        ),
        (_changed(Certificate=b"hello"), "The certificate is not valid"),
        (
            _changed(Certificate=b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "The certificate is not valid",
        ),
        (_changed(PrivateKey=b"hello"), "The private key is not valid: it must be one private key, PEM-encoded."),
        (_changed(PrivateKey=Made("shop.test").key_pem), "The private key does not match the certificate"),
        (_changed(PrivateKey=SHOP.key_pem + b"\n" * 5_200), "The private key must be no larger than 5120 bytes."),
        (
            _changed(
                PrivateKey=SHOP.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
            ),
            "The private key must be unencrypted",
        ),
        (
            _changed(
                PrivateKey=ed25519.Ed25519PrivateKey.generate().private_bytes(
                    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
                )
            ),
            "The private key is not supported.",
        ),
        (Made("shop.test", days=(-9, -1)).members(), "The certificate has expired: it was valid until"),
        (Made("shop.test", days=(1, 9)).members(), "The certificate is not valid yet: it begins on"),
        (Made("shop.test", key=ec.generate_private_key(ec.SECP256K1())).members(), "The key algorithm EC_secp256k1"),
        (
            LEAF.members(),
            "Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or "
            "certificate chain.",
        ),
        (LEAF.members(ROOT, MIDDLE), "Could not validate the certificate with the certificate chain."),
        (LEAF.members(LEAF, MIDDLE), "Could not validate the certificate with the certificate chain."),
        (
            LEAF.members(MIDDLE, authority("Other")),
            "Unable to validate certificate chain. The certificate chain must start with the immediate signing "
            "certificate, followed by any intermediaries in order. The index within the chain of the invalid "
            "certificate is: 1",
        ),
        (_changed(CertificateChain=b"hello"), "The certificate chain is not valid"),
        (LEAF.members(*[MIDDLE] * 21), "The certificate chain has 21 certificates; it may have 20."),
    ],
)
def test_what_is_wrong_is_told(acm: Acm, members: dict[str, Any], told: str) -> None:
    refused = acm.refuses("ImportCertificate", **members)

    assert refused.startswith(f"ValidationException: {told}")


def test_large_and_odd_keys_of_rsa_are_refused(acm: Acm) -> None:
    odd = Made("shop.test", key=rsa.generate_private_key(65537, 1536))

    assert "The key algorithm RSA_1536 is not supported" in acm.refuses("ImportCertificate", **odd.members())


def test_an_import_under_an_arn_replaces_what_was_there(acm: Acm) -> None:
    arn = acm("ImportCertificate", **SHOP.members(Tags=[{"Key": "team", "Value": "a"}]))["CertificateArn"]
    again = Made("shop.test", "www.shop.test")

    assert acm("ImportCertificate", **again.members(CertificateArn=arn)) == {"CertificateArn": arn}
    assert acm("GetCertificate", CertificateArn=arn)["Certificate"].encode() == again.pem
    assert acm.describe(arn)["SubjectAlternativeNames"] == ["shop.test", "www.shop.test"]
    assert acm("ListTagsForCertificate", CertificateArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]


def test_an_import_under_an_arn_keeps_what_the_certificate_is_for(acm: Acm) -> None:
    arn = acm("ImportCertificate", **SHOP.members())["CertificateArn"]
    requested = acm.request("shop.test")
    larger = Made("shop.test", key=ec.generate_private_key(ec.SECP384R1()))
    client = Made("shop.test", uses=(ExtendedKeyUsageOID.CLIENT_AUTH,))

    def refused(made: Made, **more: Any) -> str:
        return acm.refuses("ImportCertificate", **made.members(**{"CertificateArn": arn, **more}))

    assert "it has EC_prime256v1, the new one EC_secp384r1" in refused(larger)
    assert "lacks extended key usages that the one before has: TLS_WEB_SERVER_AUTHENTICATION" in refused(client)
    assert "You cannot apply tags when reimporting a certificate." in refused(SHOP, Tags=[{"Key": "a"}])
    assert "was not imported" in refused(SHOP, CertificateArn=requested)
    assert "ResourceNotFoundException" in refused(SHOP, CertificateArn=arn[:-1] + "x")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.integers(0, len(SHOP.pem)), st.sampled_from(["Certificate", "PrivateKey", "Chain"]))
def test_damaged_texts_are_refused_by_a_word_of_the_api(noise: bytes, at: int, what: str) -> None:
    name = "CertificateChain" if what == "Chain" else what
    good = {"Certificate": SHOP.pem, "PrivateKey": SHOP.key_pem, "CertificateChain": SHOP.pem}[name]
    members = SHOP.members() | {name: good[:at] + noise + good[at + len(noise) :]}
    try:
        brought = read_brought(members, SHOP.certificate.not_valid_before_utc.timestamp() + 1)
    except AwsError as error:
        assert error.code == "ValidationException"
        assert "BEGIN" not in error.message
    else:
        assert brought.certificate.public_key() == SHOP.key.public_key()
        assert "PRIVATE" not in repr(brought)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (b"\x55\x1d\x25", b"\x55\x1d\x11"),
        (b"\x06\x03\x55\x04\x03\x0c", b"\x06\x03\x55\x04\x03\x03"),
        (b"\x2a\x86\x48\xce\x3d\x04\x03\x02", b"\x2a\x86\x48\xce\x3d\x04\x03\x7f"),
    ],
    ids=["two extensions of a kind", "a name of bits", "an unknown signature"],
)
def test_certificates_with_odd_parts_are_refused_like_others(part: bytes, other: bytes) -> None:
    der = SHOP.certificate.public_bytes(Encoding.DER).replace(part, other)
    text = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"

    with pytest.raises(AwsError, match="The certificate is not valid: ") as raised:
        read_brought(SHOP.members() | {"Certificate": text}, time.time())

    assert raised.value.code == "ValidationException"


@given(st.integers(0, 2000), st.integers(0, 255))
def test_damaged_certificates_are_refused_by_a_word_of_the_api(at: int, byte: int) -> None:
    der = bytearray(SHOP.certificate.public_bytes(Encoding.DER))
    der[at % len(der)] = byte
    text = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(bytes(der)) + b"-----END CERTIFICATE-----\n"
    try:
        read_brought(SHOP.members() | {"Certificate": text}, time.time())
    except AwsError as error:
        assert error.code == "ValidationException"
