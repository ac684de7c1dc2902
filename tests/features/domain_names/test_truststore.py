"""Texts of certificates: what is read, what is a warning, and what is refused."""

from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from limen.features.domain_names.truststore import LARGEST, MOST_WARNINGS, TruststoreError, read_truststore
from tests.support.client_certificates import (
    NOW,
    Wish,
    bundle,
    make_authority,
    make_chain,
    make_client,
    make_key,
    make_root,
    make_self_signed_client,
    make_with_openssl,
    rsa_key,
)

ROOT = make_root()
BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


def warnings(pem: str, days: float = 0) -> list[str]:
    return read_truststore(pem).warnings(NOW.timestamp() + days * 86400)


def subjects(pem: str) -> list[str]:
    return [each.certificate.subject.rfc4514_string() for each in read_truststore(pem).trusted.certificates]


def authority(**wish: object) -> Wish:
    return Wish(**{"is_authority": True, "signs": True, **wish})  # type: ignore[arg-type]


def test_certificates_are_read_with_text_between_them() -> None:
    other = make_root("Other")
    pem = f"# Ours\r\n{ROOT.pem}\nsubject=CN = Other\n{other.pem.replace(chr(10), chr(13) + chr(10))}the end"

    assert subjects(pem) == ["CN=Root", "CN=Other"]
    assert warnings(pem) == []


def test_a_certificate_that_comes_twice_counts_once() -> None:
    assert subjects(ROOT.pem + ROOT.pem) == ["CN=Root"]
    assert warnings(ROOT.pem + ROOT.pem) == []


@pytest.mark.parametrize(
    ("pem", "problem"),
    [
        ("", "The truststore contains no certificate in PEM format."),
        ("not a truststore", "The truststore contains no certificate in PEM format."),
        ("-----BEGIN CERTIFICATE", "The truststore contains no certificate in PEM format."),
        (BROKEN, "The truststore contains no certificate that can be read. Certificate 1 of the truststore cannot"),
        ("x" * (LARGEST + 1), "The truststore is larger than 1048576 bytes."),
        ("å" * (LARGEST // 2 + 1), "The truststore is larger than 1048576 bytes."),
        (BROKEN * 1001, "The truststore contains more than 1000 certificates."),
        (ROOT.pem + ROOT.key_pem, "The truststore contains a private key."),
    ],
)
def test_what_is_no_truststore_is_refused(pem: str, problem: str) -> None:
    with pytest.raises(TruststoreError) as refused:
        read_truststore(pem)

    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize("broken", [BROKEN, "-----BEGIN CERTIFICATE-----\n", ROOT.pem.replace("M", "?", 1)])
def test_a_broken_certificate_is_a_warning(broken: str) -> None:
    pem = broken + ROOT.pem

    assert subjects(pem) == ["CN=Root"]
    (warning,) = warnings(pem)
    assert warning.startswith("Certificate 1 of the truststore cannot be read: ")


def test_the_validity_of_certificates_is_told() -> None:
    pem = make_root("Old", authority(days=(-9, 5))).pem

    assert warnings(pem) == []
    assert warnings(pem, days=6) == ["The certificate has expired: CN=Old"]
    assert warnings(pem, days=-10) == ["The certificate is not valid yet: CN=Old"]


def test_weak_algorithms_are_told(tmp_path: Path) -> None:
    weak_key = make_root("Weak", authority(key=rsa_key(1024)))
    weak_signature = make_with_openssl(ROOT, "sha1", tmp_path)

    assert warnings(weak_key.pem) == ["The certificate has a key weaker than RSA-2048 or ECDSA-256: CN=Weak"]
    assert warnings(ROOT.pem + weak_signature.pem) == [
        "The certificate is signed with an algorithm weaker than SHA-256: CN=ana"
    ]


def test_chains_that_lead_nowhere_are_told() -> None:
    issuing = make_authority(ROOT, "Issuing")
    told = "The chain of the certificate up to its root is not complete in the truststore: CN=Issuing"

    assert warnings(issuing.pem) == [told]
    assert warnings(issuing.pem + make_root().pem) == [told]
    assert warnings(issuing.pem + ROOT.pem) == []


def test_chains_that_are_too_long_are_told() -> None:
    _, *authorities = make_chain(6)

    assert warnings(bundle(*authorities)) == ["The chain of the certificate is longer than 4: CN=Issuing 3"]
    assert warnings(bundle(*authorities[1:])) == []


def test_certificates_that_sign_nobody_are_told() -> None:
    assert warnings(ROOT.pem + make_client(ROOT).pem) == [
        "The certificate is neither one of a certificate authority nor self-signed: CN=ana"
    ]
    assert warnings(make_self_signed_client().pem) == []


def test_extensions_that_are_not_understood_are_told() -> None:
    assert warnings(make_root("Odd", authority(extensions=((UNKNOWN, True),))).pem) == [
        "The certificate has a critical extension that is not understood: CN=Odd"
    ]


def test_one_subject_of_two_issuers_is_told() -> None:
    key, other = make_key(), make_root("Other")
    first = make_authority(ROOT, "Issuing", authority(key=key))
    second = make_authority(other, "Issuing", authority(key=key))

    assert warnings(bundle(ROOT, other, first, second)) == [
        "The certificate subject CN=Issuing conflicts with an existing certificate from a different issuer."
    ]


def test_warnings_have_an_end() -> None:
    told = warnings(ROOT.pem + BROKEN * 150)

    assert len(told) == MOST_WARNINGS + 1
    assert told[-1] == "50 more warnings"


@given(
    st.lists(st.sampled_from(["-----BEGIN ", "CERTIFICATE", "-----", "-----END ", "AAAA", "\n", ROOT.pem, "\ud800"]))
)
def test_no_text_is_anything_but_read_or_refused(pieces: list[str]) -> None:
    try:
        truststore = read_truststore("".join(pieces))
    except TruststoreError:
        return
    assert truststore.trusted.certificates
    assert isinstance(truststore.warnings(NOW.timestamp()), list)


def test_what_warnings_may_cost_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.features.domain_names.truststore.MOST_SIGNATURES_IN_ALL", 3)
    missing = make_root("Missing")
    issuing = [make_authority(missing if number == 4 else ROOT, f"Issuing {number}") for number in range(5)]

    assert warnings(bundle(ROOT, *issuing)) == []
