"""What is read of a certificate, and that whatever is none is refused without another exception."""

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from limen.features.domain_names.facts import LARGEST, read_facts
from limen.features.domain_names.identity import read_identity
from limen.features.domain_names.trusted import Trusted
from limen.features.domain_names.verification import verify
from tests.support.client_certificates import CLIENT, NOW, Wish, key_usage, make_client, make_root

ROOT = make_root(wish=Wish(is_authority=True, signs=True, path_length=2))
ANA = make_client(
    ROOT,
    "ana",
    Wish(
        uses=(CLIENT,),
        serial=7,
        extensions=((x509.SubjectAlternativeName([x509.DNSName("ana.test")]), False), (key_usage(signs=False), True)),
    ),
)


def test_what_a_certificate_says() -> None:
    facts = read_facts(ANA.der)

    assert (facts.serial, facts.weakness, facts.has_unknown) == (7, "", False)
    assert (facts.is_authority, facts.may_sign_certificates, facts.is_self_issued) == (False, False, False)
    assert (facts.may_sign_handshakes, facts.is_for_clients) == (True, True)
    assert facts.issuer == read_facts(ROOT.der).subject
    assert facts.issuer_key_id == read_facts(ROOT.der).key_id
    assert facts.names == (x509.DNSName("ana.test"),)
    assert facts.end - facts.start == 366 * 86400


def test_what_an_authority_says() -> None:
    facts = read_facts(ROOT.der)

    assert (facts.is_authority, facts.most_below, facts.may_sign_certificates) == (True, 2, True)
    assert (facts.is_self_issued, facts.may_sign_handshakes) == (True, False)


def test_a_certificate_that_says_nothing_may_do_anything_but_sign_others() -> None:
    facts = read_facts(make_client(ROOT, "ana", Wish(has_key_identifiers=False)).der)

    assert (facts.is_authority, facts.may_sign_certificates) == (False, True)
    assert (facts.may_sign_handshakes, facts.is_for_clients) == (True, True)
    assert (facts.key_id, facts.issuer_key_id, facts.constraints, facts.names) == (None, None, None, ())


def test_a_large_certificate_is_not_read() -> None:
    names = x509.SubjectAlternativeName([x509.DNSName(f"host{number}.test") for number in range(LARGEST // 10)])
    large = make_client(ROOT, "ana", Wish(extensions=((names, False),)))

    with pytest.raises(ValueError, match="larger than 16384 bytes"):
        read_facts(large.der)


@given(st.binary(max_size=200))
def test_what_is_no_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError):
        read_facts(der)


@given(st.lists(st.tuples(st.integers(0, len(ANA.der) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_certificate_with_other_bytes_in_it_is_never_trusted(changes: list[tuple[int, int]]) -> None:
    der = bytearray(ANA.der)
    for position, byte in changes:
        der[position] = byte
    try:
        facts = read_facts(bytes(der))
        read_identity(facts.certificate)
    except ValueError:
        return
    verdict = verify(facts, Trusted([read_facts(ROOT.der)]), NOW.timestamp())

    assert (verdict.problem == "") == (bytes(der) == ANA.der)


@given(st.integers(0, len(ANA.der) - 1))
def test_a_certificate_that_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(ValueError):
        read_facts(ANA.der[:length])


def test_a_certificate_with_more_behind_it_is_refused() -> None:
    with pytest.raises(ValueError):
        read_facts(ANA.der + b"\0")
