"""Warm functions behind an HTTP API: what the gateway adds, how many a second, and Node beside serverless-offline."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from bench.client import Probe
from bench.closed_loop import run_closed_loop
from bench.functions import TRIVIAL, create_api, create_function, wait_for_answer
from bench.limen_server import LimenServer
from bench.load import CONNECTIONS, Load, Request, run_wrk
from bench.machine import LOAD_CORE, wait_until_idle
from bench.peers import SCRATCH, fresh_directory
from bench.processes import BenchError, Running
from bench.report import Row, ratio_row, row
from bench.rounds import WARM_UP, Options
from bench.serverless_offline import install_serverless_offline, start_serverless_offline

CLIENTS = 8
WORKERS = 2


@contextmanager
def running_function(runtime: str, *, workers: int = WORKERS) -> Iterator[LimenServer]:
    """Limen with the trivial function of a runtime behind the only API, warm."""
    server = LimenServer(fresh_directory("limen"), workers=workers)
    try:
        server.wait_until_ready()
        wait_for_answer(server, create_api(server, create_function(server, "hello", runtime)))
        yield server
    finally:
        server.stop()


def measure_functions(options: Options) -> list[Row]:
    with running_function("python3.11") as server:
        load = _most_requests(server.url, options)
        rows = [
            row(
                "functions",
                f"Python function behind an HTTP API, {CONNECTIONS} connections",
                load.rate,
                "/s",
                target=">= 1500",
                is_sound=load.failed == 0,
            )
        ]
        return [*_measure_added_latency(server, options), *rows]


def _measure_added_latency(server: LimenServer, options: Options) -> list[Row]:
    directory = fresh_directory("handler")
    file, source = TRIVIAL["python3.11"]
    (directory / file).write_text(source)
    socket = directory / "handler.sock"
    handler = Running(
        [sys.executable, "-m", "bench.handler_server", socket, directory / file], directory / "output.log"
    )
    added, direct, failed = [], [], 0
    try:
        handler.wait_until(socket.exists)
        for _ in range(options.rounds_or(3)):
            wait_until_idle(options.idle_timeout)
            alone = run_closed_loop(str(socket), "/hello", seconds=options.seconds, clients=CLIENTS)
            behind = run_closed_loop(f"127.0.0.1:{server.port}", "/hello", seconds=options.seconds, clients=CLIENTS)
            added.append(behind.p50_ms - alone.p50_ms)
            direct.append(alone.p50_ms)
            failed += behind.failed
    finally:
        handler.stop()
    return [
        row("functions", f"handler over its own Unix socket, p50, {CLIENTS} clients", median(direct), "ms"),
        row(
            "functions",
            f"added by gateway and host, p50, {CLIENTS} clients",
            median(added),
            "ms",
            target="<= 1.0",
            is_sound=failed == 0,
        ),
    ]


def measure_node(options: Options) -> list[Row]:
    """Both on all cores; the clients on one of them."""
    directory = SCRATCH / "serverless-offline"
    try:
        install_serverless_offline(directory)
    except BenchError as error:
        print(f"  skipped: {error}", file=sys.stderr)
        return []
    with ExitStack() as stack:
        peer, port = start_serverless_offline(directory)
        stack.callback(peer.stop)
        server = stack.enter_context(running_function("nodejs20.x"))
        base = f"http://127.0.0.1:{port}"
        _wait_for_plain(peer, port)
        limen, offline = [], []
        for _ in range(options.rounds_or(3)):
            wait_until_idle(options.idle_timeout)
            limen.append(_most_requests(server.url, options).rate)
            offline.append(_most_requests(base, options).rate)
    return [ratio_row("functions-node", "Node function, to serverless-offline", limen, offline, "/s", target=">= 2")]


def _most_requests(url: str, options: Options) -> Load:
    def load(seconds: float) -> Load:
        return run_wrk(url, Request("/hello"), seconds=seconds, core=LOAD_CORE, scratch=Path(SCRATCH))

    load(WARM_UP)
    return load(options.seconds)


def _wait_for_plain(peer: Running, port: int) -> None:
    probe = Probe(port, is_plain=True)
    peer.wait_until(lambda: probe.answers("/hello"), timeout=60)
    probe.close()
