"""The figures of all workers added up, dead ones too, in the text format of Prometheus."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from msgspec import Struct, convert

from limen.features.metrics.bounds import BOUNDS
from limen.features.metrics.state_losses import StateLosses
from limen.features.metrics.sums import Key, Sums


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
    cache_hits: int = 0
    cache_misses: int = 0

    @property
    def key(self) -> Key:
        return self.api_id, self.stage, self.route

    def zeros(self, key: Key) -> "Row":
        zeros = [0] * len(self.latency)
        return Row(*key, 0, 0, 0, 0.0, zeros, 0.0, zeros)

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
        self.cache_hits += other.cache_hits
        self.cache_misses += other.cache_misses


class AuthorizerRow(Struct, array_like=True):
    """Figures of one authorizer in one stage, as they travel."""

    api_id: str
    stage: str
    authorizer: str
    count: int
    refused: int
    failed: int
    kept: int
    latency_sum: float
    latency: list[int]

    @property
    def key(self) -> Key:
        return self.api_id, self.stage, self.authorizer

    def zeros(self, key: Key) -> "AuthorizerRow":
        return AuthorizerRow(*key, 0, 0, 0, 0, 0.0, [0] * len(self.latency))

    def add(self, other: "AuthorizerRow") -> None:
        self.count += other.count
        self.refused += other.refused
        self.failed += other.failed
        self.kept += other.kept
        self.latency_sum += other.latency_sum
        self.latency = [a + b for a, b in zip(self.latency, other.latency, strict=True)]


class MetricsTotals:
    """Owned by the control process."""

    def __init__(self) -> None:
        self._routes: Sums[Row] = Sums()
        self._authorizers: Sums[AuthorizerRow] = Sums()
        self._state_losses = StateLosses()

    def render(self, snapshots: Collection[dict[str, Any]]) -> str:
        """The totals as Prometheus text, with `snapshots` of the workers that answered this time."""
        routes = self._routes.update([(each["worker"], convert(each["rows"], list[Row])) for each in snapshots])
        authorizers = self._authorizers.update(
            [(each["worker"], convert(each.get("authorizers", []), list[AuthorizerRow])) for each in snapshots]
        )
        return _text(routes) + _authorizer_text(authorizers) + self._state_losses.render(snapshots)


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
    lines += _caches(labelled)
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


def _authorizer_text(rows: Iterable[AuthorizerRow]) -> str:
    labelled = sorted((_labels(row, "authorizer"), row) for row in rows)
    if not labelled:
        return ""
    lines = [
        "# HELP limen_authorizer_requests_total Requests that an authorizer decided on.",
        "# TYPE limen_authorizer_requests_total counter",
    ]
    for labels, row in labelled:
        allowed = row.count - row.refused - row.failed
        for outcome, count in (("allowed", allowed), ("refused", row.refused), ("failed", row.failed)):
            lines.append(f'limen_authorizer_requests_total{{{labels},outcome="{outcome}"}} {count}')
    lines += [
        "# HELP limen_authorizer_kept_total Requests that an authorizer decided on from memory.",
        "# TYPE limen_authorizer_kept_total counter",
        *(f"limen_authorizer_kept_total{{{labels}}} {row.kept}" for labels, row in labelled),
        "# HELP limen_authorizer_latency_seconds Time that an authorizer took where it had to find out.",
        "# TYPE limen_authorizer_latency_seconds histogram",
    ]
    for labels, row in labelled:
        if any(row.latency):
            lines += _histogram("limen_authorizer_latency_seconds", labels, row.latency, row.latency_sum)
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


def _caches(labelled: list[tuple[str, Row]]) -> Iterator[str]:
    """Of methods that cache; CloudWatch's CacheHitCount and CacheMissCount."""
    for name, help_text in (
        ("hits", "Requests answered with a response that was kept."),
        ("misses", "Requests to cached methods that went to the backend."),
    ):
        yield f"# HELP limen_cache_{name}_total {help_text}"
        yield f"# TYPE limen_cache_{name}_total counter"
        for labels, row in labelled:
            if row.cache_hits or row.cache_misses:
                yield f"limen_cache_{name}_total{{{labels}}} {row.cache_hits if name == 'hits' else row.cache_misses}"


def _histogram(name: str, labels: str, buckets: list[int], total: float) -> Iterator[str]:
    cumulative = 0
    for bound, count in zip(BOUNDS, buckets, strict=False):
        cumulative += count
        yield f'{name}_bucket{{{labels},le="{bound}"}} {cumulative}'
    cumulative += buckets[-1]
    yield f'{name}_bucket{{{labels},le="+Inf"}} {cumulative}'
    yield f"{name}_sum{{{labels}}} {total}"
    yield f"{name}_count{{{labels}}} {cumulative}"


def _labels(row: Row | AuthorizerRow, third: str = "route") -> str:
    api_id, stage, name = map(_escape, row.key)
    return f'api="{api_id}",stage="{stage}",{third}="{name}"'


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
