"""What a client can choose, written so that the text that it stands in stays what it is."""

import re
from collections.abc import Callable
from typing import TypeAlias

Escape: TypeAlias = Callable[[str], str]

_CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
_CONTROLS |= dict.fromkeys(range(0xDC80, 0xDD00), "\ufffd")  # bytes that are no UTF-8: many readers of JSON refuse them
_JSON = _CONTROLS | {ord('"'): '\\"', ord("\\"): "\\\\"}
_XML = _CONTROLS | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    ord("'"): "&apos;",
}
_NEEDS_CARE = re.compile(r"[^ !#-%(-;=?-\[\]-~]|,")
"""Anything but printable ASCII without the characters that some format gives a meaning."""


def escape_json(value: str) -> str:
    return value.translate(_JSON) if _NEEDS_CARE.search(value) else value


def escape_xml(value: str) -> str:
    return value.translate(_XML) if _NEEDS_CARE.search(value) else value


def escape_csv(value: str) -> str:
    """Quoted where it must be (RFC 4180)."""
    if not _NEEDS_CARE.search(value):
        return value
    value = value.translate(_CONTROLS)
    return '"' + value.replace('"', '""') + '"' if '"' in value or "," in value else value


def escape_text(value: str) -> str:
    """For the Common Log Format and its like: quotes and controls escaped as Apache and nginx do."""
    return value.translate(_JSON) if _NEEDS_CARE.search(value) else value
