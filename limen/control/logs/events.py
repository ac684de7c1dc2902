"""Log events of one stream: written by a call, and read forwards and backwards with tokens that never run out."""

import re
import time
from itertools import islice
from typing import Any

from limen.control.call import Call
from limen.control.logs.errors import invalid_parameter, no_such_stream
from limen.control.logs.groups import DAY_MS, Group, find_group
from limen.control.logs.streams import directory_of, find_log_stream
from limen.functions.log_files import LogEvent, append_events, now_ms
from limen.functions.log_reader import MOST_AHEAD_MS, StoredEvent, find_stream

MOST_BATCH_BYTES = 1_048_576
EVENT_BYTES = 26
"""What an event counts beside its message."""
MOST_AGE_MS = 14 * DAY_MS
MOST_EVENTS = 10_000
MOST_PAGE_BYTES = 1024 * 1024
END_OF_TIME = 1 << 53
_TOKEN = re.compile(r"([fb])/([0-9]{18})([0-9]{38})")


def put_log_events(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Those too old or too new are left out, and said; the others are kept."""
    group, name, batch = find_group(call, members), members["logStreamName"], members["logEvents"]
    path = directory_of(call, group)
    stream = find_stream(path, name)
    if stream is None:
        raise no_such_stream()
    _check_batch(batch)
    now = now_ms()
    oldest, newest = max(now - MOST_AGE_MS, group.oldest()), now + MOST_AHEAD_MS
    kept = [
        LogEvent(event["timestamp"], event["message"], "", now)
        for event in batch
        if oldest <= event["timestamp"] <= newest
    ]
    if kept:
        append_events(path, name, kept, stream.segments[-1].number)
    return {"nextSequenceToken": f"{time.time_ns():056d}", "rejectedLogEventsInfo": _rejected(batch, group, now)}


def get_log_events(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """The newest events unless `startFromHead`, in the order of time; `endTime` is not included."""
    group = find_group(call, members)
    stream = find_log_stream(group, members["logStreamName"])
    start = max(members.get("startTime", 0), group.oldest())
    end = members.get("endTime", END_OF_TIME) - 1
    direction, after = _parse_token(members.get("nextToken"))
    forwards = direction == "f" if after is not None else bool(members.get("startFromHead"))
    if after is not None:
        start, end = (max(start, after[0]), end) if forwards else (start, min(end, after[0]))
    found = (
        each
        for each in stream.events(start, end, newest_first=not forwards)
        if after is None or (each.key > after if forwards else each.key < after)
    )
    events = list(_page_of(found, members.get("limit", MOST_EVENTS)))
    if not forwards:
        events.reverse()
    nowhere = after or (0, 0)
    return {
        "events": [_describe(each.event) for each in events],
        "nextForwardToken": _render_token("f", events[-1].key if events else nowhere),
        "nextBackwardToken": _render_token("b", events[0].key if events else nowhere),
    }


def _page_of(found: Any, limit: int) -> Any:
    """At most `limit` events, and no more than a page holds, but one at least."""
    size = 0
    for each in islice(found, limit):
        size += len(each.event.message) + EVENT_BYTES
        if size > MOST_PAGE_BYTES and size > len(each.event.message) + EVENT_BYTES:
            return
        yield each


def _describe(event: LogEvent) -> dict[str, Any]:
    return {"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.ingestion}


def _render_token(direction: str, key: tuple[int, int]) -> str:
    return f"{direction}/{key[0]:018d}{key[1]:038d}"


def _parse_token(token: str | None) -> tuple[str, tuple[int, int] | None]:
    if token is None:
        return "", None
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise invalid_parameter("The specified nextToken is invalid.")
    return found[1], (int(found[2]), int(found[3]))


def _check_batch(batch: list[dict[str, Any]]) -> None:
    times = [event["timestamp"] for event in batch]
    if times != sorted(times):
        raise invalid_parameter("Log events in a single PutLogEvents request must be in chronological order.")
    if times[-1] - times[0] > DAY_MS:
        raise invalid_parameter(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    if any(not event["message"] for event in batch):
        raise invalid_parameter("Log event messages must not be empty.")
    size = sum(len(event["message"].encode("utf-8", "replace")) + EVENT_BYTES for event in batch)
    if size > MOST_BATCH_BYTES:
        raise invalid_parameter(f"Upload too large: {size} bytes exceeds limit of {MOST_BATCH_BYTES}")


def _rejected(batch: list[dict[str, Any]], group: Group, now: int) -> dict[str, int] | None:
    """Indexes in a batch, which is in the order of time: the first too new, and the first not too old."""
    times = [event["timestamp"] for event in batch]
    too_old = sum(time < now - MOST_AGE_MS for time in times)
    expired = sum(time < group.oldest() for time in times)
    too_new = sum(time <= now + MOST_AHEAD_MS for time in times)
    rejected = {}
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired > too_old:
        rejected["expiredLogEventEndIndex"] = expired
    if too_new < len(times):
        rejected["tooNewLogEventStartIndex"] = too_new
    return rejected or None


def event_id(stream_index: int, each: StoredEvent) -> str:
    """56 digits, as AWS's: sorted as the events of a stream are; the stream's own digits keep streams apart."""
    return f"{each.event.timestamp:017d}{stream_index:019d}{each.position:020d}"
