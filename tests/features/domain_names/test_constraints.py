"""Names that an authority may issue certificates for, and others."""

from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from tests.features.domain_names.verifying import problem_of
from tests.support.client_certificates import Wish, make_authority, make_client, make_root

VIOLATION = "name constraints of an issuer do not permit it"
OTHER_NAME = x509.OtherName(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


ANA = name((NameOID.ORGANIZATION_NAME, "Shop"), (NameOID.COMMON_NAME, "ana"))
SHOP = x509.DirectoryName(name((NameOID.ORGANIZATION_NAME, "SHOP ")))


def problem(
    names: list[x509.GeneralName],
    permitted: list[x509.GeneralName] | None = None,
    excluded: list[x509.GeneralName] | None = None,
    subject: x509.Name = ANA,
) -> str:
    constraints = x509.NameConstraints(permitted, excluded)
    root = make_root(wish=Wish(is_authority=True, signs=True, extensions=((constraints, True),)))
    alternatives = ((x509.SubjectAlternativeName(names), False),) if names else ()
    return problem_of(make_client(root, subject, Wish(extensions=alternatives)), root)


DNS, MAIL, URI = x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier


@pytest.mark.parametrize(
    ("written", "subtree", "lies_within"),
    [
        (DNS("shop.test"), DNS("shop.test"), True),
        (DNS("a.b.SHOP.test"), DNS("shop.TEST"), True),
        (DNS("shop.test."), DNS("shop.test"), True),
        (DNS("badshop.test"), DNS("shop.test"), False),
        (DNS("test"), DNS("shop.test"), False),
        (DNS("a.shop.test"), DNS(".shop.test"), True),
        (DNS("shop.test"), DNS(".shop.test"), False),
        (DNS("anything"), DNS(""), True),
        (MAIL("ana@shop.test"), MAIL("shop.test"), True),
        (MAIL("ana@a.shop.test"), MAIL("shop.test"), False),
        (MAIL("ana@a.shop.test"), MAIL(".shop.test"), True),
        (MAIL("ana@shop.test"), MAIL("ana@SHOP.test"), True),
        (MAIL("bob@shop.test"), MAIL("ana@shop.test"), False),
        (URI("https://shop.test/x"), URI("shop.test"), True),
        (URI("https://a.shop.test:8443/x"), URI(".shop.test"), True),
        (URI("https://a.shop.test/x"), URI("shop.test"), False),
        (x509.IPAddress(ip_address("192.0.2.9")), x509.IPAddress(ip_network("192.0.2.0/24")), True),
        (x509.IPAddress(ip_address("198.51.100.9")), x509.IPAddress(ip_network("192.0.2.0/24")), False),
        (x509.IPAddress(ip_address("2001:db8::1")), x509.IPAddress(ip_network("192.0.2.0/24")), False),
        (x509.DirectoryName(ANA), SHOP, True),
    ],
)
def test_names_within_a_subtree(written: x509.GeneralName, subtree: x509.GeneralName, lies_within: bool) -> None:
    assert problem([written], permitted=[subtree]) == ("" if lies_within else VIOLATION)
    assert problem([written], excluded=[subtree]) == (VIOLATION if lies_within else "")


def test_names_of_other_kinds_are_permitted() -> None:
    assert problem([MAIL("ana@shop.test")], permitted=[DNS("shop.test")]) == ""
    assert problem([], permitted=[DNS("shop.test")]) == ""


def test_every_name_must_be_permitted() -> None:
    assert problem([DNS("a.test"), DNS("b.test")], permitted=[DNS("a.test"), DNS("b.test")]) == ""
    assert problem([DNS("a.test"), DNS("c.test")], permitted=[DNS("a.test"), DNS("b.test")]) == VIOLATION


def test_a_subject_is_a_name() -> None:
    elsewhere = x509.DirectoryName(name((NameOID.ORGANIZATION_NAME, "Elsewhere")))

    assert problem([], permitted=[SHOP]) == ""
    assert problem([], permitted=[elsewhere]) == VIOLATION
    assert problem([], excluded=[SHOP]) == VIOLATION


def test_a_mailbox_or_host_in_a_subject_is_one() -> None:
    mail = name((NameOID.EMAIL_ADDRESS, "ana@bad.test"))
    host = name((NameOID.COMMON_NAME, "www.bad.test"))

    assert problem([], permitted=[MAIL("shop.test")], subject=mail) == VIOLATION
    assert problem([], permitted=[DNS("shop.test")], subject=host) == VIOLATION
    assert problem([DNS("shop.test")], permitted=[DNS("shop.test")], subject=host) == ""


@pytest.mark.parametrize("written", [OTHER_NAME, URI("urn:isbn:0"), URI("https://192.0.2.1/"), URI("//[")])
def test_what_is_constrained_and_not_understood_is_refused(written: x509.GeneralName) -> None:
    subtree = OTHER_NAME if written is OTHER_NAME else URI(".test")

    assert problem([written], permitted=[subtree]) == VIOLATION
    assert problem([written], excluded=[subtree]) == VIOLATION


def test_constraints_hold_for_the_authorities_below() -> None:
    constraints = x509.NameConstraints([SHOP], None)
    root = make_root(wish=Wish(is_authority=True, signs=True, extensions=((constraints, True),)))
    within = make_authority(root, name((NameOID.ORGANIZATION_NAME, "Shop"), (NameOID.COMMON_NAME, "Issuing")))
    outside = make_authority(root, "Issuing")

    assert problem_of(make_client(within, ANA), root, within) == ""
    assert problem_of(make_client(within, "ana"), root, within) == VIOLATION
    assert problem_of(make_client(outside, ANA), root, outside) == VIOLATION


def test_comparisons_have_an_end() -> None:
    many: list[x509.GeneralName] = [DNS(f"h{number}.test") for number in range(400)]

    assert problem(many[:100], permitted=many[:100]) == ""
    assert problem(many, permitted=many) == VIOLATION
