"""Bodies that pass through: in order, at the client's pace, within their bandwidth, closed once whatever happens."""

from typing import cast

from limen.clock import Clock, Expires
from limen.gateway.body_stream import Bandwidth, BodyStream

UNBOUND = Bandwidth(0, 0)


class Source:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pause(self) -> None:
        self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")

    def abandon(self) -> None:
        self.told.append("abandon")


class Sink:
    """Takes everything, and says after which piece it wants no more."""

    def __init__(self, full_at: int = 1000) -> None:
        self.seen: list[bytes | str] = []
        self.full_at = full_at

    def write(self, piece: bytes) -> bool:
        self.seen.append(piece)
        return len(self.seen) < self.full_at

    def end(self) -> None:
        self.seen.append("end")

    def fail(self) -> None:
        self.seen.append("fail")


class Time:
    """A Clock that goes on when the test says so."""

    def __init__(self) -> None:
        self.at = 100.0
        self.deadlines: list[tuple[float, Expires]] = []

    def now(self) -> float:
        return self.at

    def expire_in(self, seconds: float, waiting: Expires) -> int:
        self.deadlines.append((self.at + seconds, waiting))
        return 1

    def keep(self, slot: int, waiting: Expires) -> None:
        self.deadlines = [deadline for deadline in self.deadlines if deadline[1] is not waiting]

    def pass_to_next(self, late: float = 0.0) -> float:
        """Up to the next deadline, which is told; seconds that this took."""
        before = self.at
        ends, waiting = self.deadlines.pop(0)
        self.at = ends + late
        waiting.deadline_passed()
        return self.at - before


def make(bandwidth: Bandwidth = UNBOUND) -> tuple[BodyStream, Source, Time]:
    source, time = Source(), Time()
    return BodyStream(source, cast(Clock, time), None, bandwidth), source, time


def test_pieces_pass_in_order_and_the_end_behind_them() -> None:
    stream, _, _ = make()
    sink = Sink()
    stream.attach(sink)
    for piece in (b"a", b"", b"b"):
        stream.push(piece)
    stream.finish()

    assert sink.seen == [b"a", b"b", "end"]


def test_what_came_before_the_sink_waits_for_it() -> None:
    stream, source, _ = make()
    stream.push(b"a")
    stream.push(b"b")
    assert source.told == ["pause", "pause"]

    sink = Sink()
    stream.attach(sink)
    assert (sink.seen, source.told[2:]) == ([b"a", b"b"], ["resume"])


def test_an_end_or_a_break_before_the_sink_is_told_to_it() -> None:
    for finish, told in ((BodyStream.finish, "end"), (BodyStream.break_off, "fail")):
        stream, _, _ = make()
        stream.push(b"a")
        finish(stream)
        sink = Sink()
        stream.attach(sink)
        assert sink.seen == [b"a", told]


def test_a_full_sink_makes_the_source_wait() -> None:
    stream, source, _ = make()
    sink = Sink(full_at=2)
    stream.attach(sink)
    stream.push(b"a")
    assert source.told == []
    stream.push(b"b")
    assert source.told == ["pause"]
    stream.push(b"what was under way")
    assert sink.seen[-1] == b"what was under way"
    stream.resume()
    assert source.told == ["pause", "pause", "resume"]


def test_bytes_beyond_the_unthrottled_ones_pass_at_the_rate() -> None:
    stream, source, time = make(Bandwidth(unthrottled=1000, rate=100))
    stream.attach(Sink())
    stream.push(b"x" * 1000)
    assert source.told == []

    seconds = 0.0
    for _ in range(50):
        stream.push(b"x" * 40)
        while source.told[-1:] == ["pause"]:
            seconds += time.pass_to_next(late=0.05)
    assert 19.5 < seconds < 20.5  # 2,000 bytes at 100 a second, although each deadline is late


def test_a_throttled_source_goes_on_when_the_sink_has_room_too() -> None:
    stream, source, time = make(Bandwidth(unthrottled=0, rate=100))
    stream.attach(Sink(full_at=1))
    stream.push(b"x" * 1000)
    time.pass_to_next()
    assert source.told == ["pause", "pause"]
    stream.resume()
    assert source.told[-1] == "resume"


def test_a_sink_with_room_does_not_lift_the_throttle() -> None:
    stream, source, time = make(Bandwidth(unthrottled=0, rate=100))
    stream.attach(Sink(full_at=1))
    stream.push(b"x" * 1000)
    stream.resume()
    assert source.told == ["pause", "pause"]
    time.pass_to_next()
    assert source.told[-1] == "resume"


def test_closing_leaves_the_source_and_is_told_once() -> None:
    stream, source, time = make(Bandwidth(unthrottled=0, rate=100))
    closed: list[str] = []
    sink = Sink()
    stream.when_closed(lambda: closed.append("first"))
    stream.attach(sink)
    stream.push(b"x" * 1000)
    stream.close()
    stream.close()
    stream.push(b"late")
    stream.finish()
    stream.break_off()
    stream.when_closed(lambda: closed.append("second"))

    assert (source.told, closed, time.deadlines) == (["pause", "abandon"], ["first", "second"], [])
    assert sink.seen == [b"x" * 1000]


def test_a_break_closes() -> None:
    stream, source, _ = make()
    sink = Sink()
    stream.attach(sink)
    stream.break_off()
    assert (sink.seen, source.told, stream.is_closed) == (["fail"], ["abandon"], True)


def test_a_stream_that_nobody_took_is_closed() -> None:
    stream, source, _ = make()
    stream.close_unless_attached()
    assert (source.told, stream.is_closed) == (["abandon"], True)

    stream, source, _ = make()
    stream.attach(Sink())
    stream.close_unless_attached()
    assert (source.told, stream.is_closed) == ([], False)
