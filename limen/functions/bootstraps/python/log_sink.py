"""Where messages go that may have more than one line: frames that keep each whole, or standard output.

A frame is four bytes of type, four of length, eight of time in microseconds, and the message, as awslambdaric and
aws-lambda-ric write them to the descriptor in _LAMBDA_TELEMETRY_LOG_FD.
"""

from __future__ import annotations

import os
import sys
import time

TEXT_FRAME = 0xA55A0003
JSON_FRAME = 0xA55A0002

_descriptor = int(os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD", "-1"))


def write(message: str, level: int = 0, is_json: bool = False) -> None:
    """`level` is one of the module `logging`, 0 for none."""
    if _descriptor < 0:
        sys.stdout.write(message)
        return
    sys.stdout.flush()
    payload = message.encode("utf-8", "backslashreplace")
    mask = min(50, max(0, level)) // 10 * 4
    kind = (JSON_FRAME if is_json else TEXT_FRAME) | (mask + 4 if mask else 0)
    frame = b"".join(
        (kind.to_bytes(4, "big"), len(payload).to_bytes(4, "big"), (time.time_ns() // 1000).to_bytes(8, "big"), payload)
    )
    while frame:
        frame = frame[os.write(_descriptor, frame) :]
