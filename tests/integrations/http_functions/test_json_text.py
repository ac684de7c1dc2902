"""Bytes of clients as JSON."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.integrations.http_functions.json_text import dump, dump_as_sent, dump_decoded, parse_query, to_text


@given(st.binary(max_size=30))
def test_any_bytes_become_json(raw: bytes) -> None:
    assert orjson.loads(dump_as_sent(raw)) == to_text(raw)
    assert isinstance(orjson.loads(dump_decoded(raw)), str)
    assert all(isinstance(text, str) for pair in parse_query(raw) for text in pair)


@pytest.mark.parametrize(("raw", "text"), [(b"abc", "abc"), (b"\xc3\xbc", "ü"), (b"\xff", "ÿ")])
def test_bytes_are_utf8_or_latin1(raw: bytes, text: str) -> None:
    assert to_text(raw) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [("\udcff", "ÿ"), (["a", "\udcc3\udcbc"], ["a", "ü"]), ({"\udcff": ["\udcff"]}, {"ÿ": ["ÿ"]})],
)
def test_surrogates_become_what_they_stand_for(value: object, expected: object) -> None:
    assert orjson.loads(dump(value)) == expected
