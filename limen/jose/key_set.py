"""The public keys of an issuer, by key id (JWK Set, RFC 7517, section 5)."""

from collections.abc import Iterable, Mapping
from typing import Any

from limen.jose.compact import Token
from limen.jose.errors import KeyRefusedError
from limen.jose.keys import PublicKey, read_key
from limen.jose.strict_json import read_object

MOST_BYTES = 150_000
"""Of a key set (AWS quotas)."""

MOST_KEYS = 200

MOST_OF_ONE_ID = 4
"""Keys of different types may share an id (RFC 7517, section 4.5)."""


class KeySet:
    """Immutable; `refused` says of each key that is not used why."""

    __slots__ = ("_by_id", "refused")

    def __init__(self, keys: Iterable[PublicKey], refused: tuple[str, ...] = ()) -> None:
        by_id: dict[str, list[PublicKey]] = {}
        for key in keys:
            of_id = by_id.setdefault(key.id, [])
            if len(of_id) < MOST_OF_ONE_ID:
                of_id.append(key)
        self._by_id = by_id
        self.refused = refused

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._by_id

    def find_signer(self, token: Token) -> PublicKey | None:
        """The key that signed a token; None where none of those with its key id did."""
        for key in self._by_id.get(token.key_id, ()):
            if key.verifies(token.signed, token.signature, token.algorithm):
                return key
        return None

    def algorithms_of(self, key_id: str) -> frozenset[str]:
        """What the keys with that id may be used with."""
        return frozenset(name for key in self._by_id.get(key_id, ()) for name in key.algorithms)

    def identities(self) -> frozenset[tuple[Any, ...]]:
        return frozenset(key.identity for keys in self._by_id.values() for key in keys)


def read_key_set(text: bytes) -> KeySet:
    """Raises ValueError for what is no key set; keys that cannot be used are left out."""
    if len(text) > MOST_BYTES:
        raise ValueError(f"it has more than {MOST_BYTES} bytes")
    return make_key_set(read_object(text))


def make_key_set(document: Mapping[str, Any]) -> KeySet:
    """The same of `{"keys": [...]}` as data."""
    members = document.get("keys")
    if type(members) is not list:
        raise ValueError("it has no list of keys")
    if len(members) > MOST_KEYS:
        raise ValueError(f"it has more than {MOST_KEYS} keys")
    keys, refused = [], []
    for number, each in enumerate(members):
        try:
            keys.append(read_key(each if type(each) is dict else {}))
        except KeyRefusedError as error:
            refused.append(f"key {number}: {error}")
    return KeySet(keys, tuple(refused))
