"""The figures of all workers added up, dead ones too, in the text format of Prometheus."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec import Struct, convert

from limen.features.metrics.counting import BOUNDS, MAX_ROWS, OTHER


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
    throttled: int = 0
    over_quota: int = 0
    refused_keys: int = 0

    def add(self, other: "Row") -> None:
        self.count += other.count
        self.client_errors += other.client_errors
        self.server_errors += other.server_errors
        self.latency_sum += other.latency_sum
        self.latency = [a + b for a, b in zip(self.latency, other.latency, strict=True)]
        self.integration_latency_sum += other.integration_latency_sum
        pairs = zip(self.integration_latency, other.integration_latency, strict=True)
        self.integration_latency = [a + b for a, b in pairs]
        self.throttled += other.throttled
        self.over_quota += other.over_quota
        self.refused_keys += other.refused_keys


class MetricsTotals:
    """Owned by the control process: totals that do not go down when a worker dies or does not answer."""

    def __init__(self) -> None:
        self._last: dict[str, list[Row]] = {}
        """The newest rows of each worker, the one that was heard of last at the end."""
        self._retired: dict[tuple[str, str, str], Row] = {}
        """The sums of workers that are long dead."""

    def render(self, snapshots: Collection[dict[str, Any]]) -> str:
        """The totals as Prometheus text, with `snapshots` of the workers that answered this time."""
        for snapshot in snapshots:
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
    lines += _refusals(labelled)
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


def _refusals(labelled: list[tuple[str, Row]]) -> Iterator[str]:
    """Of routes that refused any, by reason, as gateway responses name it."""
    yield "# HELP limen_refused_total Requests refused by a limit, or for want of an API key."
    yield "# TYPE limen_refused_total counter"
    for labels, row in labelled:
        counts = (
            ("THROTTLED", row.throttled),
            ("QUOTA_EXCEEDED", row.over_quota),
            ("INVALID_API_KEY", row.refused_keys),
        )
        for reason, count in counts:
            if count:
                yield f'limen_refused_total{{{labels},reason="{reason}"}} {count}'


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
