"""The root logger as functions find it on AWS, made when a function first imports `logging`.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import os
import sys
import time
from importlib.machinery import ModuleSpec, PathFinder

from limen.functions.bootstraps.python import log_sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
SECONDS = "%Y-%m-%dT%H:%M:%S"

current_request = ""
"""Its id is part of every line."""


class LoggingHook:
    """Waits on sys.meta_path for the import of `logging`, which takes 20 ms: only functions that log pay them."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
        return spec


class _Loader:
    """Loads as the real loader does, and sets the root logger up before anyone sees the module."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        set_up(module)


def install() -> None:
    if "logging" in sys.modules:
        set_up(sys.modules["logging"])
    else:
        sys.meta_path.insert(0, LoggingHook())


def set_up(logging: Any) -> None:
    """AWS's handler on the root logger; its level is AWS_LAMBDA_LOG_LEVEL, or Python's own, which is WARNING."""
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    is_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    logging.Formatter.converter = time.gmtime
    base: Any = logging.Handler

    class LambdaLoggerHandler(base):  # type: ignore[misc]
        """Puts the id of the invocation into each record."""

        def emit(self, record: Any) -> None:
            log_sink.write(self.format(record), record.levelno, is_json)

        def filter(self, record: Any) -> Any:
            record.aws_request_id = current_request
            return super().filter(record)

    handler = LambdaLoggerHandler()
    handler.setFormatter(_json_formatter(logging) if is_json else logging.Formatter(TEXT, SECONDS))
    root = logging.getLogger()
    root.addHandler(handler)
    if level in ("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL"):
        root.setLevel(level)


def _json_formatter(logging: Any) -> Any:
    own_fields = {*vars(logging.makeLogRecord({})), "aws_request_id", "message", "asctime"}
    base: Any = logging.Formatter

    class JsonFormatter(base):  # type: ignore[misc]
        """A JSON object a line; fields given as `extra` are members of it."""

        def format(self, record: Any) -> str:
            is_object = isinstance(record.msg, dict) and not record.args
            line = {
                "timestamp": self.formatTime(record, f"{SECONDS}Z"),
                "level": logging.getLevelName(min(50, max(0, record.levelno)) // 10 * 10),
                "message": record.msg if is_object else record.getMessage(),
                "logger": record.name,
                **_exception_fields(record),
                "requestId": record.aws_request_id,
            }
            extra = {name: value for name, value in vars(record).items() if name not in own_fields and name not in line}
            return _one_line({name: value for name, value in {**line, **extra}.items() if value is not None})

    return JsonFormatter()


def _exception_fields(record: Any) -> dict[str, Any]:
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    import traceback

    return {
        "stackTrace": traceback.format_tb(record.exc_info[2]),
        "errorType": record.exc_info[0].__name__,
        "errorMessage": str(record.exc_info[1]),
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
    }


def _one_line(line: dict[str, Any]) -> str:
    import json

    return json.dumps(line, ensure_ascii=False, default=str) + "\n"
