"""Who called, by X-Forwarded-For: as far as trusted proxies vouch for it, and no further."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.downstream.trusted_proxies import MOST_PROXIES, TrustedProxies, read_address
from limen.gateway.exchange import Client, Exchange
from limen.wire import Headers, find_headers, header
from tests.support.exchanges import exchange

PROXIES = TrustedProxies(["10.0.0.0/8", "2001:db8:1::/48"])
PEER = "10.0.0.1"


def asked(*lines: str, peer: str = PEER) -> Exchange:
    """As it is once the connection has looked through its proxy."""
    made = exchange()
    made.client = Client(peer, 50000, 8443, is_proxy=PROXIES.trusts(peer))
    made.headers = Headers([*made.headers, *(header(b"X-Forwarded-For", line.encode("latin-1")) for line in lines)])
    if made.client.is_proxy:
        PROXIES.see_through(made)
    return made


def test_nobody_is_trusted_unless_named() -> None:
    assert not TrustedProxies().trusts("127.0.0.1")


@pytest.mark.parametrize(
    ("address", "is_trusted"),
    [
        *(("10.0.0.1", True), ("10.255.255.255", True), ("::ffff:10.0.0.1", True), ("2001:db8:1::7", True)),
        *(("11.0.0.1", False), ("2001:db8:2::7", False), ("::ffff:11.0.0.1", False), ("", False), ("nobody", False)),
    ],
)
def test_who_is_trusted(address: str, is_trusted: bool) -> None:
    assert PROXIES.trusts(address) is is_trusted


@pytest.mark.parametrize(
    ("lines", "source", "passed_on"),
    [
        ([], PEER, []),
        (["203.0.113.7"], "203.0.113.7", []),
        (["198.51.100.1, 203.0.113.7"], "203.0.113.7", ["198.51.100.1"]),
        (["203.0.113.7, 10.1.1.1, 10.2.2.2"], "203.0.113.7", []),
        (["evil, 203.0.113.7,10.1.1.1"], "203.0.113.7", ["evil"]),
        (["198.51.100.1", "203.0.113.7"], "203.0.113.7", ["198.51.100.1"]),
        (["203.0.113.7", "10.9.9.9"], "203.0.113.7", []),
        (["10.1.1.1, 10.2.2.2"], "10.1.1.1", []),
        (["203.0.113.7:5000"], "203.0.113.7", []),
        (["[2001:db8:2::7]:5000, 2001:db8:1::1"], "2001:db8:2::7", []),
        (["2001:DB8:2:0:0::7"], "2001:db8:2::7", []),
        (["::ffff:203.0.113.7"], "203.0.113.7", []),
    ],
)
def test_the_right_most_address_that_is_no_proxy_calls(lines: list[str], source: str, passed_on: list[str]) -> None:
    made = asked(*lines)
    assert made.client.source_ip == source
    assert [value.decode() for value in find_headers(made.headers, b"x-forwarded-for")] == passed_on


@pytest.mark.parametrize(
    "line",
    ["", ",", "203.0.113.7,", "unknown", "203.0.113.7, evil", "203.0.113.7, evil, 10.1.1.1", "203.0.113.7 10.1.1.1",
     "203.0.113.256", "127.1", "0x7f.0.0.1", "010.0.0.1", "fe80::1%eth0", "203.0.113.7:", "203.0.113.7:65536",
     "[203.0.113.7]", "[::1", "::1]:1", "203.0.113.7:5:5", '"203.0.113.7"', "٢.0.0.1", "203.0.113.7\x00",
     ", ".join(["203.0.113.7", *["10.0.0.1"] * MOST_PROXIES])],
)  # fmt: skip
def test_a_malformed_chain_leaves_the_proxy_itself(line: str) -> None:
    sent = line.encode().decode("latin-1")
    made = asked(sent)
    assert made.client.source_ip == PEER
    assert find_headers(made.headers, b"x-forwarded-for") == [sent.encode("latin-1")]


def test_nothing_counts_that_others_say() -> None:
    made = asked("203.0.113.7", peer="192.0.2.9")
    assert made.client.source_ip == "192.0.2.9"


def test_a_chain_is_believed_once() -> None:
    first = asked("203.0.113.7")
    again = exchange()
    again.client, again.headers = Client(PEER, 1, 8443, is_proxy=True), first.headers
    PROXIES.see_through(again)
    assert again.client.source_ip == PEER
    assert first.client.server_port == 8443


def test_one_connection_of_a_proxy_carries_many_clients() -> None:
    connection = Client(PEER, 1, 8443, is_proxy=True)
    sources = []
    for line in (b"203.0.113.7", b"203.0.113.8", b"evil", b"203.0.113.7"):
        made = exchange()
        made.client, made.headers = connection, Headers([header(b"X-Forwarded-For", line)])
        PROXIES.see_through(made)
        sources.append(made.client.source_ip)
    assert sources == ["203.0.113.7", "203.0.113.8", PEER, "203.0.113.7"]
    assert connection.source_ip == PEER


ADDRESSES = st.one_of(
    st.ip_addresses(), st.ip_addresses(network="10.0.0.0/8"), st.ip_addresses(network="2001:db8:1::/48")
)


@given(st.lists(ADDRESSES, max_size=6), st.text(max_size=20).filter(lambda text: "," not in text))
def test_what_a_client_adds_on_the_left_changes_nothing(chain: list[object], said: str) -> None:
    """The obvious evaluator: proxies are taken off the right until somebody else is there."""
    written = [str(address) for address in chain]
    expected = PEER
    for address in reversed(written):
        expected = _as_v4(address)
        if not PROXIES.trusts(expected):
            break
    line = ", ".join([*written, "203.0.113.250", "10.7.7.7"])
    forged = asked(f"{said.encode('utf-8', 'replace').decode('latin-1')},{line}")
    assert forged.client.source_ip == "203.0.113.250"
    assert asked(", ".join(written)).client.source_ip == expected


@given(st.binary(max_size=200))
def test_nothing_that_is_sent_raises_and_what_is_found_is_an_address(value: bytes) -> None:
    made = asked(value.decode("latin-1"))
    ipaddress.ip_address(made.client.source_ip)
    found = read_address(value)
    assert found is None or str(ipaddress.ip_address(found)) == found


def _as_v4(address: str) -> str:
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
