"""Headers by the table of the developer guide: what is passed, dropped, or renamed."""

import pytest

from limen.gateway.errors import GatewayError
from limen.integrations.rest import treatment
from limen.integrations.rest.treatment import Forwarded, treat_mapped_header, treat_response
from limen.wire import LONGEST_KEPT, Headers, header

RESPONSES = [
    # name, what it is called for the client
    ("Age", "Age"),
    ("Accept", "Accept"),
    ("Accept-Charset", "Accept-Charset"),
    ("Accept-Encoding", "Accept-Encoding"),
    ("Authorization", "x-amzn-Remapped-Authorization"),
    ("Connection", "x-amzn-Remapped-Connection"),
    ("Content-Encoding", "Content-Encoding"),
    ("Content-Length", "x-amzn-Remapped-Content-Length"),
    ("Content-MD5", "x-amzn-Remapped-Content-MD5"),
    ("Content-Type", "Content-Type"),
    ("Date", "x-amzn-Remapped-Date"),
    ("Expect", None),
    ("Host", None),
    ("Max-Forwards", "x-amzn-Remapped-Max-Forwards"),
    ("Pragma", "Pragma"),
    ("Proxy-Authenticate", None),
    ("Range", "Range"),
    ("Referer", "Referer"),
    ("Server", "x-amzn-Remapped-Server"),
    ("TE", None),
    ("Transfer-Encoding", None),
    ("Trailer", None),
    ("Upgrade", None),
    ("User-Agent", "x-amzn-Remapped-User-Agent"),
    ("Via", None),
    ("Warn", "Warn"),
    ("WWW-Authenticate", "x-amzn-Remapped-WWW-Authenticate"),
    ("x-amzn-RequestId", "x-amzn-Remapped-x-amzn-RequestId"),
    ("Set-Cookie", "Set-Cookie"),
]


@pytest.mark.parametrize(("name", "expected"), RESPONSES)
def test_response_headers_are_treated_by_the_table(name: str, expected: str | None) -> None:
    passed, _, _ = treat_response([header(name.encode(), b"v")], False)
    names = [sent.decode() for _, sent, value in passed if value == b"v"]
    assert names == ([] if expected is None else [expected])


MAPPED = [
    ("Date", "x-amzn-Remapped-Date"),
    ("Server", "x-amzn-Remapped-Server"),
    ("Expect", "x-amzn-Remapped-Expect"),
    ("Host", "x-amzn-Remapped-Host"),
    ("Upgrade", "x-amzn-Remapped-Upgrade"),
    ("TE", "TE"),
    ("Transfer-Encoding", None),
    ("X-A", "X-A"),
]


@pytest.mark.parametrize(("name", "expected"), MAPPED)
def test_mapped_headers_are_renamed_where_they_may_not_stand(name: str, expected: str | None) -> None:
    treated = treat_mapped_header(name.encode(), b"v")
    assert (None if treated is None else treated[1].decode()) == expected


@pytest.mark.parametrize(("name", "value"), [(b"A", b"x\r\ny"), (b"A b", b"x"), (b"", b"x")])
def test_no_mapped_header_adds_a_line(name: bytes, value: bytes) -> None:
    with pytest.raises(GatewayError):
        treat_mapped_header(name, value)


def test_what_connection_names_is_not_passed() -> None:
    passed, _, _ = treat_response([header(b"Connection", b"close, X-Hop"), header(b"X-Hop", b"1")], False)
    assert [name for name, _, _ in passed] == [b"x-amzn-remapped-connection", b"content-type"]
    forwarded = Forwarded(Headers([header(b"Connection", b"X-Hop, X-Amzn-Trace-Id"), header(b"X-Hop", b"1")]))
    assert [name for name, _, _ in forwarded.passed] == [b"accept"]


def test_a_client_cannot_forge_what_the_gateway_says() -> None:
    names = ["X-Amzn-Apigateway-Api-Id", "x_amzn_apigateway_api_id", "X_Amzn_Trace_Id", "x_forwarded_proto", "host_"]
    forwarded = Forwarded(Headers([header(name.encode(), b"forged") for name in names]))
    assert [name for name, _, _ in forwarded.passed] == [b"host_", b"accept"]


def test_nothing_is_remembered_by_a_long_name() -> None:
    forwarded = Forwarded(Headers([header(b"x-" + b"n" * 1_000, b"1")]))
    assert len(forwarded.passed[0][0]) > 1_000
    assert max(map(len, treatment._kinds)) <= LONGEST_KEPT
