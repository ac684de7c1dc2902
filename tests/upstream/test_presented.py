"""What is still checked of a certificate that nobody we know has issued."""

import datetime
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from limen.upstream.presented import find_flaw

NOW = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(common_name: str, *names: x509.GeneralName, begins: int = -1, ends: int = 1) -> bytes:
    """Self-signed, DER; begin and end in days from now."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(NOW + begins * DAY)
        .not_valid_after(NOW + ends * DAY)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def flaw(name: str, *given: str, common_name: str = "Backend") -> str | None:
    return find_flaw(certificate(common_name, *(x509.DNSName(each) for each in given)), name, NOW)


@pytest.mark.parametrize(
    ("name", "given", "is_accepted"),
    [
        ("a.test", ["a.test"], True),
        ("A.Test.", ["a.tEST"], True),
        ("b.test", ["a.test", "b.test"], True),
        ("a.b.test", ["*.b.test"], True),
        ("x.a.b.test", ["*.b.test"], False),
        ("b.test", ["*.b.test"], False),
        ("a.test", ["*.test"], False),
        ("a.b.test", ["a*.b.test"], False),
        ("evil.test", ["a.test"], False),
    ],
)
def test_the_name_must_be_among_those_of_the_certificate(name: str, given: list[str], is_accepted: bool) -> None:
    assert flaw(name, *given) == (None if is_accepted else f"certificate is not valid for {name!r}")


def test_the_common_name_counts_where_no_other_name_is_a_hosts() -> None:
    assert flaw("old.test", common_name="old.test") is None
    assert flaw("old.test", "new.test", common_name="old.test") is not None


def test_an_address_must_be_given_as_one() -> None:
    given = certificate("Backend", x509.IPAddress(ipaddress.ip_address("::1")), x509.DNSName("127.0.0.1"))
    assert find_flaw(given, "0:0::1", NOW) is None
    assert find_flaw(given, "127.0.0.1", NOW) is not None
    assert find_flaw(certificate("127.0.0.1"), "127.0.0.1", NOW) is not None


def test_the_day_must_be_one_of_the_certificates() -> None:
    assert find_flaw(certificate("a.test", begins=-9, ends=-8), "a.test", NOW) == "certificate has expired"
    assert find_flaw(certificate("a.test", begins=1, ends=2), "a.test", NOW) == "certificate is not yet valid"


def test_what_is_no_certificate_is_not_accepted() -> None:
    assert find_flaw(None, "a.test") == "the backend presented none"
    assert str(find_flaw(b"\x30\x03abc", "a.test")).startswith("certificate cannot be read")
