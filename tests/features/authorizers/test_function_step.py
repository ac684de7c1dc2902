"""Lambda authorizers, from a request to what the client reads and what the function was asked."""

import re
from typing import Any

import pytest

from limen.features.authorizers.function_step import EXPLICIT
from limen.gateway.exchange import Exchange
from limen.gateway.ports import FunctionReply
from tests.features.authorizers.asking import (
    BASE,
    FUNCTIONS,
    HTTP,
    REQUEST,
    TOKEN,
    Functions,
    Guard,
    failed,
    policy,
    returned,
)
from tests.support.exchanges import Sent, answer, header_map

ALICE = {"Authorization": "alice"}


def status(exchange: Exchange) -> int:
    return answer(exchange).status


def is_answered(exchange: Exchange) -> bool:
    assert isinstance(exchange.reply, Sent)
    return bool(exchange.reply.responses)


def test_an_allowed_request_is_served_and_says_who_called() -> None:
    guard = Guard(TOKEN, policy(context={"level": 3, "on": True}, usageIdentifierKey="key1"))
    exchange = guard.send(headers=ALICE)
    assert (status(exchange), answer(exchange).body) == (200, b"served")
    assert exchange.caller is not None
    assert exchange.caller.kind == "lambda"
    assert exchange.caller.principal_id == "ana"
    assert exchange.caller.context == {"level": "3", "on": "true"}
    assert exchange.caller.usage_key == "key1"
    assert exchange.authorizer_status == exchange.authorizer_integration_status == 200
    assert (exchange.authorizer_request_id, exchange.authorizer_latency) == ("r-1", 0.012)
    [call] = guard.calls
    assert (call.arn, call.identity) == (f"{BASE}/GET/pets", ["alice"])


DENIED_403 = b'{"Message":"User is not authorized to access this resource"}'
NULL = b'{"message":null}'


@pytest.mark.parametrize(
    ("output", "code", "body", "error_type"),
    [
        (policy("Deny"), 403, f'{{"Message":"{EXPLICIT}"}}'.encode(), "AccessDeniedException"),
        (policy(resource=f"{BASE}/GET/other"), 403, DENIED_403, "AccessDeniedException"),
        ({"principalId": "a", "policyDocument": {"Statement": []}}, 403, DENIED_403, "AccessDeniedException"),
        (failed("Unauthorized"), 401, b'{"message":"Unauthorized"}', "UnauthorizedException"),
        ({"errorMessage": "Unauthorized"}, 401, b'{"message":"Unauthorized"}', "UnauthorizedException"),
        (failed("unauthorized"), 500, NULL, "AuthorizerConfigurationException"),
        (failed("boom"), 500, NULL, "AuthorizerConfigurationException"),
        (FunctionReply(problem="timed out"), 500, NULL, "AuthorizerConfigurationException"),
        (FunctionReply(problem="Invalid permissions", status=403), 500, NULL, "AuthorizerConfigurationException"),
        (returned(b"null"), 500, NULL, "AuthorizerConfigurationException"),
        (policy(context={"a": []}), 500, NULL, "AuthorizerConfigurationException"),
        ({"isAuthorized": True}, 500, NULL, "AuthorizerConfigurationException"),
    ],
)
def test_what_a_client_of_a_rest_api_reads(output: Any, code: int, body: bytes, error_type: str) -> None:
    response = answer(Guard(TOKEN, output).send(headers=ALICE))
    assert (response.status, response.body) == (code, body)
    assert header_map(response)["x-amzn-errortype"] == error_type


@pytest.mark.parametrize(
    ("output", "code", "body"),
    [
        (policy(), 200, b"served"),
        (policy("Deny"), 403, b'{"message":"Forbidden"}'),
        (policy(resource=f"{BASE}/GET/other"), 403, b'{"message":"Forbidden"}'),
        (failed("Unauthorized"), 401, b'{"message":"Unauthorized"}'),
        (failed("boom"), 500, b'{"message":"Internal Server Error"}'),
        (FunctionReply(problem="timed out"), 500, b'{"message":"Internal Server Error"}'),
        ({"isAuthorized": True}, 500, b'{"message":"Internal Server Error"}'),
    ],
)
def test_what_a_client_of_an_http_api_reads(output: Any, code: int, body: bytes) -> None:
    response = answer(Guard(HTTP, output).send())
    assert (response.status, response.body) == (code, body)


