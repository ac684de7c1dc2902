"""One request through one integration to a backend on a socket, without a listener in front."""

import asyncio
from typing import Any

from limen.features.vpc_links import VpcLinks
from limen.gateway import run as gateway
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import answer_failure
from limen.gateway.paths import Paths
from limen.gateway.route_plan import RoutePlan
from limen.gateway.stage_plan import StagePlan
from limen.integrations.backends import Backends
from limen.integrations.compile import compile_integration
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.upstream.client import Upstream
from limen.wire import Headers
from tests.support.exchanges import answer
from tests.support.exchanges import exchange as make_exchange
from tests.upstream.backends import Handler, backend, read_request, run, upstream

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


class Outcome:
    """What the client was answered, and what the backend was asked."""

    def __init__(self, exchange: Exchange, requests: list[bytes]) -> None:
        self.exchange = exchange
        self.response: Response = answer(exchange)
        self.requests = requests

    @property
    def request_line(self) -> str:
        return self.requests[0].partition(b"\r\n")[0].decode()

    @property
    def target(self) -> str:
        return self.request_line.split(" ")[1]

    @property
    def body(self) -> bytes:
        return self.requests[0].partition(b"\r\n\r\n")[2]

    def sent(self, name: str) -> list[str]:
        """Values of a header that the backend got."""
        lines = self.requests[0].partition(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape").split("\r\n")[1:]
        fields = [line.partition(": ") for line in lines]
        return [value for field, _, value in fields if field.lower() == name.lower()]

    def received(self, name: str) -> list[str]:
        """Values of a header that the client got."""
        return [value.decode() for lower, _, value in self.response.headers if lower == name.lower().encode()]


def stage_plan(name: str = "$default", variables: dict[str, str] | None = None) -> StagePlan:
    nothing = RoutePlan("", (), (), (), answer_failure)
    return StagePlan(
        account="000000000000",
        region="us-east-1",
        api_id="abc123",
        name=name,
        variables=variables or {},
        paths=Paths(),
        not_found=nothing,
        preflight=nothing,
        bad_request=nothing,
        body_too_large=nothing,
        headers_too_large=nothing,
    )


def routed(
    exchange: Exchange, parameters: dict[str, str] | None = None, stage: str = "$default", variables: Any = None
) -> Exchange:
    """As routing leaves an exchange; below a named stage its path is all that was sent."""
    exchange.stage = stage_plan(stage, variables)
    exchange.route_path = exchange.path
    exchange.path_parameters = parameters or {}
    return exchange


async def pass_through(step: Any, exchange: Exchange) -> None:
    """Runs a plan of one step, and waits for the answer."""
    gateway.run(exchange, RoutePlan("key", (step,), (), (), answer_failure))
    await wait_answer(exchange)


async def wait_answer(exchange: Exchange) -> None:
    for _ in range(2000):
        if exchange.reply.responses:  # type: ignore[attr-defined]
            return
        await asyncio.sleep(0.005)
    raise AssertionError("no answer")


def proxy(
    request_line: str = "GET /pets/7",
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    body: bytes = b"",
    *,
    uri: str = "http://BACKEND/pets/{id}",
    route: str = "ANY /pets/{id}",
    parameters: dict[str, str] | None = None,
    stage: str = "$default",
    variables: dict[str, str] | None = None,
    response: bytes = PLAIN,
    handler: Handler | None = None,
    vpc_links: dict[str, str] | None = None,
    **integration: Any,
) -> Outcome:
    """BACKEND in a URI or an address is the backend's host and port."""
    requests: list[bytes] = []

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            requests.append(await read_request(reader))
            writer.write(response)

    async def main() -> Exchange:
        async with backend(handler or record) as server, upstream() as client:
            authority = f"127.0.0.1:{server.origin.port}"
            links = {key: address.replace("BACKEND", authority) for key, address in (vpc_links or {}).items()}
            document = {"integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "payloadFormatVersion": "1.0"}
            document |= {"integrationUri": uri.replace("BACKEND", authority), **integration}
            step = compile_step(document, client, route, stage, variables, links)
            exchange = make_exchange(request_line, None, body)
            for name, value in headers.items() if isinstance(headers, dict) else headers or []:
                added = (name.lower().encode(), name.encode(), value.encode())
                exchange.headers = Headers((*exchange.headers, added))
            given = {"id": "7"} if parameters is None and "{id}" in route else parameters
            await pass_through(step, routed(exchange, given, stage, variables))
            return exchange

    return Outcome(run(main()), requests)


def compile_step(
    document: dict[str, Any],
    client: Upstream,
    route: str = "ANY /pets/{id}",
    stage: str = "$default",
    variables: dict[str, str] | None = None,
    vpc_links: dict[str, str] | None = None,
    services: ServiceEndpoints | None = None,
    functions: FunctionBackends | None = None,
) -> Any:
    services = services or ServiceEndpoints(client)
    return compile_integration(
        document,
        {"routeKey": route},
        {"stageName": stage, "stageVariables": variables or {}},
        {"apiId": "abc123", "_account": "123456789012", "_region": "us-east-1"},
        Backends(client, VpcLinks(vpc_links or {}), services, functions or FunctionBackends(services)),
    )
