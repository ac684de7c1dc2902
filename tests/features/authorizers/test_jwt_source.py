"""Where a token is read from, and what its prefix is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.features.authorizers.jwt_source import bare_token, compile_source
from limen.gateway.errors import PlanError
from tests.support.exchanges import exchange


@pytest.mark.parametrize("source", ["$request.header.X-Token", "method.request.header.X-Token"])
def test_a_header_is_found_in_any_case(source: str) -> None:
    name, read = compile_source(source)
    assert name == "X-Token"
    assert read(exchange("GET /", {"x-TOKEN": "abc"})) == b"abc"
    assert read(exchange("GET /", {"X-Token": ""})) is None
    assert read(exchange("GET /")) is None


@pytest.mark.parametrize("source", ["", "$request.header.", "$request.querystring.", "$context.path", "Authorization"])
def test_other_sources_are_refused(source: str) -> None:
    with pytest.raises(PlanError):
        compile_source(source)


@given(st.binary(max_size=12))
def test_only_the_ascii_prefix_is_taken_off(value: bytes) -> None:
    bare = bare_token(value)
    has_prefix = value[:6] in {b"Bearer", b"bearer", b"BEARER"} or value[:6].lower() == b"bearer"
    assert bare == (value[7:].strip(b" ") if has_prefix and value[6:7] == b" " else value)
