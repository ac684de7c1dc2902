"""JSON that two readers cannot take for different things."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.jose.strict_json import read_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_objects_are_read_as_the_standard_library_reads_them(value: dict[str, object]) -> None:
    assert read_object(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":[{"b":1,"\\u0062":2}]}',
        b'{"exp":NaN}',
        b'{"exp":Infinity}',
        b'{"exp":1e999}',
        b'{"exp":' + b"1" * 5000 + b"}",
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b'{"a":1}{"a":2}',
        b'{"a":1,}',
        b"{'a':1}",
        b"[]",
        b"1",
        b"",
        b'{"a":' + b"[" * 900 + b"]" * 900 + b"}" + b"x",
        b'{"a":' + b"[" * 9000 + b"]" * 9000 + b"}",
    ],
)
def test_what_two_readers_could_take_differently_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        read_object(text)
