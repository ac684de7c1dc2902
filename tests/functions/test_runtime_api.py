"""The Runtime API as a runtime meets it over a socket: states, refusals, streams."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from limen.functions.invocation import Invocation
from limen.functions.runtime_api import MOST_PAYLOAD
from tests.support.runtime_peer import NEXT, ONE, Host, Runtime, post, run, stream

TRANSITION = "State transition from {} to {} failed for runtime. Error: State transition is not allowed"


def test_an_invocation_is_handed_over_and_answered() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        runtime.writer.write(NEXT)
        while not host.times_ready:
            await asyncio.sleep(0.001)
        host.api.deliver(
            Invocation(
                request_id="one", invoked_arn="arn:f", payload=b"[]", trace_id="Root=1", cognito_identity='{"i":1}',
                client_context='{\n"custom":\r\n{}}',
            ),
            1700000000000,
        )  # fmt: skip
        status, headers, body = await runtime.read()
        assert (status, body) == (200, b"[]")
        assert headers == {
            "Content-Type": "application/json",
            "Content-Length": "2",
            "Lambda-Runtime-Aws-Request-Id": "one",
            "Lambda-Runtime-Deadline-Ms": "1700000000000",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:f",
            "Lambda-Runtime-Trace-Id": "Root=1",
            "Lambda-Runtime-Client-Context": '{ "custom":  {}}',
            "Lambda-Runtime-Cognito-Identity": '{"i":1}',
        }

        runtime.writer.write(post("/invocation/one/response", b"[2]", Content_Type="text/x") + NEXT)
        while host.times_ready != 2:
            await asyncio.sleep(0.001)
        host.api.deliver(ONE, 5)  # both answers go together
        assert await runtime.read() == (
            202, {"Content-Type": "application/json", "Content-Length": "16"}, b'{"status":"OK"}\n'
        )  # fmt: skip
        assert [(a.payload, a.error_type, a.content_type) for a in host.answers] == [(b"[2]", "", "text/x")]
        assert (await runtime.read())[2] == ONE.payload

    run(transcript)


def test_an_invocation_waits_for_the_runtime() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.api.deliver(ONE, 5)
        assert await runtime.error(post("/invocation/one/response")) == (
            400, {"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"}
        )  # fmt: skip
        assert (await runtime.ask(NEXT))[2] == ONE.payload
        assert (await runtime.ask(NEXT))[2] == ONE.payload  # asked again without an answer
        assert host.times_ready == 1

    run(transcript)


def test_what_the_state_forbids_is_refused() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.api.deliver(ONE, 5)
        await runtime.ask(NEXT)
        assert (await runtime.error(post("/invocation/other/response")))[0] == 400
        assert await runtime.error(post("/init/error", b"{}")) == (
            403, {"errorType": "InvalidStateTransition", "errorMessage": TRANSITION.format("Running", "InitError")}
        )  # fmt: skip
        assert (await runtime.ask(post("/invocation/one/response", b"1")))[0] == 202
        for path, name in (("response", "InvocationResponse"), ("error", "InvocationErrorResponse")):
            message = TRANSITION.format("RuntimeResponseSentState", name)
            assert await runtime.error(post(f"/invocation/one/{path}", b"2")) == (
                403, {"errorType": "InvalidStateTransition", "errorMessage": message}
            )  # fmt: skip
        assert [answer.payload for answer in host.answers] == [b"1"]

    run(transcript)


def test_errors_are_told_with_their_type() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        cause = {"errorMessage": "m", "errorType": "T", "stackTrace": ["s"], "errorCause": {"message": "secret"}}
        for number, (body, headers) in enumerate(
            [
                (b"{}", {"Lambda_Runtime_Function_Error_Type": "Runtime.HandlerNotFound"}),
                (b"{}", {"Lambda_Runtime_Function_Error_Type": "ZeroDivisionError"}),
                (json.dumps(cause).encode(), {"Content_Type": "application/vnd.aws.lambda.error.cause+json"}),
                (b"[]", {"Content_Type": "application/vnd.aws.lambda.error.cause+json"}),
            ]
        ):
            host.api.deliver(Invocation(request_id=str(number), invoked_arn="arn", payload=b""), 5)
            await runtime.ask(NEXT)
            assert (await runtime.ask(post(f"/invocation/{number}/error", body, **headers)))[0] == 202

        assert [answer.error_type for answer in host.answers] == ["Runtime.HandlerNotFound", *["Runtime.Unknown"] * 3]
        assert json.loads(host.answers[2].payload) == {"errorMessage": "m", "errorType": "T", "stackTrace": ["s"]}
        assert host.answers[3].payload == b'"Invalid error body"'

    run(transcript)


def test_an_init_error_ends_all() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        body = b'{"errorType":"Runtime.ImportModuleError"}'
        request = post("/init/error", body, Lambda_Runtime_Function_Error_Type="Runtime.ImportModuleError")
        assert (await runtime.ask(request))[0] == 202
        assert [(a.payload, a.error_type) for a in host.init_failures] == [(body, "Runtime.ImportModuleError")]
        status, error = await runtime.error(NEXT)
        assert (status, error["errorMessage"]) == (403, TRANSITION.format("InitError", "Ready"))

    run(transcript)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_response_that_is_too_large_is_an_error_for_both(is_streamed: bool) -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.api.deliver(ONE, 5)
        await runtime.ask(NEXT)
        body = bytes(MOST_PAYLOAD + 1)
        path = "/invocation/one/response"
        status, error = await runtime.error(stream(path, body) if is_streamed else post(path, body))
        assert (status, error["errorType"]) == (413, "RequestEntityTooLarge")
        assert error["errorMessage"] == "Exceeded maximum allowed payload size (6291556 bytes)."
        assert json.loads(host.answers[0].payload) == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size (6291557 bytes) exceeded maximum allowed payload size "
            "(6291556 bytes).",
        }
        runtime.writer.write(NEXT)  # it goes on
        while host.times_ready != 2:
            await asyncio.sleep(0.001)

    run(transcript)


def test_the_largest_response_passes() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.api.deliver(ONE, 5)
        await runtime.ask(NEXT)
        assert (await runtime.ask(post("/invocation/one/response", bytes(MOST_PAYLOAD))))[0] == 202
        assert len(host.answers[0].payload) == MOST_PAYLOAD

    run(transcript)


def streamed(pieces: list[bytes], types: list[str], wait: Callable[[], Any] = lambda: None) -> Invocation:
    def take(piece: bytes) -> Any:
        pieces.append(piece)
        return wait()

    return Invocation(request_id="one", invoked_arn="arn", payload=b"", on_piece=take, on_stream=types.append)


def test_a_streamed_response_is_told_as_it_comes() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        pieces: list[bytes] = []
        types: list[str] = []
        host.api.deliver(streamed(pieces, types), 5)
        await runtime.ask(NEXT)
        request = stream("/invocation/one/response", b"first", b"second")
        cut = request.index(b"6\r\nsecond")
        runtime.writer.write(request[:cut])
        while not pieces:
            await asyncio.sleep(0.001)
        assert (pieces, types, host.answers) == ([b"first"], ["text/event-stream"], [])
        assert (await runtime.ask(request[cut:]))[0] == 202
        assert (pieces, host.answers[0].payload, host.answers[0].error_type) == ([b"first", b"second"], b"", "")

    run(transcript)


def test_a_streamed_response_that_nobody_follows_is_collected() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.api.deliver(ONE, 5)
        await runtime.ask(NEXT)
        await runtime.ask(stream("/invocation/one/response", b"a", b"b"))
        assert host.answers[0].payload == b"ab"

    run(transcript)


def test_an_error_in_the_middle_of_a_stream_is_told() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.api.deliver(streamed([], []), 5)
        await runtime.ask(NEXT)
        body = base64.b64encode(b'{"errorMessage":"late"}').decode()
        trailers = f"Lambda-Runtime-Function-Error-Type: Late\r\nLambda-Runtime-Function-Error-Body: {body}\r\n"
        await runtime.ask(stream("/invocation/one/response", b"a", trailers=trailers))
        assert [(a.payload, a.error_type) for a in host.answers] == [(b'{"errorMessage":"late"}', "Late")]

    run(transcript)


def test_a_stream_that_breaks_off_is_an_error() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        pieces: list[bytes] = []
        host.api.deliver(streamed(pieces, []), 5)
        await runtime.ask(NEXT)
        runtime.writer.write(stream("/invocation/one/response", b"a", end=b""))
        while not pieces:
            await asyncio.sleep(0.001)
        runtime.writer.close()
        while not host.answers:
            await asyncio.sleep(0.001)
        assert host.answers[0].error_type == "Runtime.TruncatedResponse"

    run(transcript)


def test_a_response_that_breaks_off_may_be_sent_again() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.api.deliver(ONE, 5)
        await runtime.ask(NEXT)
        runtime.writer.write(post("/invocation/one/response", b"abc")[:-1])
        await asyncio.sleep(0.01)
        runtime.writer.close()
        await runtime.is_closed()
        again = await host.connect()
        assert (await again.ask(post("/invocation/one/response", b"abc")))[0] == 202
        again.writer.close()

    run(transcript)


def test_a_slow_receiver_slows_the_runtime() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        pieces: list[bytes] = []
        can_take = asyncio.Event()
        host.api.deliver(streamed(pieces, [], can_take.wait), 5)
        await runtime.ask(NEXT)
        sending = asyncio.create_task(runtime.ask(stream("/invocation/one/response", *[bytes(65536)] * 200)))
        await asyncio.sleep(0.1)
        assert sum(map(len, pieces)) < 2_000_000
        can_take.set()
        assert (await sending)[0] == 202
        assert sum(map(len, pieces)) == 200 * 65536

    run(transcript)


def test_an_unknown_response_mode_is_refused() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.api.deliver(ONE, 5)
        await runtime.ask(NEXT)
        request = post("/invocation/one/response", b"x", Lambda_Runtime_Function_Response_Mode="odd")
        assert (await runtime.error(request))[1]["errorType"] == "InvalidFunctionResponseMode"
        assert host.answers[0].error_type == "Runtime.InvalidResponseModeHeader"

    run(transcript)


def test_what_is_not_there_says_so() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        assert (await runtime.error(b"GET /x HTTP/1.1\r\n\r\n"))[0] == 404
        assert await runtime.error(b"PUT /2020-08-15/logs HTTP/1.1\r\n\r\n") == (
            202, {"errorType": "Logs.NotSupported", "errorMessage": "Logs API is not supported"}
        )  # fmt: skip
        register = b"POST /2020-01-01/extension/register HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
        assert (await runtime.error(register))[1]["errorType"] == "Extension.NotSupported"

    run(transcript)


def test_only_one_connection_waits() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        runtime.writer.write(NEXT)
        while not host.times_ready:
            await asyncio.sleep(0.001)
        second = await host.connect()
        second.writer.write(NEXT)
        assert (await runtime.read())[0] == 403
        host.api.deliver(ONE, 5)
        assert (await second.read())[2] == ONE.payload
        second.writer.close()

    run(transcript)
