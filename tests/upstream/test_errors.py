"""What went wrong with a call is told by kind, for integrations, and in words that name the backend, for logs."""

import asyncio
import socket
from collections.abc import Callable

import pytest

from limen.upstream.errors import UpstreamError
from limen.upstream.limits import Limits
from limen.upstream.origin import Origin
from limen.upstream.resolve import Resolver
from tests.upstream.backends import answering_once, ask, backend, read_request, run, upstream

TEN_MEGABYTES = 10 * 1024 * 1024


def error_of(response: bytes | None, change: Callable[[Origin], Origin] | None = None) -> UpstreamError:
    """Of a call to a backend that answers so and hangs up, or never answers."""

    async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await read_request(reader)

    async def nobody(host: str, _: int) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def main() -> UpstreamError:
        handler = never if response is None else answering_once(response)
        resolver = Resolver(nobody)  # type: ignore[arg-type]
        async with backend(handler) as server, upstream(resolver=resolver) as client:
            origin = server.origin if change is None else change(server.origin)
            error = (await ask(client, origin, timeout=0.2 if response is None else 5.0)).error
            assert error is not None
            return error

    return run(main())


def closed(_: Origin) -> Origin:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return Origin("http", "127.0.0.1", listener.getsockname()[1])


@pytest.mark.parametrize(
    ("response", "change", "kind", "words"),
    [
        (b"", lambda origin: Origin("http", "nowhere.test", origin.port), "resolve", "Name or service not known"),
        (b"", closed, "connect", "Connection refused"),
        (None, None, "timeout", "no complete response within 0.2 s"),
        (b"", None, "reset", "connection lost before the response was complete"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", None, "reset", "closed by the backend"),
        (b"nonsense", None, "protocol", "HTTP/"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (TEN_MEGABYTES + 1), None, "too_large", "10485760 bytes"),
    ],
)
def test_kind_and_words_tell_what_went_wrong(
    response: bytes | None, change: Callable[[Origin], Origin] | None, kind: str, words: str
) -> None:
    error = error_of(response, change)

    assert error.kind == kind
    assert words in error.message
    assert error.message.startswith(("http://127.0.0.1:", "nowhere.test:"))


def test_a_backend_that_speaks_no_tls_is_told_apart() -> None:
    async def talk_first(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test ESMTP\r\n")

    async def main() -> UpstreamError:
        async with backend(talk_first) as server, upstream() as client:
            error = (await ask(client, Origin("https", "127.0.0.1", server.origin.port))).error
            assert error is not None
            return error

    error = run(main())
    assert error.kind == "tls"
    assert error.message.startswith("https://127.0.0.1:") and "TLS handshake failed" in error.message


def test_a_body_of_ten_megabytes_is_not_too_large() -> None:
    async def main() -> int:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % TEN_MEGABYTES
        async with backend(answering_once(head + b"x" * TEN_MEGABYTES)) as server, upstream() as client:
            return len((await ask(client, server.origin)).body)

    assert Limits().response_body == TEN_MEGABYTES
    assert run(main()) == TEN_MEGABYTES
