"""What a worker keeps of who signs: bounded, and forgotten when identities change."""

import time

import pytest

from limen.aws.identities import ExpiredSessionError, IdentityChanges, UnknownSignerError
from limen.aws.sigv4 import Scope
from limen.features.authorizers import iam_signers
from limen.features.authorizers.iam_signers import KnownHead, Signers
from tests.support.signing import ID, SEAL, session_of, tell, user

NOW = time.time()
SCOPE = Scope("20260102", "us-east-1", "execute-api")


@pytest.fixture
def signers() -> Signers:
    made = Signers()
    tell(made, user())
    return made


def keep(signers: Signers, name: bytes) -> None:
    head = KnownHead(signers.find(ID, None, NOW), SCOPE, ["host", "x-amz-date"], (b"host", b"x-amz-target"))
    assert head.forbidden == (b"x-amz-target",)
    signers.keep_head("us-east-1", (name, None), head)


def test_a_signer_is_found_once(signers: Signers) -> None:
    known = signers.find(ID, None, NOW)
    assert signers.find(ID, None, NOW + 1) is known
    with pytest.raises(UnknownSignerError):
        signers.find("AKIDNOBODY", None, NOW)


def test_nobody_is_known_before_it_is_told() -> None:
    with pytest.raises(UnknownSignerError):
        Signers().find(ID, None, NOW)


def test_a_session_that_is_known_expires(signers: Signers) -> None:
    token = session_of(user(), issued=0, expires=int(NOW) + 10)
    signers.find(token.access_key, token.token, NOW)
    for _ in range(2):
        with pytest.raises(ExpiredSessionError):
            signers.find(token.access_key, token.token, NOW + 11)


def test_changes_are_in_force_at_once(signers: Signers) -> None:
    heads = signers.heads("us-east-1")
    keep(signers, b"head")
    assert signers.apply(IdentityChanges(2, False, [], [], 1))
    assert heads, "nothing changed"
    assert signers.apply(IdentityChanges(3, False, [], [user().arn], 0))
    assert not heads
    with pytest.raises(UnknownSignerError):
        signers.find(ID, None, NOW)


def test_another_key_of_sessions_ends_all_of_them(signers: Signers) -> None:
    token = session_of(user(), issued=0, expires=int(NOW) + 10)
    signers.find(token.access_key, token.token, NOW)
    assert signers.apply(IdentityChanges(2, False, [], [], 1), b"x" * len(SEAL.key))
    with pytest.raises(UnknownSignerError):
        signers.find(token.access_key, token.token, NOW)


def test_changes_that_were_missed_are_noticed(signers: Signers) -> None:
    assert not signers.apply(IdentityChanges(3, False, [], [], 2))


def test_what_is_kept_is_bounded(signers: Signers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam_signers, "MOST_HEADS", 3)
    monkeypatch.setattr(iam_signers, "MOST_SIGNERS", 2)
    for number in range(8):
        keep(signers, b"%d" % number)
        token = session_of(user(), issued=number, expires=int(NOW) + 10)
        signers.find(token.access_key, token.token, NOW)
        assert len(signers.heads("us-east-1")) <= 3
        assert len(signers._known) <= 2