@pytest.mark.parametrize(
    ("output", "code"), [({"isAuthorized": True}, 200), ({"isAuthorized": False}, 403), (policy(), 500)]
)
def test_a_simple_response(output: Any, code: int) -> None:
    assert status(Guard(HTTP | {"enableSimpleResponses": True}, output).send()) == code


def test_the_type_of_failure_tells_a_function_that_raised_from_one_that_was_not_run() -> None:
    assert Guard(TOKEN, failed("boom")).send(headers=ALICE).failure.failure.name == "AUTHORIZER_FAILURE"
    unreached = Guard(TOKEN, FunctionReply(problem="no permission")).send(headers=ALICE)
    assert unreached.failure.failure.name == "AUTHORIZER_CONFIGURATION_ERROR"
    assert "no permission" in unreached.failure.reason and "'mine' (au1)" in unreached.failure.reason


@pytest.mark.parametrize(
    "headers", [[], [("Authorization", "")], [("Authorization", "a"), ("authorization", "b")], [("X-Other", "a")]]
)
def test_a_token_that_is_missing_empty_or_doubled_is_refused_unasked(headers: list[tuple[str, str]]) -> None:
    guard = Guard(TOKEN | {"authorizerResultTtlInSeconds": 0}, policy())
    assert status(guard.send(headers=headers)) == 401
    assert guard.calls == []


@pytest.mark.parametrize(("token", "code"), [("Bearer abc", 200), ("Bearer ABC", 401), ("xBearer abc", 401)])
def test_a_token_has_to_match_the_whole_expression(token: str, code: int) -> None:
    guard = Guard(TOKEN | {"identityValidationExpression": "Bearer [a-z]+"}, policy())
    assert status(guard.send(headers={"authorization": token})) == code
    assert len(guard.calls) == (code == 200)


@pytest.mark.parametrize("request_line", ["GET /pets", "GET /pets?q=", "GET /pets?Q=1"])
def test_a_kept_request_authorizer_needs_each_source(request_line: str) -> None:
    guard = Guard(REQUEST, policy())
    assert status(guard.send(request_line, {"X-User": "ana"})) == 401
    assert guard.calls == []


def test_a_request_authorizer_that_keeps_nothing_is_always_asked() -> None:
    guard = Guard(REQUEST | {"authorizerResultTtlInSeconds": 0}, policy())
    assert status(guard.send()) == status(guard.send()) == 200
    assert len(guard.calls) == 2


def test_an_http_authorizer_needs_its_sources_whether_it_keeps_or_not() -> None:
    guard = Guard(HTTP | {"identitySource": ["$request.header.X-User", "$request.querystring.q"]}, policy())
    assert status(guard.send("GET /pets?q=1")) == 401
    assert status(guard.send("GET /pets?q=1", {"x-user": "ana"})) == 200
    assert [call.identity for call in guard.calls] == [["ana", "1"]]


def test_an_answer_is_kept_for_its_identity() -> None:
    guard = Guard(TOKEN, policy())
    for _ in range(3):
        assert status(guard.send(headers=ALICE)) == 200
    assert len(guard.calls) == 1
    again = guard.send(headers=ALICE)
    assert (again.authorizer_latency, again.authorizer_status, again.authorizer_request_id) == (0.0, 200, "")
    guard.send(headers={"Authorization": "bob"})
    assert len(guard.calls) == 2


def test_a_kept_answer_is_weighed_anew_for_each_path() -> None:
    guard = Guard(TOKEN, policy(resource=f"{BASE}/GET/pets"))
    assert status(guard.send(headers=ALICE)) == 200
    assert status(guard.send("GET /secrets", ALICE)) == 403
    assert status(guard.send("DELETE /pets", ALICE)) == 403
    assert status(guard.send("GET /pets", ALICE)) == 200
    assert len(guard.calls) == 1


def test_a_denial_is_kept_and_a_failure_is_not() -> None:
    guard = Guard(TOKEN, policy("Deny"))
    assert [status(guard.send(headers=ALICE)) for _ in range(2)] == [403, 403]
    assert len(guard.calls) == 1
    for output in (failed("boom"), failed("Unauthorized"), FunctionReply(problem="gone")):
        guard = Guard(TOKEN, output)
        assert status(guard.send(headers=ALICE)) == status(guard.send(headers=ALICE))
        assert len(guard.calls) == 2


