"""An open-loop client: calls at a steady pace, however slow the answers are, in a loop of a thread of its own.

What it saw is judged against an exact token bucket. Of a call it is known that it was admitted between the moment at
which it was sent and the one at which its answer was there, and nothing else is taken for granted: no time of a server.
"""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import NamedTuple

from tests.support.limen_process import LimenProcess

TIMEOUT = 10.0


class Call(NamedTuple):
    """Times by the monotonic clock; `status` is 0 where no answer came."""

    node: int
    sent: float
    answered: float
    status: int
    problem: str = ""


class PacedLoad:
    """Calls while its `with` block runs; `calls` is what was seen, complete when the block has ended."""

    def __init__(
        self,
        nodes: Sequence[LimenProcess] | Callable[[], Sequence[LimenProcess]],
        api_id: str,
        path: str,
        rate: float,
        *,
        headers: dict[str, str] | None = None,
        connections: int = 4,
        is_balanced: bool = False,
    ) -> None:
        """`connections` to each of `nodes`. `is_balanced`: a node that takes no connection is left for another."""
        self.calls: list[Call] = []
        self._nodes = [_Peer(node, api_id) for node in (nodes() if callable(nodes) else nodes)]
        self._head = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self._path = path
        self._pause = 1 / rate
        self._connections = connections
        self._is_balanced = is_balanced
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> "PacedLoad":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(timeout=60)

    def statuses(self, since: float = 0.0, until: float = float("inf")) -> dict[int, int]:
        """How many calls that were sent in that time had which status."""
        found: dict[int, int] = {}
        for call in self.calls:
            if since <= call.sent < until:
                found[call.status] = found.get(call.status, 0) + 1
        return found

    def between(self, since: float, until: float = float("inf"), node: int | None = None) -> list[Call]:
        """Calls that were sent and answered in that time."""
        return [
            call for call in self.calls if since <= call.sent and call.answered <= until and node in (None, call.node)
        ]

    @property
    def admitted(self) -> int:
        return self.statuses().get(200, 0)

    @property
    def failures(self) -> list[Call]:
        return [call for call in self.calls if call.status not in (200, 429)]

    async def _run(self) -> None:
        due: asyncio.Queue[None] = asyncio.Queue(maxsize=1000)
        lines = [
            asyncio.create_task(self._line(node, due))
            for _ in range(self._connections)
            for node in range(len(self._nodes))
        ]
        following = time.monotonic()
        while not self._over.is_set():
            while following <= time.monotonic():
                following += self._pause
                if not due.full():
                    due.put_nowait(None)
            await asyncio.sleep(min(self._pause, 0.005))
        while not due.empty():
            due.get_nowait()
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    async def _line(self, node: int, due: "asyncio.Queue[None]") -> None:
        connection = _Connection(self._nodes, node, self._is_balanced)
        try:
            while True:
                await due.get()
                call = asyncio.ensure_future(connection.ask(self._path, self._head))
                try:
                    self.calls.append(await asyncio.shield(call))
                except asyncio.CancelledError:
                    self.calls.append(await call)  # what was sent is seen to its end
                    raise
        finally:
            connection.close()


class _Peer:
    def __init__(self, node: LimenProcess, api_id: str) -> None:
        self.node = node
        self.host = node.host_of(api_id)
        self.context = ssl.create_default_context(cafile=str(node.ca))


class _Connection:
    def __init__(self, peers: list[_Peer], node: int, is_balanced: bool) -> None:
        self._peers = peers
        self._node = node
        self._is_balanced = is_balanced
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, head: str) -> Call:
        sent, problem = time.monotonic(), ""
        for _ in range(2 * len(self._peers)):
            is_new = self._streams is None
            try:
                status = await asyncio.wait_for(self._exchange(path, head), TIMEOUT)
                return Call(self._node, sent, time.monotonic(), status)
            except (OSError, EOFError, TimeoutError) as error:
                self.close()
                problem = repr(error)
                if self._is_balanced and isinstance(error, ConnectionRefusedError):
                    self._node = (self._node + 1) % len(self._peers)
                elif is_new or not _was_idle(error):
                    break
        return Call(self._node, sent, time.monotonic(), 0, problem)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, path: str, head: str) -> int:
        peer = self._peers[self._node]
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                "127.0.0.1", peer.node.port, ssl=peer.context, server_hostname=peer.host
            )
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {peer.host}:{peer.node.port}\r\n{head}\r\n".encode())
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = answer.partition("\r\ncontent-length:")[2].partition("\r\n")[0]
        await reader.readexactly(int(length or 0))
        if "\r\nconnection: close" in answer:
            self.close()
        return int(answer.split(" ", 2)[1])


def _was_idle(error: Exception) -> bool:
    """The server had closed the connection: nothing of an answer came, so any client asks again."""
    return isinstance(error, ConnectionResetError | BrokenPipeError) or (
        isinstance(error, asyncio.IncompleteReadError) and not error.partial
    )


# --- what a token bucket allows


def admitted(calls: Iterable[Call]) -> int:
    return sum(call.status == 200 for call in calls)


def admitted_beyond(calls: Iterable[Call], rate: float, burst: float, ending_after: float = 0.0) -> float:
    """By how much the worst of all windows has more calls than burst + rate x window; below 0 where none has.

    Windows are looked at that end after `ending_after`. A call is in a window where it was sent after its beginning and
    answered before its end.
    """
    admitted = sorted((call for call in calls if call.status == 200), key=lambda call: call.answered)
    worst = float("-inf")
    for begin in {call.sent for call in admitted}:
        inside = 0
        for call in admitted:
            if call.sent >= begin:
                inside += 1
                if call.answered >= ending_after:
                    worst = max(worst, inside - burst - rate * (call.answered - begin))
    return worst


def due(calls: Iterable[Call], rate: float, burst: float, tokens: float | None = None) -> int:
    """How many an exact bucket admits that has `tokens` at first (None: it is full); each is weighed when answered."""
    tokens, before, admitted = float(burst if tokens is None else tokens), None, 0
    for call in sorted(calls, key=lambda call: call.answered):
        if call.status in (200, 429):
            tokens = min(burst, tokens + rate * (call.answered - (before or call.answered)))
            before = call.answered
            if tokens >= 1:
                tokens -= 1
                admitted += 1
    return admitted
