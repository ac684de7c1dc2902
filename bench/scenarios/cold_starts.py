"""From nothing to the first answer of a function, and from a saved file to the answer that shows it."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.client import Probe
from bench.functions import create_api, create_function, wait_for_answer
from bench.limen_server import LimenServer
from bench.machine import wait_until_idle
from bench.peers import fresh_directory
from bench.processes import BenchError
from bench.report import Row, row
from bench.rounds import Options

ROUNDS = 7
LIMITS_MS = {"python3.11": 120, "nodejs20.x": 150}
EDITS = 7


def measure_cold_starts(options: Options) -> list[Row]:
    directory = fresh_directory("limen")
    server = LimenServer(directory)
    try:
        server.wait_until_ready()
        wait_for_answer(server, create_api(server, create_function(server, "first")))
        rounds = options.rounds_or(ROUNDS)
        rows = [_measure_runtime(server, runtime, most, rounds, options) for runtime, most in LIMITS_MS.items()]
        return [*rows, _measure_edits(server, directory / "live")]
    finally:
        server.stop()


def _measure_runtime(server: LimenServer, runtime: str, most: int, rounds: int, options: Options) -> Row:
    """The first request to functions that nobody has called: from the client's side, the whole of it."""
    times = []
    for number in range(rounds):
        host = create_api(server, create_function(server, f"cold-{runtime.partition('.')[0]}-{number}", runtime))
        wait_until_idle(options.idle_timeout)
        probe = Probe(server.port, host)
        probe.connect()
        times.append(_seconds(lambda probe=probe: probe.get("/hello")) * 1000)  # type: ignore[misc]
        probe.close()
    return row("cold-starts", f"first answer of an empty {runtime} function", median(times), "ms", target=f"<= {most}")


def _measure_edits(server: LimenServer, directory: Path) -> Row:
    directory.mkdir()
    file = directory / "app.py"
    file.write_text(_source("0"))
    code = {"S3Bucket": "local-directory", "S3Key": str(directory)}
    host = create_api(server, create_function(server, "live", Code=code))
    wait_for_answer(server, host)
    probe = Probe(server.port, host)
    times = []
    for edit in range(1, EDITS + 1):
        time.sleep(0.5)
        file.write_text(_source(str(edit)))
        times.append(_seconds(lambda edit=edit: _wait_for(probe, str(edit).encode())) * 1000)  # type: ignore[misc]
    probe.close()
    return row("cold-starts", "an edit is live, median", median(times), "ms", target="<= 300")


def _source(word: str) -> str:
    return f"def handler(event, context):\n    return {{'statusCode': 200, 'body': '{word}'}}\n"


def _wait_for(probe: Probe, body: bytes) -> None:
    began = time.perf_counter()
    while probe.get("/hello")[1] != body:
        if time.perf_counter() - began > 10:
            raise BenchError("an edit was not live within 10 s")
        time.sleep(0.002)


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
