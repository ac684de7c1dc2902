"""What the control process and the functions host say to each other over a Unix socket of their own.

The host says HostHello, is sent every function in one PutFunctions, and from then on what each revision changed; it
answers each with AppliedFunctions. Frames are four bytes of length and a MessagePack message.
"""

import asyncio
from typing import TypeAlias

import msgspec
from msgspec import Struct

from limen.functions.records import FunctionRecord

MAX_FRAME = 1 << 30
"""A frame is at most all functions; a longer one is not ours."""


class HostHello(Struct, tag=True, frozen=True):
    """The first words of a functions host."""

    pid: int


class PutFunctions(Struct, tag=True, frozen=True):
    """Functions as they are at `revision`: all of them where `first`, else what changed; `gone` by ARN."""

    revision: int
    first: bool
    functions: list[FunctionRecord]
    gone: list[str] = []


class AppliedFunctions(Struct, tag=True, frozen=True):
    """New invocations meet what `revision` says."""

    revision: int


ToHost: TypeAlias = PutFunctions
FromHost: TypeAlias = HostHello | AppliedFunctions

_encode = msgspec.msgpack.Encoder().encode
_to_host: msgspec.msgpack.Decoder[ToHost] = msgspec.msgpack.Decoder(ToHost)
_from_host: msgspec.msgpack.Decoder[FromHost] = msgspec.msgpack.Decoder(FromHost)


def frame(message: ToHost | FromHost) -> bytes:
    payload = _encode(message)
    return len(payload).to_bytes(4, "big") + payload


async def read_as_host(reader: asyncio.StreamReader) -> ToHost:
    """Raises IncompleteReadError when control has gone."""
    return _to_host.decode(await _read_payload(reader))


async def read_from_host(reader: asyncio.StreamReader) -> FromHost:
    """Raises IncompleteReadError when the host has gone."""
    return _from_host.decode(await _read_payload(reader))


async def _read_payload(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(4), "big")
    if length > MAX_FRAME:
        raise ConnectionError(f"a frame of {length} bytes on the functions channel")
    return await reader.readexactly(length)
