"""What is said on each bucket, and what answers do to it."""

from limen.features.throttling.bucket import METHOD, Bucket, Quota
from limen.features.throttling.words import LONGEST_REFUSAL, compose
from limen.state.messages import HOLD_SECONDS, Demand, Grant, Leases, QuotaDemand, QuotaGrant


def bucket(tokens: int = 0, held: int = 0) -> Bucket:
    made = Bucket("m", METHOD, 10.0, 100)
    made.tokens = made.ahead = tokens
    made.held = held
    return made


def test_what_was_spent_is_told_once() -> None:
    made = bucket(tokens=3, held=10)

    assert compose("h", 1, [made]).words.demands == [Demand("m", 10.0, 100, used=7, back=0, need=0, want=8)]
    assert compose("h", 2, [made]).words.demands[0].used == 0


def test_what_idles_goes_back_at_a_tick_alone() -> None:
    made = bucket(tokens=5, held=5)
    assert compose("h", 1, [made]).words.demands[0].back == 0
    assert compose("h", 2, [made], {made}).words.demands[0].back == 5
    assert (made.tokens, made.held) == (0, 0)


def test_the_last_words_give_everything_back() -> None:
    made = bucket(tokens=5, held=8)
    (demand,) = compose("h", 1, [made], is_last=True).words.demands

    assert (demand.used, demand.back, demand.need, demand.want) == (3, 5, 0, 0)


def test_the_reach_doubles_whenever_it_runs_out() -> None:
    made = bucket()
    wants = []
    for number in range(4):
        made.need = 1
        wants.append(compose("h", number, [made]).words.demands[0].want)

    assert wants == [0, 4, 8, 16]


def test_an_answer_holds_from_when_it_was_asked_for() -> None:
    made = bucket()
    made.need = 2
    told = compose("h", 1, [made])
    told.hear(Leases([Grant(3, 0.0, 50)], [], 1, 0.0), sent=100.0, now=100.2)

    assert made.tokens == made.held == 3
    assert made.hold_until == 100.0 + HOLD_SECONDS
    assert made.find_unspent() == 2, "until those that waited have taken them"


def test_none_left_is_remembered_for_a_while() -> None:
    made = bucket()
    made.need = 2
    told = compose("h", 1, [made])
    told.hear(Leases([Grant(0, 500.0, 0)], [], 1, 0.0), sent=100.0, now=100.0)

    assert made.retry_at == 100.0 + LONGEST_REFUSAL


def test_a_lease_that_lapsed_is_worth_nothing() -> None:
    made = bucket(tokens=7, held=7)
    told = compose("h", 1, [made])
    told.hear(Leases([Grant(2, 0.0, 9, lapsed=True)], [], 1, 0.0), sent=0.0, now=0.0)

    assert made.tokens == made.held == 2


def test_a_debt_is_paid_with_the_first_tokens() -> None:
    made = bucket()
    made.debt = 5
    told = compose("h", 1, [made])
    assert told.words.demands[0].need == 5
    told.hear(Leases([Grant(3, 1.0, 0)], [], 1, 0.0), sent=0.0, now=0.0)

    assert (made.tokens, made.held, made.debt) == (0, 3, 2)
    told = compose("h", 2, [made])
    assert (told.words.demands[0].used, told.words.demands[0].need) == (3, 2)
    told.hear(Leases([Grant(2, 0.0, 0)], [], 1, 0.0), sent=0.0, now=0.0)

    assert (made.tokens, made.held, made.debt) == (0, 2, 0)


def test_a_quota_says_nothing_of_what_was_spent() -> None:
    quota = Quota("quota/p/k", "p", "k", 100, "DAY", 5, 7)
    quota.tokens, quota.held, quota.need = 2, 6, 1
    told = compose("h", 1, [quota])
    assert told.words.quotas == [QuotaDemand("p", "k", 100, "DAY", 5, 7, back=2, need=1, want=0)]
    assert quota.undelivered == 4

    told.hear(Leases([], [QuotaGrant(1, 0.0, 50, period_ends=0.1)], 1, 0.0), sent=10.0, now=10.0)
    assert quota.hold_until == 10.1, "not beyond its period"
    quota.delivered(4)
    assert quota.undelivered == 0


def test_a_quota_that_others_hold_may_come_back() -> None:
    quota = Quota("quota/p/k", "p", "k", 100, "DAY", 0, 0)
    for retry_after, may_return in ((0.2, True), (3600.0, False)):
        quota.need = 1
        told = compose("h", 1, [quota])
        told.hear(Leases([], [QuotaGrant(0, retry_after, 0, 9999.0)], 1, 0.0), sent=10.0, now=10.0)
        assert quota.may_return is may_return
