"""FilterLogEvents: the events of many streams of a group in one order, those that a pattern shows, in pages.

A page ends after so many events, bytes, or bytes looked at: a call never holds up the others for long. Its token is
the last event looked at, and the direction.
"""

import hashlib
from collections.abc import Iterator
from heapq import heapify, heappop, heapreplace
from typing import Any

from msgspec import Struct

from limen.control.call import Call
from limen.control.logs.errors import invalid_parameter
from limen.control.logs.events import END_OF_TIME, EVENT_BYTES, MOST_EVENTS, MOST_PAGE_BYTES, event_id
from limen.control.logs.groups import Events, Group, find_group
from limen.control.logs.pages import parse_token, render_token
from limen.control.logs.patterns import Matches, compile_pattern
from limen.functions.log_reader import StoredEvent

MOST_LOOKED_AT = 16 * 1024 * 1024
"""Bytes of messages that one call looks at."""

Key = tuple[int, int, int]
"""Timestamp, number of the stream, position; with a minus each where the newest come first."""


class _Wanted(Struct, frozen=True):
    """`after`: timestamp, stream and position of the last event that was looked at."""

    start: int
    end: int
    limit: int
    newest_first: bool
    after: tuple[int, str, int] | None
    matches: Matches | None


def filter_log_events(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """`startTime` and `endTime` are both included."""
    group = find_group(call, members)
    wanted = _read_wanted(group, members)
    streams = _streams(group, members)
    events: list[dict[str, Any]] = []
    size = looked_at = 0
    last: tuple[int, str, int] | None = None
    for stream, each in merge(streams, wanted):
        if len(events) >= wanted.limit or size >= MOST_PAGE_BYTES or looked_at >= MOST_LOOKED_AT:
            break
        last = (each.event.timestamp, stream.name, each.position)
        looked_at += len(each.event.message) + EVENT_BYTES
        if wanted.matches is None or wanted.matches(each.event.message):
            size += len(each.event.message) + EVENT_BYTES
            events.append(_describe(stream, each))
    else:
        last = None
    token = None if last is None else render_token([wanted.newest_first, *last])
    return {"events": events, "searchedLogStreams": [], "nextToken": token}


def merge(streams: list[Events], wanted: _Wanted) -> Iterator[tuple[Events, StoredEvent]]:
    """The events after `wanted.after`. A stream is opened when the time of its first event has come, and not before."""
    sign = -1 if wanted.newest_first else 1
    start, end = _range_left(wanted)
    passed = _key_passed(streams, wanted, sign)
    heap: list[tuple[Key, Events, StoredEvent | None, Iterator[StoredEvent]]] = []
    for index, stream in enumerate(streams):
        span = stream.span_within(start, end)
        if span is not None:
            edge = min(span.last, end) if wanted.newest_first else max(span.first, start)
            events = stream.events(start, end, newest_first=wanted.newest_first)
            heap.append(((sign * edge, sign * index, -END_OF_TIME), stream, None, events))
    heapify(heap)
    while heap:
        (_, signed_index, _), stream, each, events = heap[0]
        if each is not None:
            yield stream, each
        following = next((e for e in events if passed is None or _key(e, signed_index, sign) > passed), None)
        if following is None:
            heappop(heap)
        else:
            heapreplace(heap, (_key(following, signed_index, sign), stream, following, events))


def _key(each: StoredEvent, signed_index: int, sign: int) -> Key:
    return sign * each.event.timestamp, signed_index, sign * each.position


def _range_left(wanted: _Wanted) -> tuple[int, int]:
    if wanted.after is None:
        return wanted.start, wanted.end
    if wanted.newest_first:
        return wanted.start, min(wanted.end, wanted.after[0])
    return max(wanted.start, wanted.after[0]), wanted.end


def _key_passed(streams: list[Events], wanted: _Wanted, sign: int) -> tuple[int, float, int] | None:
    """The key of the last event looked at, among the streams that there are now: its own may have gone."""
    if wanted.after is None:
        return None
    timestamp, name, position = wanted.after
    index = sum(stream.name < name for stream in streams)
    is_there = index < len(streams) and streams[index].name == name
    return sign * timestamp, sign * (index if is_there else index - 0.5), sign * position


def _read_wanted(group: Group, members: dict[str, Any]) -> _Wanted:
    start, end = members.get("startTime", 0), members.get("endTime", END_OF_TIME)
    if start > end:
        raise invalid_parameter("startTime must be less than or equal to endTime.")
    newest_first = not members.get("startFromHead", True)
    after = None
    if members.get("nextToken"):
        match parse_token(members["nextToken"]):
            case (bool() as newest_first, int() as timestamp, str() as name, int() as position):
                after = (timestamp, name, position)
            case _:
                raise invalid_parameter("The specified nextToken is invalid.")
    return _Wanted(
        start=max(start, group.oldest()),
        end=end,
        limit=members.get("limit", MOST_EVENTS),
        newest_first=newest_first,
        after=after,
        matches=compile_pattern(members.get("filterPattern", "")),
    )


def _streams(group: Group, members: dict[str, Any]) -> list[Events]:
    """In the order of their names."""
    prefix, names = members.get("logStreamNamePrefix"), members.get("logStreamNames")
    if prefix is not None and names is not None:
        raise invalid_parameter("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.")
    chosen = [
        stream
        for stream in group.streams()
        if stream.name.startswith(prefix or "") and (names is None or stream.name in names)
    ]
    return sorted(chosen, key=lambda stream: stream.name)


def _describe(stream: Events, each: StoredEvent) -> dict[str, Any]:
    digest = int.from_bytes(hashlib.sha256(stream.name.encode("utf-8", "replace")).digest()[:7], "big")
    return {
        "logStreamName": stream.name,
        "timestamp": each.event.timestamp,
        "message": each.event.message,
        "ingestionTime": each.event.ingestion,
        "eventId": event_id(digest, each),
    }
