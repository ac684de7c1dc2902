"""Hosts that are custom domain names, and hosts that never are."""

import pytest

from limen.gateway.domain_match import DomainMatch
from limen.gateway.domains import Destination
from limen.gateway.exchange import Exchange
from limen.gateway.table import KNOWN_HOSTS, Table
from tests.gateway.test_table import FORBIDDEN, SERVED, ask, pool_plan, stage, table
from tests.support.exchanges import exchange


class Named:
    """A domain name all of whose paths lead to one stage."""

    def __init__(self, stage_name: str) -> None:
        self.destination = Destination("named", stage_name)

    def find(self, exchange: Exchange) -> Destination | None:
        exchange.domain = DomainMatch("")
        exchange.route_path = exchange.path
        return self.destination


def served(*names: str, **settings: str | None) -> Table:
    """Each domain name leads to a stage that is called as it is."""
    made = table(stage("first", "$default", "GET /a"), *(stage("named", name, "GET /a") for name in names), **settings)
    for name in names:
        made.put_domain(name, Named(name))
    return made


def name_found(made: Table, host: str) -> str:
    return ask(made, "GET /a", host).partition(":")[0].removeprefix("named/")


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("shop.test", "shop.test"),
        ("SHOP.Test:8443", "shop.test"),
        ("shop.test.", "shop.test"),
        ("shop.test.:443", "shop.test"),
        ("a.shop.test", "*.shop.test"),
        ("api.shop.test", "api.shop.test"),
        ("x.api.shop.test", "first/$default"),
        (".shop.test", "first/$default"),
        ("shop.tes", "first/$default"),
        ("ashop.test", "first/$default"),
        ("b.deep.shop.test", "*.deep.shop.test"),
        ("deep.shop.test", "*.shop.test"),
        ("shop.localhost", "shop.localhost"),
        ("shop.gateway.test", "*.gateway.test"),
        ("gateway.test", "first/$default"),
        ("localhost", "first/$default"),
        ("127.0.0.1", "first/$default"),
        ("[::1]:8443", "first/$default"),
        ("", "first/$default"),
    ],
)
def test_an_exact_name_comes_before_a_wildcard_of_one_label(host: str, found: str) -> None:
    names = ("shop.test", "*.shop.test", "api.shop.test", "*.deep.shop.test", "shop.localhost")
    made = served(*names, "*.gateway.test", "gateway.test")

    assert name_found(made, host) == found


@pytest.mark.parametrize(
    "host",
    [
        "first.execute-api.us-east-1.gateway.test",
        "first.execute-api.us-east-1.amazonaws.com",
        "nobody.execute-api.us-east-1.gateway.test",
        "x.first.execute-api.us-east-1.gateway.test",
        "cognito-idp.us-east-1.gateway.test",
        "shop.auth.us-east-1.gateway.test",
        "shop.auth.us-east-1.amazoncognito.com",
        "gateway.test",
    ],
)
def test_hosts_of_limens_own_are_never_domain_names(host: str) -> None:
    before = table(stage("first", "$default", "GET /a"))
    before.put_pools(pool_plan())
    made = served(host, f"*.{host.partition('.')[2]}")
    made.put_pools(pool_plan())

    assert ask(made, "GET /a", host) == ask(before, "GET /a", host)


def test_the_host_of_the_public_url_is_no_domain_name() -> None:
    made = Table("gateway.test", "Web.shop.test")
    made.put_domain("*.shop.test", Named("*.shop.test"))
    made.put_domain("web.shop.test", Named("web.shop.test"))
    made.put(stage("named", "*.shop.test", "GET /a"))

    assert name_found(made, "one.shop.test") == "*.shop.test"
    assert name_found(made, "web.shop.test:8443") == FORBIDDEN.partition(":")[0]


def test_domain_names_change_nothing_for_apis_and_bare_hosts() -> None:
    made = served("shop.test", "*.test", "*.localhost")
    for request_line, host in [
        ("GET /a", "first.execute-api.us-east-1.gateway.test:8443"),
        ("GET /a", "localhost:8443"),
        ("GET /_api/first/$default/a", "localhost"),
        ("GET /_portal", "localhost"),
        ("GET /a", "api.example.com"),
    ]:
        assert ask(made, request_line, host) == ask(SERVED, request_line, host)


def test_a_host_that_was_asked_before_becomes_a_domain_name_and_ceases_to_be_one() -> None:
    made = served()
    assert name_found(made, "shop.test") == "first/$default"
    made.put(stage("named", "shop.test", "GET /a"))
    made.put(stage("named", "*.test", "GET /a"))

    made.put_domain("*.test", Named("*.test"))
    assert name_found(made, "shop.test") == "*.test"
    made.put_domain("Shop.Test.", Named("shop.test"))
    assert name_found(made, "shop.test") == "shop.test"
    made.put_domain("shop.test", Named("*.test"))
    assert name_found(made, "shop.test") == "*.test"
    made.remove_domain("SHOP.test")
    assert name_found(made, "shop.test") == "*.test"
    made.remove_domain("*.test")
    made.remove_domain("*.test")
    assert name_found(made, "shop.test") == "first/$default"


def test_ever_new_hosts_below_a_wildcard_do_not_fill_the_memory() -> None:
    made = served("*.test")
    for number in range(KNOWN_HOSTS + 10):
        made._learn_host(b"%d.test" % number)

    assert len(made._hosts) <= KNOWN_HOSTS


def test_a_stage_that_is_not_there_is_forbidden_on_a_domain_name() -> None:
    made = table(stage("first", "$default", "GET /a"))
    made.put_api("named", "us-east-1")
    made.put_domain("shop.test", Named("gone"))

    assert ask(made, "GET /a", "shop.test") == FORBIDDEN
    asked = exchange("GET /a", host="shop.test")
    made.dispatch(asked)
    assert asked.path == b"/a"
