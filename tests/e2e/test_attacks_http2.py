"""What HTTP/2 lets attackers say that HTTP/1.1 cannot: each is a refused stream, never a request routed otherwise.

RFC 9113, section 8. Frames are made by `h2` without its checks; what is sent would pass but for the trick.
"""

import contextlib
import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.downstream.http2_client import Http2Client
from tests.e2e.guarded_http import KINDS, GuardedHttp
from tests.support.limen_process import LimenProcess, wait_until

Fields = list[tuple[str, str]]
REFUSALS = (400, 403, 404, 413, 417, 431)


class Door:
    """The API port."""

    def __init__(self, limen: LimenProcess) -> None:
        self.limen = limen

    def connect(self, *alpn: str, receive_buffer: int | None = None) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self.limen.ca))
        context.set_alpn_protocols(list(alpn))
        plain = socket.create_connection(("127.0.0.1", self.limen.port), timeout=10)
        return context.wrap_socket(plain, server_hostname="localhost")


class Attacked:
    def __init__(self, guarded: GuardedHttp) -> None:
        self.guarded = guarded
        self.door = Door(guarded.limen)
        self.host = guarded.limen.host_of(guarded.id)

    def fields(self, path: str = "/open/x", **pseudo: str | None) -> Fields:
        """Pseudo-headers of a request that passes; `pseudo` changes them, None leaves one out."""
        given = {"method": "GET", "scheme": "https", "authority": self.host, "path": path, **pseudo}
        return [(f":{name}", value) for name, value in given.items() if value is not None]

    def refuse(self, fields: Fields, body: bytes | None = None) -> None:
        """Nothing of it reaches a backend, and the connection serves others, or says that it is over."""
        self.guarded.backend.forget()
        with Http2Client(self.door) as client, contextlib.suppress(OSError):
            stream = client.answer(client.request(fields, body))
            assert client.is_closed or stream.reset is not None or stream.status in REFUSALS, stream.headers
            assert self.guarded.backend.requests == []
            if not client.is_closed and client.goodbye is None:
                following = client.answer(client.request(self.fields()))
                assert client.is_closed or following.status == 200
                assert {each.target for each in self.guarded.backend.requests} <= {"/open/x"}
                self.guarded.backend.forget()
        assert self.guarded.backend.requests == []
        assert self.guarded.send("/open/x")[0] == 200


@pytest.fixture(scope="module")
def attacked(limen: LimenProcess) -> Iterator[Attacked]:
    made = GuardedHttp(limen)
    yield Attacked(made)
    made.close()


def test_who_may_pass_does_and_nobody_else(attacked: Attacked) -> None:
    guarded = attacked.guarded
    guarded.backend.forget()
    with Http2Client(attacked.door) as client:
        for kind in KINDS:
            target = guarded.target_of(kind)
            lines = [line.split(": ", 1) for line in guarded.credentials(kind, target)]
            given = [(name.lower(), value) for name, value in lines]
            assert client.answer(client.request(attacked.fields(target) + given)).status == 200, kind
            # Nothing of the caller is left on the connection, whatever its compression remembers.
            assert client.answer(client.request(attacked.fields(target))).status in (401, 403), kind
        assert client.answer(client.request(attacked.fields("/open/x"))).status == 200
    assert len(guarded.backend.requests) == len(KINDS) + 1
    assert guarded.backend.last.header("authorization") is None
    assert guarded.backend.last.header("x-user") is None


PATHS = {
    "no slash": "open/x",
    "empty": "",
    "asterisk": "*",
    "absolute": "https://{host}/open/x",
    "absolute of another": "https://evil.example/open/x",
    "authority": "{host}:443",
    "query alone": "?open/x",
    "space": "/open/x /jwt/x",
    "line break": "/open/x HTTP/1.1\r\nX-User: root\r\nX: ",
    "LF": "/open/x\nX-User: root",
    "NUL": "/open/x\0",
    "fragment": "/open/x#y",
    "tab": "/open/x\ty",
    "leading space": " /open/x",
    "backslash": "\\open\\x",
    "not ASCII": "/open/\u00e9",
    "dots": "/open/../jwt/x",
    "escaped dots": "/open/%2e%2e/jwt/x",
}


@pytest.mark.parametrize("name", PATHS)
def test_paths_that_are_none(attacked: Attacked, name: str) -> None:
    attacked.refuse(attacked.fields(PATHS[name].format(host=attacked.host)))


