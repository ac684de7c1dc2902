"""What is counted, how the figures of workers add up, and what Prometheus reads."""

import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from limen.features.metrics import counting
from limen.features.metrics.counting import Metrics, compile_metrics
from limen.features.metrics.totals import MetricsTotals
from limen.gateway.exchange import Response
from tests.support.exchanges import exchange


def count(
    owner: Metrics, route: str, *statuses: int, took: float = 0.02, waited: float | None = None, stage: str = "prod"
) -> None:
    record = compile_metrics(owner.series("abc", stage, route))
    for status in statuses:
        ended = exchange()
        ended.started = time.monotonic() - took
        ended.response = Response(status, [])
        ended.integration_latency = waited
        record(ended)


def samples(text: str) -> dict[str, float]:
    """`name{api,stage,route[,class or le]}` to value, as a Prometheus client reads it."""
    return {
        f"{sample.name}{{{','.join(sample.labels.values())}}}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_errors_and_latencies_are_counted() -> None:
    worker = Metrics()
    count(worker, "GET /a", 200, 204, 404, 500, took=0.02, waited=0.003)
    count(worker, "", 404, took=0.02)
    found = samples(MetricsTotals().render([worker.snapshot()]))
    assert found["limen_requests_total{abc,prod,GET /a}"] == 4
    assert found["limen_errors_total{abc,prod,GET /a,4xx}"] == 1
    assert found["limen_errors_total{abc,prod,GET /a,5xx}"] == 1
    assert found["limen_latency_seconds_bucket{abc,prod,GET /a,0.01}"] == 0
    assert found["limen_latency_seconds_bucket{abc,prod,GET /a,0.25}"] == 4
    assert found["limen_latency_seconds_bucket{abc,prod,GET /a,+Inf}"] == 4
    assert found["limen_latency_seconds_count{abc,prod,GET /a}"] == 4
    assert found["limen_latency_seconds_sum{abc,prod,GET /a}"] == pytest.approx(0.08, abs=0.05)
    assert found["limen_integration_latency_seconds_bucket{abc,prod,GET /a,0.0025}"] == 0
    assert found["limen_integration_latency_seconds_bucket{abc,prod,GET /a,0.005}"] == 4
    assert found["limen_requests_total{abc,prod,}"] == 1
    assert "limen_integration_latency_seconds_count{abc,prod,}" not in found, "nothing waited for a backend"


def test_labels_are_escaped() -> None:
    worker = Metrics()
    count(worker, 'GET /"\\\n', 200)
    assert samples(MetricsTotals().render([worker.snapshot()]))['limen_requests_total{abc,prod,GET /"\\\n}'] == 1


def test_figures_outlive_plans() -> None:
    worker = Metrics()
    count(worker, "GET /a", 200)
    count(worker, "GET /a", 200)
    assert [row[3] for row in worker.snapshot()["rows"]] == [2]


def test_a_snapshot_is_plain_and_does_not_change() -> None:
    worker = Metrics()
    count(worker, "GET /a", 200)
    taken = worker.snapshot()
    count(worker, "GET /a", 200)
    assert (taken["rows"][0][3], sum(taken["rows"][0][7])) == (1, 1)


def requests(totals: MetricsTotals, *workers: Metrics) -> float:
    text = totals.render([worker.snapshot() for worker in workers])
    return samples(text)["limen_requests_total{abc,prod,GET /a}"]


def test_workers_add_up_and_a_dead_one_still_counts() -> None:
    totals = MetricsTotals()
    one, two = Metrics(), Metrics()
    count(one, "GET /a", 200, 200)
    count(two, "GET /a", 200)
    assert requests(totals, one, two) == 3
    assert requests(totals, two) == 3
    reborn = Metrics()
    count(reborn, "GET /a", 200)
    assert requests(totals, reborn, two) == 4
    assert requests(totals, one, two) == 4, "a worker that was silent once is not counted twice"


def test_many_deaths_neither_fill_the_memory_nor_lose_a_request() -> None:
    totals = MetricsTotals()
    for generation in range(200):
        worker = Metrics()
        count(worker, "GET /a", 200)
        assert requests(totals, worker) == generation + 1
    assert len(totals._routes._last) < 100


def test_routes_beyond_the_limit_share_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MAX_ROUTES", 3)
    worker = Metrics()
    for number in range(10):
        count(worker, f"GET /{number}", 200)
    count(worker, "GET /1", 200)
    found = samples(MetricsTotals().render([worker.snapshot()]))
    assert found["limen_requests_total{abc,prod,GET /1}"] == 2
    assert found["limen_requests_total{abc,prod,_other}"] == 7
    assert len(worker.snapshot()["rows"]) == 4


def test_stages_beyond_the_limit_share_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MAX_ROWS", 3)
    worker = Metrics()
    for number in range(10):
        count(worker, "GET /a", 200, stage=f"s{number}")
    rows = worker.snapshot()["rows"]
    assert sum(row[3] for row in rows) == 10
    assert len(rows) <= 5
    assert ["_other", "_other", "_other"] in [row[:3] for row in rows]


def test_a_request_that_was_never_answered_counts() -> None:
    worker = Metrics()
    record = compile_metrics(worker.series("abc", "prod", "GET /a"))
    record(exchange())
    assert worker.snapshot()["rows"][0][3:6] == [1, 0, 0]
