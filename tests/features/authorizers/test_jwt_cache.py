"""Verified tokens: bounded, apart by authorizer, gone when they or their keys are."""

from limen.features.authorizers.jwks_issuers import Issuer, Issuers
from limen.features.authorizers.jwt_cache import Verified, VerifiedTokens
from limen.gateway.caller import Caller
from tests.support.tokens import ISSUER, key_set


def verified(issuer: Issuer, until: float = 100.0) -> Verified:
    caller = Caller("jwt")
    return Verified(caller, caller, frozenset(), until, issuer)


def test_a_token_is_found_until_its_time_is_over() -> None:
    tokens, issuer = VerifiedTokens(), Issuers().get(ISSUER)
    entry = verified(issuer)
    tokens.put(b"0 abc", entry)
    assert tokens.find(b"0 abc", 99.9) is entry
    assert tokens.find(b"0 abd", 99.9) is None
    assert tokens.find(b"0 abc", 100.0) is None
    assert not tokens.entries


def test_a_token_is_found_while_its_issuer_has_the_same_keys() -> None:
    tokens, issuers = VerifiedTokens(), Issuers()
    issuers.put_local(ISSUER, key_set("1"))
    tokens.put(b"0 abc", verified(issuers.get(ISSUER)))
    issuers.put_local(ISSUER, key_set("1"))
    assert tokens.find(b"0 abc", 0) is not None
    issuers.put_local(ISSUER, key_set("1", "2"))
    assert tokens.find(b"0 abc", 0) is None


def test_the_tokens_that_were_not_used_for_the_longest_go_first() -> None:
    tokens, issuer = VerifiedTokens(most_bytes=3 * (2048 + 4 * 3)), Issuers().get(ISSUER)
    for name in (b"0 a", b"0 b", b"0 c"):
        tokens.put(name, verified(issuer))
    tokens.find(b"0 a", 0)
    tokens.put(b"0 d", verified(issuer))
    tokens.put(b"0 d", verified(issuer))
    assert list(tokens.entries) == [b"0 c", b"0 a", b"0 d"]


def test_a_token_that_is_too_large_is_not_kept() -> None:
    tokens = VerifiedTokens(most_bytes=4096)
    tokens.put(b"x" * 4096, verified(Issuers().get(ISSUER)))
    assert not tokens.entries


def test_equal_rules_share_a_space_while_somebody_has_it() -> None:
    tokens = VerifiedTokens()
    one, same, other = tokens.space_of("rules"), tokens.space_of("rules"), tokens.space_of("others")
    assert one is same and one.prefix != other.prefix
    before = one.prefix
    del one, same
    assert tokens.space_of("rules").prefix not in (before, other.prefix)
