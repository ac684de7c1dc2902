"""Names of hosts that belong to user pools."""

import pytest

from limen.gateway.pool_hosts import PoolHost, find_pool_host, name_of_host


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("cognito-idp.us-east-1.gw.test", PoolHost("us-east-1")),
        ("cognito-idp.us-east-1.amazonaws.com", PoolHost("us-east-1")),
        ("shop.auth.us-east-1.gw.test", PoolHost("us-east-1", "shop")),
        ("shop.auth.us-east-1.amazoncognito.com", PoolHost("us-east-1", "shop")),
        ("shop.auth.us-east-1.amazonaws.com", None),
        ("cognito-idp.gw.test", None),
        ("cognito-idp..gw.test", None),
        ("cognito-idp.us-east-1.gw.test.evil.example", None),
        ("a.shop.auth.us-east-1.gw.test", None),
        (".auth.us-east-1.gw.test", None),
        ("auth.us-east-1.gw.test", None),
        ("gw.test", None),
        ("", None),
        ("[::1]", None),
    ],
)
def test_a_host_is_one_of_pools_or_none(name: str, found: PoolHost | None) -> None:
    assert find_pool_host(name, "gw.test") == found


def test_a_host_is_named_without_port_and_case() -> None:
    assert [name_of_host(host) for host in (b"A.Test:8443", b"a.test.", b"[::1]:8443", b"")] == [
        "a.test",
        "a.test",
        "[::1]:8443",
        "",
    ]
