"""Renders responses: which framing one gets, and an HTTP/1.1 response as bytes (RFC 9110 section 6.4, RFC 9112)."""

import logging
from http import HTTPStatus
from typing import Final

from limen.gateway.body_stream import BodyStream
from limen.gateway.exchange import Exchange, FixedHeaders, Response
from limen.wire import HOP_BY_HOP, STATUS_LINES, Header, find_header, header

log = logging.getLogger("limen.downstream")

FRAMING = HOP_BY_HOP | {b"content-length", b"date"}
"""Headers of a response that are ours to write; what a step or a backend says of them is ignored."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_BODILESS = frozenset({204, 304})
_NUL: Final = 0
_LF: Final = 10
_CR: Final = 13
"""Looked for as numbers: to look for bytes in bytes takes ten times as long."""
_MESSAGES = {413: "Request Entity Too Large", 414: "Request URI Too Long"}


class UnrenderableError(Exception):
    """A response that would break the protocol if it were sent; its text is for the log."""


def render_answer(exchange: Exchange, date: bytes, keeps_alive: bool) -> tuple[bytes, bytes, bool]:
    """Head and body of what an exchange is answered over HTTP/1.1, and whether its connection is kept."""
    try:
        head, body = render(exchange.response, exchange.method, date, keeps_alive)
    except Exception as error:
        head, body = render(failure(exchange, error), exchange.method, date, False)
        return head, body, False
    return head, body, keeps_alive


def render(
    response: Response | None, method: bytes, date: bytes, keeps_alive: bool, is_chunked: bool = False
) -> tuple[bytes, bytes]:
    """Head and body of an HTTP/1.1 response to a request with this method; raises UnrenderableError.

    Of a streamed one the head alone; with `is_chunked` it says so.
    """
    if response is None:
        raise UnrenderableError("the exchange ended without a response")
    body, length = framing(response, method)
    parts = [STATUS_LINES[response.status], b"Date: ", date]
    if length is not None:
        parts.append(b"\r\nContent-Length: %d" % length)
    elif is_chunked:
        parts.append(b"\r\nTransfer-Encoding: chunked")
    parts.append(b"\r\nConnection: keep-alive\r\n" if keeps_alive else b"\r\nConnection: close\r\n")
    headers = response.headers
    fixed = response.fixed
    if fixed is not None and _begins_with(headers, fixed.headers):
        parts.append(_render_once(fixed))
        headers = headers[len(fixed.headers) :]
    texts: list[bytes] = []
    for lower, name, value in headers:
        if lower not in FRAMING:
            parts += (name, b": ", value, b"\r\n")
            texts += (name, value)
    parts.append(b"\r\n")
    _check(b"".join(texts))
    return b"".join(parts), body


def _check(text: bytes) -> None:
    """Of names and values: a line end in one would begin a header, or a response, that nobody meant to send."""
    if _LF in text or _CR in text or _NUL in text:
        raise UnrenderableError("a header holds a line end or NUL")


def _begins_with(headers: list[Header], fixed: tuple[Header, ...]) -> bool:
    """Told by the last one: none is put in, taken out or changed without its place being another's."""
    count = len(fixed)
    if count == 0 or len(headers) < count:
        return False
    # Not the tuples themselves: compiled code makes a tuple anew each time that it takes one out of a list.
    _, name, value = headers[count - 1]
    _, last_name, last_value = fixed[count - 1]
    return name is last_name and value is last_value


def _render_once(fixed: FixedHeaders) -> bytes:
    rendered = fixed.rendered
    if rendered is None:
        shown = [(name, value) for lower, name, value in fixed.headers if lower not in FRAMING]
        _check(b"".join([name + value for name, value in shown]))
        rendered = fixed.rendered = b"".join([name + b": " + value + b"\r\n" for name, value in shown])
    return rendered


def render_answer_fields(exchange: Exchange, date: bytes) -> tuple[list[tuple[bytes, bytes]], bytes, BodyStream | None]:
    """Header list and body of what an exchange is answered over HTTP/2, and where its body comes from if it is
    streamed."""
    try:
        fields, body = render_fields(exchange.response, exchange.method, date)
    except Exception as error:
        return *render_fields(failure(exchange, error), exchange.method, date), None
    return fields, body, take_stream(exchange.response, exchange.method)


def render_fields(response: Response | None, method: bytes, date: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Header list and body of an HTTP/2 response; raises UnrenderableError."""
    if response is None:
        raise UnrenderableError("the exchange ended without a response")
    body, length = framing(response, method)
    fields = [(b":status", b"%d" % response.status), (b"date", date)]
    if length is not None:
        fields.append((b"content-length", b"%d" % length))
    for lower, _, value in response.headers:
        if lower not in FRAMING:
            fields.append((lower, value))
    _check(b"".join([name + value for name, value in fields]))
    return fields, body


def framing(response: Response, method: bytes) -> tuple[bytes, int | None]:
    """The body to send and the content-length to announce; None: no such header."""
    status, body = response.status, response.body
    if status < 200 or status > 999:
        raise UnrenderableError(f"status {status} ends no exchange")
    if status in _BODILESS:
        return b"", None
    if method == b"HEAD":
        if body:
            return b"", len(body)
        # A backend may not tell how long the body would be; then nobody knows.
        length = find_header(response.headers, b"content-length")
        return b"", int(length) if length is not None and length.isdigit() else None
    if response.stream is not None:
        return b"", response.stream.length
    return body, len(body)


def take_stream(response: Response | None, method: bytes) -> BodyStream | None:
    """Where the body of a response comes from that is streamed; None, and nobody waits for it, where none is sent."""
    if response is None or response.stream is None:
        return None
    stream = response.stream
    if response.status in _BODILESS or method == b"HEAD":
        stream.close()
        return None
    return stream


def failure(exchange: Exchange, error: Exception) -> Response:
    """In place of a response that could not be rendered; what was wrong with it is for the log."""
    exc_info = None if isinstance(error, UnrenderableError) else error
    log.error("request %s: response not sendable: %s", exchange.request_id.decode(), error, exc_info=exc_info)
    return refusal(500)


def refusal(status: int) -> Response:
    """What a client is told that broke the protocol or a limit, before any API was chosen."""
    message = _MESSAGES.get(status) or HTTPStatus(status).phrase
    return Response(status, [header(b"Content-Type", b"application/json")], b'{"message":"%b"}' % message.encode())
