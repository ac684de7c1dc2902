"""Who is trusted: chains that lead to a root of the truststore, and all that is wrong with others."""

from itertools import product
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from limen.features.domain_names.facts import read_facts
from limen.features.domain_names.trusted import Trusted
from limen.features.domain_names.verification import MOST_SIGNATURES, Search, verify
from tests.features.domain_names.verifying import problem_of, verdict_of
from tests.support.client_certificates import (
    CLIENT,
    NOW,
    SERVER,
    Key,
    Party,
    Wish,
    altered,
    make,
    make_authority,
    make_chain,
    make_client,
    make_key,
    make_root,
    make_self_signed_client,
    make_with_openssl,
    rsa_key,
)

NO_ISSUER = "Could not find issuer for certificate"
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


def authority(**wish: object) -> Wish:
    return Wish(**{"is_authority": True, "signs": True, **wish})  # type: ignore[arg-type]


def leaf(**wish: object) -> Wish:
    return Wish(**{"is_authority": False, "signs": False, "uses": (CLIENT,), **wish})  # type: ignore[arg-type]


@pytest.mark.parametrize("length", [2, 3, 4, 5])
def test_a_chain_of_up_to_four_authorities_is_trusted(length: int) -> None:
    client, *authorities = make_chain(length)

    assert problem_of(client, *authorities) == ""
    assert problem_of(client, *reversed(authorities)) == ""


def test_a_chain_of_five_authorities_is_too_long() -> None:
    client, *authorities = make_chain(6)

    assert problem_of(client, *authorities) == "certificate chain too long"


def test_every_authority_of_the_chain_must_be_in_the_truststore() -> None:
    client, *authorities = make_chain(4)

    for missing in authorities:
        assert problem_of(client, *(each for each in authorities if each is not missing)) == NO_ISSUER


def test_a_self_signed_client_is_trusted_where_it_lies_in_the_truststore() -> None:
    client, other = make_self_signed_client("ana"), make_self_signed_client("ana")

    assert problem_of(client, make_root(), client) == ""
    assert problem_of(client, make_root()) == "self signed certificate"
    assert problem_of(client, other) == "self signed certificate"


def test_a_client_in_the_truststore_needs_its_chain_nevertheless() -> None:
    client, issuing, root = make_chain(3)

    assert problem_of(client, client) == NO_ISSUER
    assert problem_of(client, client, issuing) == NO_ISSUER
    assert problem_of(client, client, issuing, root) == ""


def test_a_client_signs_nobody() -> None:
    root = make_root()
    ana = make_client(root)
    without_a_word = make_client(root, "old", Wish())
    may_sign = make_client(root, "odd", leaf(signs=True, uses=None))

    for issuer in (ana, without_a_word, may_sign):
        assert problem_of(make_client(issuer, "bob"), root, issuer) == "invalid CA certificate"
        assert problem_of(make_client(issuer, "bob"), root) == NO_ISSUER


def test_a_self_signed_client_of_the_truststore_signs_nobody() -> None:
    trusted = make_self_signed_client("ana", Wish(has_key_identifiers=False))

    assert problem_of(make_client(trusted, "bob"), trusted) == "invalid CA certificate"


def test_the_name_of_an_authority_is_not_its_key() -> None:
    root, impostor = make_root(), make_root()
    unnamed = leaf(has_key_identifiers=False)

    assert problem_of(make_client(impostor), root) == NO_ISSUER
    assert problem_of(make_client(impostor, "ana", unnamed), root) == "certificate signature failure"
    assert problem_of(make_self_signed_client("Root"), root) == "self signed certificate"


def test_a_name_that_is_shared_leads_to_each_of_its_keys() -> None:
    roots = [make_root("Root", authority(has_key_identifiers=False)) for _ in range(5)]
    for root in roots:
        assert problem_of(make_client(root, "ana", leaf(has_key_identifiers=False)), *roots) == ""


@pytest.mark.parametrize(
    ("days", "problem"),
    [((-9.0, -1.0), "certificate has expired"), ((1.0, 9.0), "certificate is not yet valid")],
)
def test_a_client_must_be_valid_now(days: tuple[float, float], problem: str) -> None:
    root = make_root(wish=authority(days=(-10, 10)))
    client = make_client(root, "ana", leaf(days=days))

    assert problem_of(client, root) == problem
    assert problem_of(client, root, days=days[0]) == ""
    assert problem_of(client, root, days=days[1]) == ""
    assert problem_of(client, root, days=days[1] + 0.0001) == "certificate has expired"


@pytest.mark.parametrize("position", ["root", "issuing"])
def test_issuers_must_be_valid_now(position: str) -> None:
    expired, whole = authority(days=(-9, -1)), authority()
    root = make_root(wish=expired if position == "root" else whole)
    issuing = make_authority(root, "Issuing", expired if position == "issuing" else whole)

    assert problem_of(make_client(issuing), root, issuing) == "certificate of an issuer has expired"


def test_an_authority_that_was_renewed_is_trusted() -> None:
    root, key = make_root(), make_key()
    old = make_authority(root, "Issuing", authority(key=key, days=(-9, -1)))
    new = make_authority(root, "Issuing", authority(key=key))

    assert problem_of(make_client(old), root, old, new) == ""
    assert problem_of(make_client(old), root, old) == "certificate of an issuer has expired"