def test_a_denied_request_is_denied_however_its_path_is_written() -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": f"{BASE}/GET/admin"}
    output = policy()
    output["policyDocument"]["Statement"].append(deny)
    guard = Guard(TOKEN, output)
    for path in ("/admin", "/admin/", "//admin", "/%61dmin", "/adm%69n/"):
        assert status(guard.send(f"GET {path}", ALICE)) == 403, path
    assert status(guard.send("GET /administration", ALICE)) == 200


def test_values_of_two_sources_never_run_together() -> None:
    guard = Guard(REQUEST, policy())
    for user, query in (("a", "bc"), ("ab", "c"), ("a,b", "c"), ("a", "b,c")):
        guard.send(f"GET /pets?q={query}", {"X-User": user})
    guard.send("GET /pets?q=c", [("X-User", "a"), ("X-User", "b")])
    assert len(guard.calls) == 5


def test_stages_and_authorizers_share_no_answers() -> None:
    functions = Functions(policy(resource="*"))
    first = Guard(TOKEN, functions=functions)
    other_stage = Guard(TOKEN, tools=first.tools, functions=functions, stage="test")
    other_configuration = Guard(
        TOKEN | {"authorizerUri": f"{FUNCTIONS}:g/invocations"}, tools=first.tools, functions=functions
    )
    other_header = Guard(
        TOKEN | {"identitySource": "method.request.header.Other"}, tools=first.tools, functions=functions
    )
    for guard in (first, other_stage, other_configuration):
        guard.send(headers=ALICE)
    other_header.send(headers={"Other": "alice"})
    assert len(functions.calls) == 4
    Guard(TOKEN, tools=first.tools, functions=functions, key="GET /more").send("GET /more", ALICE)
    assert len(functions.calls) == 4


def test_the_route_key_among_the_sources_keeps_answers_by_route() -> None:
    authorizer = HTTP | {
        "authorizerResultTtlInSeconds": 60,
        "identitySource": ["$request.header.A", "$context.routeKey"],
    }
    functions = Functions(policy())
    first = Guard(authorizer, functions=functions, key="GET /a")
    second = Guard(authorizer, functions=functions, key="GET /b", tools=first.tools)
    for guard in (first, second, first, second):
        guard.send(headers={"A": "x"})
    assert [call.identity for call in functions.calls] == [["x", "GET /a"], ["x", "GET /b"]]


def test_without_the_route_key_a_simple_response_serves_all_routes() -> None:
    authorizer = HTTP | {
        "authorizerResultTtlInSeconds": 60,
        "identitySource": ["$request.header.A"],
        "enableSimpleResponses": True,
    }
    functions = Functions({"isAuthorized": True})
    first = Guard(authorizer, functions=functions, key="GET /a")
    second = Guard(authorizer, functions=functions, key="GET /b", tools=first.tools)
    assert status(first.send(headers={"A": "x"})) == status(second.send(headers={"A": "x"})) == 200
    assert len(functions.calls) == 1


def test_an_answer_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    for module in ("function_step", "kept_answers"):
        monkeypatch.setattr(f"limen.features.authorizers.{module}.monotonic", lambda: now[0])
    guard = Guard(TOKEN | {"authorizerResultTtlInSeconds": 10}, policy())
    guard.send(headers=ALICE)
    now[0] += 9.9
    guard.send(headers=ALICE)
    assert len(guard.calls) == 1
    now[0] += 0.2
    guard.send(headers=ALICE)
    assert len(guard.calls) == 2
    assert len(guard.tools.answers) == 1


def test_concurrent_requests_with_one_identity_ask_once() -> None:
    guard = Guard(TOKEN)
    exchanges = [guard.send(path, ALICE) for path in ("GET /pets", "GET /pets", "GET /secrets")]
    other = guard.send(headers={"Authorization": "bob"})
    assert not any(map(is_answered, exchanges))
    first, second = guard.calls
    assert (first.identity, second.identity) == (["alice"], ["bob"])
    first.hear(returned(policy(resource=f"{BASE}/GET/pets")))
    assert [status(exchange) for exchange in exchanges] == [200, 200, 403]
    assert not is_answered(other)
    second.hear(failed("Unauthorized"))
    assert status(other) == 401


