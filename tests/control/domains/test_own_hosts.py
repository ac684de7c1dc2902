"""Names that no custom domain name may have, because this server has them."""

import pytest

from limen.control.domains.own_hosts import is_own_host
from tests.control.v1.test_domain_names import REGIONAL


@pytest.mark.parametrize(
    "name",
    [
        "gateway.test",
        "a1.execute-api.us-east-1.gateway.test",
        "*.execute-api.us-east-1.gateway.test",
        "a1.execute-api.eu-north-1.amazonaws.com",
        "cognito-idp.us-east-1.gateway.test",
        "*.us-east-1.gateway.test",
        "shop.auth.us-east-1.gateway.test",
        "*.auth.us-east-1.amazoncognito.com",
    ],
)
def test_hosts_of_apis_and_user_pools_are_own(name: str) -> None:
    assert is_own_host(name, "gateway.test")


@pytest.mark.parametrize(
    "name", ["*.gateway.test", "api.gateway.test", "execute-api.gateway.test", "a1.execute-api.us-east-1.shop.test"]
)
def test_others_are_not(name: str) -> None:
    assert not is_own_host(name, "gateway.test", "https://web.gateway.test:8443/below")


def test_the_host_of_the_public_url_is_own() -> None:
    assert is_own_host("web.gateway.test", "gateway.test", "https://web.gateway.test:8443/below")


@pytest.mark.parametrize("name", ["*.execute-api.us-east-1.localhost", "127.0.0.1", "a.1.2.3"])
def test_neither_own_hosts_nor_addresses_become_domain_names(refused, name: str) -> None:
    told = refused("CreateDomainName", **REGIONAL | {"domainName": name})

    assert told.startswith(f"Invalid domain name specified: {name}")
