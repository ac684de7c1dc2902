"""What tests of caching share: a clock that is set by hand, memories, cached methods without an API."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from limen.clock import Clock
from limen.features.caching.caches import Caches
from limen.features.caching.entries import Entry, Group
from limen.features.caching.keys import compile_key
from limen.features.caching.settings import CacheSettings
from limen.features.caching.step import CachedMethod
from limen.features.metrics.counting import Series
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.rest_errors import POLICY_DENIED
from limen.gateway.rest_failures import answer_rest_failure
from limen.gateway.route_plan import RoutePlan, Step
from limen.gateway.run import run
from limen.gateway.trace import Trace
from limen.state.interface import State
from limen.wire import header
from tests.support.exchanges import Sent, exchange


class Hands:
    """Of a clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def entry(group: Group, key: Any, body: bytes = b"kept", *, asked: float = 0.0) -> Entry:
    return Entry(group, key, 200, (header(b"Content-Type", b"text/plain"),), body, asked)


def method_denied(_: Exchange) -> GatewayError:
    return GatewayError(POLICY_DENIED, message="denied")


class Cached:
    """One cached method before a backend that answers by hand: `asked` are the exchanges that reached it."""

    def __init__(
        self,
        *,
        parameters: tuple[str, ...] = ("method.request.querystring.q",),
        limit: int = 1 << 20,
        state: State | None = None,
        outbound: tuple[Step, ...] = (),
        find_refusal: Any = lambda _: None,
        is_immediate: bool = True,
        **settings: Any,
    ) -> None:
        self.hands = Hands()
        self.clock = Clock(self.hands)
        self.caches = Caches(self.clock, limit)
        if state is not None:
            self.caches.share(state)
        self.series = Series()
        self.asked: list[Exchange] = []
        self.is_immediate = is_immediate
        self.response = (200, [("Content-Type", "text/plain")], b"answer")
        self.failure: Exception | None = None
        self.trace: Trace | None = None
        """Of the exchanges that begin from now on."""
        shelf = self.caches.shelf("api1", "prod", "d1", "0.5")
        self.group = shelf.group(("r1", "GET", parameters, 0))
        self.method = CachedMethod(
            shelf,
            self.caches,
            self.group,
            CacheSettings(**{"ttl": 300.0, "timeout": 29.0, "names": parameters, **settings}),
            compile_key(parameters, {}, "/", {}),
            find_refusal,
            self.series,
        )
        self.plan = RoutePlan(
            key="GET /",
            inbound=(self._begin, self.method.look_up, self._integrate),
            outbound=(self.method.store, *outbound),
            records=(self.method.end,),
            failure_response=answer_rest_failure,
        )

    def ask(self, target: str = "/?q=1", headers: dict[str, str] | None = None, **parts: Any) -> Exchange:
        asked = exchange(f"GET {target}", headers, **parts)
        asked.route_path = asked.path
        asked.path_parameters = {}
        run(asked, self.plan)
        return asked

    def _begin(self, asked: Exchange) -> None:
        asked.trace = self.trace

    def _integrate(self, asked: Exchange) -> Any:
        self.asked.append(asked)
        if self.is_immediate:
            self.answer_by_backend(asked)
            return None
        return True

    def answer_by_backend(self, asked: Exchange) -> None:
        if self.failure is not None:
            raise self.failure
        status, headers, body = self.response
        fields = [header(name.encode(), value.encode()) for name, value in headers]
        asked.response = Response(status, fields, body)

    @property
    def counted(self) -> tuple[int, int]:
        return self.series.cache_hits, self.series.cache_misses


ANEW = {"Cache-Control": "max-age=0"}


def in_loop(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def run() -> None:
        asyncio.run(asyncio.wait_for(test(), 20))

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def sent(asked: Exchange) -> Response | None:
    """None where it still waits."""
    assert isinstance(asked.reply, Sent)
    return asked.reply.responses[0] if asked.reply.responses else None


def body_of(asked: Exchange) -> str:
    response = sent(asked)
    return "(waits)" if response is None else f"{response.status} {response.body.decode()}"


async def rounds(count: int = 5) -> None:
    """Of the loop, in which those that wait go on."""
    for _ in range(count):
        await asyncio.sleep(0)
