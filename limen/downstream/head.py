"""Reads the head of an HTTP/1.1 request on llhttp, and refuses what llhttp lets through (RFC 9112, strictly).

A head is parsed in one call, whole, so one parser serves all connections of a worker and none holds memory for it.
"""

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from limen.downstream.acceptance import (
    METHODS,
    check_host,
    check_method,
    check_target,
    is_forgery,
    is_origin_form,
    without_nominated,
)
from limen.downstream.limits import Limits
from limen.wire import Header, Headers, ProtocolError

CHUNKED = -1
"""The `body_size` of a body that is sent in chunks."""

_SPECIAL = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect", b"connection", b"forwarded"})
_LISTS = frozenset({b"connection", b"forwarded"})
"""Of the special ones, those that may come several times."""
_ORDINARY_MAX = 1_000
_BLOCK_MAX = 4_096
_BLOCKS_MAX = 512
"""Names of headers whose lower case is remembered: those of clients that vary their names must not fill the memory."""
_COMMON_CONNECTION = frozenset({b"keep-alive", b"Keep-Alive", b"close", b"Close"})


def check_begun(data: bytes, limits: Limits) -> None:
    """Refuses the beginning of what can never become a head."""
    if len(data) > limits.head_size:
        raise ProtocolError(431 if b"\r\n" in data else 414, "head too large")
    if b"\r\n" not in data and len(data) > limits.target_size + 32:
        raise ProtocolError(414, "request target too long")
    if data.count(b"\n") != data.count(b"\r\n"):
        raise ProtocolError(400, "bare LF")
    if data and data != b"\r" and not data[:1].isupper():
        raise ProtocolError(400, "not HTTP")


