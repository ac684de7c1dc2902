"""The headers of an event, as JSON: made once for requests that repeat their headers, and kept on these.

Which names are left out, and which are written in capitals in format 1.0: API Gateway as observed.
"""

from collections.abc import Iterable, Sequence

from limen.integrations.forwarding import drop_nominated
from limen.integrations.http_functions.json_text import dump, to_text
from limen.wire import HOP_BY_HOP, Header, Headers, find_header

_OWN = frozenset(
    {b"content-length", b"host", b"x-amzn-trace-id", b"x-forwarded-for", b"x-forwarded-port", b"x-forwarded-proto"}
)
"""What the gateway says itself, from what the client sent or instead of it."""
_DROPPED = (HOP_BY_HOP - {b"connection"}) | {b"expect"}
_TEXT_TYPES = frozenset({b"application/json", b"application/javascript", b"application/xml"})
_TEXT_SUFFIXES = (b"+json", b"+xml")
_CAPITALS = {"host": "Host", "user-agent": "User-Agent"}


class EventHeaders:
    """Pieces of JSON. `of_v1` and `of_v2` are cut off where the gateway's own headers go on."""

    __slots__ = (
        "_headers",
        "_of_v1",
        "_of_v2",
        "addresses",
        "agent",
        "domain",
        "host",
        "is_text",
        "passed",
        "traces",
    )

    def __init__(self, headers: Sequence[Header], host: bytes) -> None:
        passed: list[Header] = []
        connection: list[bytes] = []
        addresses: list[bytes] = []
        self.traces: list[bytes] = []
        """Values of X-Amzn-Trace-Id that the client sent."""
        for header in headers:
            lower = header[0]
            if lower == b"x-forwarded-for":
                addresses.append(header[2])
            elif lower == b"x-amzn-trace-id":
                self.traces.append(header[2])
            elif lower == b"connection":
                connection.append(header[2])
            elif not _is_dropped(lower):
                passed.append(header)
        self.passed = drop_nominated(passed, connection) if connection else passed
        """Not to be changed in place."""
        self.addresses = to_text(b", ".join(addresses)) + ", " if addresses else ""
        """Of X-Forwarded-For, in front of the client's own."""
        self.host = host
        self.is_text = is_text(find_header(self.passed, b"content-type"))
        """Whether the body goes into the event as it is."""
        name = _domain_name(host)
        self.domain = b'"domainName":%b,"domainPrefix":%b,' % (dump(name), dump(name.partition(".")[0]))
        self.agent = dump(to_text(find_header(self.passed, b"user-agent") or b""))
        self._headers = self.passed
        self._of_v1: tuple[bytes, bytes] | None = None
        self._of_v2: bytes | None = None

    def mapped(self, headers: list[Header]) -> "EventHeaders":
        """The same request with other headers, `passed` as a mapping changed them; the body is what it was."""
        changed = EventHeaders((), self.host)
        changed.traces, changed.addresses, changed.is_text = self.traces, self.addresses, self.is_text
        changed.domain, changed.agent = self.domain, self.agent
        changed.passed = changed._headers = headers
        return changed

    @property
    def of_v1(self) -> tuple[bytes, bytes]:
        """`{"accept":"*/*",...` of `headers`, then of `multiValueHeaders`."""
        if self._of_v1 is None:
            self._of_v1 = _write_v1(self._headers, self.host)
        return self._of_v1

    @property
    def of_v2(self) -> bytes:
        """`"cookies":[...],"headers":{"accept":"*/*",...`"""
        if self._of_v2 is None:
            self._of_v2 = _write_v2(self._headers, self.host)
        return self._of_v2


def event_headers(headers: Headers, host: bytes) -> EventHeaders:
    kept: EventHeaders | None = headers.derived_for_http_events
    if kept is None or kept.host != host:
        kept = headers.derived_for_http_events = EventHeaders(headers, host)
    return kept


def is_text(content_type: bytes | None) -> bool:
    """Whether a body of that type is text to HTTP APIs, which have no binary media types to set."""
    if content_type is None:
        return False
    media_type = content_type.partition(b";")[0].strip().lower()
    return media_type.startswith(b"text/") or media_type in _TEXT_TYPES or media_type.endswith(_TEXT_SUFFIXES)


def _is_dropped(lower: bytes) -> bool:
    if lower in _DROPPED or lower in _OWN or lower.startswith((b"apigw-", b":")):
        return True
    # Adapters write hyphens as underscores: what the gateway says of itself cannot be forged that way.
    return b"_" in lower and lower.replace(b"_", b"-") in _OWN


def _write_v2(headers: Iterable[Header], host: bytes) -> bytes:
    joined: dict[str, str] = {}
    cookies: list[str] = []
    for lower, _, value in headers:
        text = to_text(value)
        if lower == b"cookie":
            cookies += [cookie for part in text.split(";") if (cookie := part.strip())]
        else:
            name = to_text(lower)
            joined[name] = f"{joined[name]},{text}" if name in joined else text
    joined.setdefault("host", to_text(host))
    start = b'"cookies":%b,"headers":' % dump(cookies) if cookies else b'"headers":'
    return start + dump(joined)[:-1]


def _write_v1(headers: Iterable[Header], host: bytes) -> tuple[bytes, bytes]:
    every: dict[str, list[str]] = {}
    for lower, _, value in headers:
        name = to_text(lower)
        every.setdefault(_CAPITALS.get(name, name), []).append(to_text(value))
    every.setdefault("Host", [to_text(host)])
    return dump({name: values[-1] for name, values in every.items()})[:-1], dump(every)[:-1]


def _domain_name(host: bytes) -> str:
    text = to_text(host)
    return text.partition("]")[0] + "]" if text.startswith("[") else text.partition(":")[0]
