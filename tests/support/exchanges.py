"""Exchanges without a wire: a request in, and what the client would have been answered."""

import time

from limen.gateway.exchange import Client, Exchange, Response
from limen.wire import Header, Headers, header


class Sent:
    """A Reply that keeps what was sent."""

    def __init__(self) -> None:
        self.responses: list[Response] = []

    def send(self, exchange: Exchange) -> None:
        assert exchange.response is not None
        self.responses.append(exchange.response)


def exchange(
    request_line: str = "GET /",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    *,
    host: str = "localhost:8443",
    protocol: str = "HTTP/1.1",
    source_ip: str = "192.0.2.1",
    head_size: int = 100,
) -> Exchange:
    method, _, target = request_line.partition(" ")
    fields: list[Header] = [header(b"Host", host.encode())]
    fields += [header(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Exchange(
        method.encode(),
        target.encode(),
        Headers(fields),
        body,
        host=host.encode(),
        protocol=protocol,
        client=Client(source_ip, 50000, 8443),
        reply=Sent(),
        started=time.monotonic(),
        head_size=head_size,
    )


def answer(exchange: Exchange) -> Response:
    """The one response that was sent."""
    assert isinstance(exchange.reply, Sent)
    (response,) = exchange.reply.responses
    return response


def header_map(response: Response) -> dict[str, str]:
    """Headers by lower-cased name; repeated ones joined with commas."""
    found: dict[str, str] = {}
    for lower, _, value in response.headers:
        name = lower.decode()
        found[name] = f"{found[name]},{value.decode()}" if name in found else value.decode()
    return found