class HeadParser:
    """Its attributes describe the last head; read them before the next `parse`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._fields: list[Header] = []
        self._special: dict[bytes, bytes] = {}
        self._repeated: list[bytes] = []
        self._heads = 0
        self._callbacks = _Callbacks(self)
        self._renew()
        self._known_blocks: dict[bytes, tuple[Headers, bytes, int]] = {}
        self._known_lengths: dict[bytes, tuple[Headers, bytes, int]] = {}
        """Of blocks that say a length: apart, for they vary more, and are not to push the others out."""
        self.method = b""
        self.target = b""
        self.headers = Headers()
        self.host = b""
        self.protocol = "HTTP/1.1"
        self.body_size = 0
        """Bytes, or CHUNKED."""
        self.keeps_alive = True
        self.awaits_continue = False
        self._says_length = False

    def parse(self, head: bytes) -> None:
        """Takes one head with its final blank line; raises ProtocolError with the status to answer."""
        line_end = head.find(b"\r\n")
        block = head[line_end:]
        known = self._known_blocks.get(block) or self._known_lengths.get(block)
        if known is not None and self._read_request_line(head[:line_end]):
            self.headers, self.host, self.body_size = known
            self.protocol = "HTTP/1.1"
            self.keeps_alive = True
            self.awaits_continue = False
            return
        try:
            self._parse(head)
        except HttpParserError as error:
            self._renew()
            raise ProtocolError(400, str(error)) from None
        except BaseException:
            self._renew()  # whatever it was left in the middle of is not to meet the next client's bytes
            raise
        is_plain = self.keeps_alive and not self.awaits_continue and self.body_size != CHUNKED
        if is_plain and self.protocol == "HTTP/1.1" and len(block) <= _BLOCK_MAX:
            self._remember(block, self._known_lengths if self._says_length else self._known_blocks)

    def _remember(self, block: bytes, known: dict[bytes, tuple[Headers, bytes, int]]) -> None:
        """Clients repeat their headers, as HPACK knows: what llhttp has read once need not be read again.

        Measured with a body: 13 us for each request, most of it for a new llhttp, which cannot go on behind a body.
        """
        if len(known) >= _BLOCKS_MAX:
            known.clear()
        known[block] = (self.headers, self.host, self.body_size)

    def _read_request_line(self, line: bytes) -> bool:
        """False where it is not one that could be served; llhttp then says what is wrong."""
        words = line.split(b" ")
        if len(words) != 3 or words[2] != b"HTTP/1.1":
            return False
        method, target, _ = words
        if method not in METHODS or len(target) > self._limits.target_size or not is_origin_form(target):
            return False
        self.method, self.target = method, target
        return True

    def _renew(self) -> None:
        """llhttp cannot go on with another head after an error, a body that it waits for, or `Connection: close`."""
        self._parser = HttpRequestParser(self._callbacks)

    def _parse(self, head: bytes) -> None:
        self._fields.clear()
        self._special.clear()
        self._repeated.clear()
        self._heads = 0
        parser = self._parser
        try:
            parser.feed_data(head)
        except HttpParserUpgrade:
            self._renew()  # an upgrade that nobody offers is ignored (RFC 9110, section 7.8)
        if self._heads != 1 or self._repeated:
            raise ProtocolError(400, "not exactly one head, or a header repeated that may occur once")
        self.method = method = parser.get_method()
        self.headers = Headers(self._fields)
        target = self.target
        check_method(method)
        check_target(target, self._limits.target_size)
        if head.startswith(b"%b %b HTTP/1.1\r\n" % (method, target)):
            self.protocol = "HTTP/1.1"
        elif head.startswith(b"%b %b HTTP/1.0\r\n" % (method, target)):
            self.protocol = "HTTP/1.0"
        else:
            raise ProtocolError(400, "malformed request line")
        self._check_fields()

    def _check_fields(self) -> None:
        special = self._special
        if len(self.headers) > self._limits.header_count:
            raise ProtocolError(431, "too many headers")
        host = special.get(b"host")
        if host is not None:
            check_host(host)
            self.host = host
        elif self.protocol == "HTTP/1.1":
            raise ProtocolError(400, "no host")
        else:
            self.host = b""
        self.body_size = 0
        self.keeps_alive = self.protocol == "HTTP/1.1"
        self.awaits_continue = False
        self._says_length = False
        if len(special) > (host is not None):
            self._read_special(special)
        if not self.keeps_alive:
            self._renew()

    def _read_special(self, special: dict[bytes, bytes]) -> None:
        connection = special.get(b"connection")
        if connection is not None:
            self._read_connection(connection)
        self.headers.says_forwarded = b"forwarded" in special
        length, encoding = special.get(b"content-length"), special.get(b"transfer-encoding")
        if length is not None or encoding is not None:
            self._renew()
            self._says_length = True
            self._read_framing(length, encoding)
        expectation = special.get(b"expect")
        if expectation is not None and self.protocol == "HTTP/1.1":
            if expectation.lower() != b"100-continue":
                raise ProtocolError(417, "unknown expectation")
            self.awaits_continue = self.body_size != 0

    def _read_connection(self, connection: bytes) -> None:
        options = connection.lower()
        if connection not in _COMMON_CONNECTION:
            self.headers = Headers(without_nominated(self.headers, connection))
            options = b",".join(option.strip(b" \t") for option in options.split(b","))
        listed = b",%b," % options
        if b",close," in listed:
            self.keeps_alive = False
        elif b",keep-alive," in listed:
            self.keeps_alive = True

    def _read_framing(self, length: bytes | None, encoding: bytes | None) -> None:
        """llhttp refuses most of this as well; framing is where requests are smuggled, so it is said here in full."""
        if encoding is not None:
            if length is not None or encoding.lower() != b"chunked" or self.protocol == "HTTP/1.0":
                raise ProtocolError(400, "framing other than a length or chunks")
            self.body_size = CHUNKED
        elif length is not None:
            if not length.isdigit() or len(length) > 19:
                raise ProtocolError(400, "invalid content-length")
            self.body_size = int(length)


class _Callbacks:
    """What llhttp calls; plain closures, since a request with twelve headers makes twelve calls."""

    def __init__(self, head: HeadParser) -> None:
        append, special, repeated = head._fields.append, head._special, head._repeated
        ordinary: dict[bytes, bytes] = {}

        def on_header(name: bytes, value: bytes) -> None:
            lower = ordinary.get(name)
            if lower is None:
                lower = name.lower()
                if lower in _SPECIAL:
                    keep_special(lower, value.strip())
                elif is_forgery(lower):
                    return
                elif len(ordinary) < _ORDINARY_MAX:
                    ordinary[name] = lower
            append((lower, name, value.strip()))

        def keep_special(lower: bytes, value: bytes) -> None:
            if lower not in special:
                special[lower] = value
            elif lower in _LISTS:
                special[lower] += b"," + value
            else:
                repeated.append(lower)

        def on_url(url: bytes) -> None:
            head.target = url

        def on_headers_complete() -> None:
            head._heads += 1

        self.on_header = on_header
        self.on_url = on_url
        self.on_headers_complete = on_headers_complete