def test_an_altered_certificate_is_refused() -> None:
    root = make_root()
    client = make_client(root, "someone")
    facts = read_facts(altered(client))

    verdict = verify(facts, Trusted([read_facts(root.der)]), NOW.timestamp())

    assert verdict.problem == "certificate signature failure"


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_a_weak_signature_is_refused(digest: str, tmp_path: Path) -> None:
    root = make_root(wish=authority(key=rsa_key(2048)))

    weak = make_with_openssl(root, digest, tmp_path)

    assert problem_of(weak, root) == "Client cert using an insecure Signature Algorithm"


@pytest.mark.parametrize(
    "key", [rsa_key(1024), ec.generate_private_key(ec.SECP192R1()), ec.generate_private_key(ec.SECP224R1())]
)
def test_a_weak_key_is_refused(key: Key) -> None:
    root, weak_root = make_root(), make_root("Weak", authority(key=key))

    assert problem_of(make_client(root, "ana", leaf(key=key)), root) == "Client cert using an insecure key"
    assert problem_of(make_client(weak_root), weak_root) == "certificate of an issuer uses an insecure algorithm"


@pytest.mark.parametrize(
    ("key", "hash_"),
    [
        (rsa_key(2048), hashes.SHA256()),
        (rsa_key(2048), hashes.SHA512()),
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA384()),
        (ec.generate_private_key(ec.SECP521R1()), hashes.SHA256()),
        (ed25519.Ed25519PrivateKey.generate(), hashes.SHA256()),
    ],
)
def test_strong_algorithms_are_taken(key: Key, hash_: hashes.HashAlgorithm) -> None:
    root = make_root(wish=authority(key=key, hash=hash_))

    assert problem_of(make_client(root, "ana", leaf(key=key, hash=hash_)), root) == ""


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (leaf(uses=(SERVER,)), "unsupported certificate purpose"),
        (leaf(uses=(SERVER, CLIENT)), ""),
        (leaf(uses=(x509.ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)), ""),
        (leaf(signs=True), "unsupported certificate purpose"),
        (leaf(extensions=((UNKNOWN, True),)), "unhandled critical extension"),
        (leaf(extensions=((UNKNOWN, False),)), ""),
        (Wish(), ""),
        (authority(), "unsupported certificate purpose"),
        (authority(signs=None), ""),
    ],
)
def test_what_a_client_may_be_used_for(wish: Wish, problem: str) -> None:
    root = make_root()

    assert problem_of(make_client(root, "ana", wish), root) == problem


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (authority(signs=False), "invalid CA certificate"),
        (authority(signs=None), ""),
        (authority(is_authority=False), "invalid CA certificate"),
        (authority(is_authority=None), "invalid CA certificate"),
        (authority(uses=(SERVER,)), "unsupported certificate purpose"),
        (authority(uses=(CLIENT,)), ""),
        (authority(extensions=((UNKNOWN, True),)), "unhandled critical extension"),
        (authority(path_length=0), ""),
    ],
)
def test_what_an_authority_may_be_used_for(wish: Wish, problem: str) -> None:
    root = make_root()
    issuing = make_authority(root, "Issuing", wish)

    assert problem_of(make_client(issuing), root, issuing) == problem


def test_a_path_length_counts_the_authorities_below() -> None:
    root = make_root(wish=authority(path_length=1))
    first = make_authority(root, "First")
    second = make_authority(first, "Second")

    assert problem_of(make_client(first), root, first) == ""
    assert problem_of(make_client(second), root, first, second) == "path length constraint exceeded"


def test_authorities_that_signed_each_other_lead_nowhere() -> None:
    keys = make_key(), make_key()
    first, second = make_root("First", authority(key=keys[0])), make_root("Second", authority(key=keys[1]))
    crossed = [make("First", second, authority(key=keys[0])), make("Second", first, authority(key=keys[1]))]

    assert problem_of(make_client(first), *crossed) == NO_ISSUER
    assert problem_of(make_client(first), *crossed, second) == ""


def mesh(size: int) -> tuple[Party, list[Party]]:
    """A client, and authorities of one name that all signed each other, without a root."""
    wish = {"has_key_identifiers": False}
    keys = [make_key() for _ in range(size)]
    roots = [make_root("Mesh", authority(key=key, **wish)) for key in keys]
    crossed = [make("Mesh", roots[a], authority(key=keys[b], **wish)) for a, b in product(range(size), repeat=2)]
    return make_client(roots[0], "ana", leaf(**wish)), crossed


def test_what_a_verification_may_cost_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    client, authorities = mesh(6)
    monkeypatch.setattr(
        "limen.features.domain_names.verification.is_signed_by", lambda *pair: asked.append(pair) or True
    )

    trusted = Trusted([read_facts(party.der) for party in authorities])
    monkeypatch.setattr(trusted, "is_root", lambda _: False)
    chain = Search(trusted, NOW.timestamp()).find_chain(read_facts(client.der))

    assert chain is None
    assert len(asked) <= MOST_SIGNATURES


def test_trust_ends_with_the_first_certificate_that_ends() -> None:
    root = make_root(wish=authority(days=(-1, 30)))
    issuing = make_authority(root, "Issuing", authority(days=(-1, 10)))
    client = make_client(issuing, "ana", leaf(days=(-1, 20)))

    assert verdict_of(client, root, issuing).until == NOW.timestamp() + 10 * 86400


def test_a_refusal_is_asked_again_soon() -> None:
    client = make_client(make_root(), "ana")

    assert 0 < verdict_of(client, make_root()).until - NOW.timestamp() <= 60
