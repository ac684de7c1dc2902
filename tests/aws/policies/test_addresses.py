"""Addresses and ranges, against the standard library's."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.policies.addresses import Ranges, read_address, read_range
from limen.aws.policies.errors import NotUnderstoodError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_mapped(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None


addresses = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6).filter(lambda address: not is_mapped(address)))


@given(addresses, st.integers(0, 128), addresses)
def test_ranges_hold_what_the_standard_library_says(network: Address, length: int, one: Address) -> None:
    length = min(length, network.max_prefixlen)
    expected = ipaddress.ip_network(f"{network}/{length}", strict=False)
    ranges = Ranges([f"{network}/{length}"])
    for each in (one, network, expected[0], expected[-1]):
        if is_mapped(each):
            continue
        address = read_address(str(each))
        assert address is not None
        assert ranges.contains(address) == (each in expected)


def test_an_ipv4_address_in_ipv6_clothes_is_an_ipv4_address() -> None:
    assert read_address("::ffff:192.0.2.1") == read_address("192.0.2.1")
    address = read_address("192.0.2.1")
    assert address is not None
    assert Ranges(["::ffff:192.0.2.0/120"]).contains(address)
    assert not Ranges(["::/0"]).contains(address)


@pytest.mark.parametrize(
    "text", ["", "192.0.2", "192.0.2.256", "192.0.2.01", "1", "0x7f.0.0.1", "fe80::1%eth0", "a\0", "ü"]
)
def test_what_is_no_address(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize(
    "text", ["", "/8", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "::/129", "*", "::ffff:0:0/90", "10.0.0.0/ 8"]
)
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(NotUnderstoodError):
        read_range(text)
