"""JSON by the C parts of `json` is what `json` reads and writes."""

import collections
import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.functions.bootstraps.python import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_values_are_written_as_json_writes_them(value: object) -> None:
    assert json_text.dumps(value) == json.dumps(value).encode()


@given(VALUES, st.sampled_from([b"", b" ", b"\r\n\t"]))
def test_values_are_read_as_json_reads_them(value: object, blank: bytes) -> None:
    assert json_text.loads(blank + json.dumps(value).encode() + blank) == value


@given(st.binary(max_size=12))
def test_what_is_no_json_fails_in_the_same_words(payload: bytes) -> None:
    try:
        expected = json.loads(payload)
    except ValueError as error:
        with pytest.raises(ValueError) as raised:
            json_text.loads(payload)
        assert str(raised.value) == str(error)
    else:
        found = json_text.loads(payload)
        assert found == expected or math.isnan(found)


def test_decimals_keep_their_digits() -> None:
    value = {"price": Decimal("1.10"), "text": 'a"b', "none": Decimal("NaN")}

    assert json_text.dumps(value) == b'{"price": 1.10, "text": "a\\"b", "none": NaN}'


def test_ordered_and_subclassed_values_are_written() -> None:
    assert json_text.dumps(collections.OrderedDict([(1, True), (None, (1, 2))])) == b'{"1": true, "null": [1, 2]}'


def test_a_lone_surrogate_is_escaped() -> None:
    assert json_text.dumps("\udc80") == b'"\\udc80"'


def test_what_has_no_json_is_named() -> None:
    with pytest.raises(TypeError, match="Object of type set is not JSON serializable"):
        json_text.dumps({"a": {1}})
