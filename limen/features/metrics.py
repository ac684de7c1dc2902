"""What is counted of each API, stage and route, as CloudWatch counts it: Count, 4xx, 5xx and two latencies.

A worker counts in plain integers and hands out snapshots as plain data; the control process adds those of all workers
up, dead ones too, and writes them in the text format of Prometheus.
"""

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from time import monotonic
from typing import Any

from msgspec import Struct, convert

from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import Record

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histograms' buckets in seconds; 30 s is the longest that an HTTP API waits."""

MAX_ROUTES = 1_000
"""Routes of a stage with figures of their own: AWS allows 300; what is beyond shares one row."""
MAX_ROWS = 20_000
"""Rows of a worker: past it, stages share one row."""
OTHER = "_other"

# --- what it becomes


def compile_metrics(series: "Series") -> Record:
    """A record that counts an exchange; 0.4 us."""
    latency, integration = series.latency, series.integration_latency

    def count(exchange: Exchange) -> None:
        series.count += 1
        response = exchange.response
        if response is not None and response.status >= 400:
            if response.status >= 500:
                series.server_errors += 1
            else:
                series.client_errors += 1
        seconds = monotonic() - exchange.started
        series.latency_sum += seconds
        latency[bisect_left(BOUNDS, seconds)] += 1
        waited = exchange.integration_latency
        if waited is not None:
            series.integration_latency_sum += waited
            integration[bisect_left(BOUNDS, waited)] += 1

    return count


# --- what it remembers


class Row(Struct, array_like=True):
    """Figures of one API, stage and route, as they travel; buckets are counts of their own, not cumulative."""

    api_id: str
    stage: str
    route: str
    count: int
    client_errors: int
    server_errors: int
    latency_sum: float
    latency: list[int]
    integration_latency_sum: float
    integration_latency: list[int]

    def add(self, other: "Row") -> None:
        self.count += other.count
        self.client_errors += other.client_errors
        self.server_errors += other.server_errors
        self.latency_sum += other.latency_sum
        self.latency = [a + b for a, b in zip(self.latency, other.latency, strict=True)]
        self.integration_latency_sum += other.integration_latency_sum
        pairs = zip(self.integration_latency, other.integration_latency, strict=True)
        self.integration_latency = [a + b for a, b in pairs]


class Series:
    """The figures of one row while a worker counts."""

    __slots__ = (
        "client_errors",
        "count",
        "integration_latency",
        "integration_latency_sum",
        "latency",
        "latency_sum",
        "server_errors",
    )

    def __init__(self) -> None:
        self.count = 0
        self.client_errors = 0
        self.server_errors = 0
        self.latency_sum = 0.0
        self.latency = [0] * (len(BOUNDS) + 1)
        self.integration_latency_sum = 0.0
        self.integration_latency = [0] * (len(BOUNDS) + 1)


class Metrics:
    """Owned by a worker; figures outlive the plans that count into them."""

    def __init__(self) -> None:
        self._worker = os.urandom(8).hex()
        self._stages: dict[tuple[str, str], dict[str, Series]] = {}
        self._rows = 0

    def series(self, api_id: str, stage: str, route: str) -> Series:
        """The figures of a route, made when it is first asked for; `route` is "" for what no route answers."""
        routes = self._stages.get((api_id, stage))
        if routes is None:
            if self._rows >= MAX_ROWS:
                api_id = stage = route = OTHER
            routes = self._stages.setdefault((api_id, stage), {})
        found = routes.get(route)
        if found is None:
            if len(routes) >= MAX_ROUTES or self._rows >= MAX_ROWS:
                route = OTHER
            found = routes.setdefault(route, Series())
            self._rows += 1
        return found

    def snapshot(self) -> dict[str, Any]:
        """The rows that have counted anything, with a name of this worker's that no other ever has."""
        rows = [
            [
                api_id,
                stage,
                route,
                series.count,
                series.client_errors,
                series.server_errors,
                series.latency_sum,
                list(series.latency),
                series.integration_latency_sum,
                list(series.integration_latency),
            ]
            for (api_id, stage), routes in self._stages.items()
            for route, series in routes.items()
            if series.count
        ]
        return {"worker": self._worker, "rows": rows}


