"""Frames of event streams: what is rendered is read back, by our reader and by that of AWS's own client library."""

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.eventstream import EventDecoder, EventEncoder, EventStreamError, event_encoder

names = st.text(min_size=1, max_size=40).filter(lambda name: len(name.encode()) < 256)
texts = st.text(max_size=200)
headers = st.dictionaries(names, texts, max_size=5)
CHUNK = event_encoder("PayloadChunk", "application/octet-stream")


@given(headers, st.lists(st.binary(max_size=2000), max_size=5), st.integers(1, 500))
def test_what_was_rendered_is_read_back_in_pieces_of_any_size(
    fields: dict[str, str], payloads: list[bytes], size: int
) -> None:
    encoder, decoder = EventEncoder(fields), EventDecoder()
    sent = b"".join(encoder.render(payload) for payload in payloads)

    events = [event for at in range(0, len(sent), size) for event in decoder.feed(sent[at : at + size])]

    assert [event.payload for event in events] == payloads
    assert all(event.headers == fields for event in events)
    assert decoder.is_between_events


@given(headers, st.binary(max_size=2000))
def test_botocore_reads_what_was_rendered(fields: dict[str, str], payload: bytes) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(EventEncoder(fields).render(payload))

    (message,) = list(buffer)

    assert (message.headers, message.payload) == (fields, payload)


@given(st.binary(max_size=300))
def test_any_bytes_are_events_or_an_error(data: bytes) -> None:
    try:
        for event in EventDecoder().feed(data):
            assert isinstance(event.payload, bytes)
    except EventStreamError:
        pass


@given(st.binary(min_size=1, max_size=100), st.data())
def test_a_changed_byte_is_found(payload: bytes, data: st.DataObject) -> None:
    frame = bytearray(CHUNK.render(payload))
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] ^= data.draw(st.integers(1, 255))

    decoder = EventDecoder()
    with pytest.raises(EventStreamError):
        list(decoder.feed(bytes(frame)))


def test_an_event_tells_its_type() -> None:
    (event,) = EventDecoder().feed(CHUNK.render(b"abc"))
    assert event.type == "PayloadChunk"
    assert event.headers[":content-type"] == "application/octet-stream"


def test_half_a_frame_is_waited_for() -> None:
    decoder = EventDecoder()
    frame = CHUNK.render(b"abc")
    assert list(decoder.feed(frame[:-1])) == []
    assert not decoder.is_between_events
    assert [event.payload for event in decoder.feed(frame[-1:])] == [b"abc"]


def _with_headers(raw: bytes) -> bytes:
    encoder = EventEncoder({})
    encoder._headers = raw
    return encoder.render(b"")


def test_headers_of_other_types_are_passed_over() -> None:
    raw = b"\x01a\x00" + b"\x01b\x04\0\0\0\x07" + b"\x01c\x07\0\x02ok"
    (event,) = EventDecoder().feed(_with_headers(raw))
    assert event.headers == {"c": "ok"}


@pytest.mark.parametrize(
    "raw",
    [b"\x01", b"\x01a", b"\x01a\x0c", b"\x01a\x07\0\x09x", b"\x01a\x07\0\x01x\x01a\x07\0\x01y", b"\x01a\x07\0\x01\xff"],
)
def test_broken_headers_are_refused(raw: bytes) -> None:
    with pytest.raises(EventStreamError):
        list(EventDecoder().feed(_with_headers(raw)))


def test_a_frame_that_is_too_large_is_refused_before_it_has_come() -> None:
    lengths = (1 << 30).to_bytes(4, "big") + (0).to_bytes(4, "big")
    from binascii import crc32

    with pytest.raises(EventStreamError, match="too large"):
        list(EventDecoder().feed(lengths + crc32(lengths).to_bytes(4, "big")))
