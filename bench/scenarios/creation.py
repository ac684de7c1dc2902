"""Routes made one by one through boto3 with auto-deploy: when each is live, and whether the time grows with them."""

import sys
import time
from itertools import islice
from statistics import quantiles

from bench.client import Probe
from bench.limen_server import LimenServer
from bench.peers import fresh_directory, running_backend
from bench.processes import BenchError
from bench.report import Row, row
from bench.rounds import Options

ROUTES = 2_000
PROMISED = 300
"""So many routes are promised to be live in under 100 ms each."""
SLICE = 500
"""The last so many routes are compared with the first."""


def measure_creation(options: Options) -> list[Row]:
    with running_backend() as backend:
        server = LimenServer(fresh_directory("limen"))
        try:
            server.wait_until_ready()
            called, live = _create_routes(server, f"http://127.0.0.1:{backend}/v1/orders")
        finally:
            server.stop()
    growth = sum(called[-SLICE:]) / sum(called[:SLICE])
    return [
        row(
            "creation", f"route live, p99 of the first {PROMISED}", _p99(live[:PROMISED]) * 1000, "ms", target="<= 100"
        ),
        row("creation", f"route live, p99 of all {ROUTES:,}", _p99(live) * 1000, "ms"),
        row("creation", f"create_route, last {SLICE} to first {SLICE}", growth, "x", target="<= 1.5"),
        row("creation", f"create_route, total of {ROUTES:,}", sum(called), "s"),
    ]


def _create_routes(server: LimenServer, uri: str) -> tuple[list[float], list[float]]:
    """Seconds of each call, and seconds from its start until the route answered."""
    client = server.client()
    api_id = client.create_api(Name="bench", ProtocolType="HTTP")["ApiId"]
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    made = client.create_integration(
        ApiId=api_id,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri=uri,
        PayloadFormatVersion="1.0",
    )
    target = f"integrations/{made['IntegrationId']}"
    probe = Probe(server.port, server.host_of(api_id))
    called, live = [], []
    for number in range(ROUTES):
        began = time.perf_counter()
        client.create_route(ApiId=api_id, RouteKey=f"GET /r{number}/{{id}}", Target=target)
        called.append(time.perf_counter() - began)
        live.append(_wait_for_route(probe, f"/r{number}/1", began))
        if number % SLICE == SLICE - 1:
            print(f"  {number + 1} routes, {called[-1] * 1000:.1f} ms the last call", file=sys.stderr, flush=True)
    probe.close()
    return called, live


def _wait_for_route(probe: Probe, path: str, began: float) -> float:
    while not probe.answers(path):
        if time.perf_counter() - began > 10:
            raise BenchError(f"{path} was not live 10 s after create_route")
    return time.perf_counter() - began


def _p99(values: list[float]) -> float:
    return next(islice(quantiles(values, n=100), 98, None))
