"""Kept answers are bounded, and forgotten by stage."""

import gc

from limen.features.authorizers.function_output import Answer
from limen.features.authorizers.kept_answers import OVERHEAD, KeptAnswers
from limen.gateway.caller import Caller


def answer() -> Answer:
    return Answer(Caller("lambda"), None)


def test_the_oldest_go_first_where_there_are_too_many() -> None:
    kept = KeptAnswers(most_answers=3)
    scope, other = kept.scope(("a", "prod", "x", b"")), kept.scope(("b", "prod", "x", b""))
    for number in range(3):
        kept.keep(scope, b"%d" % number, answer(), 60, 10)
    kept.keep(other, b"0", answer(), 60, 10)
    assert len(kept) == 3
    assert list(scope.answers) == [b"1", b"2"]
    assert list(other.answers) == [b"0"]


def test_size_is_bounded_and_counted_exactly() -> None:
    kept = KeptAnswers(most_bytes=20 * OVERHEAD)
    scope = kept.scope(("a", "prod", "x", b""))
    for number in range(100):
        kept.keep(scope, (b"k" * number, ("a", "b")), answer(), 60, number)
        assert kept.size <= 20 * OVERHEAD
    assert 0 < len(kept) < 20
    kept.keep(scope, b"huge", answer(), 60, 20 * OVERHEAD)
    assert b"huge" not in scope.answers
    kept.flush("a", "prod")
    assert (kept.size, len(kept), scope.answers) == (0, 0, {})


def test_an_answer_replaces_the_one_of_its_identity() -> None:
    kept = KeptAnswers()
    scope = kept.scope(("a", "prod", "x", b""))
    kept.keep(scope, b"1", answer(), 60, 10)
    newer = answer()
    kept.keep(scope, b"1", newer, 60, 10)
    assert (len(kept), scope.answers[b"1"]) == (1, newer)
    kept.forget(scope, b"1")
    kept.forget(scope, b"1")
    assert kept.size == 0


def test_a_flush_is_of_one_stage() -> None:
    kept = KeptAnswers()
    scopes = [kept.scope((api, stage, "x", b"")) for api, stage in (("a", "prod"), ("a", "test"), ("b", "prod"))]
    for scope in scopes:
        kept.keep(scope, b"1", answer(), 60, 10)
    kept.flush("a", "prod")
    assert [len(scope.answers) for scope in scopes] == [0, 1, 1]
    assert [scope.epoch for scope in scopes] == [1, 0, 0]


def test_plans_that_replace_each_other_share_a_scope() -> None:
    kept = KeptAnswers()
    scope = kept.scope(("a", "prod", "x", b"1"))
    assert kept.scope(("a", "prod", "x", b"1")) is scope
    assert kept.scope(("a", "prod", "x", b"2")) is not scope
    identity = id(scope)
    del scope
    gc.collect()
    assert identity and len(kept) == 0


def test_answers_can_be_made_older() -> None:
    kept = KeptAnswers()
    scope = kept.scope(("a", "prod", "x", b""))
    kept.keep(scope, b"1", answer(), 60, 10)
    before = scope.answers[b"1"].expires
    kept.age(45.0)
    assert scope.answers[b"1"].expires == before - 45.0
