"""Ends, in the background, what has to end: keys whose time of grace is over, and counters of plans that are gone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from limen.control.usage_plans.documents import EXPIRY, GONE_PLAN, KEY, remove_key
from limen.control.usage_plans.records import seconds_of
from limen.control.wakeups import Wakeups
from limen.state.interface import State, StateAwayError
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

LONGEST_SLEEP = 60.0
"""Seconds: other nodes may have stored what has to end."""
RETRY = 5.0

InOperations = Callable[[Callable[[], Any]], Awaitable[Any]]


class UsagePlanSweeper:
    """Owned by the control process; `start` in its loop. `now`: seconds since 1970."""

    def __init__(self, store: Store, in_operations: InOperations, state: State, now: Callable[[], float]) -> None:
        self._store = store
        self._in_operations = in_operations
        self._state = state
        self._now = now
        self._tasks = Tasks()
        self._wakeups = Wakeups()

    def start(self) -> None:
        self._wakeups.follow(self._store)
        self._tasks.start(self._sweep_for_ever(), "usage plan sweeper")

    def wake(self) -> None:
        """The clock was moved."""
        self._wakeups.wake()

    async def stop(self) -> None:
        await self._tasks.cancel_all()

    async def _sweep_for_ever(self) -> None:
        while True:
            try:
                sleep = await self.sweep()
            except Exception:
                log.exception("keys and plans that end could not be looked at; tried again")
                sleep = RETRY
            await self._wakeups.wait(sleep)

    async def sweep(self) -> float:
        """Seconds until there may be something to do."""
        gone, expiring = await asyncio.to_thread(self._read)
        now = self._now()
        ends = {place: seconds_of(expires) for place, expires in expiring.items()}
        for scope, key_id in [place for place, at in ends.items() if at <= now]:
            await self._in_operations(partial(self._end_key, scope, key_id))
        coming = [at - now for at in ends.values() if at > now]
        sleep = min([LONGEST_SLEEP, *coming])
        for scope, plan_id in gone:
            try:
                await self._state.forget_plan(plan_id)
            except StateAwayError as error:
                log.warning("counters of the deleted usage plan %s cannot be forgotten yet: %s", plan_id, error)
                return min(sleep, RETRY)
            await self._in_operations(partial(self._forget, scope, plan_id))
        return sleep

    def _read(self) -> tuple[list[tuple[str, str]], dict[tuple[str, str], str]]:
        with self._store.reader() as reader:
            gone = [(scope, plan_id) for scope, plan_id, _ in reader.all(GONE_PLAN)]
            return gone, {(scope, key_id): each["expires"] for scope, key_id, each in reader.all(EXPIRY)}

    def _end_key(self, scope: str, key_id: str) -> None:
        with self._store.transaction() as documents:
            key = documents.get(KEY, scope, key_id)
            if key is not None and "_expires" in key and seconds_of(key["_expires"]) <= self._now():
                remove_key(documents, scope, key)
                log.info("API key %s, which was rotated, has ended", key_id)

    def _forget(self, scope: str, plan_id: str) -> None:
        with self._store.transaction() as documents:
            documents.delete(GONE_PLAN, scope, plan_id)
