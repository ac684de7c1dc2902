"""What a client sent to an AWS API, as it stood on the wire."""

from collections.abc import Iterator
from urllib.parse import unquote_plus

from msgspec import Struct

from limen.wire import Header, find_headers


class AwsRequest(Struct, frozen=True):
    """`path` and `query` are still percent-encoded: a signature covers them as they were sent."""

    method: str
    path: str
    query: str
    headers: list[Header]
    body: bytes = b""

    def find_header(self, lower: str) -> str | None:
        """The value of a header, several joined with commas, None where it was not sent."""
        values = find_headers(self.headers, lower.encode("ascii"))
        return b",".join(values).decode("latin-1") if values else None


def query_parameters(query: str) -> Iterator[tuple[str, str]]:
    """Decoded names and values in the order sent; a name without `=` has an empty value. ValueError: not UTF-8."""
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            yield unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict")
