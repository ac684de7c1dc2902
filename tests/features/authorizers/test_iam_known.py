"""The short way for known signers: gone for what it is sure of, and for nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from limen.features.authorizers import iam_step
from limen.features.authorizers.iam_known import Moments, find_known
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.exchange import Exchange
from limen.wire import Headers, header
from tests.support.signing import SECRET, guarded, signed, tools_for, user


@pytest.fixture
def tools() -> AuthorizerTools:
    """Has let a request of each kind through."""
    made = tools_for(user())
    step = iam_step.compile_iam_of_method(guarded(), made)
    for asked in (signed(), signed("POST /prod/pets?b=1&a", {"X-A": "1"}, b"{}"), signed(expires=60)):
        step(asked)
    return made


def is_known(tools: AuthorizerTools, asked: Exchange) -> bool:
    return find_known(asked, tools.signers.heads("us-east-1"), True) is not None


def with_header(name: bytes, value: bytes) -> Callable[[], Exchange]:
    def make() -> Exchange:
        asked = signed()
        asked.headers = Headers([*asked.headers, header(name, value)])
        return asked

    return make


KNOWN: dict[str, Callable[[], Exchange]] = {
    "the same": signed,
    "another path and query": lambda: signed("GET /prod/a%20b?c=%7E&b&a=1&a=0"),
    "another body": lambda: signed("PUT /prod/pets", {"X-A": "a   b"}, b"12"),
    "a header that is not signed": with_header(b"X-B", b"1"),
}
NOT_KNOWN: dict[str, Callable[[], Exchange]] = {
    "another header that is signed": lambda: signed("GET /prod/pets", {"X-B": "1"}),
    "in the query": lambda: signed(expires=60),
    "asymmetric": lambda: signed(regions="*"),
    "another region": lambda: signed(region="eu-west-1"),
    "a token that is not signed": with_header(b"X-Amz-Security-Token", b"x"),
    "a hash that is not signed": with_header(b"X-Amz-Content-SHA256", b"x"),
    "an overridden method that is not signed": with_header(b"X-HTTP-Method-Override", b"PUT"),
    "two dates": with_header(b"X-Amz-Date", b"20260101T000000Z"),
    "two signatures": with_header(b"Authorization", b"x"),
    "a wrong body": lambda: _changed(body=b"x"),
    "a wrong host": lambda: _changed(host=b"other"),
    "a wrong method": lambda: _changed(sent_method=b"PUT"),
}


def _changed(**members: Any) -> Exchange:
    asked = signed()
    for name, value in members.items():
        setattr(asked, name, value)
    return asked


@pytest.mark.parametrize("name", KNOWN)
def test_who_came_before_is_known(tools: AuthorizerTools, name: str) -> None:
    assert is_known(tools, KNOWN[name]())


@pytest.mark.parametrize("name", NOT_KNOWN)
def test_what_is_odd_goes_the_long_way(tools: AuthorizerTools, name: str) -> None:
    assert not is_known(tools, NOT_KNOWN[name]())


def test_a_known_signer_does_not_go_the_long_way(tools: AuthorizerTools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam_step, "find_signer", None)
    iam_step.compile_iam_of_method(guarded(), tools)(signed())


def test_nothing_of_a_request_that_was_refused_is_kept() -> None:
    tools = tools_for(user())
    step = iam_step.compile_iam_of_method(guarded(), tools)
    asked = _changed(body=b"x")
    with pytest.raises(Exception, match="signature"):
        step(asked)
    assert not tools.signers.heads("us-east-1")
    assert SECRET not in repr(asked.authorizer_error)


def test_moments_are_five_minutes_to_either_side() -> None:
    moments = Moments()
    moments.set(1767323045.9)
    assert (moments.oldest, moments.newest) == (b"20260102T025905Z", b"20260102T030905Z")
