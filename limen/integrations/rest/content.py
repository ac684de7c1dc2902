"""Whether a body is text or bytes, and what it is turned into: `binaryMediaTypes` and `contentHandling`.

Developer guide, "Content type conversions in API Gateway": one table for requests, one for responses.
"""

import re
import zlib
from base64 import b64decode, b64encode
from typing import Any

from limen.gateway.errors import GatewayError
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.wire import LONGEST_KEPT, Header

TO_BINARY = "CONVERT_TO_BINARY"
TO_TEXT = "CONVERT_TO_TEXT"
DEFAULT_TYPE = b"application/json"
LARGEST_BODY = 10 * 1024 * 1024

_KEPT = 1024
_SPACE = re.compile(rb"\s+")
_WINDOW = {b"gzip": 31, b"x-gzip": 31, b"deflate": 15}


class BinaryTypes:
    """The media types whose bodies are bytes. `*/*` is all of them, `image/*` those below it."""

    __slots__ = ("_exact", "_kept", "_prefixes", "are_all", "are_none")

    def __init__(self, entries: tuple[str, ...]) -> None:
        lower = [entry.strip().lower().encode() for entry in entries]
        self.are_none = not lower
        self.are_all = b"*/*" in lower
        self._exact = frozenset(lower)
        self._prefixes = tuple(entry[:-1] for entry in lower if entry.endswith(b"/*") and entry != b"*/*")
        self._kept: dict[bytes, bool] = {}

    def has(self, header: bytes | None) -> bool:
        """Of the value of Content-Type or Accept, its first media type; None where the header was not sent."""
        if self.are_none or self.are_all:
            return self.are_all
        key = DEFAULT_TYPE if header is None else header
        kept = self._kept.get(key)
        if kept is None:
            media_type = media_type_of(key)
            kept = media_type in self._exact or media_type.startswith(self._prefixes)
            if len(key) <= LONGEST_KEPT:
                if len(self._kept) >= _KEPT:
                    self._kept.clear()
                self._kept[key] = kept
        return kept


def media_type_of(header: bytes) -> bytes:
    """The first media type of a header, without parameters, in lower case."""
    return header.partition(b",")[0].partition(b";")[0].strip().lower()


def convert_request(body: bytes, is_binary: bool, handling: str | None) -> tuple[bytes, bool]:
    """The body for a template or a backend, and whether it is bytes. Raises GatewayError."""
    if is_binary:
        return (b64encode(body), False) if handling == TO_TEXT else (body, True)
    if handling == TO_BINARY:
        return decode_base64(body), True
    return as_text(body), False


def convert_response(body: bytes, is_binary: bool, wants_binary: bool, handling: str | None) -> bytes:
    """The body for a client whose first accepted type is or is not a binary one. Raises GatewayError."""
    if becomes_binary(wants_binary, handling):
        return body if is_binary else decode_base64(body)
    return b64encode(body) if is_binary else as_text(body)


def becomes_binary(wants_binary: bool, handling: str | None) -> bool:
    """Whether `convert_response` answers bytes, whatever the body was."""
    return wants_binary if handling is None else handling == TO_BINARY


def as_text(body: bytes) -> bytes:
    """UTF-8: what is none becomes U+FFFD, as it does on AWS where no binary media type says otherwise (observed)."""
    if body.isascii():
        return body
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("utf-8", "replace").encode()
    return body


def decode_base64(body: bytes) -> bytes:
    """Quotes around it are let go: a function that returns base64 returns a JSON string. Raises GatewayError."""
    stripped = _SPACE.sub(b"", body).strip(b'"')
    try:
        return b64decode(stripped + b"=" * (-len(stripped) % 4), validate=True)
    except ValueError:
        raise GatewayError(API_CONFIGURATION_ERROR, "Unable to base64 decode the body.") from None


def decode_content(headers: list[Header], body: bytes) -> tuple[list[Header], bytes]:
    """A response without its Content-Encoding, where it has one that can be undone.

    AWS drops the header of proxied responses (observed) and hands out a body that needs none. Raises GatewayError.
    """
    encodings = [header[2].strip().lower() for header in headers if header[0] == b"content-encoding"]
    if not encodings:
        return headers, body
    if len(encodings) > 1 or (encodings[0] not in _WINDOW and encodings[0] != b"identity"):
        return headers, body
    if body and encodings[0] != b"identity":
        body = inflate(body, encodings[0])
    return [header for header in headers if header[0] != b"content-encoding"], body


def inflate(body: bytes, encoding: bytes) -> bytes:
    """Raises GatewayError for what is not so encoded, or too large."""
    window = _WINDOW[encoding]
    try:
        if encoding == b"deflate" and not _has_zlib_header(body):
            window = -15
        decoder: Any = zlib.decompressobj(window)
        plain: bytes = decoder.decompress(body, LARGEST_BODY + 1)
    except zlib.error as error:
        raise GatewayError(API_CONFIGURATION_ERROR, f"the response's {encoding.decode()} is broken: {error}") from None
    if len(plain) > LARGEST_BODY:
        raise GatewayError(API_CONFIGURATION_ERROR, f"a response body over {LARGEST_BODY} bytes")
    if not decoder.eof:
        raise GatewayError(API_CONFIGURATION_ERROR, f"the response's {encoding.decode()} ends early")
    return plain


def _has_zlib_header(body: bytes) -> bool:
    return len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
