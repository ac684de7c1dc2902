"""What it costs to ask who calls: routes with an authorizer beside the same route without one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from bench.client import Probe
from bench.issuer import Issuer, running_issuer
from bench.limen_server import LimenServer, integration, write_api
from bench.load import Request
from bench.machine import PROXY_CORE, pin, wait_until_idle
from bench.peers import Peer, fresh_directory, running_backend
from bench.report import Row, ratio_row, row
from bench.rounds import Options, run_rounds
from limen.features.authorizers.compile import compile_route_authorization
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.exchange import Client, Exchange
from limen.gateway.route_plan import Step
from limen.wire import Headers, header

VERIFIED = 2000
"""Tokens that are seen for the first time, one after the other, for one figure."""


def measure_authorizers(options: Options) -> list[Row]:
    return [*measure_tokens(options), *measure_first_sight(options)]


def measure_tokens(options: Options) -> list[Row]:
    """A token that was seen before; both routes are sent it, and one asks what it is worth."""
    with (
        running_issuer(fresh_directory("issuer")) as issuer,
        running_backend() as backend,
        running_routes(backend, _security(issuer), issuer) as (open_route, guarded),
    ):
        request = Request("", {"Authorization": f"Bearer {issuer.token()}"})
        rounds = run_rounds([open_route, guarded], request, options)
    return [
        ratio_row(
            "authorizers",
            "JWT of 1 KB, seen before: CPU per request to the open route",
            [measured.cpu_us for measured in rounds[guarded.name]],
            [measured.cpu_us for measured in rounds[open_route.name]],
            "us",
            target="<= 1.25",
            is_sound=not any(measured.load.failed for each in rounds.values() for measured in each),
        )
    ]


@contextmanager
def running_routes(
    backend: int, components: dict[str, Any], issuer: Issuer | None = None
) -> Iterator[tuple[Peer, Peer]]:
    """One route of one Limen without and one with the only security scheme of `components`, as two peers."""
    directory = fresh_directory("limen")
    [scheme] = components["securitySchemes"]
    to_backend = integration(f"http://127.0.0.1:{backend}/v1/orders/42", "GET")
    document = {
        "openapi": "3.0.1",
        "info": {"title": "bench", "version": "1.0"},
        "components": components,
        "paths": {"/open": {"get": to_backend}, "/guarded": {"get": {**to_backend, "security": [{scheme: []}]}}},
    }
    environment = {} if issuer is None else {"LIMEN_UPSTREAM_CA": str(issuer.certificate)}
    server = LimenServer(directory, write_api(document, directory / "openapi.json"), environment=environment)
    try:
        server.wait_until_ready()
        probe = Probe(server.port)
        server.running.wait_until(partial(probe.answers, "/open"))
        probe.close()
        pin(server.running.pid, PROXY_CORE)
        yield tuple(Peer(name, server.running, server.port, f"/{name}") for name in ("open", "guarded"))  # type: ignore[misc]
    finally:
        server.stop()


def _security(issuer: Issuer) -> dict[str, Any]:
    authorizer = {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": issuer.url, "audience": ["bench"]},
    }
    return {"securitySchemes": {"tokens": {"type": "oauth2", "x-amazon-apigateway-authorizer": authorizer}}}


# --- in this process


def measure_first_sight(options: Options) -> list[Row]:
    """The step alone: tokens that nobody has seen are parsed, verified by RS256, judged and kept."""
    issuer = Issuer(fresh_directory("issuer"))
    issuer.server.server_close()
    tools = AuthorizerTools()
    tools.issuers.put_local(issuer.url, issuer.documents()["/keys"])
    step = _compile_step(issuer, tools)
    rates = []
    for number in range(options.rounds_or(3)):
        exchanges = [_exchange(issuer.token(number * VERIFIED + each)) for each in range(VERIFIED)]
        wait_until_idle(options.idle_timeout)
        rates.append(_run(step, exchanges))
    return [row("authorizers", "JWT by RS256 at first sight, per core", max(rates), "/s", target=">= 5000")]


def _run(step: Step, exchanges: list[Exchange]) -> float:
    """Per second of CPU."""
    began = time.process_time()
    for exchange in exchanges:
        step(exchange)
    spent = time.process_time() - began
    assert all(exchange.caller is not None for exchange in exchanges)
    return len(exchanges) / spent


def _compile_step(issuer: Issuer, tools: AuthorizerTools) -> Step:
    guarded = Guarded(
        method={"authorizationType": "JWT", "authorizerId": "a1"},
        authorizer={
            "authorizerType": "JWT",
            "identitySource": ["$request.header.Authorization"],
            "jwtConfiguration": {"issuer": issuer.url, "audience": ["bench"]},
        },
        where="the benchmark",
        account="000000000000",
        region="us-east-1",
        api_id="bench",
        stage_name="$default",
        variables={},
    )
    [step] = compile_route_authorization(guarded, tools)
    return step


class _NoReply:
    def send(self, exchange: Exchange) -> None:
        pass


def _exchange(token: str) -> Exchange:
    headers = Headers([header(b"Host", b"localhost"), header(b"Authorization", f"Bearer {token}".encode())])
    client = Client("127.0.0.1", 50000, 8443)
    return Exchange(b"GET", b"/", headers, b"", b"localhost", "HTTP/1.1", client, _NoReply(), time.monotonic())
