"""Kept responses as they lie in shared state: named by a digest of all that tells them apart, in bytes with a version.

What a stage says of its last flush is part of the name, so that a flush makes all that was kept unreachable at once.
"""

from hashlib import sha256
from typing import Any

import msgspec

from limen.aws.sealing import Seal
from limen.features.caching.entries import Entry, Group
from limen.features.caching.keys import encode_key
from limen.wire import STATUS_LINES

SEAL_PURPOSE = "cached responses"
PLAIN, SEALED = b"\x01", b"\x02"
"""The first byte: the format, and whether it is sealed. What begins with another was written by another version."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[int, list[tuple[bytes, bytes]], bytes])


def name_entry(group: Group, key: Any, mark: Any) -> str:
    """No two keys share one."""
    return sha256(encode_key((*_texts(group.name), str(mark), key))).hexdigest()


def dump_entry(entry: Entry, name: str, seal: Seal | None) -> bytes:
    headers = [(sent, value) for _, sent, value in entry.headers]
    packed = _encoder.encode((entry.status, headers, entry.body))
    return PLAIN + packed if seal is None else SEALED + seal.close(packed, name).encode()


def load_entry(data: bytes, name: str, seal: Seal | None, group: Group, key: Any) -> Entry | None:
    """None for what was not kept as it would be kept now, and for what is damaged."""
    kind, packed = data[:1], data[1:]
    if kind != (PLAIN if seal is None else SEALED):
        return None
    if seal is not None:
        opened = seal.open(packed.decode("latin-1"), name)
        if opened is None:
            return None
        packed = opened
    try:
        status, headers, body = _decoder.decode(packed)
    except msgspec.DecodeError:
        return None
    if status not in STATUS_LINES:
        return None
    return Entry(group, key, status, tuple((sent.lower(), sent, value) for sent, value in headers), body, 0.0)


def _texts(name: Any) -> tuple[Any, ...]:
    return tuple(_texts(each) if isinstance(each, tuple) else str(each) for each in name)
