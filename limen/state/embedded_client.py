"""The state in the state host of this machine, over its Unix socket."""

import asyncio
import logging
from typing import Any

import msgspec

from limen.frames import frame, read_frame
from limen.state.interface import StateAwayError
from limen.state.messages import (
    ANSWER_TIMEOUT,
    Delivery,
    Extension,
    Leases,
    LedgerPage,
    LedgerQuestion,
    UsageAnswer,
    UsageQuestion,
    Words,
)
from limen.state.questions import QUESTIONS, Answer, Ask

log = logging.getLogger("limen.state")

RETRY_DELAYS = (0.0, 0.05, 0.1, 0.25)
"""Seconds before the next try after so many that failed: until then the state is away without a try."""


class EmbeddedState:
    """A State, see interface. Of one event loop; asks many questions at once over one connection."""

    shares_caches = False

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._connection: _Connection | None = None
        self._connecting: asyncio.Task[_Connection] | None = None
        self._failures = 0
        self._may_try_at = 0.0
        self._is_closed = False

    async def lease(self, words: Words) -> Leases:
        return await self._ask("lease", words)  # type: ignore[no-any-return]

    async def deliver(self, delivery: Delivery) -> None:
        await self._ask("deliver", delivery)

    async def usage(self, question: UsageQuestion) -> UsageAnswer:
        return await self._ask("usage", question)  # type: ignore[no-any-return]

    async def ledger(self, question: LedgerQuestion) -> LedgerPage:
        return await self._ask("ledger", question)  # type: ignore[no-any-return]

    async def extend(self, extension: Extension) -> int:
        return await self._ask("extend", extension)  # type: ignore[no-any-return]

    async def forget_plan(self, plan_id: str) -> None:
        await self._ask("forget plan", plan_id)

    async def find_cached(self, key: str) -> bytes | None:
        return None

    async def put_cached(self, key: str, entry: bytes, seconds: float) -> None:
        return None

    async def move_clock(self, seconds: float) -> None:
        await self._ask("move clock", float(seconds))

    async def reset_clock(self) -> None:
        await self._ask("reset clock", None)

    async def close(self) -> None:
        self._is_closed = True
        if self._connecting is not None:
            self._connecting.cancel()
        if self._connection is not None:
            self._connection.close()

    async def _ask(self, question: str, body: Any) -> Any:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                connection = self._connection
                if connection is None or connection.is_lost:
                    connection = await self._connect()
                answer = await connection.ask(question, body)
        except TimeoutError:
            raise StateAwayError(f"the state host did not answer within {ANSWER_TIMEOUT:g} s") from None
        if answer.problem:
            raise StateAwayError(answer.problem)
        return QUESTIONS[question].answered.decode(answer.body)

    async def _connect(self) -> "_Connection":
        """One try at a time, which all wait for."""
        loop = asyncio.get_running_loop()
        if self._is_closed:
            raise StateAwayError("this side was closed")
        if self._connecting is None:
            if loop.time() < self._may_try_at:
                raise StateAwayError(f"the state host cannot be reached on {self._socket}")
            self._connecting = loop.create_task(self._try(loop), name="connect to the state host")
        return await asyncio.shield(self._connecting)

    async def _try(self, loop: asyncio.AbstractEventLoop) -> "_Connection":
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket)
        except OSError as error:
            self._failures += 1
            delay = RETRY_DELAYS[min(self._failures, len(RETRY_DELAYS) - 1)]
            self._may_try_at = loop.time() + delay
            raise StateAwayError(f"the state host cannot be reached on {self._socket}: {error.strerror}") from None
        finally:
            self._connecting = None
        self._failures = 0
        self._connection = _Connection(reader, writer)
        return self._connection


class _Connection:
    """Questions on their way, by number."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self.is_lost = False
        self._reading = asyncio.ensure_future(self._read())

    async def ask(self, question: str, body: Any) -> Answer:
        self._number += 1
        number = self._number
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(frame(Ask(number, question, msgspec.Raw(msgspec.msgpack.encode(body)))))
            answer: Answer = await waiting
            return answer
        finally:
            self._waiting.pop(number, None)

    def close(self) -> None:
        self._reading.cancel()
        self._lose()

    async def _read(self) -> None:
        decoder = msgspec.msgpack.Decoder(Answer)
        try:
            while True:
                answer = await read_frame(self._reader, decoder)
                waiting = self._waiting.get(answer.number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except (OSError, EOFError):
            pass  # it ends, or died; the next question starts it again
        except msgspec.DecodeError:
            log.warning("the state host is not understood")
        finally:
            self._lose()

    def _lose(self) -> None:
        self.is_lost = True
        self._writer.close()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(StateAwayError("the connection to the state host was lost"))
