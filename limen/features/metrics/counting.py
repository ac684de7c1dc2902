"""What a worker counts of each API, stage and route, in plain integers that it hands out as plain data."""

import os
from bisect import bisect_left
from time import monotonic
from typing import Any

from limen.features.metrics.authorizers import AuthorizerFigures
from limen.features.metrics.bounds import BOUNDS, MAX_ROWS, OTHER
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import Record

MAX_ROUTES = 1_000
"""Routes of a stage with figures of their own: AWS allows 300; what is beyond shares one row."""


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


class Series:
    """The figures of one row while a worker counts."""

    __slots__ = (
        "cache_hits",
        "cache_misses",
        "client_errors",
        "count",
        "integration_latency",
        "integration_latency_sum",
        "latency",
        "latency_sum",
        "over_quota",
        "refused_keys",
        "server_errors",
        "throttled",
    )

    def __init__(self) -> None:
        self.count = 0
        self.client_errors = 0
        self.server_errors = 0
        self.latency_sum = 0.0
        self.latency = [0] * (len(BOUNDS) + 1)
        self.integration_latency_sum = 0.0
        self.integration_latency = [0] * (len(BOUNDS) + 1)
        self.throttled = 0
        self.over_quota = 0
        self.refused_keys = 0
        """Refused for want of a key that is in a plan of the stage."""
        self.cache_hits = 0
        self.cache_misses = 0


class Metrics:
    """Owned by a worker; figures outlive the plans that count into them."""

    def __init__(self) -> None:
        self._worker = os.urandom(8).hex()
        self._stages: dict[tuple[str, str], dict[str, Series]] = {}
        self._rows = 0
        self.authorizers = AuthorizerFigures()

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
                series.throttled,
                series.over_quota,
                series.refused_keys,
                series.cache_hits,
                series.cache_misses,
            ]
            for (api_id, stage), routes in self._stages.items()
            for route, series in routes.items()
            if series.count
        ]
        return {"worker": self._worker, "rows": rows, "authorizers": self.authorizers.snapshot()}
