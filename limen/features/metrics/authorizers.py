"""What a worker counts of each authorizer: whom it let in, whom it did not, what it answered from memory, how long."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

from limen.features.metrics.bounds import BOUNDS, MAX_ROWS, OTHER
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import Record

IAM = "AWS_IAM"
"""What stands for the id of an authorizer where a signature is asked for."""
MAX_AUTHORIZERS = 100
"""Of a stage, with figures of their own: AWS allows 10; what is beyond shares one row."""


def authorizer_of(document: Mapping[str, Any]) -> str:
    """Of a route or method: the id of its authorizer, IAM, or "" where anyone may call it."""
    kind = document.get("authorizationType", "NONE")
    if kind == "NONE":
        return ""
    return IAM if kind == IAM else document.get("authorizerId") or ""


def compile_authorizer_metrics(series: "AuthorizerSeries") -> Record:
    """A record that counts what an authorizer did with an exchange, where it came so far."""
    latency, keeps = series.latency, series.keeps

    def count(exchange: Exchange) -> None:
        status, seconds = exchange.authorizer_status, exchange.authorizer_latency
        if status is None and seconds is None:
            return
        series.count += 1
        if status is None or status >= 500:
            series.failed += 1
        elif status >= 400:
            series.refused += 1
        if seconds:
            series.latency_sum += seconds
            latency[bisect_left(BOUNDS, seconds)] += 1
        elif keeps and status in _ANSWERED:
            series.kept += 1

    return count


_ANSWERED = frozenset({200, 403})
"""What an answer comes to that was given before; 401 is said to who brings nothing that could be asked about."""


class AuthorizerSeries:
    """The figures of one row while a worker counts."""

    __slots__ = ("count", "failed", "keeps", "kept", "latency", "latency_sum", "refused")

    def __init__(self, keeps: bool) -> None:
        self.keeps = keeps
        """Whether it may answer from memory."""
        self.count = 0
        self.refused = 0
        self.failed = 0
        self.kept = 0
        self.latency_sum = 0.0
        self.latency = [0] * (len(BOUNDS) + 1)


class AuthorizerFigures:
    """Owned by the metrics of a worker; figures outlive the plans that count into them."""

    def __init__(self) -> None:
        self._stages: dict[tuple[str, str], dict[str, AuthorizerSeries]] = {}
        self._rows = 0

    def series(self, api_id: str, stage: str, authorizer: str) -> AuthorizerSeries:
        if self._rows >= MAX_ROWS and (api_id, stage) not in self._stages:
            api_id = stage = OTHER
        rows = self._stages.setdefault((api_id, stage), {})
        if authorizer not in rows and (len(rows) >= MAX_AUTHORIZERS or self._rows >= MAX_ROWS):
            authorizer = OTHER
        found = rows.get(authorizer)
        if found is None:
            found = rows[authorizer] = AuthorizerSeries(authorizer != IAM)
            self._rows += 1
        return found

    def snapshot(self) -> list[list[Any]]:
        """The rows that have counted anything; see authorizer_totals.AuthorizerRow."""
        return [
            [
                *(api_id, stage, authorizer),
                *(series.count, series.refused, series.failed, series.kept, series.latency_sum, list(series.latency)),
            ]
            for (api_id, stage), rows in self._stages.items()
            for authorizer, series in rows.items()
            if series.count
        ]
