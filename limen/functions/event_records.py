"""Events that wait for their function, how they are kept while no host runs, and the records sent to destinations.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import contextlib
import logging
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from limen.functions.invocation import Outcome

log = logging.getLogger("limen.functions")

_FOLDER = "events"
_SUFFIX = ".events"


class Event(Struct, eq=False):
    """Times are those of the wall clock: they are compared with the next host's."""

    arn: str
    """Of the function, with the qualifier it was invoked by."""
    payload: bytes
    request_id: str
    trace_id: str
    accepted_at: float
    chain: int = 0
    """How many functions lie before it, each of which it was the destination of."""
    attempts: int = 0
    """Runs that ended."""
    throttles: int = 0
    """Tries that found no room."""
    due: float = 0.0
    """When it may be tried; earlier it waits."""


_encoder = msgspec.json.Encoder()
_check_json = msgspec.json.Decoder(msgspec.Raw).decode
_kept = msgspec.msgpack.Decoder(list[Event])


def render_record(event: Event, arn: str, condition: str, version: str, outcome: Outcome | None, now: float) -> bytes:
    """`outcome` is that of the last run, None where there was none."""
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": event.attempts,
        },
        "requestPayload": msgspec.Raw(event.payload),
    }
    if outcome is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": version}
        if outcome.error:
            context["functionError"] = outcome.error
        record["responseContext"] = context
        record["responsePayload"] = _as_json(outcome.payload)
    return _encoder.encode(record)


def _as_json(payload: bytes) -> Any:
    """A function may have answered with anything."""
    try:
        _check_json(payload)
    except (msgspec.DecodeError, RecursionError):
        return payload.decode("utf-8", "replace")
    return msgspec.Raw(payload)


def keep_events(directory: Path, events: list[Event]) -> None:
    """For the next host, in the directory of functions; the file is whole or not there."""
    directory = directory / _FOLDER
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=directory, prefix=".")
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.msgpack.encode(events))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, directory / f"{datetime.now(UTC):%Y%m%d%H%M%S%f}-{os.getpid()}{_SUFFIX}")


def take_kept_events(directory: Path) -> list[Event]:
    """Takes what earlier hosts kept, the oldest first; a damaged file is put aside, and costs no other."""
    events: list[Event] = []
    for path in sorted((directory / _FOLDER).glob(f"*{_SUFFIX}")):
        try:
            kept = _kept.decode(path.read_bytes())
            path.unlink()
        except (msgspec.DecodeError, OSError) as error:
            log.error("asynchronous invocations that were kept are lost: %s holds no events: %s", path, error)
            with contextlib.suppress(OSError):
                path.rename(path.with_suffix(".damaged"))
        else:
            events += kept
    return events


def has_kept_events(directory: Path) -> bool:
    return any((directory / _FOLDER).glob(f"*{_SUFFIX}"))
