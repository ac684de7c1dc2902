"""One connection to a server while it lasts: commands of one turn of the loop are one write, answers come in order.

https://valkey.io/topics/protocol/ (RESP2), https://valkey.io/topics/pipelining/
"""

import asyncio
import socket
from collections import deque
from typing import Any, cast

import hiredis

from limen.state.interface import StateAwayError

MOST_WAITING = 20_000
"""Commands without an answer."""
MOST_BYTES = 64 << 20
"""Of commands without an answer."""
GRACE = 0.02
"""Seconds that an answer may come after its deadline."""
_NOTHING = object()


class _Asked:
    """Commands that were sent together, and the answers to them so far."""

    __slots__ = ("answer", "answers", "count", "deadline", "size")

    def __init__(self, answer: asyncio.Future[list[Any]], count: int, size: int, deadline: float) -> None:
        self.answer = answer
        self.answers: list[Any] = []
        self.count = count
        self.size = size
        self.deadline = deadline


class Wire(asyncio.Protocol):
    """`place` is for messages. Once it is lost, all who wait get StateAwayError, and it is of no more use."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(notEnoughData=_NOTHING)
        self._asked: deque[_Asked] = deque()
        self._outgoing: list[bytes] = []
        self._waiting = self._bytes = 0
        self._watch: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[str] = self._loop.create_future()
        """Done when it is lost; says why."""
        self.has_timed_out = False

    def ask(self, commands: bytes, count: int, deadline: float) -> asyncio.Future[list[Any]]:
        """The answers of packed commands, in order; one that is an error is an instance of hiredis.ReplyError."""
        if self.lost.done():
            raise StateAwayError(f"{self._place}: {self.lost.result()}")
        if self._waiting + count > MOST_WAITING or (self._asked and self._bytes + len(commands) > MOST_BYTES):
            raise StateAwayError(f"{self._place}: too many commands wait for an answer")
        asked = _Asked(self._loop.create_future(), count, len(commands), deadline)
        self._asked.append(asked)
        self._waiting += count
        self._bytes += asked.size
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(commands)
        if self._watch is None:
            self._watch = self._loop.call_at(deadline, self._look_at_deadline)
        return asked.answer

    def drop(self, reason: str) -> None:
        """Gives the connection up at once."""
        if self.lost.done():
            return
        self.lost.set_result(reason)
        if self._watch is not None:
            self._watch.cancel()
        if self._transport is not None:
            self._transport.abort()
        error = f"{self._place}: {reason}"
        while self._asked:
            answer = self._asked.popleft().answer
            if not answer.done():
                answer.set_exception(StateAwayError(error))
        self._outgoing.clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        opened = transport.get_extra_info("socket")
        if opened is not None:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        reader.feed(data)
        try:
            while (answer := reader.gets()) is not _NOTHING:
                self._take(answer)
        except hiredis.ProtocolError:
            self.drop("what answers there is no Valkey or Redis server")

    def connection_lost(self, error: Exception | None) -> None:
        self.drop(f"the connection was lost{f' ({error})' if error else ''}")

    def _take(self, answer: Any) -> None:
        if not self._asked:
            self.drop("the server answered without being asked")
            return
        asked = self._asked[0]
        asked.answers.append(answer)
        if len(asked.answers) < asked.count:
            return
        self._asked.popleft()
        self._waiting -= asked.count
        self._bytes -= asked.size
        if not asked.answer.done():
            asked.answer.set_result(asked.answers)

    def _flush(self) -> None:
        if self._outgoing and self._transport is not None:
            outgoing = self._outgoing
            self._outgoing = []
            self._transport.write(outgoing[0] if len(outgoing) == 1 else b"".join(outgoing))

    def _look_at_deadline(self) -> None:
        """One timer for all: whoever asked first has to be answered first."""
        self._watch = None
        if not self._asked:
            return
        asked = self._asked[0]
        if asked.deadline <= self._loop.time():
            # After a turn that took long, timers come before the answers that were there all the while.
            self._watch = self._loop.call_later(GRACE, self._expire, asked)
        else:
            self._watch = self._loop.call_at(asked.deadline, self._look_at_deadline)

    def _expire(self, asked: _Asked) -> None:
        if self._asked and self._asked[0] is asked:
            self.has_timed_out = True
            self.drop("no answer in time")
        else:
            self._look_at_deadline()
