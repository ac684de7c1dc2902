"""What the Invoke API answers where it did not run a function."""

import re

import orjson
from msgspec import Struct

from limen.wire import Header, find_header

NO_PERMISSION = "Invalid permissions on Lambda function"

_ANSWERED = frozenset({200, 202, 204})
_LONGEST = 1000


class Refusal(Struct, frozen=True):
    """`kind` is the name of the exception, `TooManyRequestsException`; empty where nothing says."""

    status: int
    kind: str
    message: str
    request_id: str


def find_refusal(status: int, headers: list[Header], body: bytes) -> Refusal | None:
    """None where the function was called."""
    if status in _ANSWERED:
        return None
    kind = _text(find_header(headers, b"x-amzn-errortype") or b"")
    return Refusal(status, re.split("[:#]", kind)[0], _message(body), _text(request_id(headers)))


def request_id(headers: list[Header]) -> bytes:
    """What Lambda calls the invocation."""
    return find_header(headers, b"x-amzn-requestid") or b""


def _message(body: bytes) -> str:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _text(body[:_LONGEST])
    message = (document.get("message") or document.get("Message")) if isinstance(document, dict) else None
    return str(message or "")[:_LONGEST]


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
