"""The issuers of tokens and their public keys, kept for as long as API Gateway keeps them.

Keys are fetched when a token first needs them, and again when they are old or a token names one that is not there. All
tokens of an issuer wait for one fetch. An issuer that cannot be reached is asked less and less often, and the keys that
are known serve on meanwhile.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from limen.features.authorizers.jwks_fetch import FetchError, FetchKeys
from limen.jose.key_set import KeySet, make_key_set
from limen.tasks import Tasks

log = logging.getLogger("limen.authorizers")

REFETCH_AFTER = 5.0
"""Seconds after a fetch before an unknown key id leads to the next: who invents key ids makes no issuer work."""

FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 60.0
"""Seconds to the next try after a fetch that failed; doubled by each that fails after it."""

REFRESH_AT = 0.75
"""Of the age that keys may have: from then on they are renewed while they serve, so that no token has to wait."""

LONGEST_STALE = 24 * 3600.0
"""Seconds that keys are used whose issuer cannot be reached: what it revoked meanwhile nobody could tell."""

REDISCOVER_AFTER = 3600.0

MOST_WAITING = 4096
"""Exchanges that wait for the keys of one issuer."""

Waiter: TypeAlias = Callable[[], None]

NO_KEYS = KeySet(())

_TOLD = {"discovery": "OIDC discovery endpoint communication error", "keys": "JWKS communication error"}
"""By the place of a FetchError, what a client reads (observed)."""


class Issuer:
    """One issuer; `keys` is another object whenever its keys are others, and only then."""

    def __init__(self, name: str, fetch: FetchKeys | None, tasks: Tasks, now: Callable[[], float]) -> None:
        self.name = name
        self.keys = NO_KEYS
        self.problem = ""
        """What the last fetch failed by, as clients are told; empty where it did not."""
        self.is_local = False
        self._fetch = fetch
        self._tasks = tasks
        self._now = now
        self._keys_url = ""
        self._discovered_at = float("-inf")
        self._fetched_at = float("-inf")
        self._next_try = float("-inf")
        self._back_off = FIRST_BACK_OFF
        self._is_fetching = False
        self._waiters: list[Waiter] = []

    def must_wait(self, key_id: str, longest_age: float, waiter: Waiter) -> bool:
        """Whether a token with that key id has to wait for keys; then `waiter` is called, once and later.

        Where not, `keys` is all that is known.
        """
        if self.is_local or self._fetch is None:
            return False
        now = self._now()
        age = now - self._fetched_at
        is_known = key_id in self.keys
        if is_known and age < longest_age * REFRESH_AT:
            return False
        if not self._is_fetching:
            if now < self._next_try:
                return False
            self._is_fetching = True
            self._tasks.start(self._refresh(self._fetch, now), f"keys of {self.name}")
        if (is_known and age < longest_age) or len(self._waiters) >= MOST_WAITING:
            return False
        self._waiters.append(waiter)
        return True

    def fresh_for(self, longest_age: float) -> float:
        """Seconds that what the keys verify may be relied upon before they are looked at again: until they are to be
        renewed, until the next try where the issuer is away, and a second where they are being fetched."""
        if self.is_local:
            return longest_age
        return max(self._fetched_at + longest_age * REFRESH_AT, self._next_try, self._now() + 1.0) - self._now()

    def put(self, keys: KeySet) -> None:
        if keys.identities() != self.keys.identities():
            self.keys = keys

    async def _refresh(self, fetch: FetchKeys, now: float) -> None:
        try:
            if not self._keys_url or now - self._discovered_at > REDISCOVER_AFTER:
                self._keys_url = await fetch.discover(self.name)
                self._discovered_at = now
            keys = await fetch.fetch_keys(self._keys_url)
        except Exception as error:
            if not isinstance(error, FetchError):
                log.exception("keys of %s", self.name)
                error = FetchError("keys", "an error of Limen's own")
            self._failed(error)
        else:
            self._succeeded(keys)
        finally:
            self._is_fetching = False
            self._wake()

    def _failed(self, error: FetchError) -> None:
        now = self._now()
        self.problem = _TOLD[error.place]
        self._keys_url = ""  # it may have moved
        self._next_try = now + self._back_off
        log.warning("issuer %s: %s; next try in %g s", self.name, error, self._back_off)
        self._back_off = min(self._back_off * 2, LONGEST_BACK_OFF)
        if self.keys is not NO_KEYS and now - self._fetched_at > LONGEST_STALE:
            log.error("issuer %s: its keys are used no more", self.name)
            self.keys = NO_KEYS

    def _succeeded(self, keys: KeySet) -> None:
        if self.problem:
            log.warning("issuer %s answers again", self.name)
        for reason in keys.refused:
            log.warning("issuer %s: %s", self.name, reason)
        self.problem = ""
        self._back_off = FIRST_BACK_OFF
        self._fetched_at = self._now()
        self._next_try = self._fetched_at + REFETCH_AFTER
        if not self.is_local:
            self.put(keys)

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            try:
                waiter()
            except Exception:  # the others wait too
                log.exception("what waited for the keys of %s", self.name)


class Issuers:
    """Owned by a worker. There are as many as authorizers name: one that no plan refers to any more is forgotten."""

    def __init__(self, fetch: FetchKeys | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._now = now
        self._tasks = Tasks()
        self._issuers: WeakValueDictionary[str, Issuer] = WeakValueDictionary()
        self._local: dict[str, Issuer] = {}

    def get(self, name: str) -> Issuer:
        """The issuer of exactly that name; nothing is fetched yet."""
        issuer = self._issuers.get(name)
        if issuer is None:
            issuer = self._issuers[name] = Issuer(name, self._fetch, self._tasks, self._now)
        return issuer

    def put_local(self, name: str, key_set: Mapping[str, Any]) -> None:
        """Gives the keys of an issuer of Limen's own, `{"keys": [...]}`: they are never fetched and never grow old.

        Raises ValueError for what is no key set.
        """
        issuer = self.get(name)
        issuer.put(make_key_set(key_set))
        issuer.is_local = True
        self._local[name] = issuer

    def remove_local(self, name: str) -> None:
        """Its tokens are refused from now on, and it may be one that is fetched."""
        issuer = self._local.pop(name, None)
        if issuer is not None:
            issuer.is_local = False
            issuer.put(NO_KEYS)

    async def close(self) -> None:
        await self._tasks.cancel_all()
        if self._fetch is not None:
            await self._fetch.close()
