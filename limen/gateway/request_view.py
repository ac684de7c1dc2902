"""A request as REST APIs see it: headers, query string and path parameters as maps of text.

Made once per exchange, when a step first asks. Names that AWS drops while it parses are not there (aws: "header
treatment", observed): no mapping, template or event can see them.
"""

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from limen.gateway.exchange import Exchange
from limen.templates.values import CaseBlind

DROPPED = frozenset(
    {
        b"connection",
        b"content-length",
        b"content-md5",
        b"expect",
        b"max-forwards",
        b"proxy-authenticate",
        b"server",
        b"te",
        b"transfer-encoding",
        b"trailer",
        b"upgrade",
        b"www-authenticate",
    }
)
"""Names that nothing sees."""


class RequestView:
    """Text is UTF-8 with surrogate escapes, so that any bytes of a client come out as they went in."""

    __slots__ = ("_is_case_blind", "_lower", "headers", "path", "query")

    def __init__(self, exchange: Exchange) -> None:
        self.headers = _headers_of(exchange)
        """Values by name as sent."""
        self.query = parse_query(exchange.query) if exchange.query else {}
        """Values by name, decoded once."""
        self.path: Mapping[str, str] = exchange.path_parameters
        self._is_case_blind = exchange.protocol == "HTTP/2.0"
        self._lower: dict[str, list[str]] | None = None

    def find_headers(self, name: str) -> list[str] | None:
        """Matched by case, as AWS does (observed), save over HTTP/2, where clients can send lower case alone."""
        found = self.headers.get(name)
        if found is None and self._is_case_blind:
            if self._lower is None:
                self._lower = {sent.lower(): values for sent, values in self.headers.items()}
            found = self._lower.get(name.lower())
        return found

    def find_header(self, name: str) -> str | None:
        """The last value."""
        found = self.find_headers(name)
        return None if found is None else found[-1]

    def last_headers(self) -> dict[str, str]:
        """The last value by name as sent; over HTTP/2 they are found whatever the case that is asked for."""
        last = {name: values[-1] for name, values in self.headers.items()}
        return CaseBlind(last) if self._is_case_blind else last

    def find_query(self, name: str) -> str | None:
        """The last value."""
        found = self.query.get(name)
        return None if found is None else found[-1]


def view_of(exchange: Exchange) -> RequestView:
    view = exchange.view
    if view is None:
        view = exchange.view = RequestView(exchange)
    return view


def parse_query(raw: bytes) -> dict[str, list[str]]:
    """Pairs of a query string: `+` is a space, names without `=` have an empty value."""
    found: dict[str, list[str]] = {}
    for pair in raw.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            found.setdefault(_decode(name), []).append(_decode(value))
    return found


def _decode(raw: bytes) -> str:
    if b"%" in raw or b"+" in raw:
        raw = unquote_to_bytes(raw.replace(b"+", b" "))
    return raw.decode("utf-8", "surrogateescape")


def _headers_of(exchange: Exchange) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for lower, name, value in exchange.headers:
        if lower not in DROPPED:
            found.setdefault(name.decode("latin-1"), []).append(value.decode("utf-8", "surrogateescape"))
    return found
