"""What clients send, as JSON: bytes become text of any kind, and text becomes JSON whatever is in it."""

import re
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

_PLAIN = re.compile(rb"[A-Za-z0-9/._~=&,:;@!$'()*+-]*")
"""Text that JSON writes as it is, and that percent-decoding leaves as it is."""


def to_text(value: bytes) -> str:
    """UTF-8, or Latin-1 where it is not: nothing is lost."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def dump(value: Any) -> bytes:
    """Text, or lists and maps of texts, which may carry bytes that are not UTF-8 as surrogates."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_without_surrogates(value))


def dump_decoded(raw: bytes) -> bytes:
    """A path as JSON text, decoded."""
    if _PLAIN.fullmatch(raw):
        return b'"%b"' % raw
    return orjson.dumps(to_text(unquote_to_bytes(raw)))


def dump_as_sent(raw: bytes) -> bytes:
    """A query string, or a path that stays encoded, as JSON text."""
    if _PLAIN.fullmatch(raw):
        return b'"%b"' % raw
    return orjson.dumps(to_text(raw))


def parse_query(raw: bytes) -> list[tuple[str, str]]:
    """Names and values in their order, decoded."""
    pairs = []
    for part in raw.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            pairs.append((_decode(name), _decode(value)))
    return pairs


def _decode(part: bytes) -> str:
    if part.isalnum():
        return part.decode("latin-1")
    return to_text(unquote_to_bytes(part.replace(b"+", b" ")))


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return to_text(value.encode("utf-8", "surrogateescape"))
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    return {_without_surrogates(name): _without_surrogates(item) for name, item in value.items()}
