"""What it costs to ask who calls: routes with an authorizer beside the same route without one."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from bench.client import Probe
from bench.functions import create_function
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

IDENTITY = "Bearer of the bench"
GUARDS = {
    "http": "def handler(event, context):\n    return {'isAuthorized': True, 'context': {'tenant': 'a', 'level': 3}}\n",
    "rest": (
        "def handler(event, context):\n"
        "    statement = {'Effect': 'Allow', 'Action': 'execute-api:Invoke', 'Resource': event['methodArn']}\n"
        "    policy = {'Version': '2012-10-17', 'Statement': [statement]}\n"
        "    return {'principalId': 'ana', 'policyDocument': policy, 'context': {'tenant': 'a', 'level': 3}}\n"
    ),
}
"""Source of the authorizers by the type of their API."""

VERIFIED = 2000
"""Tokens that are seen for the first time, one after the other, for one figure."""


def measure_authorizers(options: Options) -> list[Row]:
    return [*measure_tokens(options), *measure_kept_answers(options), *measure_first_sight(options)]


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


# --- answers of functions that are kept


def measure_kept_answers(options: Options) -> list[Row]:
    """A Lambda authorizer whose answer is kept: both routes are sent the same header, one weighs it."""
    rows = []
    with running_backend() as backend, running_guarded() as server:
        for name, front in (("REQUEST, payload 2.0, simple", _put_http), ("TOKEN of a REST API", _put_rest)):
            host, prefix = front(server, backend)
            probe = Probe(server.port, host, {"Authorization": IDENTITY})
            for path in ("open", "guarded"):
                server.running.wait_until(partial(probe.answers, f"{prefix}/{path}"), timeout=30)
            probe.close()
            peers = [Peer(path, server.running, server.port, f"{prefix}/{path}") for path in ("open", "guarded")]
            rounds = run_rounds(peers, Request("", {"Authorization": IDENTITY, "Host": host}), options)
            rows.append(
                ratio_row(
                    "authorizers",
                    f"Lambda authorizer, kept ({name}): CPU per request to the open route",
                    [measured.cpu_us for measured in rounds["guarded"]],
                    [measured.cpu_us for measured in rounds["open"]],
                    "us",
                    target="<= 1.25",
                    is_sound=not any(measured.load.failed for each in rounds.values() for measured in each),
                )
            )
    return rows


@contextmanager
def running_guarded() -> Iterator[LimenServer]:
    """With the functions `http` and `rest`, which say who may pass."""
    server = LimenServer(fresh_directory("limen"))
    try:
        server.wait_until_ready()
        for name, source in GUARDS.items():
            create_function(server, name, source=source)
            server.client("lambda").add_permission(
                FunctionName=name,
                StatementId="bench",
                Action="lambda:InvokeFunction",
                Principal="apigateway.amazonaws.com",
            )
        pin(server.running.pid, PROXY_CORE)
        yield server
    finally:
        server.stop()


def _put_http(server: LimenServer, backend: int) -> tuple[str, str]:
    """Host of an HTTP API with an open and a guarded route, and what comes before their paths."""
    authorizer = {
        "type": "request",
        "identitySource": "$request.header.Authorization",
        "authorizerUri": _uri("http"),
        "authorizerPayloadFormatVersion": "2.0",
        "enableSimpleResponses": True,
        "authorizerResultTtlInSeconds": 3600,
    }
    client = server.client()
    api_id = client.import_api(Body=json.dumps(_document(backend, authorizer)))["ApiId"]
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    return server.host_of(api_id), ""


def _put_rest(server: LimenServer, backend: int) -> tuple[str, str]:
    """The same of a REST API."""
    authorizer = {"type": "token", "authorizerUri": _uri("rest"), "authorizerResultTtlInSeconds": 3600}
    client = server.client("apigateway")
    api_id = client.import_rest_api(body=json.dumps(_document(backend, authorizer)).encode())["id"]
    client.create_deployment(restApiId=api_id, stageName="prod")
    return server.host_of(api_id), "/prod"


def _document(backend: int, authorizer: dict[str, Any]) -> dict[str, Any]:
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "x-amazon-apigateway-authtype": "custom"}
    to_backend = integration(f"http://127.0.0.1:{backend}/v1/orders/42", "GET")
    return {
        "openapi": "3.0.1",
        "info": {"title": "bench", "version": "1.0"},
        "components": {"securitySchemes": {"function": {**scheme, "x-amazon-apigateway-authorizer": authorizer}}},
        "paths": {"/open": {"get": to_backend}, "/guarded": {"get": {**to_backend, "security": [{"function": []}]}}},
    }


def _uri(function: str) -> str:
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"


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
