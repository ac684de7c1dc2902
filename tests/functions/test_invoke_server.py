"""The socket on which functions are invoked: requests in, answers out, whatever the order and the size."""

import asyncio

import pytest

from limen.aws.eventstream import EventDecoder
from limen.functions.errors import LARGEST_REQUEST
from limen.functions.invocation import Invocation, Outcome
from limen.functions.records import VersionRecord
from tests.functions.hosting import arn_of, function, hosting, request


def test_a_function_is_invoked_by_its_arn() -> None:
    async def run() -> None:
        async with hosting() as host:
            answer = await host.invoke(arn_of("hello"), b'{"a": 1}')
            assert (answer.status, answer.body) == (200, b'{"a": 1}')
            assert answer.headers["content-type"] == "application/json"
            assert answer.headers["x-amz-executed-version"] == "$LATEST"
            assert len(answer.headers["x-amzn-requestid"]) == 36
            assert "x-amz-function-error" not in answer.headers
            assert "x-amz-log-result" not in answer.headers

    asyncio.run(run())


def test_what_the_caller_says_reaches_the_function() -> None:
    async def run() -> None:
        async with hosting() as host:
            answer = await host.invoke(
                "hello",
                X_Amz_Client_Context="eyJhIjoxfQ==",
                X_Amzn_Trace_Id="Root=1-a-b",
                X_Amz_Log_Type="Tail",
            )
            (invocation,) = host.environments.made[0].invocations
            assert (invocation.client_context, invocation.trace_id) == ('{"a":1}', "Root=1-a-b")
            assert invocation.invoked_arn == arn_of("hello")
            assert answer.headers["x-amzn-requestid"] == invocation.request_id
            assert answer.headers["x-amz-log-result"] == "d2hhdCB3YXMgbG9nZ2Vk"
            assert answer.headers["x-amzn-trace-id"] == "Root=1-a-b"

    asyncio.run(run())


def test_nothing_is_run_before_the_functions_are_known() -> None:
    async def run() -> None:
        async with hosting(is_told=False) as host:
            answer = await host.invoke()
            assert (answer.status, answer.json["Type"]) == (503, "Service")

    asyncio.run(run())


def test_no_payload_is_an_empty_object() -> None:
    async def run() -> None:
        async with hosting() as host:
            assert (await host.invoke("hello", b"")).body == b"{}"

    asyncio.run(run())


def test_an_error_of_the_function_is_no_error_of_the_invocation() -> None:
    async def fail(invocation: Invocation, version: VersionRecord) -> Outcome:
        return Outcome(payload=b'{"errorMessage":"no"}', error="Unhandled")

    async def run() -> None:
        async with hosting(handler=fail) as host:
            answer = await host.invoke()
            assert (answer.status, answer.headers["x-amz-function-error"]) == (200, "Unhandled")

    asyncio.run(run())


def test_one_connection_carries_many_invocations() -> None:
    async def run() -> None:
        async with hosting() as host:
            caller = await host.connect()
            answers = [await caller.invoke("hello", b"%d" % number) for number in range(20)]
            assert [answer.body for answer in answers] == [b"%d" % number for number in range(20)]
            assert len(host.environments.made) == 1

    asyncio.run(run())


def test_pipelined_invocations_are_answered_in_order() -> None:
    async def run() -> None:
        async with hosting() as host:
            caller = await host.connect()
            for number in range(50):
                caller.send("hello", b"%d" % number)
            assert [(await caller.receive()).body for _ in range(50)] == [b"%d" % number for number in range(50)]

    asyncio.run(run())


def test_a_request_may_come_byte_by_byte() -> None:
    async def run() -> None:
        async with hosting() as host:
            caller = await host.connect()
            for byte in request("hello", b'{"a":1}', X_Amz_Log_Type="Tail"):
                caller.writer.write(bytes((byte,)))
                await asyncio.sleep(0)
            assert (await caller.receive()).body == b'{"a":1}'

    asyncio.run(run())


def test_a_payload_may_come_in_chunks() -> None:
    async def run() -> None:
        async with hosting() as host:
            caller = await host.connect()
            caller.writer.write(
                b"POST /2015-03-31/functions/hello/invocations HTTP/1.1\r\n"
                b"Host: f\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"4\r\n[1,2\r\n2\r\n,3\r\n1\r\n]\r\n0\r\n\r\n"
            )
            assert (await caller.receive()).body == b"[1,2,3]"

    asyncio.run(run())


def test_large_payloads_pass_up_to_the_limit() -> None:
    async def run() -> None:
        async with hosting() as host:
            largest = b'"' + b"x" * (LARGEST_REQUEST - 2) + b'"'
            caller = await host.connect()
            assert (await caller.invoke("hello", largest)).body == largest
            refused = await caller.invoke("hello", largest + b" ")
            assert refused.status == 413
            assert refused.headers["x-amzn-errortype"] == "RequestEntityTooLargeException"
            assert refused.json == {
                "Type": "User",
                "message": "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
            }
            assert (await caller.invoke("hello", b"1")).body == b"1"

    asyncio.run(run())