def test_all_who_wait_hear_of_a_failure() -> None:
    guard = Guard(TOKEN)
    exchanges = [guard.send(headers=ALICE) for _ in range(3)]
    guard.calls[0].hear(FunctionReply(problem="timed out"))
    assert [status(exchange) for exchange in exchanges] == [500, 500, 500]
    assert len({id(exchange.failure) for exchange in exchanges}) == 3
    guard.send(headers=ALICE)
    assert len(guard.calls) == 2


def test_without_keeping_every_request_asks_for_itself() -> None:
    guard = Guard(TOKEN | {"authorizerResultTtlInSeconds": 0})
    for _ in range(2):
        guard.send(headers=ALICE)
    assert len(guard.calls) == 2


def test_what_was_asked_before_a_flush_is_not_kept_after_it() -> None:
    guard = Guard(TOKEN)
    before = guard.send(headers=ALICE)
    guard.tools.answers.flush("api1", "prod")
    after = guard.send(headers=ALICE)
    assert len(guard.calls) == 2
    guard.calls[0].hear(returned(policy()))
    assert status(before) == 200
    assert not is_answered(after)
    assert len(guard.tools.answers) == 0
    guard.calls[1].hear(returned(policy("Deny")))
    assert status(after) == 403
    assert status(guard.send(headers=ALICE)) == 403


def test_a_port_that_fails_leaves_nobody_waiting() -> None:
    class Broken(Functions):
        def compile(self, use: Any) -> Any:
            def ask(*_: Any) -> None:
                raise RuntimeError("broken")

            return ask

    guard = Guard(TOKEN, functions=Broken())
    assert [status(guard.send(headers=ALICE)) for _ in range(2)] == [500, 500]


def test_a_method_arn_of_over_1600_bytes_is_refused_unasked() -> None:
    guard = Guard(TOKEN, policy(resource="*"))
    response = answer(guard.send("GET /" + "a" * 1600, ALICE))
    assert (response.status, response.body) == (414, b'{"message":"Request URI too long"}')
    assert guard.calls == []
    guard.send(headers=ALICE)
    assert status(guard.send("GET /" + "a" * 1600, ALICE)) == 414


def test_conditions_are_weighed_for_each_request() -> None:
    output = policy()
    output["policyDocument"]["Statement"][0]["Condition"] = {"StringEquals": {"aws:SourceIp": "192.0.2.1"}}
    guard = Guard(TOKEN, output)
    assert status(guard.send(headers=ALICE)) == 200
    assert status(guard.send(headers=ALICE, source_ip="192.0.2.2")) == 403
    assert len(guard.calls) == 1


def test_what_the_function_is_compiled_with() -> None:
    guard = Guard(
        HTTP | {"authorizerCredentialsArn": "arn:aws:iam::000000000000:role/r"}, policy(), variables={"v": "1"}
    )
    [use] = guard.functions.uses
    assert (use.kind, use.timeout, use.authorizer_id, use.route_key) == ("2.0", 10.0, "au1", "GET /pets")
    assert (use.credentials, use.variables) == ("arn:aws:iam::000000000000:role/r", {"v": "1"})
    assert Guard(TOKEN, policy()).functions.uses[0].timeout == 29.0


def test_a_trace_tells_what_was_decided_and_hides_who_asked() -> None:
    token = "a-token-that-is-long-enough"
    guard = Guard(TOKEN, policy())
    first = guard.send(headers={"Authorization": token}, traced=True)
    assert first.trace is not None
    started, decided = first.trace.find("authorizer"), first.trace.find("authorized")
    assert started is not None and decided is not None
    assert started["id"] == "au1" and re.fullmatch(r"\*+enough", *started["identity"].values())
    assert (decided["verdict"], decided["principal"], decided["cached_s"]) == ("allowed", "ana", None)
    assert decided["statement"]["Effect"] == "Allow"
    assert decided["arn"] == f"{BASE}/GET/pets"
    second = guard.send(headers={"Authorization": token}, traced=True)
    assert second.trace is not None
    kept = second.trace.find("authorized")
    assert kept is not None and kept["cached_s"] >= 0
