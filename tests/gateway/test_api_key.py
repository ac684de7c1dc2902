"""Where the API key of a request is, by what its API says."""

import pytest

from limen.gateway.api_key import AUTHORIZER, HEADER, api_key_of, compile_api_key_source
from limen.gateway.caller import Caller
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_context import find_rest_variable
from limen.gateway.rest_failures import answer_rest_failure
from limen.gateway.route_plan import RoutePlan
from limen.wire import Headers, header
from tests.support.exchanges import exchange


def asked(source: str | None, *keys: bytes, usage_key: str | None = None) -> Exchange:
    """Of a method that requires a key unless `source` is None."""
    made = exchange()
    made.headers = Headers([*made.headers, *(header(b"X-API-Key", key) for key in keys)])
    made.caller = Caller("lambda", usage_key=usage_key)
    find = None if source is None else compile_api_key_source(source)
    made.plan = RoutePlan("GET /", (), (), (), answer_rest_failure, find_api_key=find)
    return made


@pytest.mark.parametrize(
    ("source", "keys", "usage_key", "key"),
    [
        (HEADER, [b"k1"], None, "k1"),
        (HEADER, [b"k1"], "k2", "k1"),
        (HEADER, [], "k2", None),
        (HEADER, [b""], None, None),
        (HEADER, [b"k1", b"k1"], None, None),
        (AUTHORIZER, [b"k1"], "k2", "k2"),
        (AUTHORIZER, [b"k1"], None, None),
        (AUTHORIZER, [], "", None),
        (None, [b"k1"], "k2", None),
    ],
)
def test_the_key_is_where_the_api_says(
    source: str | None, keys: list[bytes], usage_key: str | None, key: str | None
) -> None:
    made = asked(source, *keys, usage_key=usage_key)
    assert api_key_of(made) == key
    assert find_rest_variable("identity.apiKey").read(made) == key


def test_nobody_authorized_nobody_has_a_key() -> None:
    made = asked(AUTHORIZER)
    made.caller = None
    assert api_key_of(made) is None


def test_another_source_is_no_source() -> None:
    with pytest.raises(PlanError, match="apiKeySource 'QUERY'"):
        compile_api_key_source("QUERY")
