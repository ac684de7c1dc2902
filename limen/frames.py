"""Frames, in which the processes of a server talk to each other: four bytes of length and a MessagePack message."""

import asyncio
from typing import TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")

MAX_FRAME = 1 << 30
"""A frame is at most all that is served; a longer one is not ours."""

_encode = msgspec.msgpack.Encoder().encode


def frame(message: Struct) -> bytes:
    payload = _encode(message)
    return len(payload).to_bytes(4, "big") + payload


async def read_frame(reader: asyncio.StreamReader, decoder: msgspec.msgpack.Decoder[T]) -> T:
    """Raises IncompleteReadError when the peer has gone, ConnectionError when it does not speak frames."""
    length = int.from_bytes(await reader.readexactly(4), "big")
    if length > MAX_FRAME:
        raise ConnectionError(f"a frame of {length} bytes")
    return decoder.decode(await reader.readexactly(length))
