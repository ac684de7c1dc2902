"""Functions that wait: two hundred at once; and code that is replaced fifty times under load."""

import sys
import time

from bench.closed_loop import run_at_once
from bench.functions import WAITING, create_api, create_function, wait_for_answer, zipped
from bench.limen_server import LimenServer
from bench.peers import fresh_directory
from bench.report import Row, row
from bench.rounds import Options
from bench.steady import SteadyLoad

AT_ONCE = 200
UPDATES = 50
RATE = 300
"""Requests a second around the updates."""


def measure_waiting(options: Options) -> list[Row]:
    server = LimenServer(fresh_directory("limen"), workers=2)
    try:
        server.wait_until_ready()
        wait_for_answer(server, create_api(server, create_function(server, "waits", source=WAITING, Timeout=60)))
        cold = run_at_once(server.port, "/hello", AT_ONCE)
        warm = [run_at_once(server.port, "/hello", AT_ONCE) for _ in range(options.rounds_or(3))]
        best = min(each.seconds for each in warm)
        failed = cold.failed + sum(each.failed for each in warm)
        return [
            row("waiting", f"{AT_ONCE} at once that wait 100 ms each, cold", cold.seconds, "s"),
            row("waiting", f"{AT_ONCE} at once that wait 100 ms each, warm", best, "s", target="<= 1.5"),
            row("waiting", "failed of these", failed, "", target="<= 0"),
            *_measure_updates(server),
        ]
    finally:
        server.stop()


def _measure_updates(server: LimenServer) -> list[Row]:
    arn = create_function(server, "updated")
    host = create_api(server, arn)
    wait_for_answer(server, host)
    client = server.client("lambda")
    with SteadyLoad(server.port, host, "/hello", RATE) as load:
        for number in range(UPDATES):
            source = f"def handler(event, context):\n    return {{'statusCode': 200, 'body': '{number}'}}\n"
            client.update_function_code(FunctionName=arn, ZipFile=zipped("app.py", source))
            time.sleep(0.1)
    if load.failures:
        print(f"  failed: {load.failures}", file=sys.stderr)
    failed = sum(load.failures.values())
    return [
        row("waiting", f"failed requests around {UPDATES} updates of the code", failed, "", target="<= 0"),
        row("waiting", "requests answered around the updates", load.answered, ""),
    ]
