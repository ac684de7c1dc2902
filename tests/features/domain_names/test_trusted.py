"""What a verification finds in a truststore."""

from limen.features.domain_names.facts import read_facts
from limen.features.domain_names.trusted import Trusted, is_signed_by
from tests.support.client_certificates import Wish, altered, make_authority, make_client, make_root

ROOT, OTHER = make_root(), make_root()
UNNAMED = Wish(has_key_identifiers=False)


def test_issuers_are_found_by_name_and_key() -> None:
    root, other = read_facts(ROOT.der), read_facts(OTHER.der)
    trusted = Trusted([other, root, read_facts(make_root("Another").der)])

    assert trusted.find_issuers(read_facts(make_client(ROOT).der)) == [root]
    assert trusted.find_issuers(read_facts(make_client(ROOT, "ana", UNNAMED).der)) == [other, root]
    assert trusted.find_issuers(read_facts(make_client(make_root("Nobody")).der)) == []


def test_the_same_certificate_is_found() -> None:
    root = read_facts(ROOT.der)
    trusted = Trusted([root])

    assert trusted.find_same(read_facts(ROOT.der)) is root
    assert trusted.find_same(read_facts(OTHER.der)) is None


def test_a_root_is_signed_by_itself() -> None:
    same_name = make_authority(OTHER, "Root")
    facts = [read_facts(party.der) for party in (ROOT, same_name, make_client(ROOT))]
    trusted = Trusted(facts)

    assert [trusted.is_root(each) for each in facts] == [True, False, False]
    assert trusted.is_root(facts[0])


def test_a_signature_is_of_a_key_and_of_what_it_signed() -> None:
    root, other, client = read_facts(ROOT.der), read_facts(OTHER.der), make_client(ROOT, "someone")

    assert is_signed_by(read_facts(client.der), root)
    assert not is_signed_by(read_facts(client.der), other)
    assert not is_signed_by(read_facts(altered(client)), root)
