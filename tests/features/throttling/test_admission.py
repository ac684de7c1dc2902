"""Calls take one token of each limit or none of any, and wait for the authority where none is in hand."""

import orjson

from limen.features.throttling.bucket import ACCOUNT, METHOD, PLAN, Bucket
from limen.gateway.trace import Trace
from tests.features.throttling.authority import Authority, Time
from tests.features.throttling.calls import Worker, status, talk
from tests.support.exchanges import answer


def test_a_call_waits_for_the_first_token_and_no_longer(authority: Authority) -> None:
    worker = Worker(authority)
    bucket = worker.bucket(burst=10)

    first = worker.call(bucket)
    assert status(first) is None
    talk(worker)

    assert status(first) == 200


def test_past_the_burst_calls_are_refused_at_once(authority: Authority, time: Time) -> None:
    worker = Worker(authority)
    bucket = worker.bucket(rate=1, burst=3)

    calls = [worker.call(bucket) for _ in range(5)]
    talk(worker)
    late = worker.call(bucket)

    assert [status(call) for call in calls] == [200, 200, 200, 429, 429]
    assert status(late) == 429
    assert len(authority.said) == 1, "nobody asks for what is not there yet"
    assert answer(late).body == b'{"message":"Too Many Requests"}'
    assert worker.series.throttled == 3

    time.now += 1.0
    again = worker.call(bucket)
    talk(worker)
    assert status(again) == 200


def test_calls_that_wait_are_admitted_in_their_order(authority: Authority) -> None:
    worker = Worker(authority)
    bucket = worker.bucket(rate=1, burst=2)

    calls = [worker.call(bucket) for _ in range(4)]
    talk(worker)

    assert [status(call) for call in calls] == [200, 200, 429, 429]


def test_what_is_in_hand_is_spent_without_asking(authority: Authority) -> None:
    worker = Worker(authority)
    bucket = worker.bucket(rate=100, burst=100)

    for _ in range(4):
        worker.call(bucket)
        talk(worker)
    said = len(authority.said)
    assert bucket.tokens > 0

    assert status(worker.call(bucket)) == 200
    assert len(authority.said) == said


def test_a_refused_call_takes_nothing(authority: Authority) -> None:
    worker = Worker(authority)
    wide, narrow = worker.bucket("wide", 100, 100), worker.bucket("narrow", 1, 1)

    calls = [worker.call(wide, narrow) for _ in range(6)]
    talk(worker)
    talk(worker)  # what was not taken goes back

    assert [status(call) for call in calls] == [200, 429, 429, 429, 429, 429]
    assert wide.tokens == 0
    assert authority.level(wide) == 99


def test_a_token_that_was_leased_long_ago_is_worth_nothing(authority: Authority, time: Time) -> None:
    worker = Worker(authority)
    bucket = worker.bucket(rate=100, burst=100)
    for _ in range(3):
        worker.call(bucket)
        talk(worker)
    assert bucket.tokens > 0

    time.now += 0.8
    call = worker.call(bucket)

    assert status(call) is None, "it asks"


def test_what_idles_is_given_back(authority: Authority, time: Time) -> None:
    worker = Worker(authority)
    bucket = worker.bucket(rate=0.001, burst=100)
    for _ in range(4):
        worker.call(bucket)
        talk(worker)
    assert bucket.tokens > 0

    for _ in range(3):
        time.now += 0.25
        talk(worker)

    assert bucket.tokens == bucket.held == 0
    assert authority.level(bucket) == 96


def test_rate_or_burst_of_nothing_admit_nobody_and_ask_nobody(authority: Authority) -> None:
    worker = Worker(authority)

    assert status(worker.call(worker.bucket("a", 0, 10))) == 429
    assert status(worker.call(worker.bucket("b", 10, 0))) == 429
    assert authority.said == []


def test_a_changed_rate_holds_for_the_next_call(authority: Authority) -> None:
    worker = Worker(authority)
    bucket = worker.bucket(rate=0.01, burst=1)
    worker.call(bucket)
    talk(worker)
    assert status(worker.call(bucket)) is None
    talk(worker)
    assert status(worker.call(bucket)) == 429

    wider = worker.bucket(rate=0.01, burst=0)
    assert wider is bucket
    assert status(worker.call(bucket)) == 429
    worker.bucket(rate=1000, burst=5)
    assert status(worker.call(bucket)) is None, "it asks again, by the new rate"
    talk(worker)
    authority.time.now += 0.1
    call = worker.call(bucket)
    talk(worker)

    assert status(call) == 200


def test_an_answer_that_was_lost_counts_nothing_twice(authority: Authority) -> None:
    worker = Worker(authority)
    bucket = worker.bucket(rate=0.001, burst=10)
    authority.loses_answers = True
    call = worker.call(bucket)
    talk(worker)
    assert status(call) == 200, "an open stage goes on by itself"

    authority.loses_answers = False
    talk(worker)

    assert [words.number for words in authority.said] == [1, 1]
    assert worker.leasing.loss.is_away is False


def test_too_many_that_wait_are_refused(authority: Authority) -> None:
    worker = Worker(authority)
    bucket = worker.bucket(rate=10_000, burst=10_000)

    calls = [worker.call(bucket) for _ in range(1001)]

    assert [status(call) for call in calls[-2:]] == [None, 429]


def test_whoever_looks_is_told_who_refused_and_what_is_left(authority: Authority) -> None:
    worker = Worker(authority)
    method, account = worker.bucket("method/a/s/GET /", 10, 20), worker.leasing.bucket("account/x", ACCOUNT, 1.0, 1)
    worker.call(method, account)
    talk(worker)
    talk(worker)
    trace = Trace()
    refused = worker.call(method, account, trace=trace)
    talk(worker)

    told = trace.find("limits")
    assert told is not None
    assert (told["outcome"], told["refused_by"]) == ("refused", "account")
    assert [limit["limit"] for limit in told["limits"]] == [METHOD, ACCOUNT]
    assert "Account throttle limit exceeded. Limit: 1.00 Burst: 1" in str(refused.failure)
    assert orjson.loads(answer(refused).body) == {"message": "Too Many Requests"}


def test_texts_of_refusals_are_those_of_execution_logs(authority: Authority) -> None:
    worker = Worker(authority)
    refused = worker.call(worker.bucket(rate=0, burst=2))

    assert str(refused.failure) == (
        "Method throttle limit exceeded for RestApi a, Stage s, Resource abc123, HttpMethod GET. Limit: 0.00 Burst: 2"
    )


def test_level_counts_what_the_authority_had_left() -> None:
    bucket = Bucket("x", PLAN, 1.0, 10)
    assert bucket.level() == 10
    bucket.hear(3, 1, 0.0, 5, lapsed=True, now=0.0)
    assert bucket.level() == 8
