"""A functions host within the test: the real server on a Unix socket, with environments that do what a test says."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import msgspec

from limen.clock import Clock
from limen.functions.channel import PutFunctions
from limen.functions.events import Events
from limen.functions.function import Function
from limen.functions.invocation import Finish, Invocation, Outcome
from limen.functions.invoke_server import InvokeServer
from limen.functions.invoker import Invoker
from limen.functions.machine import Machine
from limen.functions.permissions import Permissions
from limen.functions.pool import Pool
from limen.functions.records import Code, FunctionRecord, VersionRecord
from limen.functions.registry import Registry
from limen.tasks import Tasks

ACCOUNT = "000000000000"
REGION = "us-east-1"
Handler = Callable[[Invocation, VersionRecord], Awaitable[Outcome]]


def arn_of(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def version(number: str = "$LATEST", **fields: Any) -> VersionRecord:
    return VersionRecord(
        **{
            "version": number,
            "runtime": "python3.11",
            "handler": "app.handler",
            "code": Code("ab"),
            "log_group": "/aws/lambda/hello",
            **fields,
        }
    )


def function(name: str = "hello", *versions: VersionRecord, **fields: Any) -> FunctionRecord:
    return FunctionRecord(
        arn=arn_of(name),
        name=name,
        account=ACCOUNT,
        region=REGION,
        versions={each.version: each for each in versions or (version(),)},
        **fields,
    )


async def echo(invocation: Invocation, version: VersionRecord) -> Outcome:
    return Outcome(payload=invocation.payload, log_tail=b"what was logged")


class Gate:
    """A handler that holds its invocations until they are let go, and counts them; it answers with its name."""

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.running = 0
        self.most = 0
        self._outcome = outcome
        self._open = asyncio.Event()

    async def handle(self, invocation: Invocation, version: VersionRecord) -> Outcome:
        self.running += 1
        self.most = max(self.most, self.running)
        await self._open.wait()
        self.running -= 1
        return self._outcome or Outcome(payload=f'"{version.handler}"'.encode())

    def open(self) -> None:
        self._open.set()

    async def wait_running(self, number: int) -> None:
        await wait_until(lambda: self.running == number)


async def wait_until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.002)


class FakeEnvironment:
    """Has the interface of Environment; `made` tells all that there were."""

    def __init__(
        self, function: str, version: VersionRecord, handler: Handler, start_error: Exception | None = None
    ) -> None:
        self.function = function
        self.version = version
        self.is_alive = False
        self.is_closed = False
        self.fails_init = False
        self.invoke_error: Exception | None = None
        self.invocations: list[Invocation] = []
        self.handler = handler
        self._tasks = Tasks()
        self._start_error = start_error
        self.is_started = asyncio.Event()
        self.may_start = asyncio.Event()
        self.may_start.set()
        self.lingers = 0.0
        """Seconds for which it goes on behind its answer."""

    def when_free(self, tell: Callable[[], None]) -> None:
        if self.lingers:
            asyncio.get_running_loop().call_later(self.lingers, tell)
        else:
            tell()

    async def start(self) -> None:
        await self.may_start.wait()
        await asyncio.sleep(0)
        if self._start_error is not None:
            raise self._start_error
        self.is_alive = not self.fails_init
        self.is_started.set()

    def invoke(self, invocation: Invocation, finish: Finish) -> None:
        assert self.is_started.is_set() and not self.is_closed, "invoked when it was not running"
        assert self.is_alive or not self.invocations, "invoked again after it died"
        self.invocations.append(invocation)
        if self.invoke_error is not None:
            raise self.invoke_error
        self._tasks.start(self._serve(invocation, finish), "invocation")

    async def _serve(self, invocation: Invocation, finish: Finish) -> None:
        finish(await self.handler(invocation, self.version))

    async def close(self) -> None:
        self.is_alive = False
        self.is_closed = True


class Environments:
    """Makes them, and remembers them in the order in which they were made."""

    def __init__(self, handler: Handler = echo) -> None:
        self.handler = handler
        self.made: list[FakeEnvironment] = []
        self.start_error: Exception | None = None
        self.invoke_error: Exception | None = None
        self.may_start = True
        self.fails_init = False

    def make(self, function: FunctionRecord, version: VersionRecord) -> FakeEnvironment:
        environment = FakeEnvironment(function.name, version, self.handler, self.start_error)
        if not self.may_start:
            environment.may_start.clear()
        environment.fails_init = self.fails_init
        environment.invoke_error = self.invoke_error
        self.made.append(environment)
        return environment


class Answer(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Hosting:
    """A running host and a caller of it."""

    def __init__(self, environments: Environments, **settings: Any) -> None:
        self.environments = environments
        self.clock = Clock()
        self.tasks = Tasks()
        self.machine = Machine(
            self.clock,
            self.tasks,
            concurrency=settings.get("concurrency", 100),
            starts_at_once=settings.get("starts_at_once", 4),
            idle_time=settings.get("idle_time", 600.0),
            find_available=lambda: None,
        )
        self.registry = Registry(
            REGION, ACCOUNT, lambda record: Function(record, self.machine, environments.make, is_debugged=False)
        )
        self.events = Events(self.registry, self.clock, settings.get("retry_delay", 0.05))
        self.invoker = Invoker(self.registry, Permissions(settings.get("enforced", True)), self.events)
        self.path = ""

    def put(self, *records: FunctionRecord, first: bool = False, gone: list[str] | None = None) -> None:
        self.registry.apply(PutFunctions(1, first, list(records), gone or []))

    async def connect(self) -> "Caller":
        return Caller(*await asyncio.open_unix_connection(self.path))

    async def invoke(self, name: str = "hello", payload: bytes = b"{}", **headers: str) -> Answer:
        caller = await self.connect()
        try:
            return await caller.invoke(name, payload, **headers)
        finally:
            caller.close()


class Caller:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def invoke(self, name: str, payload: bytes = b"{}", *, is_streamed: bool = False, **headers: str) -> Answer:
        self.send(name, payload, is_streamed=is_streamed, **headers)
        return await self.receive()

    def send(self, name: str, payload: bytes = b"{}", *, is_streamed: bool = False, **headers: str) -> None:
        self.writer.write(request(name, payload, is_streamed=is_streamed, **headers))

    async def receive(self) -> Answer:
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            if headers.get("transfer-encoding") == "chunked":
                body = b"".join([piece async for piece in self._chunks()])
            else:
                body = await self.reader.readexactly(int(headers.get("content-length", 0)))
            return Answer(int(first.split()[1]), headers, body)

    async def _chunks(self) -> AsyncIterator[bytes]:
        while size := int(await self.reader.readline(), 16):
            yield await self.reader.readexactly(size)
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)

    async def is_closed(self) -> bool:
        async with asyncio.timeout(10):
            return await self.reader.read(1) == b""

    def close(self) -> None:
        self.writer.close()


def request(name: str, payload: bytes = b"{}", *, is_streamed: bool = False, **headers: str) -> bytes:
    """`headers` by their names with _ for -; a `?` in the name begins the query."""
    path, question, query = name.partition("?")
    target = f"/2015-03-31/functions/{quote(path, safe='')}/invocations{question}{query}"
    if is_streamed:
        target = f"/2021-11-15/functions/{quote(path, safe='')}/response-streaming-invocations{question}{query}"
    lines = [f"{field.replace('_', '-')}: {value}" for field, value in headers.items()]
    head = "\r\n".join((f"POST {target} HTTP/1.1", "Host: functions", f"Content-Length: {len(payload)}", *lines))
    return head.encode() + b"\r\n\r\n" + payload


@asynccontextmanager
async def hosting(*records: FunctionRecord, handler: Handler = echo, **settings: Any) -> AsyncIterator[Hosting]:
    host = Hosting(Environments(handler), **settings)
    host.clock.start()
    host.machine.start_reaping()
    if settings.get("is_told", True):
        host.put(*(records or (function(),)), first=True)
    with TemporaryDirectory() as directory:
        host.path = str(Path(directory) / "s")
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(host.path)
        server = InvokeServer(sock, host.invoker, host.clock, settings.get("buffered", 64 << 20))
        await server.start()
        host.server = server  # type: ignore[attr-defined]
        try:
            yield host
        finally:
            await server.drain(0)
            host.machine.stop_reaping()
            host.events.close()
            await host.tasks.cancel_all()
            host.clock.stop()


def pool_of(host: Hosting, name: str = "hello", number: str = "$LATEST") -> Pool:
    return host.registry.find_by_name(name).function.pool_of(number)


def many(host: Hosting, number: int, name: str = "hello") -> list[asyncio.Task[Answer]]:
    return [asyncio.create_task(host.invoke(name)) for _ in range(number)]
