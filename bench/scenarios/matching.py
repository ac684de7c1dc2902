"""Nanoseconds from a request to its plan, in process: one route against thousands, one API against hundreds."""

import random
import time
from collections.abc import Callable

from bench.report import Row, ratio_row
from bench.rounds import Options
from limen.gateway.errors import NOT_FOUND
from limen.gateway.exchange import Client, Exchange, Response
from limen.gateway.failures import failure_plan
from limen.gateway.paths import Paths
from limen.gateway.resources import Resources
from limen.gateway.route_plan import RoutePlan
from limen.gateway.stage_plan import StagePlan
from limen.gateway.table import Table
from limen.wire import Headers

ROUTES = 5_000
APIS = 500
PROBES = 64
"""Different requests in a row, so that the caches of the processor do not hold just one."""
MATCHES = 20_000
ROUNDS = 15

Match = Callable[[int], object]


def measure_matching(options: Options) -> list[Row]:
    rounds = options.rounds_or(ROUNDS)
    return [
        _compare(
            f"match of {ROUTES:,} routes to one",
            _match_among(1, Paths[str]()),
            _match_among(ROUTES, Paths[str]()),
            rounds,
        ),
        _compare(
            f"match of {ROUTES:,} resources to one",
            _match_among(1, Resources[str]()),
            _match_among(ROUTES, Resources[str]()),
            rounds,
        ),
        _compare(f"dispatch among {APIS} APIs to one", _dispatch_among(1), _dispatch_among(APIS), rounds),
    ]


def _compare(metric: str, few: Match, many: Match, rounds: int) -> Row:
    for match in (few, many):
        _nanoseconds(match)
    pairs = [(_nanoseconds(few), _nanoseconds(many)) for _ in range(rounds)]
    return ratio_row(
        "matching", metric, [many_ns for _, many_ns in pairs], [few_ns for few_ns, _ in pairs], "ns", target="<= 1.5"
    )


def _nanoseconds(match: Match) -> float:
    numbers = [number % PROBES for number in range(MATCHES)]
    began = time.perf_counter_ns()
    for number in numbers:
        match(number)
    return (time.perf_counter_ns() - began) / MATCHES


def _match_among(count: int, paths: Paths[str]) -> Match:
    edit = paths.edit()
    for number in range(count):
        edit.put(f"GET /service{number}/orders/{{id}}", "plan")
    match = edit.done().match
    asked = [b"/service%d/orders/42" % number for number in _choose(count)]

    def run_match(number: int) -> object:
        found = match(b"GET", asked[number])
        assert found is not None
        return found

    return run_match


def _dispatch_among(count: int) -> Match:
    table = Table("localhost")
    for number in range(count):
        table.put(_stage(f"api{number}"))
    exchanges = [_exchange(b"api%d.execute-api.us-east-1.localhost:8443" % number) for number in _choose(count)]

    def run_dispatch(number: int) -> object:
        exchange = exchanges[number]
        exchange.response = None
        table.dispatch(exchange)
        assert exchange.response is not None
        return exchange

    return run_dispatch


def _choose(count: int) -> list[int]:
    chooser = random.Random(7)
    return [chooser.randrange(count) for _ in range(PROBES)]


_ANSWER = Response(200, [])


def _answer(exchange: Exchange) -> None:
    exchange.response = _ANSWER


def _stage(api_id: str) -> StagePlan:
    missing = failure_plan(NOT_FOUND)
    key = "GET /orders/{id}"
    edit = Paths[RoutePlan]().edit()
    edit.put(key, RoutePlan(key, (_answer,), (), (), missing.failure_response))
    return StagePlan(
        account="000000000000",
        region="us-east-1",
        api_id=api_id,
        name="$default",
        variables={},
        paths=edit.done(),
        not_found=missing,
        preflight=missing,
        bad_request=missing,
        body_too_large=missing,
        headers_too_large=missing,
    )


class _Nobody:
    def send(self, exchange: Exchange) -> None:
        """The answer is not what is measured."""


def _exchange(host: bytes) -> Exchange:
    return Exchange(
        b"GET",
        b"/orders/42",
        Headers(),
        b"",
        host=host,
        protocol="HTTP/1.1",
        client=Client("127.0.0.1", 50000, 8443),
        reply=_Nobody(),
        started=0.0,
    )
