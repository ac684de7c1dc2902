"""What a product costs: key, plan, quota and throttles on a REST route, beside the route without them and nginx."""

import random
import string
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from bench.client import Probe
from bench.limen_server import LimenServer
from bench.load import Request
from bench.machine import PROXY_CORE, pin
from bench.peers import Peer, fresh_directory, running_backend, running_nginx
from bench.processes import proportional_megabytes
from bench.products import put_product, running_redis
from bench.report import Row, ratio_row, row
from bench.rounds import Options, Round, run_rounds

KEYS, PLANS = 100_000, 1_000
KEYS_AT_ONCE = 5_000
"""Of one file of ImportApiKeys, which AWS bounds by its size."""


def measure_limits(options: Options) -> list[Row]:
    with running_backend() as backend, running_nginx(backend) as nginx, running_product(backend) as (free, sold, key):
        rounds = run_rounds([nginx, free, sold], _request(key), options)
    return [
        _cpu_row("limits", "product route: CPU per request to nginx", rounds["sold"], rounds["nginx"], "<= 2.7"),
        _cpu_row("limits", "product route: CPU per request to a REST route", rounds["sold"], rounds["free"], "<= 1.3"),
    ]


def measure_limits_on_valkey(options: Options) -> list[Row]:
    with (
        running_backend() as backend,
        running_redis() as state,
        running_product(backend, f"--state={state}") as (free, sold, key),
    ):
        rounds = run_rounds([free, sold], _request(key), options)
    metric = "product route on Redis: CPU per request to a REST route"
    return [_cpu_row("limits-valkey", metric, rounds["sold"], rounds["free"], "<= 1.5")]


def measure_keys(options: Options) -> list[Row]:
    """The same route of the same server, with ten keys and with a hundred thousand in a thousand plans."""
    with running_backend() as backend, ExitStack() as stack:
        server, key = _start_product(stack, backend, ())
        sold = Peer("sold", server.running, server.port, "/prod/sold")
        few = run_rounds([sold], _request(key), options)["sold"]
        _add_keys_and_plans(server)
        many = run_rounds([sold], _request(key), options)["sold"]
        [worker] = server.worker_pids()
        memory = proportional_megabytes(worker)
    return [
        _cpu_row("keys", f"{KEYS:,} keys, {PLANS:,} plans: CPU per request to one key", many, few, "<= 1.1"),
        row("keys", f"worker with {KEYS:,} keys", memory, "MB PSS", target="<= 200"),
    ]


@contextmanager
def running_product(backend: int, *arguments: str) -> Iterator[tuple[Peer, Peer, str]]:
    """The route without a key, the one with everything, and a key for it."""
    with ExitStack() as stack:
        server, key = _start_product(stack, backend, arguments)
        peers = [Peer(name, server.running, server.port, f"/prod/{name}") for name in ("free", "sold")]
        yield peers[0], peers[1], key


def _start_product(stack: ExitStack, backend: int, arguments: tuple[str, ...]) -> tuple[LimenServer, str]:
    server = LimenServer(fresh_directory("limen"), arguments=arguments)
    stack.callback(server.stop)
    server.wait_until_ready()
    _, key = put_product(server, f"http://127.0.0.1:{backend}")
    probe = Probe(server.port)
    server.running.wait_until(partial(probe.answers, "/prod/free/42"))
    probe.close()
    pin(server.running.pid, PROXY_CORE)
    return server, key


def _add_keys_and_plans(server: LimenServer) -> None:
    client: Any = server.client("apigateway")
    plans = [client.create_usage_plan(name=f"plan {number}")["id"] for number in range(PLANS)]
    chosen = random.Random(1)
    for first in range(0, KEYS, KEYS_AT_ONCE):
        lines = ["name,key,enabled,usageplanIds"]
        for number in range(first, first + KEYS_AT_ONCE):
            value = "".join(chosen.choices(string.ascii_letters, k=40))
            lines.append(f"key {number},{value},true,{plans[number % PLANS]}")
        client.import_api_keys(body="\n".join(lines).encode(), format="csv", failOnWarnings=True)
        print(f"  {first + KEYS_AT_ONCE:,} keys", file=sys.stderr)


def _request(key: str) -> Request:
    return Request("/42", {"x-api-key": key})


def _cpu_row(scenario: str, metric: str, measured: list[Round], baseline: list[Round], target: str) -> Row:
    return ratio_row(
        scenario,
        metric,
        [each.cpu_us for each in measured],
        [each.cpu_us for each in baseline],
        "us",
        target=target,
        is_sound=not any(each.load.failed for each in measured),
    )
