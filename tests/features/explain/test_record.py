"""A request as it is explained."""

from typing import Any

import orjson

from limen.features.explain.entry import LARGEST_ENTRY
from limen.features.explain.record import compile_explanation
from limen.features.explain.watch import Watch
from limen.features.traces import begin_trace
from limen.gateway.domain_match import DomainMatch
from limen.gateway.exchange import Exchange, Response
from tests.features.traced import planned

ID = "89d139db-4eec-4bc3-94bb-50678599bcd9"


def explained(exchange: Exchange, **events: Any) -> dict[str, Any]:
    watch = Watch()
    watch.look(1)
    record = compile_explanation(watch)
    assert record is not None
    exchange.request_uuid = ID
    begin_trace(exchange)
    assert exchange.trace is not None
    for name, values in events.items():
        exchange.trace.note(name, **values)
    exchange.response = Response(200, [], b"ok")
    record(exchange)
    assert watch.ring is not None
    entry = watch.ring.find(ID)
    assert entry is not None
    assert len(entry) <= LARGEST_ENTRY
    found: dict[str, Any] = orjson.loads(entry)
    return found


def event(entry: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in entry["events"] if each["event"] == name]
    return {member: value for member, value in found.items() if member not in ("event", "ms")}


def test_a_request_with_its_events() -> None:
    exchange = planned("GET /pets?a=1", {"Accept": "*/*"})
    exchange.integration_status, exchange.integration_latency = 201, 0.0125

    entry = explained(exchange)

    assert entry["requestId"] == ID
    assert entry["extendedRequestId"] == exchange.request_id.decode()
    assert (entry["apiId"], entry["stage"], entry["method"], entry["path"]) == ("a1b2c3d4e5", "prod", "GET", "/pets")
    assert (entry["route"], entry["status"]) == ("ANY /{proxy+}", 200)
    assert entry["integration"] == {"status": 201, "latencyMs": 12.5, "error": None}
    assert [each["event"] for each in entry["events"]] == ["request", "routed", "response"]
    assert event(entry, "routed")["candidates"] == ["POST /pets", "ANY /{proxy+}"]


def test_how_a_request_came_on_a_custom_domain_name() -> None:
    exchange = planned("GET /shop/pets")
    assert explained(exchange)["domain"] is None

    exchange = planned("GET /shop/pets")
    exchange.host, exchange.domain = b"api.shop.test:8443", DomainMatch("shop", "r1")

    expected = {"host": "api.shop.test:8443", "basePath": "shop", "routingRuleId": "r1"}
    assert explained(exchange)["domain"] == expected


def test_secrets_are_masked() -> None:
    exchange = planned("GET /pets?api_key=abc", {"Authorization": "Bearer x", "Cookie": "a=b"})

    entry = explained(
        exchange,
        endpoint_request={
            "method": "GET",
            "uri": "https://me:pw@b/?token=t",
            "headers": {"x-api-key": "k"},
            "body": "",
        },
        mapped={
            "place": "request",
            "target": "integration.request.header.Authorization",
            "source": "x",
            "value": "abc",
        },
        template={"place": "request", "overrides": {"header": {"Authorization": "abc", "A": "1"}, "path": {}}},
    )

    assert event(entry, "request")["headers"] == {
        "Host": ["localhost:8443"],
        "Authorization": ["********"],
        "Cookie": ["***"],
    }
    assert event(entry, "request")["query"] == {"api_key": ["***"]}
    assert event(entry, "endpoint_request")["uri"] == "https://me:**@b/?token=*"
    assert event(entry, "endpoint_request")["headers"] == {"x-api-key": "*"}
    assert event(entry, "mapped")["value"] == "***"
    assert event(entry, "template")["overrides"] == {"header": {"Authorization": "***", "A": "1"}, "path": {}}


def test_long_bodies_are_cut() -> None:
    entry = explained(planned("POST /pets", body=b"a" * 70_000))

    body = event(entry, "request")["body"]
    assert body.startswith("aaa")
    assert body.endswith("a [4464 more characters]")


def test_many_long_texts_are_cut_further() -> None:
    many = {str(number): "x" * 60_000 for number in range(40)}

    assert event(explained(planned(), template={"input": many}), "template")["input"]["0"].endswith("more characters]")


def test_what_is_too_large_for_all_that_is_not_kept() -> None:
    many = {str(number): "x" * 600 for number in range(4000)}

    entry = explained(planned(), template={"input": many})

    assert entry["events"] == [{"event": "cut", "ms": 0.0, "message": "4 events are too large to keep"}]


def test_bytes_that_are_no_text_are_shown_nevertheless() -> None:
    entry = explained(planned("GET /pets?a=%ff", {"X": "ok"}), template={"input": b"\xff", "output": "\udcff"})

    assert event(entry, "request")["query"] == {"a": ["?"]}
    assert event(entry, "template") == {"input": "\ufffd", "output": "?"}


def test_nobody_who_looks_is_nothing_kept() -> None:
    watch = Watch()
    record = compile_explanation(watch)
    assert record is not None

    record(exchange := planned())

    assert exchange.trace is None
    assert compile_explanation(None) is None


def test_numbers_of_any_size_are_shown() -> None:
    entry = explained(planned("GET /pets"), template={"overrides": {"request": {"header": {"X": 2**70, "Y": 7}}}})

    assert event(entry, "template")["overrides"]["request"]["header"] == {"X": str(2**70), "Y": 7}


def test_what_holds_itself_many_times_is_not_shown() -> None:
    doubled: Any = "a"
    for _ in range(60):
        doubled = [doubled, doubled]

    entry = explained(planned(), template={"overrides": {"request": {"header": {"X": doubled}}}, "output": "b"})

    assert event(entry, "template") == {"overrides": "too large to be shown", "output": "b"}
