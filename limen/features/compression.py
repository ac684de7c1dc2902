"""Content coding of REST APIs with a `minimumCompressionSize`: requests are decompressed, responses compressed.

A response is compressed where the client names gzip or deflate before anything else (developer guide, "Enable payload
compression for an API"), no coding is on it yet, and it is large enough. What is no valid coding of the kind that its
header names is answered with 415.
"""

import zlib
from functools import lru_cache

from limen.features.traces import note_decoded_body
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import REQUEST_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE
from limen.gateway.route_plan import Step
from limen.wire import Header, Headers, find_header, find_headers, header

LARGEST_BODY = 10 * 1024 * 1024
"""Bytes of a request after decompression: a bomb ends here."""
LEVEL = 5

_GZIP_WINDOW = 31
_ZLIB_WINDOW = 15
_RAW_WINDOW = -15
"""Some clients send deflate without its frame; browsers take it, and so is it taken here."""
BODILESS = frozenset({204, 304})


def compile_decompression(minimum_size: int | None) -> Step | None:
    if minimum_size is None:
        return None

    def decompress(exchange: Exchange) -> None:
        coding = exchange.find_header(b"content-encoding")
        if coding is None or not exchange.body:
            return
        exchange.body = _decompress(exchange.body, coding.strip().lower())
        # The body is not coded any more: what comes after must not believe that it is.
        exchange.headers = Headers(each for each in exchange.headers if each[0] != b"content-encoding")
        exchange.view = None
        note_decoded_body(exchange)

    return decompress


def compile_compression(minimum_size: int | None) -> Step | None:
    if minimum_size is None:
        return None
    smallest = max(minimum_size, 1)

    def compress(exchange: Exchange) -> None:
        response = exchange.response
        if response is None or len(response.body) < smallest or response.status in BODILESS:
            return
        coding = choose_for(exchange.headers, response.headers)
        if coding is None:
            return
        response.body = encode(response.body, coding)
        response.headers = [each for each in response.headers if each[0] != b"content-length"]
        response.headers.append(header(b"Content-Encoding", coding))

    return compress


def choose_for(request: Headers, response: list[Header]) -> bytes | None:
    """The coding for who sent these headers; None: as it is, and so where it has one already."""
    accepted = find_headers(request, b"accept-encoding")
    coding = choose_coding(b",".join(accepted)) if accepted else None
    return None if coding is None or find_header(response, b"content-encoding") is not None else coding


def encode(body: bytes, coding: bytes) -> bytes:
    """In gzip or deflate."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP_WINDOW if coding == b"gzip" else _ZLIB_WINDOW)
    return compressor.compress(body) + compressor.flush()


@lru_cache(maxsize=256)
def choose_coding(accept_encoding: bytes) -> bytes | None:
    """gzip or deflate, where the client prefers it to all others that it names; None: as it is."""
    best: bytes | None = None
    best_quality = 0.0
    for item in accept_encoding.lower().split(b","):
        name, _, parameters = item.strip().partition(b";")
        quality = _quality(parameters)
        if name.strip() and quality > best_quality:
            best, best_quality = name.strip(), quality
    return best if best in (b"gzip", b"deflate") else None


def _quality(parameters: bytes) -> float:
    name, _, value = parameters.strip().partition(b"=")
    if name.strip() != b"q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def _decompress(body: bytes, coding: bytes) -> bytes:
    if coding == b"identity":
        return body
    if coding == b"gzip":
        return _inflate(body, _GZIP_WINDOW)
    if coding == b"deflate":
        try:
            return _inflate(body, _ZLIB_WINDOW)
        except GatewayError as error:
            if error.failure is REQUEST_TOO_LARGE:
                raise
            return _inflate(body, _RAW_WINDOW)
    raise GatewayError(UNSUPPORTED_MEDIA_TYPE, f"the content coding {coding.decode('latin-1')!r} is not supported")


def _inflate(body: bytes, window: int) -> bytes:
    inflater = zlib.decompressobj(window)
    try:
        inflated = inflater.decompress(body, LARGEST_BODY + 1)
    except zlib.error as error:
        raise GatewayError(UNSUPPORTED_MEDIA_TYPE, f"the body is not coded as its header says: {error}") from None
    if len(inflated) > LARGEST_BODY:
        raise GatewayError(REQUEST_TOO_LARGE, f"a body of more than {LARGEST_BODY} bytes after decompression")
    if not inflater.eof or inflater.unused_data:
        raise GatewayError(UNSUPPORTED_MEDIA_TYPE, "the body ends within its content coding, or behind it")
    return inflated
