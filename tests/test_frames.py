"""Frames between the processes of a server."""

import asyncio

import msgspec
import pytest
from msgspec import Struct

from limen.frames import MAX_FRAME, frame, read_frame


class Word(Struct, tag=True, frozen=True):
    text: str


class Number(Struct, tag=True, frozen=True):
    value: int


decoder: msgspec.msgpack.Decoder[Word | Number] = msgspec.msgpack.Decoder(Word | Number)


def _read(data: bytes, count: int) -> list[Word | Number]:
    async def read() -> list[Word | Number]:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return [await read_frame(reader, decoder) for _ in range(count)]

    return asyncio.run(read())


def test_messages_arrive_as_they_were_sent() -> None:
    sent = [Word("hello"), Number(7), Word("")]
    assert _read(b"".join(map(frame, sent)), 3) == sent


def test_a_frame_begins_with_the_length_of_its_message() -> None:
    data = frame(Word("hello"))
    assert int.from_bytes(data[:4], "big") == len(data) - 4


def test_a_frame_that_is_too_long_is_not_read() -> None:
    with pytest.raises(ConnectionError):
        _read((MAX_FRAME + 1).to_bytes(4, "big"), 1)


def test_a_peer_that_goes_in_the_middle_of_a_frame_is_noticed() -> None:
    with pytest.raises(asyncio.IncompleteReadError):
        _read(frame(Word("hello"))[:-1], 1)
