"""REST APIs: proxying, validation, mapping templates and mocks beside nginx, and the import of a large file."""

import json
import time
from statistics import median
from typing import Any

from bench.client import Probe
from bench.limen_server import LimenServer
from bench.load import Request
from bench.machine import PROXY_CORE, pin
from bench.peers import fresh_directory, running_backend, running_rest
from bench.processes import BenchError
from bench.report import Row, ratio_row, row
from bench.rest_api import INVOICE, ORDER
from bench.rounds import Options, Round, run_rounds

JSON = {"Content-Type": "application/json"}
OPERATIONS = 1_000

Rounds = dict[str, list[Round]]


def measure_rest(options: Options) -> list[Row]:
    """HTTP_PROXY, metrics on, no logs."""
    return _beside_nginx("rest", Request("/orders/42"), options, target="<= 2.1")


def measure_validation(options: Options) -> list[Row]:
    """A body validated by a model of twelve fields, and a JSON access log on both sides."""
    request = Request("/checked/42", JSON, body=json.dumps(ORDER))
    return _beside_nginx("rest-validation", request, options, target="<= 3", is_logging=True)


def measure_mapping(options: Options) -> list[Row]:
    """The console's passthrough template over a body of 2 KB on the way in, one of twenty lines on the way out."""
    request = Request("/mapped/42", JSON, body=json.dumps(INVOICE))
    return _beside_nginx("rest-templates", request, options, target="<= 4")


def measure_mocks(options: Options) -> list[Row]:
    with running_backend() as backend, running_rest(backend, is_logging=False) as (_, limen):
        proxied: list[Round] = []
        mocked: list[Round] = []
        for _ in range(options.rounds_or(3)):
            for path, rounds in (("/orders/42", proxied), ("/mocked/42", mocked)):
                rounds += run_rounds([limen], Request(path), options.once())["limen"]
    return [
        ratio_row(
            "rest-mock",
            "throughput to HTTP_PROXY",
            [each.load.rate for each in mocked],
            [each.load.rate for each in proxied],
            "1/s",
            target=">= 1.25",
            is_sound=not any(each.load.failed for each in mocked + proxied),
        )
    ]


def measure_import(options: Options) -> list[Row]:
    """From the call of ImportRestApi to the first answer of the last of a thousand operations."""
    server = LimenServer(fresh_directory("limen"))
    try:
        server.wait_until_ready()
        pin(server.running.pid, PROXY_CORE)
        seconds = [_import_and_call(server) for _ in range(options.rounds_or(3))]
    finally:
        server.stop()
    return [
        row("rest-import", f"{OPERATIONS:,} operations imported, deployed, served", median(seconds), "s", target="<= 3")
    ]


def _import_and_call(server: LimenServer) -> float:
    client = server.client("apigateway")
    body = json.dumps(_large_document()).encode()
    began = time.perf_counter()
    api_id = client.import_rest_api(body=body)["id"]
    client.create_deployment(restApiId=api_id, stageName="prod")
    probe = Probe(server.port, server.host_of(api_id))
    while not probe.answers(f"/prod/service{OPERATIONS - 1}/7"):
        if time.perf_counter() - began > 30:
            raise BenchError("the imported API does not answer 30 s after it was deployed")
    probe.close()
    return time.perf_counter() - began


def _large_document() -> dict[str, Any]:
    return {
        "openapi": "3.0.1",
        "info": {"title": "large", "version": "1.0"},
        "paths": {f"/service{number}/{{id}}": {"get": _operation(number)} for number in range(OPERATIONS)},
    }


def _operation(number: int) -> dict[str, Any]:
    return {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": {"description": "found"}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {
                "default": {
                    "statusCode": "200",
                    "responseTemplates": {"application/json": f'{{"service":{number},"id":"$input.params("id")"}}'},
                }
            },
        },
    }


def _beside_nginx(
    scenario: str, request: Request, options: Options, *, target: str, is_logging: bool = False
) -> list[Row]:
    with running_backend() as backend, running_rest(backend, is_logging=is_logging) as peers:
        rounds = run_rounds(peers, request, options)
    limen, nginx = rounds["limen"], rounds["nginx"]
    is_sound = not any(each.load.failed for each in limen)
    return [
        ratio_row(
            scenario,
            "CPU per request to nginx",
            [each.cpu_us for each in limen],
            [each.cpu_us for each in nginx],
            "us",
            target=target,
            is_sound=is_sound,
        ),
        ratio_row(
            scenario,
            "throughput to nginx",
            [each.load.rate for each in limen],
            [each.load.rate for each in nginx],
            "1/s",
            is_sound=is_sound,
        ),
        row(scenario, "limen p99", median(each.load.p99_ms for each in limen), "ms"),
    ]
