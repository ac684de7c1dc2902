"""Answers questions about the state on a Unix socket that belongs to the supervisor."""

import asyncio
import logging
import socket

import msgspec

from limen.frames import frame, read_frame
from limen.state.interface import State, StateAwayError
from limen.state.questions import QUESTIONS, Answer, Ask, Question
from limen.tasks import Tasks

log = logging.getLogger("limen.state")

MOST_ASKED = 1000
"""Questions of one client that wait for an answer; it has to wait with more."""
MOST_UNREAD = 8 << 20
"""Bytes of answers that a client leaves lying; then it is cut off, and asks again."""

_NOTHING = msgspec.Raw(msgspec.msgpack.encode(None))


class StateServer:
    """Owned by the state host."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._clients: dict[_Client, asyncio.Task[None]] = {}
        self._tasks = Tasks()

    async def start(self, listening: socket.socket) -> None:
        self._server = await asyncio.start_unix_server(self._serve, sock=listening)

    async def stop(self, timeout: float) -> None:
        """Answers what has been asked, and closes; what waits to be accepted is left for the next host."""
        self._server.close()
        for reading in self._clients.values():
            reading.cancel()
        asked = [client.answered.wait() for client in self._clients]
        if asked:
            await asyncio.wait([asyncio.ensure_future(wait) for wait in asked], timeout=timeout)
        for client in list(self._clients):
            client.close()
        await self._tasks.cancel_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(self._state, reader, writer, self._tasks)
        reading = self._clients[client] = asyncio.ensure_future(client.read())
        try:
            await asyncio.wait([reading])
            await client.answered.wait()
        finally:
            del self._clients[client]
            client.close()


class _Client:
    """One connection."""

    def __init__(self, state: State, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tasks: Tasks) -> None:
        self._state = state
        self._reader = reader
        self._writer = writer
        self._tasks = tasks
        self._asked = asyncio.Semaphore(MOST_ASKED)
        self._open = 0
        self.answered = asyncio.Event()
        """Whether no question waits."""
        self.answered.set()

    async def read(self) -> None:
        decoder = msgspec.msgpack.Decoder(Ask)
        try:
            while True:
                ask = await read_frame(self._reader, decoder)
                question = QUESTIONS.get(ask.question)
                if question is None:
                    self._write(Answer(ask.number, f"{ask.question[:50]!r} is no question of this version", _NOTHING))
                elif question.never_waits:
                    self._write(await self._answer(ask, question))
                else:
                    await self._asked.acquire()
                    self._open += 1
                    self.answered.clear()
                    self._tasks.start(self._answer_later(ask, question), f"answer to {ask.question}")
        except (OSError, EOFError):
            pass  # it has gone
        except msgspec.DecodeError:
            log.warning("a client of the state is not understood, and is cut off")

    def close(self) -> None:
        self._writer.close()

    async def _answer_later(self, ask: Ask, question: Question) -> None:
        try:
            self._write(await self._answer(ask, question))
        finally:
            self._asked.release()
            self._open -= 1
            if not self._open:
                self.answered.set()

    async def _answer(self, ask: Ask, question: Question) -> Answer:
        try:
            answer = await question.ask(self._state, question.asked.decode(ask.body))
        except (StateAwayError, msgspec.DecodeError) as error:
            return Answer(ask.number, str(error), _NOTHING)
        except Exception:
            log.exception("a question (%s) failed", ask.question)
            return Answer(ask.number, "the state failed; its log tells why", _NOTHING)
        return Answer(ask.number, "", msgspec.Raw(msgspec.msgpack.encode(answer)))

    def _write(self, answer: Answer) -> None:
        if self._writer.transport.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > MOST_UNREAD:
            log.warning("a client of the state does not read its answers, and is cut off")
            self._writer.transport.abort()
            return
        self._writer.write(frame(answer))
