"""What a caller and the log are told when something fails: the error objects of AWS's Python runtime."""

from __future__ import annotations

import os
import sys

from limen.functions.bootstraps.python import json_text, log_sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

HERE = os.path.dirname(__file__)
ERROR = 40
"""The level of that name in the module `logging`."""
NO_BREAK_SPACE = "\u00a0"
"""Indents tracebacks in the log, as AWS does: consoles eat blanks at the start of a line."""


class FunctionError(Exception):
    """The function cannot be called, or what it returned cannot be sent. `error_type` is one of `Runtime.…`."""

    def __init__(self, error_type: str, message: str, stack: list[str] | None = None) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.stack = stack or []


def error_object(error: BaseException, request_id: str = "") -> dict[str, Any]:
    if isinstance(error, FunctionError):
        error_type, stack = error.error_type, error.stack
    else:
        error_type, stack = type(error).__name__, stack_trace(error.__traceback__)
    return {"errorMessage": str(error), "errorType": error_type, "requestId": request_id, "stackTrace": stack}


def stack_trace(trace: TracebackType | None) -> list[str]:
    """From the function's own first line on: our frames, which lead there, are of no use to its author."""
    import traceback

    frames = traceback.extract_tb(trace)
    while len(frames) > 1 and os.path.dirname(frames[0].filename) == HERE:
        del frames[0]
    return traceback.format_list([(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in frames])


def log_error(error: dict[str, Any]) -> None:
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        import time

        line = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "level": "ERROR", **error}
        log_sink.write(json_text.dumps(line).decode() + "\n", ERROR, is_json=True)
    else:
        log_sink.write("\n".join(text_lines(error)) + "\n", ERROR)
    sys.stdout.flush()


def text_lines(error: dict[str, Any]) -> list[str]:
    lines = [f"[ERROR] {': '.join(part for part in (error['errorType'], error['errorMessage']) if part)}"]
    lines.append("Traceback (most recent call last):")
    for entry in error["stackTrace"]:
        for line in entry.splitlines():
            text = line.lstrip(" ")
            lines.append(NO_BREAK_SPACE * (len(line) - len(text)) + text)
    return lines
