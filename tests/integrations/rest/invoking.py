"""One request through the integration of one REST method to a function that the test plays, on a Unix socket."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import yaml

from limen.features.vpc_links import VpcLinks
from limen.gateway import run as gateway
from limen.gateway.body_stream import BodyStream
from limen.gateway.exchange import Exchange, Response
from limen.gateway.rest_failures import answer_rest_failure
from limen.gateway.route_plan import RoutePlan
from limen.gateway.trace import Trace
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.rest.compile import compile_rest_integration
from limen.integrations.rest.scope import RestScope
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.wire import Headers
from tests.integrations.proxying import stage_plan, wait_answer
from tests.support.exchanges import Sent, answer
from tests.support.exchanges import exchange as make_exchange
from tests.support.invoke_peer import InvokePeer, Result, invoke_peer, returned
from tests.upstream.backends import run, upstream

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:pets"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
STREAM_URI = f"arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{FUNCTION}/response-streaming-invocations"
CASES = Path(__file__).parents[2] / "cases" / "functions"


class Received(Sent):
    """A Reply that takes a streamed body too."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.ending = "whole"
        self._ended = asyncio.Event()
        self._stream: BodyStream | None = None

    def send(self, exchange: Exchange) -> None:
        super().send(exchange)
        assert exchange.response is not None
        self._stream = exchange.response.stream
        if self._stream is None:
            self._ended.set()
        else:
            self._stream.attach(self)

    def write(self, piece: bytes) -> bool:
        self.pieces.append(piece)
        return True

    def end(self) -> None:
        self._ended.set()
        assert self._stream is not None
        self._stream.close()

    def fail(self) -> None:
        self.ending = "broken"
        self._ended.set()

    async def ended(self) -> None:
        await asyncio.wait_for(self._ended.wait(), 10)


class Invoked:
    """What the client was answered, and what the function was given."""

    def __init__(self, exchange: Exchange, peer: InvokePeer) -> None:
        self.exchange = exchange
        self.peer = peer

    @property
    def response(self) -> Response:
        return answer(self.exchange)

    @property
    def event(self) -> Any:
        return self.peer.event

    @property
    def reason(self) -> str:
        return str(self.exchange.failure.reason)

    @property
    def body(self) -> tuple[str, bytes]:
        """How a streamed body ended, and what came of it."""
        reply = self.exchange.reply
        assert isinstance(reply, Received)
        return reply.ending, b"".join(reply.pieces)

    def received(self, name: str) -> list[str]:
        """Values of a header that the client got."""
        return [value.decode() for lower, _, value in self.response.headers if lower == name.lower().encode()]


def invoke(
    *answers: Result,
    request: str = "GET /prod/pets/7",
    headers: list[tuple[str, str]] | None = None,
    body: bytes = b"",
    resource: str = "/pets/{id}",
    path: dict[str, str] | None = None,
    method: dict[str, Any] | None = None,
    traced: bool = False,
    exchange: dict[str, Any] | None = None,
    targets: dict[str, str] | None = None,
    scope: dict[str, Any] | None = None,
    **integration: Any,
) -> Invoked:
    """`integration` over that of a plain proxy; `scope` and `exchange` as their constructors have it."""
    stage = {"account": "000000000000", "region": "us-east-1", "api_id": "abc123", "stage_name": "prod"}
    rest_scope = RestScope(**{**stage, "variables": {}, **(scope or {})})
    document = {
        "httpMethod": "GET",
        "methodResponses": {"200": {}, "400": {}},
        **(method or {}),
        "methodIntegration": {"type": "AWS_PROXY", "httpMethod": "POST", "uri": URI, **integration},
    }

    async def main() -> Invoked:
        with tempfile.TemporaryDirectory() as directory:
            socket = Path(directory) / "functions.sock"
            async with invoke_peer(socket, *(answers or (returned({}),))) as peer, upstream() as client:
                backends = FunctionBackends(ServiceEndpoints(client), socket=str(socket), targets=targets)
                resource_document = {"id": "r1", "path": resource}
                step = compile_rest_integration(document, resource_document, rest_scope, client, VpcLinks({}), backends)
                made = make_exchange(request, None, body, **(exchange or {}))
                fields = [(name.lower().encode(), name.encode(), value.encode()) for name, value in headers or []]
                made.headers = Headers((*made.headers, *fields))
                made.stage = stage_plan(rest_scope.stage_name, dict(rest_scope.variables))
                made.route_path = made.path.removeprefix(b"/prod")
                made.path_parameters = {"id": "7"} if path is None else path
                made.trace = Trace() if traced else None
                plan = RoutePlan(
                    "GET /pets/{id}",
                    (step,),
                    (),
                    (),
                    answer_rest_failure,
                    resource_id="r1",
                    resource_path=resource,
                    http_method="GET",
                    operation_name=(method or {}).get("operationName"),
                )
                made.reply = Received()
                gateway.run(made, plan)
                await wait_answer(made)
                await made.reply.ended()
                return Invoked(made, peer)

    return run(main())


def read_cases(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = yaml.safe_load((CASES / f"{name}.yaml").read_text())["cases"]
    return cases
