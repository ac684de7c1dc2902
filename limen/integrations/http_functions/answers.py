"""What a function behind an HTTP API returned, read as a response; and when it is none.

Version 2.0 makes a response of anything without a status, JSON or not; version 1.0 takes nothing without one.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Callable
from typing import Any, TypeAlias

import orjson

from limen.gateway.exchange import Response
from limen.wire import LONGEST_KEPT, Header

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LEAST, _MOST = 200, 599
_JSON: Header = (b"content-type", b"Content-Type", b"application/json")
_PLAIN: Header = (b"content-type", b"Content-Type", b"text/plain; charset=utf-8")
"""Where a function names a status and no type (observed)."""
_names: dict[str, tuple[bytes, bytes]] = {}
"""Header names that functions wrote, as bytes: in lower case and as written."""
_NAMES_KEPT = 4096


class MalformedError(Exception):
    """Raised for what is no response; the message says why, for the operator."""


Read: TypeAlias = Callable[[bytes], Response]
"""Raises MalformedError."""


def read_v2(payload: bytes) -> Response:
    try:
        document = _parse(payload)
    except MalformedError:
        # Passes as it is: observed, though the guide says "valid JSON" (aws-lambda-dotnet, Lambda Test Tool, 2025).
        return Response(200, [_JSON], payload)
    if not isinstance(document, dict) or "statusCode" not in document:
        body = document.encode("utf-8", "replace") if isinstance(document, str) else payload
        return Response(200, [_JSON], body)
    headers = _read_single(document.get("headers"))
    cookies = document.get("cookies")
    if cookies:
        if not isinstance(cookies, list):
            raise MalformedError("cookies is not a list")
        headers += [_header("Set-Cookie", cookie) for cookie in cookies]
    return _finish(document, headers)


def read_v1(payload: bytes) -> Response:
    document = _parse(payload)
    if not isinstance(document, dict):
        raise MalformedError("it is not an object")
    headers = _read_multiple(document.get("multiValueHeaders"))
    named = {(lower, value) for lower, _, value in headers}
    single = _read_single(document.get("headers"))
    return _finish(document, headers + [header for header in single if (header[0], header[2]) not in named])


def _parse(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"it is not JSON: {error}") from None


def _finish(document: dict[str, Any], headers: list[Header]) -> Response:
    status = _read_status(document.get("statusCode"))
    for header in headers:
        if header[0] == b"content-type":
            break
    else:
        headers.append(_PLAIN)
    return Response(status, headers, _read_body(document.get("body"), document.get("isBase64Encoded")))


def _read_status(value: Any) -> int:
    """A number, or one written as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == len("200"):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not _LEAST <= value <= _MOST:
        raise MalformedError(f"its statusCode is {str(value)[:LONGEST_KEPT]!r}")
    return value


def _read_body(value: Any, is_encoded: Any) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str):
        raise MalformedError("its body is no text")
    body = value.encode("utf-8", "replace")
    if is_encoded is True or (isinstance(is_encoded, str) and is_encoded.lower() == "true"):
        try:
            return a2b_base64(body.replace(b"\n", b""), strict_mode=True)
        except Base64Error as error:
            raise MalformedError(f"its body is not base64: {error}") from None
    return body


def _read_single(headers: Any) -> list[Header]:
    if not headers:
        return []
    if not isinstance(headers, dict):
        raise MalformedError("headers is not an object")
    return [_header(name, value) for name, value in headers.items() if value is not None]


def _read_multiple(headers: Any) -> list[Header]:
    if not headers:
        return []
    if not isinstance(headers, dict):
        raise MalformedError("multiValueHeaders is not an object")
    read: list[Header] = []
    for name, values in headers.items():
        if not isinstance(values, list | None):
            raise MalformedError(f"the values of {name[:LONGEST_KEPT]!r} in multiValueHeaders are not a list")
        read += [_header(name, value) for value in values or ()]
    return read


def _header(name: str, value: Any) -> Header:
    if not isinstance(value, str):
        value = _scalar(name, value)
    if not (value.isascii() and value.isprintable()) and _CONTROLS.search(value):
        raise MalformedError(f"there is a control character in the value of header {name[:LONGEST_KEPT]!r}")
    lower, written = _names.get(name) or _read_name(name)
    return lower, written, value.encode("utf-8", "replace").strip()


def _scalar(name: str, value: Any) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise MalformedError(f"the value of header {name[:LONGEST_KEPT]!r} is no text")


def _read_name(name: str) -> tuple[bytes, bytes]:
    if not _TOKEN.fullmatch(name):
        raise MalformedError(f"{name[:LONGEST_KEPT]!r} is not the name of a header")
    read = name.lower().encode(), name.encode()
    if len(name) <= LONGEST_KEPT:
        if len(_names) >= _NAMES_KEPT:
            _names.clear()
        _names[name] = read
    return read
