"""What functions return, as responses: the guide's table first, then everything else that handlers do."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.exchange import Response
from limen.integrations.http_functions.answers import MalformedError, read_v1, read_v2

JSON = [("Content-Type", "application/json")]
TEXT = [("Content-Type", "text/plain; charset=utf-8")]


def shown(response: Response) -> tuple[int, list[tuple[str, str]], bytes]:
    return response.status, [(name.decode(), value.decode()) for _, name, value in response.headers], response.body


@pytest.mark.parametrize(
    ("payload", "body"),
    [
        (b'"Hello from Lambda!"', b"Hello from Lambda!"),
        (b'{ "message": "Hello from Lambda!" }', b'{ "message": "Hello from Lambda!" }'),
        (b"[1, 2]", b"[1, 2]"),
        (b"12.0", b"12.0"),
        (b"null", b"null"),
        (b"true", b"true"),
        (b"{}", b"{}"),
        (b'{"headers": {"a": "b"}, "body": "x"}', b'{"headers": {"a": "b"}, "body": "x"}'),
        ('"\u00fc"'.encode(), "\u00fc".encode()),
    ],
)
def test_version_2_makes_a_response_of_any_json(payload: bytes, body: bytes) -> None:
    assert shown(read_v2(payload)) == (200, JSON, body)


RETURNED: list[tuple[dict[str, Any], tuple[int, list[tuple[str, str]], bytes]]] = [
    ({"statusCode": 201}, (201, TEXT, b"")),
    ({"statusCode": "404", "body": None}, (404, TEXT, b"")),
    ({"statusCode": 200, "body": "hi", "headers": {"content-type": "a/b"}}, (200, [("content-type", "a/b")], b"hi")),
    (
        {"statusCode": 200, "headers": {"X-N": 1, "X-B": True, "X-F": 0.5, "X-Null": None}},
        (200, [("X-N", "1"), ("X-B", "true"), ("X-F", "0.5"), *TEXT], b""),
    ),
    ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, (200, TEXT, b"hi")),
    ({"statusCode": 200, "body": "aG\nk=\n", "isBase64Encoded": True}, (200, TEXT, b"hi")),
    ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": False}, (200, TEXT, b"aGk=")),
    ({"statusCode": 200, "headers": None, "unknown": 1}, (200, TEXT, b"")),
]


@pytest.mark.parametrize(("document", "expected"), RETURNED)
@pytest.mark.parametrize("read", [read_v1, read_v2])
def test_a_status_makes_a_response_in_both_versions(read: Any, document: Any, expected: Any) -> None:
    assert shown(read(orjson.dumps(document))) == expected


def test_each_cookie_is_a_header_of_its_own() -> None:
    response = read_v2(b'{"statusCode": 200, "cookies": ["a=1; Secure", "b=2"], "headers": {"content-type": "x/y"}}')

    assert shown(response)[1] == [("content-type", "x/y"), ("Set-Cookie", "a=1; Secure"), ("Set-Cookie", "b=2")]


def test_version_2_knows_no_multiple_headers_and_version_1_no_cookies() -> None:
    payload = b'{"statusCode": 200, "multiValueHeaders": {"A": ["1", "2"]}, "cookies": ["c"]}'

    assert shown(read_v2(payload))[1] == [("Set-Cookie", "c"), *TEXT]
    assert shown(read_v1(payload))[1] == [("A", "1"), ("A", "2"), *TEXT]


def test_multiple_headers_come_first_and_repeat_nothing() -> None:
    payload = b'{"statusCode": 200, "multiValueHeaders": {"A": ["1", "2"]}, "headers": {"a": "2", "B": "3", "A": "4"}}'

    assert shown(read_v1(payload))[1] == [("A", "1"), ("A", "2"), ("B", "3"), ("A", "4"), *TEXT]


NO_ANSWER = [
    b'{"statusCode": null}',
    b'{"statusCode": "abc"}',
    b'{"statusCode": true}',
    b'{"statusCode": 99}',
    b'{"statusCode": 101}',
    b'{"statusCode": 600}',
    b'{"statusCode": 200.5}',
    b'{"statusCode": 200, "body": {"a": 1}}',
    b'{"statusCode": 200, "body": "###", "isBase64Encoded": true}',
    b'{"statusCode": 200, "headers": ["a"]}',
    b'{"statusCode": 200, "headers": {"a": ["b"]}}',
    b'{"statusCode": 200, "headers": {"a b": "c"}}',
    b'{"statusCode": 200, "headers": {"": "c"}}',
    b'{"statusCode": 200, "headers": {"a": "b\\r\\nc: d"}}',
]


@pytest.mark.parametrize("read", [read_v1, read_v2])
@pytest.mark.parametrize("payload", NO_ANSWER)
def test_what_is_no_response_is_malformed(read: Any, payload: bytes) -> None:
    with pytest.raises(MalformedError):
        read(payload)


@pytest.mark.parametrize("payload", [b"", b"<p>not JSON</p>", b'{"statusCode": 200, ', b"\xff"])
def test_version_2_passes_on_what_is_no_json(payload: bytes) -> None:
    assert shown(read_v2(payload)) == (200, JSON, payload)


@pytest.mark.parametrize("payload", [b"", b"not JSON", b'"text"', b"[]", b"null", b"{}", b'{"body": "x"}'])
def test_version_1_needs_a_status(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        read_v1(payload)


@pytest.mark.parametrize("member", [b'"multiValueHeaders": {"A": "1"}', b'"multiValueHeaders": []'])
def test_multiple_headers_are_lists(member: bytes) -> None:
    payload = b'{"statusCode": 200, %b}' % member

    if member.endswith(b"[]"):
        assert read_v1(payload).status == 200
    else:
        with pytest.raises(MalformedError):
            read_v1(payload)


def test_cookies_are_a_list() -> None:
    with pytest.raises(MalformedError):
        read_v2(b'{"statusCode": 200, "cookies": "a"}')


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 700) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = ("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "cookies")


@given(st.dictionaries(st.sampled_from(MEMBERS), JSONS) | JSONS)
def test_nothing_that_a_function_returns_is_a_bug(value: Any) -> None:
    payload = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    for read in (read_v1, read_v2):
        try:
            response = read(payload)
        except MalformedError:
            continue
        assert 200 <= response.status <= 599
        assert all(b"\n" not in value and b"\r" not in value for _, _, value in response.headers)
