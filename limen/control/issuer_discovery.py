"""Asks issuers where their keys are, for authorizers of REST APIs, which are not made where an issuer does not say."""

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

from limen.budget import Budget
from limen.clock import Clock
from limen.features.authorizers.jwks_fetch import LIMITS, MOST_HELD, TIMEOUT, Fetcher, FetchError
from limen.upstream.client import Upstream
from limen.upstream.tls import client_context

KEPT = 600.0
"""Seconds that an answer is good for: a file that is saved often asks nobody each time."""

PROBLEM_KEPT = 3.0
"""Seconds that nobody is asked again who did not say: from when they are asked beside other operations to the one that
wants to know."""

MOST_KEPT = 1000


class DiscoveryError(Exception):
    """Why an issuer does not say where its keys are."""


class FindKeysUrls(Protocol):
    def find(self, issuers: Sequence[str]) -> dict[str, str | DiscoveryError]:
        """By issuer, all asked at once; waits for them, so not in a loop."""


class IssuerDiscovery:
    """FindKeysUrls for the thread of operations; owned by the control process, whose loop does the asking."""

    def __init__(self, extra_ca: str | None, admin_port: int) -> None:
        self._extra_ca = extra_ca
        self._admin_port = admin_port
        self._clock = Clock()
        self._kept: dict[str, tuple[float, str | DiscoveryError]] = {}
        """Until when, and what was said."""
        self._fetcher: Fetcher | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock.start()

    def find(self, issuers: Sequence[str]) -> dict[str, str | DiscoveryError]:
        assert self._loop is not None
        asked = asyncio.run_coroutine_threadsafe(self._find_all(issuers), self._loop)
        return asked.result(timeout=4 * TIMEOUT)

    async def stop(self) -> None:
        if self._fetcher is not None:
            await self._fetcher.close()
        self._clock.stop()

    async def _find_all(self, issuers: Sequence[str]) -> dict[str, str | DiscoveryError]:
        return dict(zip(issuers, await asyncio.gather(*map(self._find, issuers)), strict=True))

    async def _find(self, issuer: str) -> str | DiscoveryError:
        now = time.monotonic()
        kept = self._kept.get(issuer)
        if kept is not None and now < kept[0]:
            return kept[1]
        answer: str | DiscoveryError
        try:
            answer = await self._opened().discover(issuer)
        except FetchError as error:
            answer = DiscoveryError(error.reason)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[issuer] = (time.monotonic() + (KEPT if isinstance(answer, str) else PROBLEM_KEPT), answer)
        return answer

    def _opened(self) -> Fetcher:
        """Opened when it is first needed: reading the system's authorities takes tens of milliseconds."""
        if self._fetcher is None:
            upstream = Upstream(
                self._clock,
                Budget(MOST_HELD),
                limits=LIMITS,
                context=client_context(self._extra_ca),
                forbidden_ports=frozenset({self._admin_port}),
            )
            self._fetcher = Fetcher(upstream)
        return self._fetcher
