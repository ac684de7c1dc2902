"""What a function may return, by format, and what is refused of it."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.features.authorizers.function_output import (
    VERDICTS_KEPT,
    MalformedOutputError,
    error_message,
    is_unauthorized,
    parse_policy_v1,
    parse_policy_v2,
    parse_rest_policy,
    parse_simple,
)
from limen.features.authorizers.granted import Verdict
from tests.features.authorizers.asking import BASE, policy
from tests.integrations.proxying import routed
from tests.support.exchanges import exchange

CONTEXT = {"text": "a", "number": 1, "half": 0.5, "on": True, "off": False}


def test_contexts_of_rest_apis_become_texts() -> None:
    answer = parse_rest_policy(orjson.dumps(policy(context=CONTEXT)))
    assert answer.caller.context == {"text": "a", "number": "1", "half": "0.5", "on": "true", "off": "false"}


def test_contexts_of_http_apis_stay_what_they_are() -> None:
    assert parse_policy_v1(orjson.dumps(policy(context=CONTEXT))).caller.context == CONTEXT
    nested = {"list": [1], "map": {"a": None}, "nothing": None, "claims": 1}
    assert parse_policy_v2(orjson.dumps(policy(context=nested))).caller.context == nested
    simple = parse_simple(orjson.dumps({"isAuthorized": True, "context": nested}))
    assert (simple.caller.context, simple.caller.principal_id, simple.verdict) == (nested, "", Verdict.ALLOWED)


def test_null_in_a_context_stays_null() -> None:
    for parse in (parse_rest_policy, parse_policy_v1):
        assert parse(orjson.dumps(policy(context={"a": None, "b": "x"}))).caller.context == {"a": None, "b": "x"}


@pytest.mark.parametrize("principal", [7, "7"])
def test_a_principal_is_text(principal: Any) -> None:
    assert parse_rest_policy(orjson.dumps(policy() | {"principalId": principal})).caller.principal_id == "7"


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"null", "no object"),
        (b'"Allow"', "no object"),
        (policy() | {"principalId": None}, "principalId"),
        (policy() | {"principalId": ""}, "principalId"),
        (policy() | {"principalId": True}, "principalId"),
        (policy() | {"policyDocument": None}, "Could not parse policy"),
        (policy(context=[]), "context is no object"),
        (policy(context={"a": {}}), "'a' of the context"),
        (policy(context={"a": [None]}), "'a' of the context"),
        (policy(context={"claims": "x"}), "reserved"),
        (policy(usageIdentifierKey=1), "usageIdentifierKey"),
    ],
)
@pytest.mark.parametrize("parse", [parse_rest_policy, parse_policy_v1])
def test_what_is_no_policy_answer(parse: Any, output: Any, told: str) -> None:
    with pytest.raises(MalformedOutputError, match=told):
        parse(output if isinstance(output, bytes) else orjson.dumps(output))


@pytest.mark.parametrize("value", ["true", 1, None, {}])
def test_is_authorized_is_a_boolean(value: Any) -> None:
    with pytest.raises(MalformedOutputError, match="isAuthorized"):
        parse_simple(orjson.dumps({"isAuthorized": value}))


@given(st.binary(max_size=40))
def test_no_bytes_make_a_function_that_was_not_understood_let_through(payload: bytes) -> None:
    for parse in (parse_rest_policy, parse_policy_v1, parse_policy_v2, parse_simple):
        with pytest.raises(MalformedOutputError):
            parse(payload)
    assert not is_unauthorized(payload)
    error_message(payload)


def test_only_the_very_word_is_unauthorized() -> None:
    assert is_unauthorized(b'{"errorMessage":"Unauthorized","errorType":"Exception"}')
    assert not is_unauthorized(b'{"errorMessage":"Unauthorized."}')
    assert error_message(b'{"errorMessage":"boom"}') == "boom"
    assert error_message(b"not json") == "not json"


def test_verdicts_are_kept_by_path_and_bounded() -> None:
    answer = parse_rest_policy(orjson.dumps(policy(resource=f"{BASE}/GET/a")))
    named: list[str] = []

    def name(asked: Any) -> str:
        named.append(asked.path.decode())
        return f"{BASE}/GET{asked.path.decode()}"

    for _ in range(2):
        assert answer.weigh(routed(exchange("GET /a")), name) is Verdict.ALLOWED
        assert answer.weigh(routed(exchange("GET /b")), name) is Verdict.DENIED
    assert named == ["/a", "/b"]
    for number in range(VERDICTS_KEPT * 2):
        answer.weigh(routed(exchange(f"GET /{number}")), name)
    assert len(answer._verdicts) <= VERDICTS_KEPT
