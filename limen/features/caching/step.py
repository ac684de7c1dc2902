"""The steps of a method whose responses are kept: one looks a response up, one keeps it behind the integration.

A request whose key is being asked for waits for that answer. Where it comes to nothing that can be shared, those that
wait go on by themselves; where the backend fails, one after another.
"""

import re
from typing import Any

from limen.features.caching.caches import Caches, resume_soon
from limen.features.caching.entries import MOST_USES, Entry, Flight, Group, Waiter
from limen.features.caching.keys import ReadKey, show_key
from limen.features.caching.memory import Shelf
from limen.features.caching.permission import FindRefusal
from limen.features.caching.settings import FAIL, LARGEST_BODY, WARN, CacheSettings
from limen.features.compression import BODILESS, choose_for, encode
from limen.features.metrics.counting import Series
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.rest_errors import INTEGRATION_TIMEOUT
from limen.gateway.route_plan import WAITS
from limen.gateway.run import resume
from limen.wire import Header, Headers

_MAX_AGE_0 = re.compile(rb"(?:^|,)\s*max-age\s*=\s*\"?0+\"?\s*(?:,|$)", re.IGNORECASE)
_WARNING = (
    b"warning",
    b"Warning",
    b"199 Cache-control headers were ignored because the caller was unauthorized.",
)
_PARTIAL = 206


