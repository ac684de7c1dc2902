"""What is counted of authorizers: outcomes, answers from memory, the time that others took."""

from typing import Any

import pytest

from limen.features.metrics import authorizers
from limen.features.metrics.authorizers import authorizer_of, compile_authorizer_metrics
from limen.features.metrics.counting import Metrics
from limen.features.metrics.totals import MetricsTotals
from tests.features.metrics.test_metrics import samples
from tests.support.exchanges import exchange

Decided = tuple[int | None, float | None]
"""Status and latency of an authorizer."""


def count(owner: Metrics, authorizer: str, *decided: Decided) -> None:
    record = compile_authorizer_metrics(owner.authorizers.series("abc", "prod", authorizer))
    for status, latency in decided:
        ended = exchange()
        ended.authorizer_status, ended.authorizer_latency = status, latency
        record(ended)


def read(*workers: Metrics) -> dict[str, float]:
    found = samples(MetricsTotals().render([worker.snapshot() for worker in workers]))
    return {name: value for name, value in found.items() if name.startswith("limen_authorizer")}


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({}, ""),
        ({"authorizationType": "NONE", "authorizerId": "a1"}, ""),
        ({"authorizationType": "AWS_IAM"}, "AWS_IAM"),
        ({"authorizationType": "JWT", "authorizerId": "a1"}, "a1"),
    ],
)
def test_rows_are_named_by_ids(document: dict[str, Any], name: str) -> None:
    assert authorizer_of(document) == name


def test_outcomes_and_what_came_from_memory_are_counted() -> None:
    worker = Metrics()
    count(worker, "a1", (200, 0.02), (200, 0.0), (403, 0.0), (401, None), (500, 0.3), (None, 29.0), (None, None))
    found = read(worker)

    outcomes = [
        found[f"limen_authorizer_requests_total{{abc,prod,a1,{each}}}"] for each in ("allowed", "refused", "failed")
    ]
    assert outcomes == [2, 2, 2]
    assert found["limen_authorizer_kept_total{abc,prod,a1}"] == 2
    assert found["limen_authorizer_latency_seconds_count{abc,prod,a1}"] == 3
    assert found["limen_authorizer_latency_seconds_bucket{abc,prod,a1,0.025}"] == 1
    assert found["limen_authorizer_latency_seconds_sum{abc,prod,a1}"] == pytest.approx(29.32)


def test_a_known_token_is_memory_and_a_signature_is_not() -> None:
    worker = Metrics()
    count(worker, "jwt", (200, None))
    count(worker, "AWS_IAM", (200, None), (403, None))
    found = read(worker)

    assert found["limen_authorizer_kept_total{abc,prod,jwt}"] == 1
    assert found["limen_authorizer_kept_total{abc,prod,AWS_IAM}"] == 0
    assert found["limen_authorizer_requests_total{abc,prod,AWS_IAM,refused}"] == 1
    assert not [name for name in found if "latency" in name]


def test_workers_add_up_and_there_is_nothing_without_authorizers() -> None:
    one, other = Metrics(), Metrics()
    count(one, "a1", (200, 0.02))
    count(other, "a1", (200, 0.02), (403, 0.0))

    assert read(one, other)["limen_authorizer_requests_total{abc,prod,a1,allowed}"] == 2
    assert read(Metrics()) == {}


def test_authorizers_beyond_the_limit_share_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorizers, "MAX_AUTHORIZERS", 2)
    worker = Metrics()
    for number in range(5):
        count(worker, f"a{number}", (200, 0.0))

    assert read(worker)["limen_authorizer_requests_total{abc,prod,_other,allowed}"] == 3


def test_stages_beyond_the_limit_share_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorizers, "MAX_ROWS", 2)
    owner = Metrics()
    for number in range(5):
        compile_authorizer_metrics(owner.authorizers.series(f"api{number}", "prod", "a"))

    assert len(owner.authorizers._stages) == 3
