"""The lines that Lambda itself writes into a function's log: START, END and REPORT, or their events in JSON.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html. Which events appear in JSON is
a matter of the system log level; text has the same lines always.
"""

import math
import time
from typing import Any

import orjson

SUCCESS = "success"
ERROR = "error"
TIMEOUT = "timeout"

_LEVELS = {"DEBUG": 0, "INFO": 1, "WARN": 2}


class Reports:
    """Of one environment; each method gives lines, or nothing where the level hides them."""

    def __init__(self, *, log_format: str, system_log_level: str, version: str, memory_size: int) -> None:
        self._is_json = log_format.upper() == "JSON"
        self._level = _LEVELS.get(system_log_level.upper(), 1)
        self._version = version
        self._memory_size = memory_size

    def start(self, request_id: str) -> str:
        if self._is_json:
            return self._event("INFO", "platform.start", {"requestId": request_id, "version": self._version})
        return f"START RequestId: {request_id} Version: {self._version}\n"

    def end(
        self,
        request_id: str,
        duration_ms: float,
        used_mb: int,
        *,
        init_ms: float | None,
        status: str,
        error_type: str,
        is_fatal: bool,
    ) -> tuple[str, str]:
        """END and REPORT; text tells of a failure only where the environment ends with it."""
        billed = math.ceil(duration_ms)
        if self._is_json:
            metrics: dict[str, Any] = {"durationMs": round(duration_ms, 3)}
            failed = {"status": status, **({"errorType": error_type} if error_type else {})}
            level = "INFO" if status == SUCCESS else "WARN"
            done = self._event(
                "DEBUG" if status == SUCCESS else "WARN",
                "platform.runtimeDone",
                {"requestId": request_id, "metrics": metrics, **failed},
            )
            metrics = {
                **metrics,
                "billedDurationMs": billed,
                "memorySizeMB": self._memory_size,
                "maxMemoryUsedMB": used_mb,
                **({"initDurationMs": round(init_ms, 3)} if init_ms is not None else {}),
            }
            return done, self._event(
                level, "platform.report", {"requestId": request_id, "metrics": metrics, **failed}
            )  # fmt: skip
        init = f"Init Duration: {init_ms:.2f} ms\t" if init_ms is not None else ""
        return f"END RequestId: {request_id}\n", (
            f"REPORT RequestId: {request_id}\tDuration: {duration_ms:.2f} ms\tBilled Duration: {billed} ms\t"
            f"Memory Size: {self._memory_size} MB\tMax Memory Used: {used_mb} MB\t{init}"
            f"{_failure(status, error_type) if is_fatal else ''}\n"
        )

    def init_failed(self, duration_ms: float, phase: str, status: str, error_type: str) -> str:
        """Says how the init phase, or an init within an invocation, went wrong."""
        if self._is_json:
            record = {
                "initializationType": "on-demand",
                "phase": phase,
                "status": status,
                "metrics": {"durationMs": round(duration_ms, 3)},
                **({"errorType": error_type} if error_type else {}),
            }
            return self._event("WARN", "platform.initReport", record)
        return f"INIT_REPORT Init Duration: {duration_ms:.2f} ms\tPhase: {phase}\t{_failure(status, error_type)}\n"

    def timed_out(self, request_id: str, seconds: int) -> str:
        return "" if self._is_json else f"{_now()} {request_id} Task timed out after {seconds}.00 seconds\n"

    def crashed(self, message: str, error_type: str) -> str:
        return "" if self._is_json else f"{message}\n{error_type}\n"

    def _event(self, level: str, kind: str, record: dict[str, Any]) -> str:
        if _LEVELS[level] < self._level:
            return ""
        return orjson.dumps({"time": _now(), "type": kind, "record": record}).decode() + "\n"


def _failure(status: str, error_type: str) -> str:
    if status == SUCCESS:
        return ""
    return f"Status: {status}\tError Type: {error_type}" if error_type else f"Status: {status}"


def _now() -> str:
    now = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z"