class CachedMethod:
    """Of one method on one stage: `look_up` is an inbound step, `store` an outbound one, `end` a record."""

    __slots__ = (
        "_caches",
        "_entries",
        "_find_refusal",
        "_group",
        "_now",
        "_read_key",
        "_series",
        "_settings",
        "_shelf",
    )

    def __init__(
        self,
        shelf: Shelf,
        caches: Caches,
        group: Group,
        settings: CacheSettings,
        read_key: ReadKey,
        find_refusal: FindRefusal,
        series: Series,
    ) -> None:
        self._shelf = shelf  # whose entries go when nobody has it any more
        self._caches = caches
        self._group = group
        self._entries = group.entries
        self._now = caches.now
        self._settings = settings
        self._read_key = read_key
        self._find_refusal = find_refusal
        self._series = series

    # --- inbound

    def look_up(self, exchange: Exchange) -> Any:
        key = self._read_key(exchange)
        asks_anew = exchange.headers.asks_anew
        if asks_anew is None:
            asks_anew = exchange.headers.asks_anew = find_wish(exchange.headers)
        if not asks_anew:
            entry = self._entries.get(key)
            if entry is not None and entry.expires > self._now():
                if entry.uses < MOST_USES:
                    entry.uses += 1
                self._answer(exchange, entry, False)
                return None
            return self._miss(exchange, key, False)
        refusal = self._find_refusal(exchange) if self._settings.requires_authorization else None
        if refusal is None:
            self._tell_miss(exchange, key, "replaced")
            self._fly(exchange, key, False)
            return None
        if self._settings.strategy == FAIL:
            raise refusal
        warns = self._settings.strategy == WARN
        entry = self._entries.get(key)
        if entry is not None and entry.expires > self._now():
            self._answer(exchange, entry, warns)
            return None
        return self._miss(exchange, key, warns)

    def _answer(self, exchange: Exchange, entry: Entry, warns: bool, outcome: str = "hit") -> None:
        self._series.cache_hits += 1
        headers: list[Header] = list(entry.headers)
        body = entry.body
        smallest = self._settings.smallest_coded
        if exchange.trace is not None:
            age = max(self._now() - entry.kept_at, 0.0) if entry.kept_at else None
            self._note(exchange, outcome, entry.key, age)
        elif smallest is not None and len(body) >= smallest and entry.status not in BODILESS:
            coding = choose_for(exchange.headers, headers)
            if coding is not None:
                body = self._encode(entry, coding)
                headers = [each for each in headers if each[0] != b"content-length"]
                headers.append((b"content-encoding", b"Content-Encoding", coding))
        if warns:
            headers.append(_WARNING)
        exchange.response = Response(entry.status, headers, body, None, entry.fixed)

    def _encode(self, entry: Entry, coding: bytes) -> bytes:
        coded = entry.coded.get(coding)
        if coded is None:
            coded = encode(entry.body, coding)
            self._caches.memory.keep_coded(entry, coding, coded)
        return coded

    def _miss(self, exchange: Exchange, key: Any, warns: bool) -> Any:
        flight = self._group.flights.get(key)
        if flight is not None and flight.lands_before > self._now():
            self._join(exchange, flight, warns)
            return WAITS
        flight = self._fly(exchange, key, warns)
        if self._caches.state is not None:
            return self._ask_state(exchange, flight)
        self._tell_miss(exchange, key, "miss")
        return None

    def _join(self, exchange: Exchange, flight: Flight, warns: bool) -> None:
        if exchange.trace is not None:
            self._note(exchange, "waits", flight.key, None)
        waiter = Waiter(exchange, flight, self, warns)
        flight.waiting[waiter] = None
        waiter.slot = self._caches.clock.expire_in(self._settings.timeout, waiter)

    def _tell_miss(self, exchange: Exchange, key: Any, outcome: str) -> None:
        self._series.cache_misses += 1
        if exchange.trace is not None:
            self._note(exchange, outcome, key, None)

    def _fly(self, exchange: Exchange, key: Any, warns: bool) -> Flight:
        # Past its own timeout there are moments in which the answer is on its way through the steps.
        flight = Flight(self._group, key, self._now(), self._settings.timeout + 1.0)
        flight.warns = warns
        self._group.flights[key] = flight
        exchange.flight = flight
        return flight

    async def _ask_state(self, exchange: Exchange, flight: Flight) -> None:
        entry = await self._caches.find(flight.group, flight.key, self._settings)
        if entry is None:
            self._tell_miss(exchange, flight.key, "miss")
            return
        exchange.flight = None
        self._answer(exchange, entry, flight.warns)
        self._land(flight, entry, False)

    # --- outbound

    def store(self, exchange: Exchange) -> None:
        flight: Flight | None = exchange.flight
        response = exchange.response
        if flight is None or response is None:
            return
        exchange.flight = None
        entry: Entry | None = None
        reason = find_obstacle(response)
        if reason == "":
            entry = make_entry(exchange, response, flight)
            if not self._keep(flight, entry):
                reason = "there is no room for it, or a newer one is kept"
        if exchange.trace is not None:
            exchange.trace.note("cached", outcome="not kept" if reason else "kept", reason=reason)
        if flight.warns:
            response.headers.append(_WARNING)
        self._land(flight, entry, response.status >= 500)

    def _keep(self, flight: Flight, entry: Entry) -> bool:
        if flight.epoch != flight.group.epoch:
            return False
        if self._caches.state is None:
            return self._caches.memory.keep(entry, self._settings.ttl)
        # One that asked later has an answer that is newer, or will have.
        return flight.group.flights.get(flight.key) is flight and self._caches.put(entry, self._settings)

    def end(self, exchange: Exchange) -> None:
        """A record: a flight that came to nothing goes to the next that waits for it."""
        flight: Flight | None = exchange.flight
        if flight is not None:
            exchange.flight = None
            self._land(flight, None, True)

    def _land(self, flight: Flight, entry: Entry | None, has_failed: bool) -> None:
        if flight.waiting and has_failed:
            waiter = next(iter(flight.waiting))
            self._leave(waiter)
            flight.asked = self._now()
            flight.lands_before = flight.asked + self._settings.timeout + 1.0
            waiter.owner.go_on(waiter, flight)
            return
        if flight.group.flights.get(flight.key) is flight:
            del flight.group.flights[flight.key]
        for waiter in list(flight.waiting):
            self._leave(waiter)
            waiter.owner.hear(waiter, entry)

    def _leave(self, waiter: Waiter) -> None:
        del waiter.flight.waiting[waiter]
        self._caches.clock.keep(waiter.slot, waiter)

    # --- those that wait; called by flights, of this method or of another of the same group

    def hear(self, waiter: Waiter, entry: Entry | None) -> None:
        exchange = waiter.exchange
        if entry is not None:
            self._answer(exchange, entry, waiter.warns, "waited")
        else:
            # For itself alone: what could not be shared is asked for by each.
            flight = exchange.flight = Flight(self._group, waiter.flight.key, self._now(), self._settings.timeout)
            flight.warns = waiter.warns
            self._tell_miss(exchange, flight.key, "miss")
        resume_soon(resume, exchange)

    def go_on(self, waiter: Waiter, flight: Flight) -> None:
        """In place of the one that failed."""
        flight.warns = waiter.warns
        flight.epoch = flight.group.epoch
        waiter.exchange.flight = flight
        self._tell_miss(waiter.exchange, flight.key, "miss")
        resume_soon(resume, waiter.exchange)

    def waited_too_long(self, waiter: Waiter) -> None:
        waiter.flight.waiting.pop(waiter, None)
        reason = "the response that another request asked for did not come in time"
        resume(waiter.exchange, GatewayError(INTEGRATION_TIMEOUT, reason))

    def _note(self, exchange: Exchange, outcome: str, key: Any, age: float | None) -> None:
        assert exchange.trace is not None
        exchange.trace.note(
            "cache",
            outcome=outcome,
            key=show_key(self._settings.names, key),
            age_s=None if age is None else round(age, 3),
            ttl_s=self._settings.ttl,
        )


def find_wish(headers: Headers) -> bool:
    """Whether a client wants no kept response: by `max-age=0` alone, as AWS documents."""
    return any(lower == b"cache-control" and _MAX_AGE_0.search(value) is not None for lower, _, value in headers)


def find_obstacle(response: Response) -> str:
    """Why a response is not kept; empty where it may be."""
    if response.stream is not None:
        return "it is streamed"
    if not 200 <= response.status < 300 or response.status == _PARTIAL:
        return f"its status is {response.status}"
    if len(response.body) > LARGEST_BODY:
        return f"its body is over {LARGEST_BODY} bytes"
    if any(header[0] == b"set-cookie" for header in response.headers):
        return "it sets a cookie"
    return ""


def make_entry(exchange: Exchange, response: Response, flight: Flight) -> Entry:
    """Without what names the one request that it was made for."""
    trace_id = exchange.trace_id
    headers = [header for header in response.headers if header[0] != b"x-amzn-trace-id" or header[2] != trace_id]
    return Entry(flight.group, flight.key, response.status, tuple(headers), bytes(response.body), flight.asked)
