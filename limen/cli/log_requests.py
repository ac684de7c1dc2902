"""Which events of a log stream belong to one invocation: one runs at a time, from its START to its REPORT."""

import json
import re
from typing import Any

_STARTED = re.compile(r"START RequestId: (\S+)")
_ENDED = re.compile(r"(?:END|REPORT) RequestId: (\S+)")
_OF_SYSTEM = {"platform.start": True, "platform.runtimeDone": False, "platform.report": False}


class RequestFilter:
    """Sees all events in their order; remembers of each stream which invocation runs."""

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id
        self._running: dict[str, str] = {}

    def keeps(self, event: dict[str, Any]) -> bool:
        stream, message = event["logStreamName"], event["message"]
        told = _told(message)
        if told is None:
            return self._running.get(stream) == self._request_id
        request_id, starts = told
        if starts:
            self._running[stream] = request_id
        else:
            self._running.pop(stream, None)
        return request_id == self._request_id


def _told(message: str) -> tuple[str, bool] | None:
    """The invocation that a line of the platform is about, and whether it begins; None for a line of the function."""
    for pattern, starts in ((_STARTED, True), (_ENDED, False)):
        found = pattern.match(message)
        if found is not None:
            return found[1], starts
    if not message.startswith("{"):
        return None
    try:
        document = json.loads(message)
        return str(document["record"]["requestId"]), _OF_SYSTEM[document["type"]]
    except (ValueError, KeyError, TypeError):
        return None
