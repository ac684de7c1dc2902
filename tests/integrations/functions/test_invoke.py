"""One invocation from an exchange to a peer on a Unix socket and back: payloads, function errors, refusals, traces."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from limen.gateway.errors import INTEGRATION_FAILURE, INTERNAL, GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.route_plan import WAITS
from limen.gateway.trace import Trace
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.functions.call import FunctionCall
from limen.integrations.functions.invoke import invoke
from limen.integrations.functions.refusal import Refusal
from limen.integrations.functions.target import FunctionUse, compile_function_target
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.upstream.errors import UpstreamError
from limen.wire import header
from tests.integrations.proxying import pass_through, routed
from tests.support.exchanges import answer
from tests.support.exchanges import exchange as make_exchange
from tests.support.invoke_peer import REQUEST_ID, InvokePeer, Result, failed, invoke_peer, refused, returned
from tests.upstream.backends import run, upstream

ARN = "arn:aws:lambda:us-east-1:123456789012:function:pets"
SOURCE = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/GET/pets"


class PlainCall(FunctionCall):
    """Tells what it was told."""

    __slots__ = ()

    def make_answer(self, payload: bytes, is_error: bool) -> Response:
        return Response(500 if is_error else 200, [], payload)

    def make_refusal(self, refusal: Refusal) -> GatewayError:
        return GatewayError(INTERNAL, f"{refusal.status} {refusal.kind}: {refusal.message} ({refusal.request_id})")

    def misconfigured(self, reason: str) -> GatewayError:
        return GatewayError(INTERNAL, reason)

    def make_failure(self, error: UpstreamError) -> GatewayError:
        return GatewayError(INTEGRATION_FAILURE, error.message)


def call(
    directory: Path, *answers: Result, payload: bytes = b"{}", traced: bool = False, timeout: float = 5.0, **use: Any
) -> tuple[Exchange, InvokePeer]:
    async def main() -> tuple[Exchange, InvokePeer]:
        socket = directory / "functions.sock"
        async with invoke_peer(socket, *answers) as peer, upstream() as client:
            backends = FunctionBackends(ServiceEndpoints(client), socket=str(socket), targets=use.pop("targets", None))
            given = {"uri": ARN, "source_arn": SOURCE, "region": "us-east-1", "account": "123456789012", **use}
            target = compile_function_target(FunctionUse(**given), {}, backends)

            def step(exchange: Exchange) -> Any:
                invoke(client, PlainCall(exchange, target, payload, timeout), [header(b"X-Amzn-Trace-Id", b"Root=1")])
                return WAITS

            exchange = routed(make_exchange())
            if traced:
                exchange.trace = Trace()
            await pass_through(step, exchange)
            return exchange, peer

    return run(main())


def test_a_payload_goes_out_and_one_comes_back(tmp_path: Path) -> None:
    exchange, peer = call(tmp_path, returned({"a": 1}), payload=b'{"b":2}')

    assert (answer(exchange).status, answer(exchange).body) == (200, b'{"a": 1}')
    assert peer.event == {"b": 2}
    assert peer.requests[0].header("X-Limen-Source-Arn") == SOURCE
    assert exchange.endpoint_request_id.decode() == REQUEST_ID
    assert exchange.integration_status == 200


def test_a_function_that_failed_is_told_apart(tmp_path: Path) -> None:
    exchange, _ = call(tmp_path, failed("no"))

    assert answer(exchange).status == 500
    assert b'"errorMessage": "no"' in answer(exchange).body


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (refused(404, "ResourceNotFoundException", "Function not found"), "Function not found"),
        (refused(429, "TooManyRequestsException:http://x", "Rate Exceeded."), "Rate Exceeded."),
        (Result(b"<html>", status=502), "<html>"),
        (Result(b'["message"]', status=400), ""),
        (Result(b'{"Message": "no"}', status=403, kind="AccessDeniedException"), "no"),
    ],
)
def test_a_refusal_tells_its_reason(tmp_path: Path, result: Result, reason: str) -> None:
    exchange, _ = call(tmp_path, result)

    kind = result.kind.partition(":")[0]
    assert exchange.integration_error == f"{result.status} {kind}: {reason} ({REQUEST_ID})"


def test_a_target_that_cannot_be_asked_fails_the_exchange(tmp_path: Path) -> None:
    exchange, peer = call(tmp_path, targets={"*": "aws"})

    assert "LIMEN_AWS_ENDPOINT_URL_LAMBDA" in exchange.failure.reason
    assert peer.requests == []


def test_a_host_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    exchange, _ = call(tmp_path, Result(hangs_up=True, pieces=(b"half",)))

    assert exchange.failure.failure is INTEGRATION_FAILURE


def test_the_trace_shows_what_api_gateway_logs_and_who_answered(tmp_path: Path) -> None:
    exchange, _ = call(tmp_path, returned(1), traced=True, payload=b'{"b":2}')

    assert exchange.trace is not None
    assert exchange.trace.find("function") == {"arn": ARN, "backend": "the functions host of this machine"}
    asked = exchange.trace.find("endpoint_request")
    assert asked == {
        "method": "POST",
        "uri": f"https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/{ARN}/invocations",
        "headers": {"Content-Type": "application/json", "X-Amz-Source-Arn": SOURCE, "X-Amzn-Trace-Id": "Root=1"},
        "payload": '{"b":2}',
    }
    answered = exchange.trace.find("endpoint_response")
    assert answered is not None
    assert (answered["status"], answered["body"]) == (200, "1")


STS = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
    "<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
)


def call_server(*answers: Result, **use: Any) -> tuple[Exchange, InvokePeer]:
    """A server on a port that is Lambda and every other service."""

    async def main() -> tuple[Exchange, InvokePeer]:
        peer = InvokePeer(*answers)
        server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, upstream() as client:
            services = ServiceEndpoints(client, endpoint_url=url)
            backends = FunctionBackends(services, targets={"*": use.pop("target", url).replace("URL", url)})
            given = {"uri": ARN, "source_arn": SOURCE, "region": "us-east-1", "account": "123456789012", **use}
            target = compile_function_target(FunctionUse(**given), {}, backends)

            def step(exchange: Exchange) -> Any:
                invoke(client, PlainCall(exchange, target, b"{}", 5.0), [])
                return WAITS

            exchange = routed(make_exchange())
            await pass_through(step, exchange)
            await services.close()
            return exchange, peer

    return run(main())


@pytest.mark.parametrize("target", ["URL", "aws"])
def test_a_server_like_lambda_is_asked_with_a_signature(target: str) -> None:
    exchange, peer = call_server(returned("hi"), target=target)

    assert answer(exchange).body == b'"hi"'
    assert "Credential=test/" in str(peer.requests[0].header("Authorization"))
    assert peer.requests[0].header("X-Limen-Source-Arn") is None


def test_one_container_is_asked_by_its_fixed_path() -> None:
    _, peer = call_server(returned("hi"), target="URL/2015-03-31/functions/function/invocations", uri=f"{ARN}:prod")

    assert peer.requests[0].target == "/2015-03-31/functions/function/invocations"


def test_a_role_is_assumed_first() -> None:
    role = "arn:aws:iam::123456789012:role/gateway"
    exchange, peer = call_server(Result(STS.encode()), returned("hi"), target="aws", credentials=role)

    assert answer(exchange).body == b'"hi"'
    assert b"AssumeRole" in peer.requests[0].body
    assert "Credential=ASIAROLE/" in str(peer.requests[1].header("Authorization"))


def test_a_role_that_cannot_be_assumed_fails_the_exchange() -> None:
    role = "arn:aws:iam::123456789012:role/gateway"
    exchange, _ = call_server(Result(b"<Error/>", status=403), target="aws", credentials=role)

    assert "does not have permission to assume the provided role" in exchange.failure.reason
