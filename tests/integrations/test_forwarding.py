"""What backends learn of the client and of the way of a request, and what no client can make them believe."""

import pytest

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Client, Exchange
from limen.integrations.forwarding import HOPS, Kind, drop_nominated, forward, kind_of, own_headers
from limen.wire import LONGEST_KEPT, Headers, header
from tests.support.exchanges import exchange

ROOT = "Root=1-5e6b67ad-2d4a5560cf6fb7a02780c3a0"


def own(
    headers: dict[str, str] | None = None, *, source_ip: str = "192.0.2.1", host: str = "api.test"
) -> dict[str, str]:
    asked = exchange("GET /", headers, source_ip=source_ip, host=host)
    lines = own_headers(asked, forward(asked.headers).read).decode().split("\r\n")[:-1]
    assert len(lines) == 3
    return dict(line.split(": ", 1) for line in lines)


def test_one_element_says_who_called_whom() -> None:
    assert own()["Forwarded"] == "for=192.0.2.1;host=api.test;proto=https"
    assert own(source_ip="2001:db8::7")["Forwarded"] == 'for="[2001:db8::7]";host=api.test;proto=https'
    assert own(host="api.test:8443")["Forwarded"] == 'for=192.0.2.1;host="api.test:8443";proto=https'
    assert own(host='a";for=evil')["Forwarded"] == 'for=192.0.2.1;host="a;for=evil";proto=https'


def test_the_address_of_the_gateway_is_told_where_it_is_known() -> None:
    asked = exchange("GET /", host="api.test")
    asked.client = Client("192.0.2.1", 50000, 8443, server_ip="198.51.100.7")

    assert b"Forwarded: by=198.51.100.7;for=192.0.2.1;host=api.test;proto=https\r\n" in own_headers(asked, None)


@pytest.mark.parametrize(
    ("headers", "earlier"),
    [
        ({"X-Forwarded-For": "203.0.113.9"}, "for=203.0.113.9,"),
        ({"X-Forwarded-For": "203.0.113.9, 2001:db8::1"}, 'for=203.0.113.9,for="[2001:db8::1]",'),
        ({"X-Forwarded-For": "evil;proto=http"}, "for=unknown,"),
        ({"Forwarded": "for=203.0.113.9;proto=http, for=10.0.0.1"}, "for=203.0.113.9;proto=http, for=10.0.0.1,"),
        ({"Forwarded": 'for="[2001:db8::1]:80"'}, 'for="[2001:db8::1]:80",'),
        ({"Forwarded": 'for="open'}, ""),
        ({"Forwarded": 'for="escaped\\"'}, ""),
        ({"Forwarded": "for=a b"}, ""),
        ({"Forwarded": "for=a," * 1000 + "for=b"}, ""),
        ({"X-Forwarded-Host": "evil", "X-Forwarded-Proto": "http", "X_Forwarded_For": "10.0.0.1"}, ""),
    ],
)
def test_what_proxies_before_said_comes_first_where_it_is_well_formed(headers: dict[str, str], earlier: str) -> None:
    assert own(headers)["Forwarded"] == f"{earlier}for=192.0.2.1;host=api.test;proto=https"


def test_via_grows_by_one() -> None:
    assert own()["Via"] == "HTTP/1.1 AmazonAPIGateway"
    assert own({"Via": "1.1 edge"})["Via"] == "1.1 edge, HTTP/1.1 AmazonAPIGateway"


def test_too_many_passages_end_a_request() -> None:
    own({"Via": ", ".join(["HTTP/1.1 AmazonAPIGateway"] * (HOPS - 1))})
    with pytest.raises(GatewayError, match="circles"):
        own({"Via": ", ".join(["HTTP/1.1 AmazonAPIGateway"] * HOPS)})


@pytest.mark.parametrize("trace", [ROOT, f"Self=1-5e6b67ad-2d4a5560cf6fb7a02780c3a1;{ROOT}", f"{ROOT};Sampled=1"])
def test_a_trace_is_continued(trace: str) -> None:
    assert own({"X-Amzn-Trace-Id": trace})["X-Amzn-Trace-Id"] == trace


@pytest.mark.parametrize("trace", ["", "Root=1-x", "Parent=1", f"{ROOT}<script>", ROOT + "0", "x" * 1000])
def test_a_trace_that_is_none_is_replaced(trace: str) -> None:
    made = own({"X-Amzn-Trace-Id": trace})["X-Amzn-Trace-Id"]

    assert made.startswith("Root=1-")
    assert made != trace


def test_traces_differ() -> None:
    assert len({own()["X-Amzn-Trace-Id"] for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (b"accept", Kind.PASSED),
        (b"cookie", Kind.PASSED),
        (b"x_custom", Kind.PASSED),
        (b"x-amz-date", Kind.PASSED),
        (b"x-forwarded-for", Kind.READ),
        (b"x_forwarded_for", Kind.DROPPED),
        (b"x-forwarded_proto", Kind.DROPPED),
        (b"x-forwarded-anything", Kind.DROPPED),
        (b"x-amzn-oidc-identity", Kind.DROPPED),
        (b"x_amzn_oidc_identity", Kind.DROPPED),
        (b"x_amzn_trace_id", Kind.DROPPED),
        (b"apigw-requestid", Kind.DROPPED),
        (b"host", Kind.DROPPED),
        (b"transfer-encoding", Kind.DROPPED),
        (b"transfer_encoding", Kind.DROPPED),
        (b"content_length", Kind.DROPPED),
        (b":path", Kind.DROPPED),
    ],
)
def test_each_name_has_its_fate(name: bytes, kind: Kind) -> None:
    assert kind_of(name) is kind


def test_what_is_kept_of_names_and_hosts_is_bounded() -> None:
    from limen.integrations import forwarding

    for number in range(10_000):
        kind_of(b"x-%d" % number)
        own(host=f"h{number}")
    assert len(forwarding._kinds) <= forwarding._KINDS_KEPT
    assert len(forwarding._elements) <= forwarding._ELEMENTS_KEPT


def test_nothing_is_remembered_by_a_long_name_or_host() -> None:
    from limen.integrations import forwarding

    assert kind_of(b"x-" + b"n" * 1_000) is Kind.PASSED
    assert "host=" + "h" * 1_000 in own(host="h" * 1_000)["Forwarded"]
    assert max(map(len, forwarding._kinds)) <= LONGEST_KEPT
    assert max(len(host) for _, _, host in forwarding._elements) <= LONGEST_KEPT


def test_connection_names_what_is_dropped_save_what_is_trusted() -> None:
    headers = [header(b"X-A", b"1"), header(b"X-B", b"2"), header(b"X-Amzn-Thing", b"3")]

    assert drop_nominated(headers, [b"keep-alive"]) == headers
    assert drop_nominated(headers, [b"X-A , close", b"x-amzn-thing"]) == headers[1:]


def test_values_are_read_from_every_line() -> None:
    asked: Exchange = exchange("GET /")
    asked.headers = Headers([header(b"Via", b"a"), header(b"Via", b"b"), header(b"Accept", b"*/*")])

    forwarded = forward(asked.headers)
    passed, read = forwarded.passed, forwarded.read
    assert passed == [header(b"Accept", b"*/*")]
    assert read == {b"via": [b"a", b"b"]}
