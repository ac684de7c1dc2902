"""What the control process and the functions host say to each other over a Unix socket of their own.

The host says HostHello, is sent every function in one PutFunctions, and from then on what each revision changed; it
answers each with AppliedFunctions. In frames.
"""

import asyncio
from typing import TypeAlias

import msgspec
from msgspec import Struct

from limen.frames import read_frame
from limen.functions.records import FunctionRecord


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

_to_host: msgspec.msgpack.Decoder[ToHost] = msgspec.msgpack.Decoder(ToHost)
_from_host: msgspec.msgpack.Decoder[FromHost] = msgspec.msgpack.Decoder(FromHost)


async def read_as_host(reader: asyncio.StreamReader) -> ToHost:
    """Raises IncompleteReadError when control has gone."""
    return await read_frame(reader, _to_host)


async def read_from_host(reader: asyncio.StreamReader) -> FromHost:
    """Raises IncompleteReadError when the host has gone."""
    return await read_frame(reader, _from_host)
