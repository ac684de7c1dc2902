"""A request has one host, the one that it is checked and routed by: it can name no other one in some second way."""

from collections.abc import Callable

import pytest

from limen.gateway.domain_match import DomainMatch
from limen.gateway.domains import Destination
from limen.gateway.exchange import Exchange
from tests.downstream.http2_client import Http2Client
from tests.downstream.serving import Answers, Served
from tests.gateway.test_table import stage, table

OPEN, GUARDED = "open.test", "guarded.test"


class Name:
    """A domain name that leads to one stage; a guarded one lets nobody in."""

    def __init__(self, *, is_guarded: bool) -> None:
        self.problem = "nobody is trusted" if is_guarded else ""

    def find(self, exchange: Exchange) -> Destination | None:
        exchange.domain = DomainMatch("", None, self.problem)
        exchange.route_path = exchange.path
        return Destination("inside" if self.problem else "outside", "prod")


@pytest.fixture
def served(serving: Callable[..., Served]) -> Served:
    made = table(stage("inside", "prod", "GET /{id}", disabled=True), stage("outside", "prod", "GET /{id}"), first=None)
    made.put_domain(OPEN, Name(is_guarded=False))
    made.put_domain(GUARDED, Name(is_guarded=True))
    return serving(made.dispatch)


def ask(served: Served, *lines: str) -> list[tuple[int, bytes]]:
    """Statuses and bodies of all that comes back for raw bytes."""
    found = []
    with served.connect() as sock:
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answers = Answers(sock)
        try:
            while True:
                answered = answers.next()
                found.append((answered.status, answered.body))
        except (EOFError, OSError):
            return found


def test_the_host_says_which_domain_name_is_asked(served: Served) -> None:
    [(status, body)] = ask(served, "GET /7 HTTP/1.1", f"Host: {OPEN}", "Connection: close")
    assert (status, body.partition(b":")[0]) == (200, b"outside/prod")
    [(status, _)] = ask(served, "GET /7 HTTP/1.1", f"Host: {GUARDED}", "Connection: close")
    assert status == 403


@pytest.mark.parametrize(
    "lines",
    [
        (f"GET https://{GUARDED}/7 HTTP/1.1", f"Host: {OPEN}"),
        (f"GET https://{OPEN}/7 HTTP/1.1", f"Host: {GUARDED}"),
        (f"GET //{GUARDED}/7 HTTP/1.1", f"Host: {GUARDED}", f"Host: {OPEN}"),
        ("GET /7 HTTP/1.1", f"Host: {OPEN}", f"Host: {GUARDED}"),
        ("GET /7 HTTP/1.1", f"Host: {OPEN}", f"Host : {GUARDED}"),
        ("GET /7 HTTP/1.1", f"Host: {OPEN}", f" {GUARDED}"),
        ("GET /7 HTTP/1.1", f"Host: {OPEN},{GUARDED}"),
        ("GET /7 HTTP/1.1", f"Host: {GUARDED}@{OPEN}"),
        ("GET /7 HTTP/1.1", f"Host: {GUARDED}:x"),
        ("GET /7 HTTP/1.1", "X-A: b"),
    ],
)
def test_a_second_host_is_refused(served: Served, lines: tuple[str, ...]) -> None:
    answered = ask(served, *lines, "Connection: close")

    assert [status for status, _ in answered] == [400]


@pytest.mark.parametrize(
    "line",
    [
        f"X-Forwarded-Host: {OPEN}",
        f"Forwarded: host={OPEN}",
        f"X-Host: {OPEN}",
        f"X-Original-Host: {OPEN}",
        f":authority: {OPEN}",
        "x-apigw-api-id: inside",
        "X-Original-URL: /_api/inside/prod/7",
    ],
)
def test_other_headers_lead_nowhere_else(served: Served, line: str) -> None:
    for host, is_in in ((GUARDED, False), (GUARDED.upper(), False), (f"{GUARDED}.", False), (OPEN, True)):
        answered = ask(served, "GET /7 HTTP/1.1", f"Host: {host}", line, "Connection: close")
        for status, body in answered:
            assert status in ((200, 400) if is_in else (403, 400))
            assert b"inside" not in body


@pytest.mark.parametrize("target", ["/_api/inside/prod/7", "/_api/outside/prod/7", "/_auth/x", "/_limen/x"])
def test_a_domain_name_has_no_reserved_paths(served: Served, target: str) -> None:
    for host, status in ((GUARDED, 403), (OPEN, 404)):
        assert [each for each, _ in ask(served, f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: close")] == [
            status
        ]


def test_the_path_form_of_an_api_is_closed_with_its_own_host(served: Served) -> None:
    for host in ("localhost", "other.test"):
        asked = ("GET /_api/inside/prod/7 HTTP/1.1", f"Host: {host}", "Connection: close")
        assert [status for status, _ in ask(served, *asked)] == [404]
    own = "inside.execute-api.us-east-1.gateway.test"
    assert [status for status, _ in ask(served, "GET /prod/7 HTTP/1.1", f"Host: {own}", "Connection: close")] == [404]


@pytest.mark.parametrize(
    ("authority", "host", "status"),
    [
        (OPEN, None, 200),
        (GUARDED, None, 403),
        (None, GUARDED, 403),
        (OPEN, GUARDED, None),
        (GUARDED, OPEN, None),
        (f"{GUARDED}:443", None, 403),
    ],
)
def test_http_2_has_one_host_too(served: Served, authority: str | None, host: str | None, status: int | None) -> None:
    """None: the stream is refused with 400, or reset."""
    headers = [(":method", "GET"), (":scheme", "https"), (":path", "/7")]
    headers += [(":authority", authority)] if authority else []
    headers += [("host", host)] if host else []
    with Http2Client(served) as client:
        seen = client.answer(client.request(headers))

    assert (seen.reset is not None or seen.status == 400) if status is None else seen.status == status
