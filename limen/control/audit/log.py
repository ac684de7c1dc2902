"""Records calls. What cannot be recorded is not begun: while the log cannot be written, calls are refused with 503."""

import logging
import time
from collections.abc import Callable

import orjson

from limen.aws.call import Answered
from limen.aws.errors import AwsError, service_unavailable
from limen.control.audit.events import event_of
from limen.control.audit.files import AuditFiles

log = logging.getLogger("limen.audit")

DATA_EVENTS = frozenset(
    {("lambda", "Invoke"), ("lambda", "InvokeAsync"), ("lambda", "InvokeWithResponseStream"), ("logs", "PutLogEvents")}
)
"""Calls that are recorded only when they are refused."""
STRANGERS_PER_MINUTE = 60
"""Lines for calls of nobody knows whom. Anybody could fill the log with them, so more are only counted."""
MOST_LINE = 64 << 10
"""Bytes; of a longer event the parameters are left out."""


class AuditLog:
    """Owned by the control process, used in its loop; `clock` gives epoch seconds."""

    def __init__(self, files: AuditFiles, account: str, clock: Callable[[], float] = time.time) -> None:
        self._files = files
        self._account = account
        self._clock = clock
        self._minute = 0
        self._strangers = 0
        self._left_out = 0

    def check(self, service: str, operation: str) -> None:
        """Raises ServiceUnavailableException where nothing can be written."""
        if (service, operation) in DATA_EVENTS:
            return
        try:
            self._files.check()
        except OSError as error:
            raise _unwritable(error) from None

    def write(self, answered: Answered) -> None:
        """Raises ServiceUnavailableException where the line could not be written, although the call was made."""
        if answered.error is None and (answered.service, answered.operation) in DATA_EVENTS:
            return
        now = self._clock()
        if answered.caller is None and not self._has_room_for_stranger(now):
            return
        event = event_of(answered, self._account, now)
        if self._left_out:
            event["additionalEventData"] = {"unidentifiedCallsLeftOut": self._left_out}
        line = orjson.dumps(event, default=str)
        if len(line) > MOST_LINE:
            line = orjson.dumps(event | {"requestParameters": {"omitted": f"{len(line)} bytes"}}, default=str)
        try:
            self._files.append(line)
        except OSError as error:
            log.error("not recorded: %s", line.decode("utf-8", "replace"))
            raise _unwritable(error) from None
        self._left_out = 0

    def _has_room_for_stranger(self, now: float) -> bool:
        minute = int(now // 60)
        if minute != self._minute:
            self._minute, self._strangers = minute, 0
        self._strangers += 1
        if self._strangers <= STRANGERS_PER_MINUTE:
            return True
        self._left_out += 1
        return False


def _unwritable(error: OSError) -> AwsError:
    reason = error.strerror or str(error)
    return service_unavailable(f"The audit log cannot be written ({reason}): calls are refused until it can be")
