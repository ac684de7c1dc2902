"""One bucket and one quota: what is granted, and when more may be there."""

import pytest

from limen.state.buckets import LONGEST_WAIT, Instant, Quota, TokenBucket
from limen.state.leases import Word
from limen.state.messages import Demand, Grant, QuotaDemand, QuotaGrant
from limen.state.periods import period_of

NOON = 1_795_694_400.0  # 2026-11-26T12:00


class Conversation:
    """With one bucket of `rate` and `burst`."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.burst = rate, burst
        self.bucket = TokenBucket(rate, burst, burst, 0.0)
        self.number = 0

    def say(self, now: float, holder: str = "a", *, number: int | None = None, holders: int = 1, **said: int) -> Grant:
        self.number += 1
        word = Word(holder, self.number if number is None else number, said.get("used", 0), said.get("back", 0))
        demand = Demand(
            "x", self.rate, self.burst, word.used, word.back, need=said.get("need", 0), want=said.get("want", 0)
        )
        return self.bucket.answer(word, demand, now, holders)


def test_a_full_bucket_gives_its_burst_and_then_what_flows_in() -> None:
    talk = Conversation(rate=10, burst=5)

    assert talk.say(0, need=7).tokens == 5
    assert talk.say(0, used=5, need=2) == Grant(0, pytest.approx(0.1), 0)
    assert talk.say(0.1, need=2).tokens == 1
    assert talk.say(0.4, used=1, need=2) == Grant(2, 0.0, 1)


def test_the_wait_for_the_next_token_is_exact() -> None:
    talk = Conversation(rate=0.5, burst=1)
    talk.say(0, need=1)
    wait = talk.say(0.5, used=1, need=1).retry_after

    assert wait == pytest.approx(1.5)
    assert talk.say(0.5 + wait - 0.001, need=1).tokens == 0
    assert talk.say(0.5 + wait, need=1).tokens == 1


def test_what_is_leased_ahead_counts_as_still_in_the_bucket() -> None:
    talk = Conversation(rate=100, burst=20)

    assert talk.say(0, want=20).tokens == 10
    assert talk.say(0.2).remaining == 10  # the other ten are in a hand
    assert talk.say(0.2, used=10).remaining == 10
    assert talk.say(0.3).remaining == 20


def test_what_calls_waited_for_is_spent_at_once() -> None:
    talk = Conversation(rate=100, burst=1)
    granted = sum(talk.say(step / 100, used=int(step > 0), need=5).tokens for step in range(101))

    assert granted == 101


def test_what_was_waited_for_and_kept_is_room_no_more() -> None:
    talk = Conversation(rate=100, burst=10)
    talk.say(0, need=10)

    assert talk.say(0.01, used=2).remaining == 1
    assert talk.say(0.2).remaining == 2  # eight are in the hand still
    assert talk.say(0.2, back=8).remaining == 10


def test_a_share_is_left_for_other_holders() -> None:
    assert Conversation(10, 100).say(0, want=100, holders=5).tokens == 10
    assert Conversation(10, 7).say(0, want=7).tokens == 0
    assert Conversation(10, 100).say(0, need=100, want=100, holders=5).tokens == 100


def test_a_repeated_word_counts_once_and_is_answered_anew() -> None:
    talk = Conversation(rate=1, burst=100)
    talk.say(0, want=40, number=1)
    first = talk.say(0, used=10, back=10, want=5, number=2)
    again = talk.say(0, used=10, back=10, want=5, number=2)

    assert again == first == Grant(5, 0.0, 65)
    assert talk.say(0, "b", need=100).tokens == 65
    assert talk.say(0, used=10, need=1, number=1).tokens == 0  # an older one: nobody waits for it


def test_what_a_lost_answer_granted_ahead_comes_back() -> None:
    talk = Conversation(rate=0, burst=100)
    talk.say(0, need=60, want=10, number=1)

    assert talk.say(0.5, need=30, want=4, number=1) == Grant(34, 0.0, 6, lapsed=True)
    assert talk.say(0.5, used=30, back=4, number=2).remaining == 10


def test_a_dead_holder_has_nothing_after_a_second_and_its_tokens_flow_in_again() -> None:
    talk = Conversation(rate=10, burst=20)
    assert talk.say(0, "dead", want=20).tokens == 10
    assert talk.say(0.9, "b").remaining == 10
    assert talk.say(1.5, "b").remaining == 15  # since the second that it died in

    late = talk.say(1.5, "dead", used=3, back=7)
    assert (late.lapsed, late.remaining) == (True, 15)


def test_nobody_gives_back_more_than_it_had() -> None:
    talk = Conversation(rate=0, burst=10)
    talk.say(0, need=10)

    assert talk.say(0, used=4, back=100).remaining == 6
    assert talk.say(0, used=-5, back=-5, need=-5, want=-5) == Grant(0, 0.0, 6)


def test_the_newest_word_says_how_large_a_bucket_is() -> None:
    talk = Conversation(rate=10, burst=10)
    talk.say(0, need=10)
    talk.rate, talk.burst = 100, 50

    assert talk.say(0.1, used=10).remaining == 1  # until then it was filled as before
    assert talk.say(0.2).remaining == 11
    talk.burst = 3
    assert talk.say(0.2).remaining == 3


@pytest.mark.parametrize(("rate", "burst"), [(0, 0), (10, 0), (0, 5)])
def test_a_bucket_without_a_rate_or_room_says_so(rate: float, burst: int) -> None:
    talk = Conversation(rate, burst)

    assert talk.say(0, need=burst + 1) == Grant(burst, LONGEST_WAIT, 0, lapsed=True)


def test_who_finds_all_tokens_leased_comes_back_when_their_holder_speaks() -> None:
    talk = Conversation(rate=10, burst=8)
    talk.say(0, "b", need=8)
    talk.say(0.05, "b", used=0)  # kept

    assert talk.say(0.1, "a", need=1) == Grant(0, pytest.approx(0.2), 0, lapsed=True)


class QuotaTalk:
    def __init__(self, limit: int, used: int = 0, extra: int = 0) -> None:
        self.limit = limit
        self.quota = Quota(period_of("DAY", NOON), used, extra, 0.0)
        self.number = 0

    def say(
        self, now: float, holder: str = "a", *, back: int = 0, need: int = 0, want: int = 0, holders: int = 1
    ) -> QuotaGrant:
        self.number += 1
        demand = QuotaDemand("plan", "key", self.limit, "DAY", 0, 0, back, need, want)
        word = Word(holder, self.number, 0, back)
        return self.quota.answer(word, demand, Instant(now, NOON + now), holders)


def test_a_quota_is_used_up_by_what_is_delivered_and_leased() -> None:
    talk = QuotaTalk(limit=100, used=90)
    assert talk.say(0, need=4).remaining == 6
    talk.quota.count("a", 4, int(NOON))

    assert talk.say(0.1, need=10) == QuotaGrant(6, pytest.approx(0.25), 0, pytest.approx(43200 - 0.1))
    talk.quota.count("a", 6, int(NOON))
    assert talk.say(0.2, need=1) == QuotaGrant(0, pytest.approx(43199.8), 0, pytest.approx(43199.8))


def test_what_is_given_back_is_there_for_others() -> None:
    talk = QuotaTalk(limit=100)
    assert talk.say(0, want=100).tokens == 50
    assert talk.say(0, "b", need=100).tokens == 50
    talk.say(0.1, back=50)

    assert talk.say(0.1, "b", need=100).tokens == 50


def test_the_last_calls_are_not_leased_ahead() -> None:
    assert QuotaTalk(limit=100, used=60).say(0, want=40, holders=3).tokens == 0
    assert QuotaTalk(limit=100, used=40).say(0, want=40, holders=3).tokens == 10


def test_a_dead_holder_keeps_quota_for_what_it_may_have_spent() -> None:
    talk = QuotaTalk(limit=10)
    talk.say(0, "dead", need=10)

    assert talk.say(4.9, "b", need=10).tokens == 0
    talk.quota.count("dead", 7, int(NOON))  # left in its file
    assert talk.say(5.1, "b", need=10).tokens == 3


def test_calls_of_other_periods_use_up_nothing() -> None:
    talk = QuotaTalk(limit=10)
    talk.quota.count("a", 5, int(NOON) - 86400)

    assert talk.say(0).remaining == 10


def test_an_extension_makes_what_is_left_what_it_says() -> None:
    talk = QuotaTalk(limit=10, used=10)

    assert talk.quota.extend(remaining=5, allowed=10) == (10, 5)
    assert talk.say(0, need=9).tokens == 5
    assert talk.quota.extend(remaining=0, allowed=10) == (10, 0)
