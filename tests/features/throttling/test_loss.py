"""While the authority is away: open stages go on with a share of each limit, closed ones refuse."""

import pytest

from limen.features.throttling.loss import Loss
from tests.features.throttling.authority import Authority, Time
from tests.features.throttling.calls import Worker, status, talk


def lose(authority: Authority, worker: Worker) -> None:
    authority.is_away = True
    worker.call(worker.bucket("other", 1, 1))
    talk(worker)
    assert worker.leasing.loss.is_away


def test_an_open_stage_goes_on_with_its_share(authority: Authority, time: Time) -> None:
    worker, second = Worker(authority), Worker(authority)
    worker.call(worker.bucket(rate=10, burst=10))
    second.call(second.bucket(rate=10, burst=10))
    talk(worker, second)
    talk(worker)
    time.now += 2.0
    talk(worker, second)
    worker.call(worker.bucket("x", 1, 1))
    talk(worker)
    assert worker.leasing.loss.holders == 2
    lose(authority, worker)

    statuses = [status(worker.call(worker.bucket("fresh", 10, 10))) for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3

    time.now += 1.0
    statuses = [status(worker.call(worker.bucket("fresh", 10, 10))) for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3


def test_a_closed_stage_refuses(authority: Authority) -> None:
    worker = Worker(authority, is_open=False)
    lose(authority, worker)

    assert status(worker.call(worker.bucket("fresh", 10, 10))) == 429


def test_what_is_in_hand_may_be_spent_on_a_closed_stage(authority: Authority, time: Time) -> None:
    worker = Worker(authority, is_open=False)
    bucket = worker.bucket(rate=100, burst=100)
    for _ in range(4):
        worker.call(bucket)
        talk(worker)
    in_hand = bucket.tokens
    assert in_hand > 0
    lose(authority, worker)

    statuses = [status(worker.call(bucket)) for _ in range(in_hand + 1)]
    assert statuses == [200] * in_hand + [429]


def test_calls_that_wait_are_decided_when_it_goes_away(authority: Authority) -> None:
    is_open, closed = Worker(authority), Worker(authority, is_open=False)
    authority.is_away = True
    waits, waits_in_vain = is_open.call(is_open.bucket()), closed.call(closed.bucket())
    talk(is_open, closed)

    assert (status(waits), status(waits_in_vain)) == (200, 429)


def test_limits_are_made_good_when_it_is_back(
    authority: Authority, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    worker = Worker(authority)
    bucket = worker.bucket(rate=0.01, burst=10)
    lose(authority, worker)
    for _ in range(6):
        worker.call(bucket)
    authority.is_away = False
    talk(worker)
    talk(worker)
    talk(worker)

    assert authority.level(bucket) == 4
    assert [record.levelname for record in caplog.records if record.name == "limen.limits"] == ["WARNING", "WARNING"]
    assert worker.leasing.loss.losses == 1


def test_what_all_admitted_by_themselves_is_made_good_whoever_is_back_first(authority: Authority, time: Time) -> None:
    """The first to be back takes what came in meanwhile; the other pays as tokens flow in."""
    first, second = Worker(authority), Worker(authority)
    for worker in (first, second, first):
        worker.call(worker.bucket(rate=10, burst=10))
        talk(worker)
    time.now += 2.0
    for worker in (first, second):
        lose(authority, worker)
        assert [status(worker.call(worker.bucket(rate=10, burst=10))) for _ in range(3)] == [200] * 3
    authority.is_away = False
    talk(first)
    talk(first)
    admitted = [first.call(first.bucket(rate=10, burst=10)) for _ in range(10)]
    talk(first)
    for _ in range(3):
        talk(second)
    admitted += [second.call(second.bucket(rate=10, burst=10)) for _ in range(10)]
    talk(second)
    assert [status(call) for call in admitted].count(200) == 7

    time.now += 1.0
    for _ in range(3):
        talk(second, first)
    later = [worker.call(worker.bucket(rate=10, burst=10)) for _ in range(10) for worker in (first, second)]
    talk(second, first)
    assert [status(call) for call in later].count(200) == 7


def test_a_short_loss_costs_no_more_than_was_admitted_in_it(authority: Authority, time: Time) -> None:
    worker = Worker(authority)
    bucket = worker.bucket(rate=10, burst=10)
    calls = [worker.call(bucket) for _ in range(12)]
    talk(worker)
    assert [status(call) for call in calls].count(200) == 10
    lose(authority, worker)
    assert status(worker.call(bucket)) == 429
    time.now += 0.3
    assert [status(worker.call(bucket)) for _ in range(4)] == [200] * 3 + [429]
    authority.is_away = False
    for _ in range(3):
        talk(worker)

    assert (bucket.debt, authority.level(bucket)) == (0, 0)
    time.now += 1.0
    for _ in range(2):
        talk(worker)
    calls = [worker.call(bucket) for _ in range(12)]
    talk(worker)
    assert [status(call) for call in calls].count(200) == 10


def test_it_tells_who_wants_to_know() -> None:
    loss, told = Loss(), list[bool]()
    loss.tell(told.append)
    loss.begin("gone")
    loss.begin("gone")
    loss.end()

    assert told == [False, True, False]


def test_a_loss_begins_once() -> None:
    loss = Loss()
    loss.begin("gone")
    loss.begin("gone")

    assert loss.losses == 1
    assert loss.end() == []
    assert loss.end() == []
