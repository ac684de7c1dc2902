"""Values of parameters: what text of a document and of a request comes to."""

from typing import Any

import pytest

from limen.gateway.errors import GatewayError
from limen.integrations.sources import Reading
from limen.integrations.subtypes.actions import Kind
from limen.integrations.subtypes.values import compile_parameter, find_value_problem
from tests.integrations.proxying import routed
from tests.support.exchanges import exchange


def value_of(text: str, kind: Kind, body: bytes = b"", headers: dict[str, str] | None = None) -> Any:
    asked = routed(exchange("POST /", headers, body))
    return compile_parameter("P", text, kind, {"color": "red"})(Reading(asked, asked.headers, asked.body))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1583348638", 1583348638),
        ("1583348638390", 1583348638.39),
        ("1583348638.5", 1583348638.5),
        ("2020-03-04T19:03:58Z", 1583348638),
        ("2020-03-04T20:03:58+01:00", 1583348638),
        ("2020-03-04T19:03:58", 1583348638),
    ],
)
def test_times(text: str, seconds: float) -> None:
    assert value_of(text, Kind.TIME) == seconds


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b'["a", "b,c"]', ["a", "b,c"]),
        (b"a, b ,,c", ["a", "b", "c"]),
        (b"All", ["All"]),
        (b" [1]", ["1"]),
    ],
)
def test_lists(body: bytes, items: list[str]) -> None:
    assert value_of("$request.body", Kind.LIST, body) == items


MAP = '{"c": {"DataType": "String", "StringValue": "%s"}}'


@pytest.mark.parametrize("source", ["$request.header.x-a", "${request.header.x-a}"])
def test_a_written_map_is_filled_leaf_by_leaf(source: str) -> None:
    hostile = 'x", "StringListValues": "y'

    assert value_of(MAP % source, Kind.MAP, headers={"X-A": hostile}) == {
        "c": {"DataType": "String", "StringValue": hostile}
    }


def test_a_missing_leaf_is_left_out() -> None:
    assert value_of(MAP % "$request.header.x-a", Kind.MAP) == {"c": {"DataType": "String"}}


def test_a_map_may_come_from_the_request() -> None:
    assert value_of("$request.body.m", Kind.MAP, b'{"m": {"a": {"DataType": "Number"}}}') == {
        "a": {"DataType": "Number"}
    }


@pytest.mark.parametrize(
    ("kind", "body"),
    [(Kind.MAP, b"x"), (Kind.MAP, b'{"a": 1}'), (Kind.MAP, b"[]"), (Kind.LIST, b"[1"), (Kind.TIME, b"tomorrow")],
)
def test_what_is_no_such_value_is_the_clients_mistake(kind: Kind, body: bytes) -> None:
    with pytest.raises(GatewayError, match="P: ") as refused:
        value_of("$request.body", kind, body)

    assert refused.value.failure.status == 400


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("$request.nothing.x", Kind.TEXT),
        ("${request.body", Kind.TEXT),
        ("a\n", Kind.TEXT),
        ("[1]", Kind.MAP),
        ('{"a": {"b": "${request.cookie.c}"}}', Kind.MAP),
    ],
)
def test_problems_are_found_without_a_request(text: str, kind: Kind) -> None:
    assert find_value_problem(text, kind)
    with pytest.raises(ValueError, match=r"\S"):
        compile_parameter("P", text, kind, {})


def test_stage_variables_and_text_go_together() -> None:
    assert value_of("a-${stageVariables.color}-b", Kind.TEXT) == "a-red-b"
    assert value_of("$stageVariables.nothing", Kind.TEXT) is None
