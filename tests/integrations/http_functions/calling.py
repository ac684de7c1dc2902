"""One request of an HTTP API to a function, on a peer that speaks the Invoke API on a Unix socket."""

from pathlib import Path
from typing import Any

from limen.gateway.exchange import Exchange, Response
from limen.gateway.route_plan import RoutePlan
from limen.gateway.trace import Trace
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.wire import Header, Headers, header
from tests.integrations.proxying import compile_step, pass_through, routed
from tests.support.exchanges import answer
from tests.support.exchanges import exchange as make_exchange
from tests.support.invoke_peer import InvokePeer, Result, invoke_peer
from tests.upstream.backends import run, upstream

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:pets"


class Called:
    def __init__(self, exchange: Exchange, peer: InvokePeer) -> None:
        self.exchange = exchange
        self.peer = peer
        self.response: Response = answer(exchange)

    @property
    def event(self) -> Any:
        return self.peer.event

    def received(self, name: str) -> list[str]:
        return [value.decode() for lower, _, value in self.response.headers if lower == name.lower().encode()]


def call(
    directory: Path,
    *answers: Result,
    request: Exchange | None = None,
    route: str = "GET /pets/{id}",
    stage: str = "$default",
    variables: dict[str, str] | None = None,
    targets: dict[str, str] | None = None,
    is_traced: bool = False,
    **integration: Any,
) -> Called:
    document = {
        "integrationType": "AWS_PROXY",
        "integrationUri": FUNCTION,
        "integrationMethod": "POST",
        "payloadFormatVersion": "2.0",
        **integration,
    }

    async def main() -> Called:
        socket = directory / "functions.sock"
        async with invoke_peer(socket, *answers) as peer, upstream() as client:
            functions = FunctionBackends(ServiceEndpoints(client), socket=str(socket), targets=targets)
            step = compile_step(document, client, route, stage, variables, functions=functions)
            asked = request or routed_request("GET /pets/7", {"id": "7"}, stage=stage)
            if is_traced:
                asked.trace = Trace()
            await pass_through(step, asked)
            return Called(asked, peer)

    return run(main())


def routed_request(
    line: str = "GET /pets/7",
    parameters: dict[str, str] | None = None,
    headers: list[tuple[str, str]] | None = None,
    body: bytes = b"",
    *,
    stage: str = "$default",
    **settings: Any,
) -> Exchange:
    """Headers may repeat."""
    asked = make_exchange(line, None, body, **settings)
    more: list[Header] = [header(name.encode(), value.encode()) for name, value in headers or []]
    asked.headers = Headers((*asked.headers, *more))
    routed(asked, parameters, stage)
    asked.plan = RoutePlan("", (), (), (), lambda *_: Response(500, []))
    return asked
