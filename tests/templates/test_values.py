"""How values print, compare and count."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.templates.errors import Trouble
from limen.templates.values import (
    NOTHING,
    ArrayList,
    LazyMap,
    OnceMap,
    decode_json,
    divide,
    equal,
    float_text,
    is_true,
    json_text,
    modulo,
    parse_json,
    text_of,
)

PRINTED = [
    ("a", "a"),
    (1, "1"),
    (True, "true"),
    (1.0, "1.0"),
    (None, None),
    (NOTHING, ""),
    (LazyMap({}.get), None),
    ({}, "{}"),
    ({"foo": "bar"}, "{foo=bar}"),
    ({"bigger": "dict", "to": "test", "with": None}, "{bigger=dict, to=test, with=null}"),
    ({"foo": [{"nested": "bar"}]}, '{foo=[{"nested":"bar"}]}'),
    ([{"foo": "bar"}], '[{"foo":"bar"}]'),
    (["a", 1, None, 1.5, {"b": []}], '["a",1,null,1.5,{"b":[]}]'),
    (ArrayList(["a", 1, None, {"b": "c"}]), "[a, 1, null, {b=c}]"),
    (ArrayList([["a"]]), '[["a"]]'),
    ([10**30], "[1000000000000000000000000000000]"),
    ([{1: 2, "x": NOTHING}], '[{"1":2,"x":""}]'),
]


@pytest.mark.parametrize(("value", "text"), PRINTED)
def test_values_print_as_in_api_gateway(value: object, text: str | None) -> None:
    assert text_of(value) == text


FLOATS = [
    (0.0, "0.0"),
    (-0.0, "-0.0"),
    (1.0, "1.0"),
    (0.1, "0.1"),
    (0.001, "0.001"),
    (0.0001, "1.0E-4"),
    (0.00012345, "1.2345E-4"),
    (9999999.5, "9999999.5"),
    (1e7, "1.0E7"),
    (-12345678.0, "-1.2345678E7"),
    (1.5e300, "1.5E300"),
    (5e-324, "5.0E-324"),
    (float("nan"), "NaN"),
    (float("-inf"), "-Infinity"),
]


@pytest.mark.parametrize(("value", "text"), FLOATS)
def test_fractions_print_as_in_java(value: float, text: str) -> None:
    assert float_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_fraction_reads_as_itself(value: float) -> None:
    text = float_text(value)
    mantissa = text.lstrip("-").partition("E")[0]
    assert float(text) == value
    assert "." in text
    assert "E" not in text or 1 <= float(mantissa) < 10


@given(st.integers(-(10**6), 10**6), st.integers(-1000, 1000))
def test_division_is_toward_zero(left: int, right: int) -> None:
    quotient, remainder = divide(left, right), modulo(left, right)
    if right == 0:
        assert (quotient, remainder) == (None, None)
    else:
        assert quotient == int(left / right)
        assert quotient * right + remainder == left


def test_nothing_is_null_as_well_as_empty() -> None:
    assert equal(NOTHING, None)
    assert equal("", NOTHING)
    assert equal(NOTHING, NOTHING)
    assert not equal(NOTHING, "a")
    assert not is_true(NOTHING)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_json_is_compact_and_reads_as_the_value(value: object) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert equal(value, value)


def test_what_contains_itself_has_no_json() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(Trouble, match="contains itself"):
        json_text(value)


def test_json_that_is_none_is_said() -> None:
    with pytest.raises(Trouble, match="the body is not JSON: unexpected character"):
        parse_json("{a}", "the body")


def test_an_override_can_be_set_once() -> None:
    headers = OnceMap()
    headers["X"] = "1"
    headers["Y"] = "2"
    with pytest.raises(Trouble, match="X was overridden before, and overrides are final"):
        headers["X"] = "1"


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1, 12345678901234567890123, 10**400])
def test_integers_of_any_size_are_read_and_written_as_they_are(number: int) -> None:
    assert decode_json(f'{{"a":{number}}}') == {"a": number}
    assert json_text({"a": number}) == f'{{"a":{number}}}'


@pytest.mark.parametrize("text", ["", "nan", '"\ud800"', "[" * 5000, b"\xff", b'"\xff"', "1e400", "9" * 5000])
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"line 1 column"):
        decode_json(text)
