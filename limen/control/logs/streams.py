"""Log streams: listed, made empty, deleted."""

import contextlib
from pathlib import Path
from typing import Any

from limen.control.call import Call
from limen.control.logs.errors import invalid_parameter, no_such_stream, stream_exists
from limen.control.logs.groups import Events, Group, arn_of, find_group
from limen.control.logs.pages import page
from limen.functions.log_files import append_events, make_group
from limen.functions.log_reader import StoredStream, find_stream


def create_log_stream(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    group, name = find_group(call, members), members["logStreamName"]
    path = directory_of(call, group)
    if find_stream(path, name) is not None:
        raise stream_exists()
    append_events(path, name, [], 1)
    return {}


def delete_log_stream(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    stream = find_log_stream(find_group(call, members), members["logStreamName"])
    if not isinstance(stream, StoredStream):
        raise invalid_parameter("Limen cannot delete the stream of a gateway's log: delete its log group")
    for segment in stream.segments:
        with contextlib.suppress(FileNotFoundError):
            Path(segment.path).unlink()
    return {}


def describe_log_streams(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    group = find_group(call, members)
    prefix, order = members.get("logStreamNamePrefix"), members.get("orderBy", "LogStreamName")
    if prefix is not None and order == "LastEventTime":
        raise invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
    streams = [stream for stream in group.streams() if stream.name.startswith(prefix or "")]
    if order == "LastEventTime":
        keyed = sorted((_last_event(stream), stream.name, index) for index, stream in enumerate(streams))
    else:
        keyed = sorted((0, stream.name, index) for index, stream in enumerate(streams))
    if members.get("descending"):
        keyed.reverse()
    # The place in the whole order is the key: a stream that was written to since may be seen twice, none is left out.
    items = [(place, streams[index]) for place, (_, _, index) in enumerate(keyed)]
    shown, token = page(items, members)
    return {"logStreams": [_describe(call, group, stream) for stream in shown], "nextToken": token}


def find_log_stream(group: Group, name: str) -> Events:
    found = next((stream for stream in group.streams() if stream.name == name), None)
    if found is None:
        raise no_such_stream()
    return found


def directory_of(call: Call, group: Group) -> Path:
    """Where the streams of a group are written, made where it has none yet."""
    if group.path is not None:
        return group.path
    if call.settings.function_logs is None:
        raise invalid_parameter("This Limen keeps no log files")
    return make_group(call.settings.function_logs, call.aws.region, group.name)


def _last_event(stream: Events) -> int:
    span = stream.span()
    return 0 if span is None else span.last


def _describe(call: Call, group: Group, stream: Events) -> dict[str, Any]:
    described = {
        "logStreamName": stream.name,
        "creationTime": stream.created(),
        "arn": f"{arn_of(call, group.name)}:log-stream:{stream.name}",
        "storedBytes": stream.size,
    }
    span = stream.span()
    if span is not None:
        described |= {
            "firstEventTimestamp": span.first,
            "lastEventTimestamp": span.last,
            "lastIngestionTime": span.ingestion,
        }
    return described
