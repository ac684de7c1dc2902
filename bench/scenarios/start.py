"""From the command to the first answer over TLS, with an empty data directory."""

import time
from statistics import median

from bench.client import Probe
from bench.limen_server import LimenServer, proxy_api, write_api
from bench.machine import wait_until_idle
from bench.peers import fresh_directory, running_backend
from bench.report import Row, row
from bench.rounds import Options

ROUNDS = 5


def measure_start(options: Options) -> list[Row]:
    with running_backend() as backend:
        _start_once(backend, options)  # leaves byte code, as an installation does
        times = [_start_once(backend, options) for _ in range(options.rounds_or(ROUNDS))]
    return [
        row("start", "first answer after the command, median", median(times), "s", target="<= 1"),
        row("start", "first answer after the command, slowest", max(times), "s"),
    ]


def _start_once(backend: int, options: Options) -> float:
    directory = fresh_directory("limen")
    file = write_api(proxy_api(backend), directory / "openapi.json")
    wait_until_idle(options.idle_timeout)
    began = time.perf_counter()
    server = LimenServer(directory, file, environment={"PYTHONDONTWRITEBYTECODE": ""})
    try:
        probe = Probe(server.port)
        server.running.wait_until(lambda: probe.answers("/orders/42"))
        took = time.perf_counter() - began
        probe.close()
        return took
    finally:
        server.stop()
