"""Warm functions behind an HTTP API: what the gateway adds, how many a second, and Node beside serverless-offline.

Limen runs with two workers, its functions host and as many environments as there are clients, on all cores; clients
are pinned to one of them, which they share with Limen. What is added is the latency that eight clients see over TLS,
each asking again as soon as it is answered, less what the same eight see who ask the handler's own server over its Unix
socket. On two cores that is the CPU time of a request, eight times, over two: whoever else uses the machine doubles it,
so rounds that others disturbed are repeated, and the rows tell how much CPU time a request took, by processes.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from msgspec import Struct

from bench.client import Probe
from bench.closed_loop import WARM_UP as CLIENT_WARM_UP
from bench.closed_loop import run_closed_loop
from bench.functions import TRIVIAL, create_api, create_function, wait_for_answer
from bench.limen_server import LimenServer
from bench.load import CONNECTIONS, Load, Request, run_wrk
from bench.machine import LOAD_CORE, MAX_FOREIGN
from bench.peers import SCRATCH, fresh_directory
from bench.processes import BenchError, Running, command_of, cpu_seconds
from bench.report import Row, ratio_row, row
from bench.rounds import WARM_UP, Options, run_quietly
from bench.serverless_offline import install_serverless_offline, start_serverless_offline

CLIENTS = 8
WORKERS = 2
ROLES = {"workers": "limen.worker", "host": "limen.functions_host", "environments": "/bootstraps/"}
"""Whose CPU time is told, and a word of their command lines."""


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
        _most_requests(server.url, WARM_UP)
        loads = []
        for _ in range(options.rounds_or(3)):
            load, _ = run_quietly(lambda: _most_requests(server.url, options.seconds), options.idle_timeout)
            loads.append(load)
        throughput = row(
            "functions",
            f"Python function behind an HTTP API, {CONNECTIONS} connections",
            median(load.rate for load in loads),
            "/s",
            target=">= 1500",
            is_sound=not any(load.failed for load in loads),
        )
        return [*_measure_added_latency(server, options), throughput]


class Added(Struct, frozen=True):
    """One round of both: milliseconds, and microseconds of CPU time by role."""

    direct_ms: float
    behind_ms: float
    failed: int
    cpu_us: dict[str, float]


def _measure_added_latency(server: LimenServer, options: Options) -> list[Row]:
    directory = fresh_directory("handler")
    file, source = TRIVIAL["python3.11"]
    (directory / file).write_text(source)
    socket = directory / "handler.sock"
    handler = Running(
        [sys.executable, "-m", "bench.handler_server", socket, directory / file], directory / "output.log"
    )
    rounds: list[Added] = []
    try:
        handler.wait_until(socket.exists)
        for number in range(options.rounds_or(3)):
            added, foreign = run_quietly(lambda: _ask_both(server, str(socket), options.seconds), options.idle_timeout)
            rounds.append(added)
            _tell(number, added, foreign)
    finally:
        handler.stop()
    clients = f"p50, {CLIENTS} clients"
    return [
        row("functions", f"handler over its own Unix socket, {clients}", median(r.direct_ms for r in rounds), "ms"),
        row(
            "functions",
            f"added by gateway and host, {clients}",
            median(r.behind_ms - r.direct_ms for r in rounds),
            "ms",
            target="<= 1.0",
            is_sound=not any(r.failed for r in rounds),
        ),
        *(
            row("functions", f"CPU of a request, {role}", median(r.cpu_us[role] for r in rounds), "us")
            for role in ROLES
        ),
    ]


def _ask_both(server: LimenServer, socket: str, seconds: float) -> Added:
    direct = run_closed_loop(socket, "/hello", seconds=seconds, clients=CLIENTS)
    before = _cpu_seconds(server)
    behind = run_closed_loop(f"127.0.0.1:{server.port}", "/hello", seconds=seconds, clients=CLIENTS)
    asked = behind.rate * (behind.seconds + CLIENT_WARM_UP)
    after = _cpu_seconds(server)
    cpu_us = {role: (after[role] - before[role]) / asked * 1e6 for role in ROLES}
    return Added(direct.p50_ms, behind.p50_ms, direct.failed + behind.failed, cpu_us)


def _cpu_seconds(server: LimenServer) -> dict[str, float]:
    spent = dict.fromkeys(ROLES, 0.0)
    for pid in server.running.tree():
        command = command_of(pid)
        for role, word in ROLES.items():
            if word in command:
                spent[role] += cpu_seconds(pid)
    return spent


def _tell(number: int, added: Added, foreign: float) -> None:
    cpu = " ".join(f"{role} {added.cpu_us[role]:.0f}" for role in ROLES)
    print(
        f"  round {number + 1} p50 {added.behind_ms:.2f} ms, direct {added.direct_ms:.2f} ms; us CPU: {cpu}"
        + (f" (others used {foreign:.2f} cores)" if foreign > MAX_FOREIGN else ""),
        file=sys.stderr,
        flush=True,
    )


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
        for url in (server.url, base):
            _most_requests(url, WARM_UP)
        limen, offline = [], []
        for _ in range(options.rounds_or(3)):
            (ours, theirs), _ = run_quietly(
                lambda: (_most_requests(server.url, options.seconds), _most_requests(base, options.seconds)),
                options.idle_timeout,
            )
            limen.append(ours.rate)
            offline.append(theirs.rate)
    return [ratio_row("functions-node", "Node function, to serverless-offline", limen, offline, "/s", target=">= 2")]


def _most_requests(url: str, seconds: float) -> Load:
    return run_wrk(url, Request("/hello"), seconds=seconds, core=LOAD_CORE, scratch=Path(SCRATCH))


def _wait_for_plain(peer: Running, port: int) -> None:
    probe = Probe(port, is_plain=True)
    peer.wait_until(lambda: probe.answers("/hello"), timeout=60)
    probe.close()
