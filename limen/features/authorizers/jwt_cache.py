"""Tokens that were verified, kept by their bytes until they expire: a token that was seen costs a look.

What is kept depends on the rules of an authorizer, so each set of rules has a space of its own: what one authorizer
let pass never passes another.
"""

from collections import OrderedDict
from collections.abc import Hashable
from itertools import count
from weakref import WeakValueDictionary

from limen.features.authorizers.jwks_issuers import Issuer
from limen.gateway.caller import Caller
from limen.jose.key_set import KeySet

MOST_BYTES = 16 << 20
"""Of all that is kept, as reckoned by `_cost`."""

_FIXED_COST = 2048
_COST_OF_A_BYTE = 4
"""Memory of claims by a byte of their token: measured with tokens of 1 to 8 KB, 3.1 to 3.8."""


class Verified:
    """A token that was good, and who its bearer is. It holds while `holds` says so."""

    __slots__ = ("caller", "cost", "issuer", "keys", "scopes", "until", "with_scopes")

    def __init__(
        self, caller: Caller, with_scopes: Caller, scopes: frozenset[str], until: float, issuer: Issuer
    ) -> None:
        self.caller = caller
        self.with_scopes = with_scopes
        """The same for a route that asks for scopes."""
        self.scopes = scopes
        self.until = until
        """Epoch seconds: when the token expires, or its keys have to be looked at again."""
        self.issuer = issuer
        self.keys: KeySet = issuer.keys
        """Those that it was verified by: where the issuer has others now, it is verified anew."""
        self.cost = 0

    def holds(self, now: float) -> bool:
        return now < self.until and self.keys is self.issuer.keys


class Space:
    """What begins the keys of one set of rules."""

    __slots__ = ("__weakref__", "prefix")

    def __init__(self, number: int) -> None:
        self.prefix = b"%d " % number


class VerifiedTokens:
    """Owned by a worker; the tokens that were not used for the longest go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.entries: OrderedDict[bytes, Verified] = OrderedDict()
        """By the prefix of a space and the bytes of a token as sent."""
        self._most_bytes = most_bytes
        self._cost = 0
        self._numbers = count()
        self._spaces: WeakValueDictionary[Hashable, Space] = WeakValueDictionary()

    def space_of(self, rules: Hashable) -> Space:
        """Shared by all that have equal rules, for as long as one of them keeps it."""
        space = self._spaces.get(rules)
        if space is None:
            space = self._spaces[rules] = Space(next(self._numbers))
        return space

    def find(self, key: bytes, now: float) -> Verified | None:
        entry = self.entries.get(key)
        if entry is None:
            return None
        if entry.holds(now):
            self.entries.move_to_end(key)
            return entry
        self._drop(key)
        return None

    def put(self, key: bytes, entry: Verified) -> None:
        self._drop(key)
        entry.cost = _FIXED_COST + _COST_OF_A_BYTE * len(key)
        self.entries[key] = entry
        self._cost += entry.cost
        while self._cost > self._most_bytes:
            self._drop(next(iter(self.entries)))

    def _drop(self, key: bytes) -> None:
        entry = self.entries.pop(key, None)
        if entry is not None:
            self._cost -= entry.cost