def test_payloads_wait_for_room() -> None:
    async def run() -> None:
        async with hosting(buffered=1_000_000) as host:
            payload = b'"' + b"x" * 700_000 + b'"'
            answers = await asyncio.gather(*(host.invoke("hello", payload) for _ in range(5)))
            assert {answer.body for answer in answers} == {payload}

    asyncio.run(run())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /2015-03-31/functions/hello/invocations HTTP/1.1\r\nHost: f\r\n\r\n", 405),
        (b"POST /2015-03-31/functions HTTP/1.1\r\nHost: f\r\nContent-Length: 0\r\n\r\n", 404),
        (b"hello\r\n\r\n", 400),
        (b"POST /%b HTTP/1.1\r\nHost: f\r\nContent-Length: 0\r\n\r\n" % (b"x" * 70_000), 431),
    ],
)
def test_what_is_no_invocation_is_refused(sent: bytes, status: int) -> None:
    async def run() -> None:
        async with hosting() as host:
            caller = await host.connect()
            caller.writer.write(sent)
            assert (await caller.receive()).status == status

    asyncio.run(run())


def test_a_caller_that_goes_away_does_not_stop_the_function() -> None:
    ended = asyncio.Event()

    async def wait(invocation: Invocation, version: VersionRecord) -> Outcome:
        await asyncio.sleep(0.05)
        ended.set()
        return Outcome(payload=b"1")

    async def run() -> None:
        async with hosting(handler=wait) as host:
            caller = await host.connect()
            caller.send("hello")
            await asyncio.sleep(0.02)
            caller.close()
            await asyncio.wait_for(ended.wait(), 5)
            assert (await host.invoke()).body == b"1"
            assert host.machine.in_flight == 0

    asyncio.run(run())


def test_draining_answers_what_was_asked_and_closes() -> None:
    async def wait(invocation: Invocation, version: VersionRecord) -> Outcome:
        await asyncio.sleep(0.1)
        return Outcome(payload=b"1")

    async def run() -> None:
        async with hosting(handler=wait) as host:
            busy, idle = await host.connect(), await host.connect()
            busy.send("hello")
            await idle.invoke("hello")
            draining = asyncio.create_task(host.server.drain(5))  # type: ignore[attr-defined]
            answer = await busy.receive() if not busy.reader.at_eof() else None
            assert answer is not None and answer.body == b"1"
            assert await busy.is_closed() and await idle.is_closed()
            await draining

    asyncio.run(run())


def test_a_streamed_answer_comes_as_it_is_made() -> None:
    go_on = asyncio.Event()

    async def stream(invocation: Invocation, version: VersionRecord) -> Outcome:
        assert invocation.on_piece is not None
        invocation.on_piece(b"one")
        await go_on.wait()
        invocation.on_piece(b"two")
        return Outcome(payload=b"", log_tail=b"tail")

    async def run() -> None:
        async with hosting(handler=stream) as host:
            caller = await host.connect()
            caller.send("hello", is_streamed=True, X_Amz_Log_Type="Tail")
            head = await caller.reader.readuntil(b"\r\n\r\n")
            assert b"Content-Type: application/vnd.amazon.eventstream" in head
            size = int(await caller.reader.readline(), 16)
            (first,) = EventDecoder().feed(await caller.reader.readexactly(size))
            assert (first.type, first.payload) == ("PayloadChunk", b"one")
            go_on.set()
            await caller.reader.readexactly(2)
            rest = b"".join([piece async for piece in caller._chunks()])
            second, complete = EventDecoder().feed(rest)
            assert second.payload == b"two"
            assert (complete.type, complete.payload) == ("InvokeComplete", b'{"LogResult":"dGFpbA=="}')

    asyncio.run(run())


def test_a_function_that_fails_while_it_streams_says_so_at_the_end() -> None:
    async def stream(invocation: Invocation, version: VersionRecord) -> Outcome:
        assert invocation.on_piece is not None
        invocation.on_piece(b"one")
        return Outcome(payload=b'{"errorType":"X"}', error="Unhandled")

    async def run() -> None:
        async with hosting(handler=stream) as host:
            caller = await host.connect()
            answer = await caller.invoke("hello", is_streamed=True)
            _, complete = EventDecoder().feed(answer.body)
            assert complete.payload == b'{"ErrorCode":"Unhandled","ErrorDetails":"{\\"errorType\\":\\"X\\"}"}'

    asyncio.run(run())


def test_a_function_that_does_not_stream_is_one_chunk() -> None:
    async def run() -> None:
        async with hosting() as host:
            caller = await host.connect()
            answer = await caller.invoke("hello", b'"all"', is_streamed=True)
            chunk, complete = EventDecoder().feed(answer.body)
            assert (chunk.payload, complete.payload) == (b'"all"', b"{}")

    asyncio.run(run())


def test_a_stream_waits_for_a_slow_reader() -> None:
    waits = 0

    async def stream(invocation: Invocation, version: VersionRecord) -> Outcome:
        nonlocal waits
        assert invocation.on_piece is not None
        for _ in range(40):
            room = invocation.on_piece(b"x" * 100_000)
            if room is not None:
                waits += 1
                await room
        return Outcome(payload=b"")

    async def run() -> None:
        async with hosting(function(), handler=stream) as host:
            caller = await host.connect()
            caller.send("hello", is_streamed=True)
            await asyncio.sleep(0.05)
            answer = await caller.receive()
            assert sum(len(event.payload) for event in EventDecoder().feed(answer.body)) == 4_000_002
            assert waits > 0

    asyncio.run(run())
