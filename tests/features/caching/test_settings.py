"""What a method says of those that ask for more than a kept response, and may not."""

import pytest

from limen.features.caching.settings import FAIL, IGNORE, WARN
from limen.gateway.exchange import Response
from tests.features.caching.kept import ANEW, Cached, body_of, method_denied, sent
from tests.support.exchanges import header_map


@pytest.mark.parametrize(
    ("strategy", "expected", "warns"),
    [(FAIL, '403 {"Message":"denied"}', False), (WARN, "200 answer", True), (IGNORE, "200 answer", False)],
)
def test_who_may_not_replace_is_answered_as_the_method_says(strategy: str, expected: str, warns: bool) -> None:
    cached = Cached(strategy=strategy, find_refusal=method_denied)
    cached.ask()
    cached.response = (200, [], b"newer")
    refused = cached.ask(headers=ANEW)
    assert body_of(refused) == expected
    warning = header_map(sent(refused) or Response(0, [])).get("warning")
    text = "199 Cache-control headers were ignored because the caller was unauthorized."
    assert warning == (text if warns else None)
    assert body_of(cached.ask()) == "200 answer"
    assert "warning" not in header_map(sent(cached.ask()) or Response(0, []))


def test_a_warning_is_not_kept_with_the_response_that_it_came_with() -> None:
    cached = Cached(strategy=WARN, find_refusal=method_denied)
    assert "warning" in header_map(sent(cached.ask(headers=ANEW)) or Response(0, []))
    assert "warning" not in header_map(sent(cached.ask()) or Response(0, []))
    assert len(cached.asked) == 1


def test_anyone_may_replace_where_no_authorization_is_required() -> None:
    cached = Cached(requires_authorization=False, find_refusal=method_denied)
    cached.ask()
    cached.ask(headers=ANEW)
    assert len(cached.asked) == 2
