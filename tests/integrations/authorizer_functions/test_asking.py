"""Calls of authorizer functions over the Invoke API: what is sent, and what is heard of each outcome."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest

from limen.gateway.errors import PlanError
from limen.gateway.ports import AuthorizerUse, FunctionReply
from limen.gateway.trace import Trace
from limen.integrations.authorizer_functions.asking import NO_PERMISSION, LambdaAuthorizers
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.service_endpoints import ServiceEndpoints
from tests.support.exchanges import exchange as make_exchange
from tests.support.invoke_peer import InvokePeer, Result, failed, invoke_peer, refused, returned
from tests.upstream.backends import run, upstream

ARN = "arn:aws:lambda:us-east-1:000000000000:function:guard"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ARN}:${{stageVariables.alias}}/invocations"


def use(**changes: Any) -> AuthorizerUse:
    given: dict[str, Any] = {
        "kind": "TOKEN",
        "uri": URI,
        "authorizer_id": "au1",
        "account": "000000000000",
        "region": "us-east-1",
        "api_id": "api1",
        "stage_name": "prod",
        "variables": {"alias": "live"},
        "timeout": 5.0,
    }
    return AuthorizerUse(**{**given, **changes})


def ask(*answers: Result, is_there: bool = True, **changes: Any) -> tuple[FunctionReply, InvokePeer, Trace]:
    async def main() -> tuple[FunctionReply, InvokePeer, Trace]:
        with tempfile.TemporaryDirectory() as directory:
            socket = Path(directory) / "functions.sock"
            async with invoke_peer(socket, *answers) as peer, upstream() as client:
                where = str(socket) if is_there else ""
                backends = FunctionBackends(ServiceEndpoints(client), socket=where)
                ask_function = LambdaAuthorizers(client, backends).compile(use(**changes))
                heard: asyncio.Future[FunctionReply] = asyncio.get_running_loop().create_future()
                exchange = make_exchange()
                trace = exchange.trace = Trace()
                ask_function(exchange, "arn:x", ["a-token"], heard.set_result)
                return await asyncio.wait_for(heard, 10), peer, trace

    return run(main())


def test_a_function_is_asked_for_the_authorizer_of_the_api() -> None:
    reply, peer, trace = ask(returned({"a": 1}))
    assert (reply.payload, reply.is_error, reply.problem, reply.status) == (b'{"a": 1}', False, "", 200)
    assert reply.latency > 0
    assert peer.event == {"type": "TOKEN", "authorizationToken": "a-token", "methodArn": "arn:x"}
    head = trace.find("authorizer_request")
    assert head is not None
    assert head["headers"]["X-Amz-Source-Arn"] == "arn:aws:execute-api:us-east-1:000000000000:api1/authorizers/au1"
    assert head["uri"].endswith("function:guard:live/invocations")


def test_a_role_is_named_where_there_is_one() -> None:
    role = "arn:aws:iam::000000000000:role/r"
    _, peer, _ = ask(returned({}), credentials=role)
    assert ("x-limen-role", role) in peer.requests[0].headers


def test_one_that_fails() -> None:
    reply, _, _ = ask(failed("boom"))
    assert reply.is_error and b"boom" in reply.payload


def test_one_that_may_not_be_called() -> None:
    reply, _, _ = ask(refused(403, "AccessDeniedException", "no"))
    assert reply.problem.startswith(NO_PERMISSION) and reply.status == 403


def test_one_that_takes_too_long() -> None:
    reply, _, _ = ask(Result(delay=1.5), timeout=0.2)
    assert "no complete response" in reply.problem and reply.status is None


def test_nobody_who_runs_functions() -> None:
    reply, _, _ = ask(returned({}), is_there=False)
    assert "no functions host" in reply.problem


@pytest.mark.parametrize(("changes", "error"), [({"variables": {}}, LookupError), ({"uri": "nonsense"}, PlanError)])
def test_what_names_no_function_does_not_compile(changes: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(returned({}), **changes)
