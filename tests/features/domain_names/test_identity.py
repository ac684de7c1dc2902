"""Certificates in API Gateway's words; OpenSSL writes names, serial numbers and dates alike."""

import subprocess
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from limen.features.domain_names.identity import read_identity, show_name, show_serial, show_time
from tests.support.client_certificates import Wish, make_client, make_root, name_of

C, O, CN = NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME  # noqa: E741


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def test_a_certificate_is_shown() -> None:
    ana = make_client(make_root(), name((C, "SE"), (O, "Shop"), (CN, "client")), Wish(serial=0xA10C))

    shown = read_identity(ana.certificate)

    assert shown.pem == ana.pem
    assert (shown.subject_dn, shown.issuer_dn, shown.serial_number) == ("CN=client,O=Shop,C=SE", "CN=Root", "a1:0c")
    assert shown.not_before == show_time(ana.certificate.not_valid_before_utc)
    assert shown.not_after == show_time(ana.certificate.not_valid_after_utc)


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        (name((C, "SE"), (O, "Shop"), (CN, "client")), "CN=client,O=Shop,C=SE"),
        (name((CN, 'a,b+c"d\\e<f>g;h')), 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h'),
        (name((CN, "#1"), (O, " a ")), "O=\\ a\\ ,CN=\\#1"),
        (name((CN, "a\nb\x7f\x85")), "CN=a\\0Ab\\7F\\C2\\85"),
        (name((CN, "Åsa")), "CN=Åsa"),
        (name((NameOID.EMAIL_ADDRESS, "a@shop.test")), "emailAddress=a@shop.test"),
        (name((NameOID.SERIAL_NUMBER, "7"), (NameOID.DOMAIN_COMPONENT, "test")), "DC=test,serialNumber=7"),
        (name((x509.ObjectIdentifier("1.2.3.4"), "x")), "1.2.3.4=x"),
        (x509.Name([x509.RelativeDistinguishedName([x509.NameAttribute(CN, "a"), x509.NameAttribute(O, "b")])]), None),
        (x509.Name([]), ""),
    ],
)
def test_names(subject: x509.Name, shown: str | None) -> None:
    assert show_name(subject) in ((shown,) if shown is not None else ("CN=a+O=b", "O=b+CN=a"))


@pytest.mark.parametrize(
    ("number", "shown"), [(1, "01"), (0xA1, "a1"), (0xFFA1, "ff:a1"), (0x1A10C, "01:a1:0c"), (0, "00"), (-1, "-01")]
)
def test_serial_numbers(number: int, shown: str) -> None:
    assert show_serial(number) == shown


def test_dates() -> None:
    assert show_time(datetime(2019, 5, 28, 12, 30, 2, tzinfo=UTC)) == "May 28 12:30:02 2019 GMT"
    assert show_time(datetime(2021, 8, 5, 9, 36, 4, tzinfo=UTC)) == "Aug  5 09:36:04 2021 GMT"


def test_openssl_says_the_same() -> None:
    ana = make_client(make_root(name((C, "SE"), (CN, "Root, first"))), name_of("ana"))
    command = ["openssl", "x509", "-noout", "-subject", "-issuer", "-serial", "-dates", "-nameopt", "RFC2253"]

    said = subprocess.run(command, input=ana.pem, capture_output=True, text=True, check=True).stdout
    lines = dict(line.split("=", 1) for line in said.splitlines())

    shown = read_identity(ana.certificate)
    assert (shown.subject_dn, shown.issuer_dn) == (lines["subject"], lines["issuer"])
    assert shown.serial_number.replace(":", "").upper() == lines["serial"]
    assert (shown.not_before, shown.not_after) == (lines["notBefore"], lines["notAfter"])
