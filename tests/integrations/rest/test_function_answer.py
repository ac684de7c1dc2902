"""What functions return, as responses: the documented cases, and whatever else they may think of."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.integrations.rest.function_answer import MalformedAnswerError, parse_answer, parse_prelude
from tests.integrations.rest.invoking import invoke, read_cases
from tests.support.invoke_peer import Result

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)
HEADERS = st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True), st.text(max_size=20))


@pytest.mark.parametrize("case", read_cases("rest_output"), ids=lambda case: case["name"])
def test_the_output_of_a_function(case: dict[str, Any]) -> None:
    payload = case["payload"] if "payload" in case else json.dumps(case["returns"])
    invoked = invoke(
        Result(payload.encode(), error=case.get("error", "")),
        headers=[("Accept", case["accept"])] if "accept" in case else None,
        scope={"binary_media_types": tuple(case.get("binary", ()))},
    )

    assert invoked.response.status == case["status"], invoked.exchange.failure
    for name, values in case.get("headers", {}).items():
        assert invoked.received(name) == values, name
    for lower, written in case.get("written", {}).items():
        assert {name.decode() for own, name, _ in invoked.response.headers if own == lower.encode()} == {written}
    if case["status"] in (500, 502):
        assert invoked.response.body == b'{"message": "Internal server error"}'
        assert invoked.received("x-amzn-ErrorType") == ["InternalServerErrorException"]
    elif "body" in case:
        assert invoked.response.body.decode() == case["body"]


@given(
    st.dictionaries(st.sampled_from(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]), JSON)
)
def test_nothing_else_comes_of_any_output(document: dict[str, Any]) -> None:
    try:
        answer = parse_answer(json.dumps(document).encode())
    except MalformedAnswerError:
        return
    assert 200 <= answer.status <= 599
    for lower, name, value in answer.headers:
        assert name.lower() == lower
        assert not set(b"\r\n\0") & {*name, *value}


@given(st.binary())
def test_no_bytes_are_more_than_malformed(payload: bytes) -> None:
    for parse in (parse_answer, parse_prelude):
        try:
            parse(payload)
        except MalformedAnswerError:
            continue


@given(HEADERS)
def test_headers_come_out_as_they_went_in(headers: dict[str, str]) -> None:
    printable = {name: value for name, value in headers.items() if value.isprintable()}
    answer = parse_answer(json.dumps({"headers": printable}).encode())

    assert {name.decode(): value.decode() for _, name, value in answer.headers} == {
        name: value.encode().strip().decode() for name, value in printable.items()
    }


def test_a_prelude_has_cookies_and_no_body() -> None:
    prelude = parse_prelude(b'{"statusCode": 201, "headers": {"X-A": "b"}, "cookies": ["a=1", "b=2"]}')

    assert prelude.status == 201
    assert [value for lower, _, value in prelude.headers if lower == b"set-cookie"] == [b"a=1", b"b=2"]
    for wrong in (b'{"body": "x"}', b'{"cookies": "a=1"}', b'{"cookies": [{}]}'):
        with pytest.raises(MalformedAnswerError):
            parse_prelude(wrong)
