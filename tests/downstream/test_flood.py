"""Floods are counted by frames, however the network cuts them."""

from collections.abc import Callable

import pytest
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from limen.downstream.flood import FloodMeter
from limen.downstream.limits import Limits

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
LIMITS = Limits(control_frames_per_second=10, resets_per_second=10, empty_frames_per_second=10)


def feed(frames: list[Frame], step: int, seconds_between: float = 0.0) -> str | None:
    meter, now = FloodMeter(LIMITS), 100.0
    for data in [PREFACE, *(frame.serialize() for frame in frames)]:
        now += seconds_between
        for start in range(0, len(data), step):
            flood = meter.feed(data[start : start + step], now)
            if flood is not None:
                return flood
    return None


@pytest.mark.parametrize("step", [1, 4, 9, 10_000])
@pytest.mark.parametrize(
    ("make", "flood"),
    [
        (lambda: PingFrame(0, b"12345678"), "control frames"),
        (lambda: SettingsFrame(0, {1: 2}), "control frames"),
        (lambda: PriorityFrame(1), "control frames"),
        (lambda: WindowUpdateFrame(1, 5), "control frames"),
        (lambda: RstStreamFrame(1), "resets"),
        (lambda: DataFrame(1, b""), "empty DATA frames"),
    ],
)
def test_eleven_in_a_second_are_one_too_many(make: Callable[[], Frame], flood: str, step: int) -> None:
    assert feed([make() for _ in range(10)], step) is None
    assert feed([make() for _ in range(11)], step) == flood
    assert feed([make() for _ in range(40)], step, seconds_between=0.2) is None


def test_streams_that_were_answered_may_be_reset_once() -> None:
    streams = {1}
    meter = FloodMeter(LIMITS, streams)
    meter.feed(
        PREFACE + b"".join(HeadersFrame(2 * n + 1, b"x", flags=["END_HEADERS"]).serialize() for n in range(50)), 1.0
    )
    answered = b"".join(RstStreamFrame(2 * n + 1).serialize() for n in range(1, 50))
    assert meter.feed(answered, 1.1) is None
    assert meter.feed(RstStreamFrame(1).serialize() * 10, 1.2) is None
    assert meter.feed(RstStreamFrame(1).serialize(), 1.3) == "resets", "it is open"


def test_a_stream_that_is_reset_with_what_opens_it_counts() -> None:
    meter = FloodMeter(LIMITS, {})
    meter.feed(PREFACE, 1.0)
    opened = (HeadersFrame(2 * n + 1, b"x", flags=["END_HEADERS"]).serialize() for n in range(11))
    reset = (RstStreamFrame(2 * n + 1).serialize() for n in range(11))
    assert meter.feed(b"".join(a + b for a, b in zip(opened, reset, strict=True)), 1.1) == "resets"


def test_data_is_no_flood() -> None:
    assert feed([DataFrame(1, b"x" * 100) for _ in range(100)], 10_000) is None


def test_window_updates_are_explained_by_data_sent() -> None:
    meter = FloodMeter(LIMITS)
    meter.feed(PREFACE, 1.0)
    meter.explain_updates(100)
    assert meter.feed(WindowUpdateFrame(1, 5).serialize() * 100, 1.5) is None


@pytest.mark.parametrize("data", [b"", b"x" * 1_000])
def test_a_header_block_has_a_bound(data: bytes) -> None:
    assert feed([HeadersFrame(1, b"x"), *(ContinuationFrame(1, data) for _ in range(50))], 10_000) == "header blocks"


def test_a_head_is_open_until_its_end() -> None:
    meter = FloodMeter(LIMITS)
    meter.feed(PREFACE + HeadersFrame(1, b"x").serialize(), 1.0)
    assert meter.head_since is not None
    meter.feed(ContinuationFrame(1, b"x", flags=["END_HEADERS"]).serialize(), 1.0)
    assert meter.head_since is None
