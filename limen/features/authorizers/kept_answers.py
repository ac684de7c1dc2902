"""Answers of authorizer functions, kept by what was asked, and those that are being waited for.

Bounded in number and size for a whole worker, whatever clients send: the oldest go first. An answer is found by the
very values of the identity that it was given for, in the very stage, authorizer and configuration.
"""

from collections.abc import Hashable
from time import monotonic
from typing import TypeAlias
from weakref import WeakValueDictionary

from limen.features.authorizers.function_output import Answer
from limen.features.authorizers.identity_sources import Identity
from limen.gateway.exchange import Exchange

MOST_ANSWERS = 50_000
MOST_BYTES = 32 * 1024 * 1024
OVERHEAD = 1000
"""Bytes of an entry beside its identity and what was parsed, which takes about three times its JSON."""
GROWTH = 3

ScopeName: TypeAlias = tuple[str, str, str, Hashable]
"""API, stage, authorizer, and all that its answers depend on."""


class Flight:
    """One call of a function, and the exchanges that wait for it."""

    __slots__ = ("scope_epoch", "waiting")

    def __init__(self, exchange: Exchange, scope_epoch: int) -> None:
        self.waiting = [exchange]
        self.scope_epoch = scope_epoch


class Scope:
    """The answers of one authorizer as it is configured on one stage."""

    __slots__ = ("__weakref__", "answers", "epoch", "flights", "name")

    def __init__(self, name: ScopeName) -> None:
        self.name = name
        self.answers: dict[Identity, Answer] = {}
        self.flights: dict[Identity, Flight] = {}
        self.epoch = 0
        """Counts flushes: what was asked before one is not kept after it."""


class KeptAnswers:
    """One for each worker; outlives plans."""

    def __init__(self, most_answers: int = MOST_ANSWERS, most_bytes: int = MOST_BYTES) -> None:
        self._most_answers = most_answers
        self._most_bytes = most_bytes
        self._scopes: WeakValueDictionary[ScopeName, Scope] = WeakValueDictionary()
        self._sizes: dict[tuple[Scope, Identity], int] = {}
        """In the order in which they were kept."""
        self.size = 0

    def __len__(self) -> int:
        return len(self._sizes)

    def scope(self, name: ScopeName) -> Scope:
        """The same for plans that replace each other, so that a deployment of something else forgets nothing."""
        found = self._scopes.get(name)
        if found is None:
            found = self._scopes[name] = Scope(name)
        return found

    def keep(self, scope: Scope, identity: Identity, answer: Answer, ttl: float, payload_size: int) -> None:
        self.forget(scope, identity)
        size = _size_of(identity) + payload_size * GROWTH + OVERHEAD
        if size > self._most_bytes // 8:
            return
        while self._sizes and (len(self._sizes) >= self._most_answers or self.size + size > self._most_bytes):
            self.forget(*next(iter(self._sizes)))
        answer.kept_since = monotonic()
        answer.expires = answer.kept_since + ttl
        scope.answers[identity] = answer
        self._sizes[scope, identity] = size
        self.size += size

    def forget(self, scope: Scope, identity: Identity) -> None:
        size = self._sizes.pop((scope, identity), None)
        if size is not None:
            self.size -= size
            del scope.answers[identity]

    def age(self, seconds: float) -> None:
        """As if so much more time had gone by."""
        for scope, identity in self._sizes:
            answer = scope.answers[identity]
            answer.kept_since -= seconds
            answer.expires -= seconds

    def flush(self, api_id: str, stage_name: str) -> None:
        """Forgets all answers of a stage; who asks from now on joins nobody that asked before."""
        for scope in list(self._scopes.values()):
            if scope.name[:2] == (api_id, stage_name):
                for identity in list(scope.answers):
                    self.forget(scope, identity)
                scope.flights = {}
                scope.epoch += 1


def _size_of(identity: Identity) -> int:
    return sum(map(_size_of, identity)) if isinstance(identity, tuple) else len(identity)
