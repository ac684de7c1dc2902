"""A connection to a server that is made when it is first used, and made again whenever it is lost."""

import asyncio
import contextlib
import logging
import os
import random
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import hiredis
from msgspec import Struct

from limen.state.interface import StateAwayError
from limen.state.messages import ANSWER_TIMEOUT
from limen.state.valkey.calls import Part, pack_command
from limen.state.valkey.tls import make_context
from limen.state.valkey.url import Address, Login, TlsFiles
from limen.state.valkey.wire import MOST_WAITING, Wire
from limen.tasks import Tasks

log = logging.getLogger("limen.state")

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds between two attempts to connect; each pause is twice the last one, less up to a half by chance."""
LONGEST_ASKED = 0.25
"""Likewise while somebody asks for it: nodes that are back at different times admit more than the limit meanwhile (six
workers within 0.25 s, with pauses of a second within 1.0 s). Not where a server refuses us: that may cost it much."""
OLDEST = (6, 2)

Find: TypeAlias = Callable[[], Awaitable[Address]]
"""Says where the server is, before each attempt; StateAwayError or OSError where nobody knows."""


class Access(Struct, frozen=True):
    """How to speak to a server, wherever it is."""

    login: Login = Login()
    database: int = 0
    tls: TlsFiles | None = None
    must_be_master: bool = False
    is_sentinel: bool = False


class RefusedError(StateAwayError):
    """Something answered there, and does not want us or is of no use."""


class Losses:
    """What went wrong, counted for whoever wants to know."""

    def __init__(self) -> None:
        self.connections_lost = 0
        self.connects_failed = 0
        self.timeouts = 0
        self.errors = 0
        """Answers that were errors."""


class Connection:
    """`place` names the server in messages. While it is away, `ask` raises at once, and it is tried again and again."""

    def __init__(self, place: str, find: Find, access: Access, losses: Losses) -> None:
        self.place = place
        self._find = find
        self._access = access
        self._losses = losses
        self._context: ssl.SSLContext | None = None
        self._wire: Wire | None = None
        self._tasks = Tasks()
        self._keeper: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[None] | None = None
        self._waiting = 0
        self._away: str | None = None
        """Why the last attempt failed; None while there was none since the server was there."""
        self._lost_for: str | None = None
        """Why it was lost as soon as it was there, the last time: said once, however often."""
        self._asked = asyncio.Event()
        self._is_closed = False

    async def ask(self, commands: bytes, count: int) -> list[Any]:
        """The answers to packed commands, in order, within ANSWER_TIMEOUT; errors among them are hiredis.ReplyError."""
        wire = self._wire
        if wire is not None and not wire.lost.done():
            return await wire.ask(commands, count, asyncio.get_running_loop().time() + ANSWER_TIMEOUT)
        deadline = asyncio.get_running_loop().time() + ANSWER_TIMEOUT
        wire = await self._wait_wire(deadline, count)
        return await wire.ask(commands, count, deadline)

    def drop(self, reason: str) -> None:
        """The server is of no use any more: whoever waits is told so, and the next one is looked for."""
        if self._wire is not None:
            self._wire.drop(reason)

    async def close(self) -> None:
        self._is_closed = True
        await self._tasks.cancel_all()
        self.drop("closed")

    async def _wait_wire(self, deadline: float, count: int) -> Wire:
        if self._is_closed:
            raise StateAwayError(f"{self.place}: closed")
        if self._keeper is None:
            self._keeper = self._tasks.start(self._keep(), f"connection to {self.place}")
        self._asked.set()
        if self._away is not None:
            raise StateAwayError(f"{self.place}: {self._away}")
        if self._waiting + count > MOST_WAITING:
            raise StateAwayError(f"{self.place}: too many commands wait for a connection")
        if self._ready is None:
            self._ready = asyncio.get_running_loop().create_future()
        self._waiting += count
        try:
            async with asyncio.timeout_at(deadline):
                await asyncio.shield(self._ready)
        except TimeoutError:
            self._losses.timeouts += 1
            raise StateAwayError(f"{self.place}: no connection within {ANSWER_TIMEOUT:g} s") from None
        finally:
            self._waiting -= count
        if self._wire is None:
            raise StateAwayError(f"{self.place}: {self._away or 'the connection was lost'}")
        return self._wire

    async def _keep(self) -> None:
        """Connects, waits until that is lost, and begins again, for as long as nobody closes."""
        pause = FIRST_PAUSE
        while True:
            is_refused = False
            try:
                async with asyncio.timeout(ANSWER_TIMEOUT):
                    wire = await self._connect()
            except (OSError, ValueError, StateAwayError) as error:  # a TimeoutError is an OSError
                is_refused = isinstance(error, ssl.SSLError | RefusedError)
                self._losses.connects_failed += 1
                self._be_away(_reason(error))
            else:
                if await self._has_lasted(wire):
                    pause = FIRST_PAUSE
                    continue
            await self._rest(pause, min(pause, LONGEST_PAUSE if is_refused else LONGEST_ASKED))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _has_lasted(self, wire: Wire) -> bool:
        """Waits until it is lost: whether it was of use, which a server is not that still loads what it knows."""
        began = asyncio.get_running_loop().time()
        self._be_there(wire)
        reason = await wire.lost
        self._wire = None
        self._losses.connections_lost += 1
        self._losses.timeouts += wire.has_timed_out
        has_lasted = asyncio.get_running_loop().time() - began > LONGEST_PAUSE
        if has_lasted or reason != self._lost_for:
            log.warning("shared state at %s is away: %s", self.place, reason)
        self._lost_for = None if has_lasted else reason
        return has_lasted

    async def _rest(self, pause: float, asked: float) -> None:
        """`asked`: the pause where somebody asks."""
        part = random.uniform(0.5, 1.0)  # noqa: S311 (spreads nodes that all lost it)
        self._asked.clear()
        await asyncio.sleep(asked * part)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout((pause - asked) * part):
                await self._asked.wait()

    def _be_away(self, reason: str) -> None:
        if self._away != reason:
            log.warning("shared state at %s cannot be reached: %s", self.place, reason)
        self._away = reason
        self._wake()

    def _be_there(self, wire: Wire) -> None:
        if self._lost_for is None:
            log.info("connected to shared state at %s", self.place)
        self._away = None
        self._wire = wire
        self._wake()

    def _wake(self) -> None:
        if self._ready is not None:
            self._ready.set_result(None)
            self._ready = None

    async def _connect(self) -> Wire:
        if self._access.tls is not None and self._context is None:
            self._context = await asyncio.to_thread(make_context, self._access.tls)
        address = await self._find()
        loop = asyncio.get_running_loop()
        wire = Wire(self.place)
        await loop.create_connection(lambda: wire, address.host, address.port, ssl=self._context)
        try:
            await self._greet(wire, loop.time() + ANSWER_TIMEOUT)
        except BaseException:
            wire.drop("it did not let us in")
            raise
        return wire

    async def _greet(self, wire: Wire, deadline: float) -> None:
        access = self._access
        greetings: list[tuple[Part, ...]] = []
        if access.is_sentinel:
            if access.login.password:
                greetings.append(("AUTH", *_credentials(access.login)))
        else:
            login = ("AUTH", access.login.user or "default", access.login.password) if access.login.password else ()
            greetings.append(("HELLO", 2, *login, "SETNAME", "limen"))
        if access.database:
            greetings.append(("SELECT", access.database))
        if not greetings:
            return
        answers = await wire.ask(b"".join(map(pack_command, greetings)), len(greetings), deadline)
        for answer in answers:
            if isinstance(answer, hiredis.ReplyError):
                raise RefusedError(f"it does not let us in: {answer}")
        if not access.is_sentinel:
            _check_server(answers[0], access)


def _credentials(login: Login) -> tuple[str, ...]:
    return (login.user, login.password) if login.user else (login.password,)


def _check_server(answer: Any, access: Access) -> None:
    if not isinstance(answer, list):
        raise RefusedError("what answers there is no Valkey or Redis server")
    said = dict(zip(answer[::2], answer[1::2], strict=False))
    version = said.get(b"version", b"").decode(errors="replace")
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST:
        raise RefusedError(f"version {version or 'unknown'} is too old: Limen needs Valkey, or Redis 6.2 or newer")
    if access.must_be_master and said.get(b"role") != b"master":
        raise StateAwayError("it is a replica")


def _reason(error: Exception) -> str:
    if isinstance(error, StateAwayError):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS handshake failed: {error.reason or error}"
    if isinstance(error, TimeoutError):
        return f"no connection within {ANSWER_TIMEOUT:g} s"
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return str(error) or type(error).__name__
