"""Output becomes log events: lines, frames, pieces without end, bytes that are no text."""

import asyncio
import os
from collections.abc import Awaitable, Callable

from limen.functions import capture as capture_module
from limen.functions.capture import MOST_EVENT, Capture
from limen.functions.spawner import make_pipe


class Stream:
    """Notes log events."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.is_filling = False
        self.flushes = 0

    def write(self, message: str, timestamp_ms: int, request_id: str = "") -> None:
        self.events.append((message, request_id))

    def flush(self) -> None:
        self.flushes += 1


class Function:
    """The writing ends of what a capture follows."""

    def __init__(self) -> None:
        self.stream = Stream()
        self.capture = Capture(self.stream)
        output, self.output = make_pipe()
        telemetry, self.telemetry = make_pipe()
        self.capture.attach(output, telemetry)

    @property
    def messages(self) -> list[str]:
        return [message for message, _ in self.stream.events]


def run(test: Callable[[Function], Awaitable[None]]) -> None:
    async def whole() -> None:
        function = Function()
        await test(function)
        function.capture.detach()
        os.close(function.output)
        os.close(function.telemetry)

    asyncio.run(whole())


def frame(message: bytes, length: int | None = None) -> bytes:
    size = len(message) if length is None else length
    return b"\xa5\x5a\x00\x03" + size.to_bytes(4, "big") + (1_700_000_000_000_000).to_bytes(8, "big") + message


def test_each_line_is_an_event_of_its_invocation() -> None:
    async def test(function: Function) -> None:
        os.write(function.output, b"before\n")
        function.capture.begin("one")
        os.write(function.output, b"first\nsec")
        await asyncio.sleep(0.02)
        os.write(function.output, b"ond\nlast without end")
        function.capture.say("")
        function.capture.drain()
        function.capture.say("END\n")
        assert function.stream.events == [
            ("before\n", ""), ("first\n", "one"), ("second\n", "one"), ("last without end", "one"), ("END\n", "one")
        ]  # fmt: skip
        assert function.capture.tail == b"first\nsecond\nlast without endEND\n"

    run(test)


def test_a_frame_is_one_event() -> None:
    async def test(function: Function) -> None:
        whole = frame(b"Traceback\n  line\n") + frame("zwölf".encode())
        os.write(function.telemetry, whole[:20])
        await asyncio.sleep(0.02)
        os.write(function.telemetry, whole[20:])
        function.capture.drain()
        assert function.messages == ["Traceback\n  line\n", "zwölf\n"]

    run(test)


def test_what_is_no_frame_is_shown() -> None:
    async def test(function: Function) -> None:
        os.write(function.telemetry, b"plain text, longer than a frame head\n")
        function.capture.drain()
        assert function.messages == ["plain text, longer than a frame head\n"]

    run(test)


def test_a_frame_that_promises_too_much_is_cut() -> None:
    async def test(function: Function) -> None:
        os.write(function.telemetry, frame(b"", 1 << 31))
        for _ in range(MOST_EVENT // 32768):
            os.write(function.telemetry, b"x" * 32768)
            await asyncio.sleep(0.001)
        function.capture.drain()
        assert [len(message) for message in function.messages] == [MOST_EVENT + 1]

    run(test)


def test_a_line_without_end_is_cut() -> None:
    async def test(function: Function) -> None:
        for _ in range(20):
            os.write(function.output, b"x" * 32768)
            await asyncio.sleep(0.001)
        function.capture.drain()
        assert sum(map(len, function.messages)) == 20 * 32768
        assert max(map(len, function.messages)) <= MOST_EVENT + 65536

    run(test)


def test_bytes_that_are_no_text_are_replaced() -> None:
    async def test(function: Function) -> None:
        os.write(function.output, b"\xff\xfe\x00ok\n")
        function.capture.drain()
        assert function.messages == ["\ufffd\ufffd\x00ok\n"]

    run(test)


def test_the_tail_is_the_end_of_the_log() -> None:
    async def test(function: Function) -> None:
        for number in range(2000):
            function.capture.say(f"line {number}\n")
        assert len(function.capture.tail) == 4096
        assert function.capture.tail.endswith(b"line 1999\n")

    run(test)


def test_a_log_that_fills_slows_the_function() -> None:
    async def test(function: Function) -> None:
        function.stream.is_filling = True
        os.write(function.output, b"waits\n")
        await asyncio.sleep(0.05)
        assert (function.messages, function.stream.flushes > 0) == ([], True)
        function.stream.is_filling = False
        await asyncio.sleep(3 * capture_module.PAUSE)
        assert function.messages == ["waits\n"]

    run(test)
