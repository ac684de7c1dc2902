"""What a function behind a proxy integration returned, as a response: and when it is none.

Developer guide, "Output format of a Lambda function for proxy integration"; what it leaves open is as observed.
"""

import re
from typing import Any

import orjson

from limen.wire import LONGEST_KEPT, Header

_KEYS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
_PRELUDE_KEYS = frozenset({"statusCode", "headers", "multiValueHeaders", "cookies"})
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LEAST, _MOST = 200, 599
_names: dict[str, tuple[bytes, bytes]] = {}
"""Header names that functions wrote, as bytes: in lower case and as written."""
_NAMES_KEPT = 4096


class MalformedAnswerError(Exception):
    """Raised for what is no response; the message says why, for the operator."""


class Answer:
    """A response as the function has it: headers not treated yet, the body not decoded."""

    __slots__ = ("body", "headers", "is_encoded", "status")

    def __init__(self, status: int, headers: list[Header], body: str, is_encoded: bool) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.is_encoded = is_encoded


def parse_answer(payload: bytes) -> Answer:
    """Raises MalformedAnswerError."""
    document = _parse(payload)
    _check_keys(document, _KEYS)
    get = document.get
    return Answer(
        _read_status(get("statusCode")),
        _read_headers(get("headers"), get("multiValueHeaders")),
        _read_body(get("body")),
        _read_flag(get("isBase64Encoded")),
    )


def parse_prelude(prelude: bytes) -> Answer:
    """What comes before a streamed body: the same, with cookies, and without the body. Raises MalformedAnswerError."""
    document = _parse(prelude)
    _check_keys(document, _PRELUDE_KEYS)
    headers = _read_headers(document.get("headers"), document.get("multiValueHeaders"))
    cookies = document.get("cookies") or []
    if not isinstance(cookies, list):
        raise MalformedAnswerError("cookies is not a list")
    headers += [_header("Set-Cookie", cookie) for cookie in cookies]
    return Answer(_read_status(document.get("statusCode")), headers, "", False)


def _parse(payload: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise MalformedAnswerError(f"not JSON: {error}") from None
    if not isinstance(document, dict):
        raise MalformedAnswerError("not an object")
    return document


def _check_keys(document: dict[str, Any], known: frozenset[str]) -> None:
    if not document.keys() <= known:
        unknown = next(key for key in document if key not in known)
        raise MalformedAnswerError(f"the unknown key {unknown[:LONGEST_KEPT]!r}")


def _read_status(value: Any) -> int:
    """A number, or one written as text."""
    if value is None:
        return 200
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len("200"):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not _LEAST <= value <= _MOST:
        raise MalformedAnswerError(f"the statusCode {str(value)[:LONGEST_KEPT]!r}")
    return value


def _read_headers(single: Any, multi: Any) -> list[Header]:
    """Multiple values first; of one that both name, what is the same once, and in the case of the multiple ones."""
    headers: list[Header] = []
    if multi:
        if not isinstance(multi, dict):
            raise MalformedAnswerError("multiValueHeaders is not an object")
        for name, values in multi.items():
            if values is None:
                continue
            if not isinstance(values, list):
                raise MalformedAnswerError(f"the values of {name!r} in multiValueHeaders are not a list")
            headers += [_header(name, value) for value in values]
    if single:
        if not isinstance(single, dict):
            raise MalformedAnswerError("headers is not an object")
        headers = _merge(headers, single)
    return headers


def _merge(headers: list[Header], single: dict[str, Any]) -> list[Header]:
    spelled = {lower: name for lower, name, _ in headers}
    given = {(lower, value) for lower, _, value in headers}
    for name, value in single.items():
        if value is None:
            continue
        header = _header(name, value)
        if spelled:
            lower, sent, text = header
            if (lower, text) in given:
                continue
            header = (lower, spelled.get(lower, sent), text)
        headers.append(header)
    return headers


def _header(name: str, value: Any) -> Header:
    if type(value) is not str:
        value = _scalar(value, f"the value of header {name[:LONGEST_KEPT]!r}")
    if not (value.isascii() and value.isprintable()) and _CONTROLS.search(value):
        raise MalformedAnswerError(f"a control character in the value of header {name[:LONGEST_KEPT]!r}")
    lower, sent = _names.get(name) or _read_name(name)
    return lower, sent, _encode(value).strip()


def _read_name(name: str) -> tuple[bytes, bytes]:
    if not _TOKEN.fullmatch(name):
        raise MalformedAnswerError(f"{name[:LONGEST_KEPT]!r} is not the name of a header")
    named = (name.lower().encode(), name.encode())
    if len(name) <= LONGEST_KEPT:
        if len(_names) >= _NAMES_KEPT:
            _names.clear()
        _names[name] = named
    return named


def _read_body(value: Any) -> str:
    if value is None:
        return ""
    return value if type(value) is str else _scalar(value, "body")


def _read_flag(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise MalformedAnswerError("isBase64Encoded is neither true nor false")


def _scalar(value: Any, what: str) -> str:
    """As Java writes it: AWS takes numbers and truth values for text (observed)."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise MalformedAnswerError(f"{what} is no text")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")