@pytest.mark.parametrize(
    ("doubled", "other"),
    [
        (":path", "/jwt/x"),
        (":path", "/open/x"),
        (":method", "GET"),
        (":authority", "evil.example"),
        (":scheme", "https"),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_pseudo_headers_come_once(attacked: Attacked, doubled: str, other: str, is_first: bool) -> None:
    fields = attacked.fields()
    attacked.refuse([(doubled, other), *fields] if is_first else [*fields, (doubled, other)])


@pytest.mark.parametrize("name", ["method", "scheme", "path"])
def test_pseudo_headers_that_are_missing(attacked: Attacked, name: str) -> None:
    attacked.refuse(attacked.fields(**{name: None}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("method", "CONNECT"), ("method", "TRACE"), ("method", "get"), ("method", "GET /jwt/x HTTP/1.1\r\nX: ")),
        *(("method", ""), ("method", "PRI"), ("scheme", "http"), ("scheme", ""), ("scheme", "HTTPS"), ("scheme", "ws")),
        *(("protocol", "websocket"), ("status", "200"), ("host", "evil.example"), ("Path", "/jwt/x"), ("", "x")),
    ],
)
def test_pseudo_headers_that_are_none(attacked: Attacked, name: str, value: str) -> None:
    attacked.refuse(attacked.fields(**{name: value}))


def test_pseudo_headers_come_first(attacked: Attacked) -> None:
    [method, scheme, authority, path] = attacked.fields()
    for late in ([method, scheme, authority, ("x-a", "1"), path], [("x-a", "1"), method, scheme, authority, path]):
        attacked.refuse(late)


@pytest.mark.parametrize(
    "authority",
    [
        "evil.example",
        "user@{host}",
        "{host}/jwt",
        "{host}#",
        "{host}, evil.example",
        " {host}",
        "{host}\r\nX-User: root",
    ],
)
def test_one_host_decides(attacked: Attacked, authority: str) -> None:
    """Whatever else stands beside it, or in it."""
    changed = authority.format(host=attacked.host)
    attacked.refuse(
        [*attacked.fields(), ("host", changed)] if changed == changed.strip() else attacked.fields(authority=changed)
    )
    attacked.refuse([*attacked.fields(authority=changed), ("host", attacked.host)])


def test_hosts_of_headers_stand_in_for_a_missing_authority_once(attacked: Attacked) -> None:
    without = attacked.fields(authority=None)
    attacked.refuse(without)
    attacked.refuse([*without, ("host", attacked.host), ("host", "evil.example")])
    attacked.refuse([*without, ("host", "")])


NAMES = ["X-User", "Authorization", "x user", "x-a:", "x-a\r\nx-user", "x\0a", "", "x-\u00e9", ":x", "x-a\n"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_none(attacked: Attacked, name: str) -> None:
    attacked.refuse([*attacked.fields(), (name, "root")])


@pytest.mark.parametrize("value", ["a\r\nx-user: root", "a\nb", "a\rb", "a\0b", "\0", "a\x0bb", "a\x7fb"])
@pytest.mark.parametrize("name", ["x-a", "authorization", "cookie", "host", "x-forwarded-for"])
def test_values_add_no_line(attacked: Attacked, name: str, value: str) -> None:
    attacked.refuse([*attacked.fields(), (name, value)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("connection", "close"),
            ("connection", "x-user"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "close"),
        ),
        *(("transfer-encoding", "chunked"), ("transfer-encoding", "identity"), ("upgrade", "h2c")),
        *(("te", "gzip"), ("te", "trailers, chunked"), ("http2-settings", "AAMAAABk")),
    ],
)
def test_what_belongs_to_connections_of_http1_is_refused(attacked: Attacked, name: str, value: str) -> None:
    attacked.refuse([*attacked.fields(), (name, value)])
    attacked.refuse([*attacked.fields(method="POST"), (name, value)], b"5\r\nhello\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("lengths", "body"),
    [
        *((["5"], b"abc"), (["2"], b"abc"), (["0"], b"abc"), (["3", "4"], b"abc"), (["3", "3"], b"abc")),
        *((["+3"], b"abc"), (["-3"], b"abc"), (["3, 3"], b"abc"), (["0x3"], b"abc"), ([""], b"abc"), (["3 "], b"abcd")),
        *((["99999999999999999999"], b"abc"), (["5"], b"")),
    ],
)
def test_lengths_that_are_not_those_of_the_body(attacked: Attacked, lengths: list[str], body: bytes) -> None:
    given = [("content-length", length) for length in lengths]
    attacked.refuse([*attacked.fields(method="POST"), *given], body)


def test_a_body_that_is_another_request_stays_a_body(attacked: Attacked) -> None:
    inner = b"GET /jwt/x HTTP/1.1\r\nHost: x\r\nX-User: root\r\n\r\n"
    guarded = attacked.guarded
    guarded.backend.forget()
    with Http2Client(attacked.door) as client:
        assert client.answer(client.request(attacked.fields(method="POST"), inner)).status == 200
    [asked] = guarded.backend.requests
    assert (asked.method, asked.target, asked.body) == ("POST", "/open/x", inner)


def test_trailers_say_nothing(attacked: Attacked) -> None:
    """They come behind what was decided: their names, pseudo-headers too, are in no request."""
    guarded = attacked.guarded
    for trailers in ([("x-user", "root"), ("authorization", "evil")], [(":path", "/jwt/x")]):
        guarded.backend.forget()
        with Http2Client(attacked.door) as client, contextlib.suppress(OSError):
            stream = client.request(attacked.fields(method="POST"), b"abc", ends=False)
            client.h2.send_headers(stream, trailers, end_stream=True)
            client.flush()
            client.answer(stream)
        assert guarded.send("/open/x")[0] == 200
        for asked in guarded.backend.requests:
            assert asked.target == "/open/x"
            assert asked.header("x-user") is None and asked.header("authorization") is None


@pytest.mark.parametrize("kind", KINDS)
def test_doubled_credentials_are_none(attacked: Attacked, kind: str) -> None:
    target = attacked.guarded.target_of(kind)
    lines = [line.split(": ", 1) for line in attacked.guarded.credentials(kind, target)]
    given = [(name.lower(), value) for name, value in lines]
    attacked.guarded.backend.forget()
    with Http2Client(attacked.door) as client:
        for both in ([*given, ("authorization", "evil")], [("authorization", "evil"), *given]):
            assert client.answer(client.request(attacked.fields(target) + both)).status in (401, 403)
    assert attacked.guarded.backend.requests == []


def test_the_server_goes_on(attacked: Attacked) -> None:
    limen = attacked.guarded.limen
    bugs = limen.log.count("Traceback")
    attacked.refuse([*attacked.fields(), ("x-a", "a\0")])
    wait_until(lambda: attacked.guarded.send("/open/x")[0] == 200, 5, lambda: limen.log)
    assert limen.log.count("Traceback") == bugs