# --- what the control process makes of it


class MetricsTotals:
    """Owned by the control process: totals that do not go down when a worker dies or does not answer."""

    def __init__(self) -> None:
        self._last: dict[str, list[Row]] = {}
        """The newest rows of each worker, the one that was heard of last at the end."""
        self._retired: dict[tuple[str, str, str], Row] = {}
        """The sums of workers that are long dead."""

    def render(self, snapshots: Mapping[Any, Any]) -> str:
        """The totals as Prometheus text, with `snapshots` of the workers that answered this time."""
        for snapshot in snapshots.values():
            worker = snapshot["worker"]
            self._last.pop(worker, None)
            self._last[worker] = convert(snapshot["rows"], list[Row])
        while len(self._last) > 2 * len(snapshots) + REMEMBERED_WORKERS:
            _add(self._retired, self._last.pop(next(iter(self._last))))
        totals: dict[tuple[str, str, str], Row] = {}
        for rows in (self._retired.values(), *self._last.values()):
            _add(totals, rows)
        return _text(totals.values())


REMEMBERED_WORKERS = 64
"""Silent workers whose rows are kept apart, in case they answer again."""


def _add(totals: dict[tuple[str, str, str], Row], rows: Iterable[Row]) -> None:
    for row in rows:
        key = (row.api_id, row.stage, row.route)
        if key not in totals and len(totals) >= 2 * MAX_ROWS:
            key = (OTHER, OTHER, OTHER)
        total = totals.get(key)
        if total is None:
            zeros = [0] * len(row.latency)
            total = totals[key] = Row(*key, 0, 0, 0, 0.0, zeros, 0.0, zeros)
        total.add(row)


def _text(rows: Iterable[Row]) -> str:
    """The text format of Prometheus, which is simple and here has 300 routes times 40 lines."""
    labelled = sorted((_labels(row), row) for row in rows)
    lines = ["# HELP limen_requests_total Requests answered.", "# TYPE limen_requests_total counter"]
    lines += [f"limen_requests_total{{{labels}}} {row.count}" for labels, row in labelled]
    lines += ["# HELP limen_errors_total Requests answered with an error.", "# TYPE limen_errors_total counter"]
    for labels, row in labelled:
        lines.append(f'limen_errors_total{{{labels},class="4xx"}} {row.client_errors}')
        lines.append(f'limen_errors_total{{{labels},class="5xx"}} {row.server_errors}')
    lines += [
        "# HELP limen_latency_seconds Time from the first byte of a request to its response.",
        "# TYPE limen_latency_seconds histogram",
    ]
    for labels, row in labelled:
        lines += _histogram("limen_latency_seconds", labels, row.latency, row.latency_sum)
    lines += [
        "# HELP limen_integration_latency_seconds Time from a request to a backend to its response.",
        "# TYPE limen_integration_latency_seconds histogram",
    ]
    for labels, row in labelled:
        if any(row.integration_latency):
            buckets, total = row.integration_latency, row.integration_latency_sum
            lines += _histogram("limen_integration_latency_seconds", labels, buckets, total)
    return "\n".join(lines) + "\n"


def _histogram(name: str, labels: str, buckets: list[int], total: float) -> Iterator[str]:
    cumulative = 0
    for bound, count in zip(BOUNDS, buckets, strict=False):
        cumulative += count
        yield f'{name}_bucket{{{labels},le="{bound}"}} {cumulative}'
    cumulative += buckets[-1]
    yield f'{name}_bucket{{{labels},le="+Inf"}} {cumulative}'
    yield f"{name}_sum{{{labels}}} {total}"
    yield f"{name}_count{{{labels}}} {cumulative}"


def _labels(row: Row) -> str:
    return f'api="{_escape(row.api_id)}",stage="{_escape(row.stage)}",route="{_escape(row.route)}"'


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
