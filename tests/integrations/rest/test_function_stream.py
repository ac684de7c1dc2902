"""Streamed responses of functions: a prelude, eight NULs, a body as it comes; and whatever may break in between."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.integrations.functions.stream import LONGEST_PRELUDE
from tests.integrations.rest.invoking import STREAM_URI, Invoked, invoke
from tests.support.invoke_peer import REQUEST_ID, Result, event, returned, streamed

NULS = b"\0" * 8
PRELUDE = b'{"statusCode": 201, "headers": {"Content-Type": "text/plain"}, "cookies": ["a=1", "b=2"]}'
END = event("InvokeComplete", b"{}")


def stream(answer: Result) -> Invoked:
    return invoke(answer, uri=STREAM_URI, responseTransferMode="STREAM", traced=True)


def test_status_headers_and_cookies_come_first_then_the_body() -> None:
    invoked = stream(streamed(PRELUDE + NULS + b"one ", b"two ", b"three"))

    assert invoked.response.status == 201
    assert invoked.received("Content-Type") == ["text/plain"]
    assert invoked.received("Set-Cookie") == ["a=1", "b=2"]
    assert invoked.body == ("whole", b"one two three")
    assert invoked.peer.requests[0].target.startswith("/2021-11-15/functions/")
    assert invoked.exchange.endpoint_request_id.decode() == REQUEST_ID
    assert invoked.exchange.function_status == 201
    assert invoked.exchange.time_to_all_headers is not None
    assert invoked.exchange.time_to_first_content is not None


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_it_does_not_matter_where_a_response_is_cut(data: st.DataObject) -> None:
    whole, payloads = PRELUDE + NULS + b"\0body" + NULS + b"more", []
    while whole:
        size = data.draw(st.integers(1, len(whole)))
        payloads.append(whole[:size])
        whole = whole[size:]
    wire = b"".join(streamed(*payloads).pieces)
    cut = data.draw(st.integers(1, len(wire) - 1))
    invoked = stream(Result(pieces=(wire[:cut], wire[cut:])))

    assert invoked.response.status == 201
    assert invoked.body == ("whole", b"\0body" + NULS + b"more")


def test_an_empty_prelude_is_all_defaults() -> None:
    invoked = stream(streamed(b"{}" + NULS))

    assert (invoked.response.status, invoked.body) == (200, ("whole", b""))
    assert invoked.received("Content-Type") == ["application/json"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (streamed(b'{"statusCode": 200}'), "no delimiter"),
        (streamed(b"x" * (LONGEST_PRELUDE + 8)), f"no delimiter within the first {LONGEST_PRELUDE} bytes"),
        (streamed(b" " * LONGEST_PRELUDE + b"{}" + NULS), f"no delimiter within the first {LONGEST_PRELUDE} bytes"),
        (streamed(b'{"statusCode": "x"}' + NULS), "the prelude of a streamed response: the statusCode 'x'"),
        (streamed(b"<html>" + NULS), "the prelude of a streamed response: not JSON"),
        (streamed(b'{"body": "hi"}' + NULS), "the prelude of a streamed response: the unknown key 'body'"),
        (streamed(b"{}", ends=False), "ended an event stream before it was complete"),
        (Result(pieces=(b"no events at all",)), "answered no event stream"),
        (returned({"statusCode": 200}), "answered no event stream"),
        (Result(pieces=(event("InvokeComplete", b"<html>"),)), "answered no event stream"),
    ],
)
def test_what_is_no_stream_is_answered_500(answer: Result, reason: str) -> None:
    invoked = stream(answer)

    assert invoked.response.status == 500
    assert reason in invoked.reason


def test_a_function_that_fails_before_its_body_is_answered_502() -> None:
    invoked = stream(streamed(b"{}", error="Unhandled", details="no such pet"))

    assert invoked.response.status == 502
    assert "customer function error: Unhandled: no such pet" in invoked.reason


def test_an_exception_in_the_stream_is_answered_502() -> None:
    invoked = stream(Result(pieces=(event("ServiceException", b"broken", "exception"), END)))

    assert invoked.response.status == 502


@pytest.mark.parametrize(
    "answer",
    [
        streamed(b"{}" + NULS + b"half", error="Unhandled", details="no"),
        streamed(b"{}" + NULS + b"half", ends=False),
        Result(pieces=(event("PayloadChunk", b"{}" + NULS + b"half"), b"x" * 40)),
        Result(pieces=(event("PayloadChunk", b"{}" + NULS + b"half"), event("PayloadChunk", b"x")[:-1])),
        Result(pieces=(event("PayloadChunk", b"{}" + NULS + b"half"),), hangs_up=True),
    ],
    ids=["error", "no end", "garbage", "cut", "gone"],
)
def test_what_breaks_behind_the_head_breaks_the_body(answer: Result) -> None:
    invoked = stream(answer)

    assert invoked.response.status == 200
    assert invoked.body == ("broken", b"half")
    assert invoked.exchange.integration_error
