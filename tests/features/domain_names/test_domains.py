"""Custom domain names as a worker serves them: changes, modes, stages that come and go, and mutual TLS."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.features.domain_names.domains import UNCHECKED, UNREADABLE
from limen.features.domain_names.records import RULES_ONLY, RULES_THEN_MAPPINGS, DomainChanges
from limen.gateway.client_certificate import ClientCertificate
from limen.gateway.exchange import Client, Exchange, Response
from limen.gateway.failures import answer_failure
from limen.gateway.route_plan import RoutePlan
from tests.features.domain_names.serving import FORBIDDEN, NAME, ROUTES, Gateway, mapping, record, rule
from tests.gateway.test_table import stage
from tests.support.exchanges import answer, exchange

BAD_REQUEST = '400 {"message":"Bad Request"}'

# --- mappings


@pytest.mark.parametrize(
    ("target", "answered"),
    [
        ("/orders/7", "b/prod /7"),
        ("/orders", "b/prod /"),
        ("/orders/", "b/prod /"),
        ("/%6frders/7?a=1", "b/prod /7"),
        ("//orders/7", "b/prod /7"),
        ("/orders/prod/7", "b/prod /prod/7"),
        ("/pets/7", "a/prod /pets/7"),
        ("/", "a/prod /"),
        ("/prod/7", "a/prod /prod/7"),
        ("/any/7", "a/$default /7"),
        ("/_api/b/prod", "a/prod /_api/b/prod"),
        ("/_auth/pool", "a/prod /_auth/pool"),
        ("/orders/../pets", BAD_REQUEST),
        ("/pets/../orders", BAD_REQUEST),
        ("/../orders/7", BAD_REQUEST),
        ("/orders/%2e%2e/pets", BAD_REQUEST),
        ("/%zz", BAD_REQUEST),
    ],
)
def test_mappings_lead_to_stages(target: str, answered: str) -> None:
    served = Gateway(record(mapping("", "a"), mapping("orders", "b"), mapping("any", "a", "$default")))

    assert served.ask(target) == answered


@pytest.mark.parametrize("target", ["/", "/pets", "/orderss", "/_api/a/prod/x", "/prod", "/prod/7"])
def test_without_an_empty_mapping_the_rest_is_forbidden(target: str) -> None:
    assert Gateway(record(mapping("orders", "a"))).ask(target) == FORBIDDEN


def test_a_domain_name_without_anything_is_forbidden() -> None:
    assert Gateway(record()).ask("/") == FORBIDDEN


@pytest.mark.parametrize(
    ("target", "answered"),
    [
        ("/shop/prod/7", "a/prod /7"),
        ("/shop/dev", "a/dev /"),
        ("/shop/dev/", "a/dev /"),
        ("/shop/%64ev/7", "a/dev /7"),
        ("/shop//dev/7", "a/dev /7"),
        ("/shop/$default/7", FORBIDDEN),
        ("/shop/none/7", FORBIDDEN),
        ("/shop/", FORBIDDEN),
        ("/shop", FORBIDDEN),
        ("/shop/../dev/7", FORBIDDEN),
        ("/shop/dev/../prod", BAD_REQUEST),
    ],
)
def test_a_mapping_without_a_stage_takes_the_next_segment(target: str, answered: str) -> None:
    assert Gateway(record(mapping("shop", "a", ""))).ask(target) == answered


def test_an_empty_mapping_without_a_stage_takes_the_first_segment() -> None:
    served = Gateway(record(mapping("", "a", "")))

    assert served.ask("/dev/7") == "a/dev /7"
    assert served.ask("/") == FORBIDDEN


def test_the_path_stays_as_it_was_sent() -> None:
    served = Gateway(record(mapping("orders", "b")))
    asked = exchange("GET /%6frders//7?x=1", host=NAME)
    served.table.dispatch(asked)

    assert (asked.path, asked.target, asked.route_path) == (b"/%6frders//7", b"/%6frders//7?x=1", b"//7")
    assert asked.domain is not None
    assert (asked.domain.base_path, asked.domain.rule_id, asked.domain.problem) == ("orders", None, "")


# --- stages come and go


def test_a_stage_answers_as_soon_as_it_is_deployed_and_no_longer_than_it_is_there() -> None:
    served = Gateway(record(mapping("new", "n", "v1"), mapping("", "a")))
    assert served.ask("/new/7") == FORBIDDEN

    served.table.put(stage("n", "v1", "GET /{id}"))
    assert served.ask("/new/7") == "n/v1 /7"
    served.table.put(stage("n", "v1", "GET /x"))
    assert served.ask("/new/7").startswith("404")
    served.table.remove("n", "v1")
    assert served.ask("/new/x") == FORBIDDEN

    served.table.put(stage("n", "v1", "GET /x"))
    served.table.remove_api("n")
    assert served.ask("/new/x") == FORBIDDEN
    assert served.ask("/other") == "a/prod /other"


def test_a_disabled_endpoint_is_open_on_domain_names_alone() -> None:
    served = Gateway(record(mapping("", "closed", "$default")))
    served.table.put(stage("closed", "$default", "GET /a", disabled=True))

    assert served.ask("/a") == "closed/$default /a"
    assert served.ask("/a", "closed.execute-api.us-east-1.gateway.test").startswith("404")
    assert served.ask("/_api/closed/$default/a", "localhost").startswith("404")


def test_a_canary_answers_its_share() -> None:
    canary = stage("a", "prod", "GET /{id}")
    served = Gateway(record(mapping("", "k", "prod")))
    served.table.put(msgspec.structs.replace(stage("k", "prod", "GET /{id}"), canary=canary, canary_share=1.0))

    assert served.ask("/7") == "a/prod /7"


# --- changes


def test_changes_are_served_at_once() -> None:
    served = Gateway(record(mapping("", "a")))
    assert served.ask("/x") == "a/prod /x"
    served.apply(record(mapping("", "b")))
    assert served.ask("/x") == "b/prod /x"
    served.apply(gone=[NAME])
    assert served.ask("/x") == "a/$default /x"  # a bare host, as any other
    served.apply(gone=[NAME])
    served.domains.apply(None)
    served.apply(record(mapping("", "c")))
    assert served.ask("/x") == "c/prod /x"


def test_a_whole_set_leaves_nothing_of_the_one_before() -> None:
    served = Gateway(record(mapping("", "b")), record(mapping("", "b"), name="old.test"))
    served.apply(record(mapping("", "c")), is_whole=True)

    assert served.ask("/x") == "c/prod /x"
    assert served.ask("/x", "old.test") == "a/$default /x"


# --- routing modes

RULED = [rule(1, "b", x_version="2"), rule(2, "c", base_path="pets", strips=True)]


@pytest.mark.parametrize(
    ("mode", "target", "version", "answered"),
    [
        (RULES_ONLY, "/x", "2", "b/prod /x"),
        (RULES_ONLY, "/pets/7", "1", "c/prod /7"),
        (RULES_ONLY, "/x", "1", FORBIDDEN),
        (RULES_THEN_MAPPINGS, "/x", "2", "b/prod /x"),
        (RULES_THEN_MAPPINGS, "/x", "1", "a/prod /x"),
        (RULES_THEN_MAPPINGS, "/orders/7", "1", "b/prod /7"),
        (RULES_THEN_MAPPINGS, "/orders/7", "2", "b/prod /orders/7"),
        ("API_MAPPING_ONLY", "/x", "2", "a/prod /x"),
        ("NEW_MODE", "/x", "2", FORBIDDEN),
    ],
)
def test_the_mode_says_what_is_looked_at(mode: str, target: str, version: str, answered: str) -> None:
    served = Gateway(record(mapping("", "a"), mapping("orders", "b"), mode=mode, rules=RULED))
    asked = exchange(f"GET {target}", {"X-Version": version}, host=NAME)
    served.table.dispatch(asked)
    response = answer(asked)

    if response.status == 200:
        assert f"{asked.stage.api_id}/{asked.stage.name} {asked.route_path.decode()}" == answered
    else:
        assert f"{response.status} {response.body.decode()}" == answered


def test_a_rule_whose_stage_is_gone_is_forbidden_whatever_the_mappings_say() -> None:
    served = Gateway(record(mapping("", "a"), mode=RULES_THEN_MAPPINGS, rules=[rule(1, "nobody")]))

    assert served.ask("/x") == FORBIDDEN


def test_a_rule_is_named_with_its_base_path() -> None:
    asked = exchange("GET /pets/7", host=NAME)
    Gateway(record(mode=RULES_ONLY, rules=RULED)).table.dispatch(asked)

    assert asked.domain is not None
    assert (asked.domain.base_path, asked.domain.rule_id) == ("pets", "r2")


# --- strict access


def ask_after_handshake(server_name: str, host: str) -> int:
    asked = exchange("GET /orders/7", host=host)
    asked.client = Client("192.0.2.1", 50000, 443, sni=server_name)
    Gateway(
        record(mapping("", "a"), is_strict=True), record(mapping("", "a"), name="*.wild.test", is_strict=True)
    ).table.dispatch(asked)
    return answer(asked).status


@pytest.mark.parametrize(
    ("server_name", "host", "status"),
    [
        (NAME, NAME, 200),
        (NAME, f"{NAME.upper()}.:8443", 200),
        (f"{NAME}.", NAME, 200),
        ("one.wild.test", "one.wild.test", 200),
        ("one.wild.test", "two.wild.test", 403),
        ("one.wild.test", NAME, 403),
        ("", NAME, 403),
    ],
)
def test_strict_access_takes_the_host_of_the_handshake_alone(server_name: str, host: str, status: int) -> None:
    assert ask_after_handshake(server_name, host) == status


# --- mutual TLS

SHOWN = ClientCertificate("pem", "CN=ana", "CN=root", "1", "", "")


class Gate:
    """Lets in who shows `ana`."""

    made: int = 0

    def __init__(self, pem: str, now: object) -> None:
        if pem == "broken":
            raise ValueError("no certificates")
        Gate.made += 1
        self.pem = pem

    def prepare(self) -> Iterator[None]:
        yield from (None, None)

    def check(self, client: Client) -> str:
        if client.certificate == b"bug":
            raise RuntimeError("what nobody thought of")
        client.shown = SHOWN
        return "" if client.certificate == b"ana" else f"no issuer in {self.pem}"


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> type[Gate]:
    monkeypatch.setattr(Gate, "made", 0)
    return Gate


def tell_refusal(asked: Exchange) -> None:
    assert asked.domain is not None
    asked.response = Response(403, [], f"{asked.stage.name} {asked.route_path!r} {asked.domain.problem}".encode())


UNTRUSTED = RoutePlan("", (tell_refusal,), (), (), answer_failure)


def call(served: Gateway, certificate: bytes, host: str = NAME) -> Exchange:
    asked = exchange("GET /orders/7", host=host)
    asked.client = Client("192.0.2.1", 50000, 443, certificate=certificate)
    served.table.dispatch(asked)
    return asked


def text(asked: Exchange) -> str:
    response = answer(asked)
    return f"{response.status} {response.body.decode()}"


def test_who_is_not_trusted_is_refused_by_the_stage(gates: type[Gate]) -> None:
    served = Gateway(record(mapping("orders", "m"), truststore="roots"), make_gate=gates)
    served.table.put(msgspec.structs.replace(stage("m", "prod", "GET /{id}"), untrusted=UNTRUSTED))

    assert text(call(served, b"ana")).startswith("200 m/prod")
    assert text(call(served, b"eve")) == "403 prod b'/7' no issuer in roots"
    assert text(call(served, b"")) == "403 prod b'/7' no issuer in roots"
    assert text(call(served, b"bug")) == f"403 prod b'/7' {UNCHECKED}"


def test_a_stage_that_has_nothing_to_say_forbids(gates: type[Gate]) -> None:
    served = Gateway(record(mapping("", "a"), truststore="roots"), make_gate=gates)

    assert text(call(served, b"eve")) == FORBIDDEN


@pytest.mark.parametrize("host", [NAME, "API.Shop.TEST", "api.shop.test.", "api.shop.test:1", "api.shop.test.:8443"])
def test_no_spelling_of_the_host_leads_around_the_truststore(gates: type[Gate], host: str) -> None:
    served = Gateway(
        record(mapping("", "a"), truststore="roots"), record(mapping("", "a"), name="*.shop.test"), make_gate=gates
    )

    assert text(call(served, b"eve", host)) == FORBIDDEN


def test_a_truststore_that_cannot_be_read_lets_nobody_in(gates: type[Gate]) -> None:
    served = Gateway(record(mapping("", "m"), truststore="broken"), make_gate=gates)
    served.table.put(msgspec.structs.replace(stage("m", "prod", "GET /{a}/{b}"), untrusted=UNTRUSTED))

    assert text(call(served, b"ana")).endswith(UNREADABLE)


def test_a_record_that_cannot_be_served_forbids_all_and_keeps_no_other_back() -> None:
    served = Gateway(record(mapping("", "a")))
    damaged = record(mapping("", "a"), mode=RULES_THEN_MAPPINGS, rules=[rule(1, "a", base_path=7)])  # type: ignore[arg-type]
    served.apply(damaged, record(mapping("", "a"), name="open.test"))

    assert text(call(served, b"ana")) == FORBIDDEN
    assert text(call(served, b"ana", "open.test")).startswith("200")


def test_the_old_truststore_counts_until_the_new_one_is_read(gates: type[Gate]) -> None:
    served = Gateway(record(mapping("", "a"), truststore="roots"), make_gate=gates)
    told: list[str] = []
    served.table.put(msgspec.structs.replace(stage("a", "prod", *ROUTES), untrusted=UNTRUSTED))

    for _ in served.domains.change(DomainChanges(False, [record(mapping("", "b"), truststore="others")], [])):
        told += [text(call(served, b"eve")), text(call(served, b"ana"))[:10]]
    assert told == ["403 prod b'/orders/7' no issuer in roots", "200 a/prod"] * 2
    assert text(call(served, b"ana")).startswith("200 b/prod")
    assert text(call(served, b"eve")) == FORBIDDEN


def test_a_gate_stays_while_its_truststore_does(gates: type[Gate]) -> None:
    served = Gateway(record(mapping("", "a"), truststore="roots"), make_gate=gates)
    served.apply(record(mapping("", "b"), truststore="roots"))
    assert gates.made == 1

    served.apply(record(mapping("", "b"), truststore="others"))
    assert gates.made == 2
    served.apply(record(mapping("", "b")))
    assert text(call(served, b"")).startswith("200")
    served.apply(record(mapping("", "b"), truststore="others"))
    assert gates.made == 3
    assert text(call(served, b"")) == FORBIDDEN


def test_a_certificate_says_who_calls_where_the_domain_name_asks_for_it(gates: type[Gate]) -> None:
    served = Gateway(
        record(mapping("", "a"), truststore="roots"), record(mapping("", "a"), name="open.test"), make_gate=gates
    )
    trusted = call(served, b"ana")
    other = exchange("GET /orders/7", host="open.test")
    other.client = trusted.client
    served.table.dispatch(other)

    assert trusted.domain is not None
    assert trusted.domain.certificate == SHOWN
    assert other.domain is not None
    assert other.domain.certificate is None


@given(st.binary(max_size=40).map(lambda path: b"/" + path))
def test_whatever_is_asked_of_a_domain_name_is_answered(path: bytes) -> None:
    served = Gateway(record(mapping("", "a"), mapping("%", "b"), mapping("s", "a", "")))
    asked = exchange(host=NAME)
    asked.path = path
    served.table.dispatch(asked)

    assert answer(asked).status in (200, 400, 403, 404)
