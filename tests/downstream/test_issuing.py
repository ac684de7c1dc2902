"""What certificates say, and what loads as an authority that may sign."""

import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from limen.downstream.issuing import Issued, Signer, Validity, issue_authority, issue_certificate

NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")])
DAY = 86_400


def authority() -> Issued:
    return issue_authority(NAME, [x509.DNSName("example.com")], Validity.of_days(30, time.time()), serial=7)


def opened(issued: Issued) -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued.certificate)


def test_an_authority_signs_for_its_names_alone() -> None:
    made = opened(authority())
    made.verify_directly_issued_by(made)
    extensions = made.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    constraints = extensions.get_extension_for_class(x509.NameConstraints)

    assert made.serial_number == 7
    assert extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert (usage.critical, usage.value.key_cert_sign, usage.value.digital_signature) == (True, True, False)
    assert (constraints.critical, constraints.value.permitted_subtrees) == (True, [x509.DNSName("example.com")])


def test_a_certificate_says_who_may_use_it_and_for_what() -> None:
    made = authority()
    signer = Signer.load(made.certificate, made.key)
    names, uses = [x509.DNSName("a.example.com")], [ExtendedKeyUsageOID.CLIENT_AUTH]
    issued = issue_certificate(signer, NAME, names, uses, Validity.of_days(2, time.time()))
    certificate = opened(issued)
    certificate.verify_directly_issued_by(signer.certificate)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert list(alternative) == names
    assert list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == uses
    assert (usage.key_cert_sign, usage.digital_signature) == (False, True)
    assert Signer.load(issued.certificate, issued.key).key.public_key() == certificate.public_key()


def test_a_certificate_begins_before_clocks_that_are_behind() -> None:
    validity = Validity.of_days(2, 1_000_000.0)

    assert (validity.start.timestamp(), validity.end.timestamp()) == (996_400.0, 996_400.0 + 2 * DAY)
    assert issue_authority(NAME, [x509.DNSName("example.com")], validity).end == 996_400.0 + 2 * DAY


def test_another_kind_of_key_is_no_authority() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="not a key"):
        Signer.load(authority().certificate, pem)
