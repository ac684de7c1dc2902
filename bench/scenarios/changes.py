"""One route of a large API changed a hundred times under load, beside 200 other APIs: when all workers have it."""

import json
import sys
import time
from itertools import cycle
from statistics import median, quantiles
from typing import Any

from bench.client import Probe
from bench.limen_server import LimenServer, integration
from bench.peers import fresh_directory, running_backend
from bench.processes import BenchError
from bench.report import Row, row
from bench.rounds import Options
from bench.steady import SteadyLoad

APIS = 200
ROUTES = 300
CHANGES = 100
REQUESTS = 10_000
RATE = 1_000
"""Requests a second around the changes."""
WORKERS = 2
PROBES = 8
"""Connections that look for a change: with so many, each worker has at least one (all but 1 run in 128)."""


def measure_changes(options: Options) -> list[Row]:
    with running_backend() as backend:
        server = LimenServer(fresh_directory("limen"), workers=WORKERS)
        try:
            server.wait_until_ready()
            return _measure(server, f"http://127.0.0.1:{backend}")
        finally:
            server.stop()


def _measure(server: LimenServer, backend: str) -> list[Row]:
    client = server.client()
    for number in range(APIS - 1):
        client.create_api(Name=f"other-{number}", ProtocolType="HTTP", Target=f"{backend}/v1/orders")
    api_id, changing = _create_large_api(client, backend)
    host = server.host_of(api_id)
    probes = [Probe(server.port, host) for _ in range(PROBES)]
    _wait_for(probes, "/route0/1", b"a", time.perf_counter())
    with SteadyLoad(server.port, host, "/route1/1", RATE) as load:
        began = time.monotonic()
        live = []
        for _, side in zip(range(CHANGES), cycle("ba"), strict=False):
            live.append(_change(client, api_id, changing, f"{backend}/{side}", probes, side.encode()))
            time.sleep(max(0.0, REQUESTS / RATE / CHANGES - live[-1]))
        time.sleep(max(0.0, REQUESTS / RATE * 1.05 - (time.monotonic() - began)))
    if load.failures:
        print(f"  failed: {load.failures}", file=sys.stderr)
    p99 = quantiles(live, n=100)[98] * 1000
    metric = f"change live in {WORKERS} workers, p99 of {CHANGES} ({ROUTES} routes, {APIS} APIs)"
    return [
        row("changes", metric, p99, "ms", target="<= 100"),
        row("changes", "change live, median", median(live) * 1000, "ms"),
        row(
            "changes",
            "failed requests around the changes",
            sum(load.failures.values()),
            "",
            target="<= 0",
        ),
        row("changes", "requests answered around the changes", load.answered, "", target=f">= {REQUESTS}"),
    ]


def _create_large_api(client: Any, backend: str) -> tuple[str, str]:
    """Its id, and the id of the integration behind `/route0/{id}`."""
    document = {
        "openapi": "3.0.1",
        "info": {"title": "large", "version": "1.0"},
        "paths": {f"/route{number}/{{id}}": {"get": integration(f"{backend}/a", "GET")} for number in range(ROUTES)},
    }
    api_id = str(client.import_api(Body=json.dumps(document))["ApiId"])
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    token: dict[str, str] = {}
    while True:
        page = client.get_routes(ApiId=api_id, MaxResults="100", **token)
        for route in page["Items"]:
            if route["RouteKey"] == "GET /route0/{id}":
                return api_id, str(route["Target"].removeprefix("integrations/"))
        if "NextToken" not in page:
            raise BenchError("the imported API lacks its first route")
        token = {"NextToken": page["NextToken"]}


def _change(client: Any, api_id: str, integration_id: str, uri: str, probes: list[Probe], body: bytes) -> float:
    """Seconds from the call until every probe sees the change."""
    began = time.perf_counter()
    client.update_integration(ApiId=api_id, IntegrationId=integration_id, IntegrationUri=uri)
    return _wait_for(probes, "/route0/1", body, began)


def _wait_for(probes: list[Probe], path: str, body: bytes, began: float) -> float:
    for probe in probes:
        while probe.get(path)[1] != body:
            if time.perf_counter() - began > 10:
                raise BenchError(f"{path} did not answer {body!r} within 10 s of the change")
    return time.perf_counter() - began
