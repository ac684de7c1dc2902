"""Path variables as the client encoded them, read from the path itself: bytes in, bytes out."""

from limen.gateway.exchange import Exchange
from limen.integrations.segments import MakePath, encode_path, encode_segment

_SLASH = 0x2F


def raw_segment_reader(position: int, before: bytes = b"") -> MakePath:
    """Reads one segment, counted from 1, and puts `before` in front of it."""

    def read(exchange: Exchange) -> bytes:
        raw = _route_path(exchange).split(b"/", position + 1)[position]
        return before + raw if raw.isalnum() else before + encode_segment(raw)

    return read


def raw_rest_reader(position: int, before: bytes = b"") -> MakePath:
    """Reads all segments from one on, without a last slash, as AWS gives the value of a greedy variable (observed)."""

    def read(exchange: Exchange) -> bytes:
        return before + encode_path(_route_path(exchange).split(b"/", position)[position].removesuffix(b"/"))

    return read


def _route_path(exchange: Exchange) -> bytes:
    """As resources are matched: further slashes at its start do not count."""
    path = exchange.route_path
    if len(path) > 1 and path[1] == _SLASH:
        return b"/" + path.lstrip(b"/")
    return path
