"""The talk with the authority: one message at a time, when a call needs a token and at every tick while any are held.

A call that finds a bucket empty waits, with all that come meanwhile, for one answer; then each is looked at again in
the order in which they came. While nothing is held and nobody waits, nothing is said.
"""

import asyncio
import logging
import os
from itertools import islice
from time import monotonic, time
from typing import Protocol

from limen.features.throttling.bucket import Bucket, Quota
from limen.features.throttling.loss import Loss
from limen.features.throttling.words import MOST_TOLD, Told, compose
from limen.features.usage_plans.deliveries import Deliveries
from limen.state.interface import State, StateAwayError
from limen.state.messages import WORD_INTERVAL, Used

log = logging.getLogger("limen.limits")

MOST_WAITING = 10_000
"""Calls of a worker that wait for the authority."""
CLOCK_SECONDS = 60.0
"""How long a worker that only counts goes by what it heard of the authority's clock."""
MOST_OF_ONE = 1_000
"""Of those, for one bucket."""


class Waiter(Protocol):
    """A call that found a bucket empty."""

    def look_again(self, now: float) -> None:
        """Admits it, refuses it, or waits again; never raises."""


class Leasing:
    """Owned by a worker; `state` None: of plans that are only looked at, where nobody is ever asked."""

    def __init__(
        self,
        state: State | None,
        deliveries: Deliveries | None = None,
        *,
        holder: str = "",
        clock: "SharedClock | None" = None,
    ) -> None:
        self.loss = Loss()
        self._state = state
        self._deliveries = deliveries
        self._holder = holder or new_holder()
        self._number = 0
        self._buckets: dict[str, Bucket] = {}
        self._active: dict[Bucket, None] = {}
        """Those of which something is held."""
        self._due: dict[Bucket, None] = {}
        """Of those, what this tick has still to say a word on."""
        self._needy: dict[Bucket, None] = {}
        self._waiting: list[Waiter] = []
        self._wake = asyncio.Event()
        self._talk: asyncio.Task[None] | None = None
        self._pending: Told | None = None
        self._next_tick = 0.0
        self._clock = clock or SharedClock()
        self._is_closing = False
        self._has_met = False
        """The authority was spoken to: it may have to start, which the first call need not wait for."""
        if deliveries is not None:
            deliveries.when_delivered(self._delivered)

    # --- buckets

    def bucket(self, name: str, kind: str, rate: float, burst: int, *, is_keyed: bool = False) -> Bucket:
        """The one of that name, with the rate and burst that hold from now on."""
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = Bucket(name, kind, rate, burst)
            bucket.is_keyed = is_keyed
            if not self._has_met and self._state is not None:
                self.stir()
        else:
            bucket.change(rate, burst)
        return bucket

    def quota(self, plan_id: str, key_id: str, limit: int, period: str, offset: int, began: int) -> Quota:
        name = f"quota/{plan_id}/{key_id}"
        found = self._buckets.get(name)
        if isinstance(found, Quota):
            found.change_quota(limit, period, offset, began)
            return found
        quota = self._buckets[name] = Quota(name, plan_id, key_id, limit, period, offset, began)
        return quota

    def ask_again(self, plan_id: str, key_id: str) -> None:
        """The quota was extended, or may have been."""
        quota = self._buckets.get(f"quota/{plan_id}/{key_id}")
        if quota is not None:
            quota.retry_at = 0.0
            quota.remaining = -1

    def forget_keyed(self) -> None:
        """Called when nobody knows the buckets of keys any more: those without anything in them are made anew."""
        for name in [name for name, bucket in self._buckets.items() if bucket.is_keyed and not self._is_busy(bucket)]:
            del self._buckets[name]

    def forget(self, prefix: str) -> None:
        """What they limited is gone."""
        gone = [name for name, each in self._buckets.items() if name.startswith(prefix) and not self._is_busy(each)]
        for name in gone:
            del self._buckets[name]

    def _is_busy(self, bucket: Bucket) -> bool:
        return bucket.is_alive or bucket in self._active or bucket in self._needy

    # --- calls

    def meet(self) -> None:
        """Hears the authority's clock, whether or not there is something to say."""
        self._has_met = False
        self.stir()

    def can_wait(self, short: list[Bucket]) -> bool:
        if self._is_closing or len(self._waiting) >= MOST_WAITING:
            return False
        return all(bucket.need < MOST_OF_ONE for bucket in short)

    def wait(self, waiter: Waiter, short: list[Bucket], now: float) -> None:
        """Asks for a token of each of `short`; `waiter` looks again when there is an answer."""
        self._waiting.append(waiter)
        for bucket in short:
            if now >= bucket.retry_at:
                bucket.need += 1
                self._needy[bucket] = None
        self.stir()

    def stir(self) -> None:
        """There is something to say, to deliver, or to wait for."""
        if self._is_closing:
            return
        if self._talk is None:
            self._talk = asyncio.get_running_loop().create_task(self._converse(), name="leases")
        self._wake.set()

    # --- the talk

    async def _converse(self) -> None:
        try:
            while self._has_business() and not self._is_closing:
                if not self._needy and self._pending is None and not self._due:
                    await self._wait_tick()
                await self._say()
                if self.loss.is_away and not self._is_closing:
                    await asyncio.sleep(WORD_INTERVAL)
        except Exception:
            log.exception("the talk about limits failed; it begins again")
            self._lose("the talk about limits failed")
            self._look_again(monotonic())
            asyncio.get_running_loop().call_later(WORD_INTERVAL, self.stir)
        finally:
            self._talk = None

    def _has_business(self) -> bool:
        if self._needy or self._waiting or self._active or self._due or self._pending is not None:
            return True
        has_counted = self._deliveries is not None and self._deliveries.has_any
        return has_counted or self.loss.is_away or not self._has_met

    async def _wait_tick(self) -> None:
        self._wake.clear()
        delay = self._next_tick - monotonic()
        if delay > 0:
            timer = asyncio.get_running_loop().call_later(delay, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                timer.cancel()

    async def _say(self) -> None:
        now = monotonic()
        is_tick = now >= self._next_tick
        if is_tick:
            self._next_tick = now + WORD_INTERVAL
            self._due = dict(self._active)
            if self._deliveries is not None and not self.loss.is_away:
                self._deliveries.deliver_soon(now)
                self._has_met = self._has_met and now < self._clock.good_until
        told = self._pending or self._compose()
        if told is None:
            self._look_again(now)
            return
        self._pending = told
        is_heard = await self._tell(told)
        if is_heard:
            self._pending = None
            self._settle(told)
        self._look_again(monotonic())
        if is_heard:
            self._due.update(dict.fromkeys(told.unspent()))

    def _compose(self) -> Told | None:
        """Those that calls wait for come first."""
        said = list(islice(self._needy, MOST_TOLD))
        for bucket in said:
            del self._needy[bucket]
        urgent = set(said)
        said += [each for each in islice(self._due, MOST_TOLD - len(said)) if each not in urgent]
        if not said and self._has_met and not self.loss.is_away:
            return None  # else they are empty words, to hear whether it is there
        ticking = {bucket for bucket in said if self._due.pop(bucket, bucket) is None}
        self._number += 1
        return compose(self._holder, self._number, said, ticking)

    async def _tell(self, told: Told) -> bool:
        sent = monotonic()
        self._has_met = True
        try:
            if self._state is None:
                raise StateAwayError("there is no shared state")
            leases = await self._state.lease(told.words)
            now = monotonic()
            told.hear(leases, sent, now)
        except StateAwayError as error:
            self._lose(str(error))
            return False
        except Exception:
            log.exception("the shared state is not understood")
            self._lose("the shared state is not understood")
            return False
        self.loss.holders = max(leases.holders, 1)
        self._clock.hear(leases.now, now)
        for bucket in self.loss.end():
            self._needy[bucket] = None
        return True

    def _lose(self, reason: str) -> None:
        """Nobody waits for what is away."""
        self.loss.begin(reason)
        for bucket in self._needy:
            bucket.need = 0
        self._needy.clear()

    def _settle(self, told: Told) -> None:
        for bucket in told.all():
            undelivered = bucket.undelivered if isinstance(bucket, Quota) else 0
            if bucket.held > 0 or bucket.debt > 0 or undelivered:
                self._active[bucket] = None
            else:
                self._active.pop(bucket, None)

    def _look_again(self, now: float) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            waiter.look_again(now)

    def _delivered(self, used: list[Used]) -> None:
        for row in used:
            quota = self._buckets.get(f"quota/{row.plan_id}/{row.key_id}")
            if isinstance(quota, Quota):
                quota.tell_spent()
                quota.delivered(row.calls)

    # --- the end

    async def close(self) -> None:
        """Gives everything back."""
        self._is_closing = True
        talk = self._talk
        if talk is not None:
            talk.cancel()
            await asyncio.gather(talk, return_exceptions=True)
        self._look_again(monotonic())
        if self._pending is not None and await self._tell(self._pending):
            self._settle(self._pending)
        held = list(self._active)
        for start in range(0, len(held), MOST_TOLD):
            self._number += 1
            part = held[start : start + MOST_TOLD]
            if not await self._tell(compose(self._holder, self._number, part, is_last=True)):
                break


class SharedClock:
    """Seconds since 1970 by the authority's clock, as it was last told; by the machine's until then."""

    __slots__ = ("good_until", "offset")

    def __init__(self) -> None:
        self.offset = time() - monotonic()
        self.good_until = 0.0
        """By the monotonic clock, which goes a little faster or slower than the authority's."""

    def hear(self, seconds: float, now: float) -> None:
        self.offset = seconds - now
        self.good_until = now + CLOCK_SECONDS

    def now(self) -> float:
        return monotonic() + self.offset


def new_holder() -> str:
    """No other worker ever has it."""
    return os.urandom(12).hex()
