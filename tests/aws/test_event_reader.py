"""Event streams taken apart: against botocore's own reader, in pieces of any size, damaged in any place."""

import struct
import zlib

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.event_reader import EventReader, EventStreamError
from tests.support.invoke_peer import event

MESSAGE = event("PayloadChunk", b"hello")


def with_headers(headers: bytes) -> bytes:
    prelude = struct.pack(">II", 16 + len(headers), len(headers))
    begun = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers
    return begun + struct.pack(">I", zlib.crc32(begun))


@given(st.lists(st.tuples(st.sampled_from(["PayloadChunk", "InvokeComplete"]), st.binary(max_size=300))), st.data())
def test_what_is_cut_anywhere_is_read_as_a_whole(events: list[tuple[str, bytes]], data: st.DataObject) -> None:
    wire = b"".join(event(kind, payload) for kind, payload in events)
    reader, read = EventReader(), []
    while wire:
        size = data.draw(st.integers(1, len(wire)))
        read += reader.feed(wire[:size])
        wire = wire[size:]

    assert [(headers[":event-type"], payload) for headers, payload in read] == events
    assert reader.is_between_messages


def test_messages_are_what_botocore_reads() -> None:
    other = EventStreamBuffer()
    other.add_data(MESSAGE)

    assert [(message.headers, message.payload) for message in other] == EventReader().feed(MESSAGE)


def test_headers_of_other_types_are_passed_over() -> None:
    values = b"\x00", b"\x01", b"\x02\x05", b"\x03\x00\x05", b"\x04" + bytes(4), b"\x05" + bytes(8)
    more = b"\x06\x00\x02ab", b"\x07\x00\x02ab", b"\x08" + bytes(8), b"\x09" + bytes(16)
    headers = b"".join(b"\x01" + bytes((97 + at,)) + value for at, value in enumerate(values + more))

    assert EventReader().feed(with_headers(headers)) == [({"h": "ab"}, b"")]


@given(st.integers(0, len(MESSAGE) - 1), st.integers(1, 255))
def test_no_damage_goes_unnoticed(at: int, change: int) -> None:
    damaged = bytearray(MESSAGE)
    damaged[at] ^= change
    with pytest.raises(EventStreamError):
        EventReader().feed(bytes(damaged))


@pytest.mark.parametrize("headers", [b"\x05ab", b"\x01a\x07\x00\x09a", b"\x01a\x0b", b"\x01\xff\x00", b"\x01a"])
def test_headers_that_cannot_be_read_are_refused(headers: bytes) -> None:
    with pytest.raises(EventStreamError, match="headers of a message"):
        EventReader().feed(with_headers(headers))


def test_a_message_may_not_be_larger_than_any_of_aws() -> None:
    prelude = struct.pack(">II", 1 << 30, 0)
    with pytest.raises(EventStreamError, match="a message of 1073741824 bytes"):
        EventReader().feed(prelude + struct.pack(">I", zlib.crc32(prelude)))
