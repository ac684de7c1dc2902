"""Generated policies: the compiled evaluator decides as the slow one does, by the same statement."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.policies.asked import Asked, Asker, Effect
from limen.aws.policies.policy import compile_policy
from tests.aws.policies.generated import (
    OPEN,
    asked,
    condition,
    conditions,
    contexts,
    excluding,
    exclusions,
    full_contexts,
    names,
    ranges,
    statements,
    texts,
)
from tests.aws.policies.slow import decide_slowly


def decides_alike(listed: list[dict[str, Any]], what: Asked) -> None:
    policy = {"Version": "2012-10-17", "Statement": listed}
    decision = compile_policy(policy).decide(what)
    assert (decision.effect.value, decision.number) == decide_slowly(policy, what)
    assert decision.effect is Effect.NEITHER or decision.statement == listed[decision.number or 0]


@settings(max_examples=100, deadline=None)
@given(st.lists(exclusions(), max_size=14), asked)
def test_statements_that_exclude(listed: list[dict[str, Any]], what: Asked) -> None:
    decides_alike(listed, what)


@settings(max_examples=150, deadline=None)
@given(st.lists(excluding, min_size=9, max_size=20), st.one_of(contexts, full_contexts), st.booleans())
def test_many_conditions_that_exclude(listed: list[Any], context: dict[str, Any], is_deny: bool) -> None:
    effect = {"Effect": "Deny" if is_deny else "Allow"}
    written = [{**OPEN, **effect, "Condition": {operator: {key: wanted}}} for operator, key, wanted in listed]
    decides_alike(written, Asked("a:b", "c", context))


@settings(max_examples=100, deadline=None)
@given(st.lists(statements(), max_size=12), asked)
def test_whole_policies(listed: list[dict[str, Any]], what: Asked) -> None:
    decides_alike(listed, what)


@settings(max_examples=300, deadline=None)
@given(condition, st.one_of(full_contexts, full_contexts, contexts))
def test_conditions(wanted: tuple[str, str, list[str]], context: dict[str, Any]) -> None:
    operator, key, values = wanted
    statement = {**OPEN, "Condition": {operator: {key: values}}}
    decides_alike([statement], Asked("a:b", "c", context))
    decides_alike([OPEN, {**statement, "Effect": "Deny"}], Asked("a:b", "c", context))


few = st.sampled_from(["a", "b"])
of_several = conditions(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"], "aws:Texts", few)


@settings(max_examples=150, deadline=None)
@given(of_several, st.lists(few, max_size=3))
def test_keys_of_several_values(wanted: tuple[str, str, list[str]], there: list[str]) -> None:
    operator, key, values = wanted
    decides_alike([{**OPEN, "Condition": {operator: {key: values}}}], Asked("a:b", "c", {"aws:texts": there}))


paths = st.lists(st.sampled_from(["a", "b", "ab", ""]), min_size=1, max_size=3).map("/".join)
path_patterns = st.lists(st.sampled_from(["a", "b", "ab", "*", "?", "a*", "*b", ""]), min_size=1, max_size=3).map(
    "/".join
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(path_patterns, min_size=1, max_size=2), min_size=9, max_size=20), paths)
def test_many_resources(listed: list[list[str]], path: str) -> None:
    """More statements than are looked at one after the other."""
    decides_alike([{**OPEN, "Resource": patterns} for patterns in listed], Asked("a:b", path))


def one_condition(operator: str, key: str, values: Any) -> Any:
    return st.lists(values, min_size=1, max_size=2).map(lambda wanted: {"Condition": {operator: {key: wanted}}})


filed = st.one_of(
    one_condition("IpAddress", "aws:SourceIp", ranges),
    one_condition("StringEquals", "aws:Texts", texts),
    st.lists(names, min_size=1, max_size=2).map(lambda named: {"Principal": {"AWS": named}}),
    st.sampled_from(["a:B", "a:c", "A:*"]).map(lambda action: {"Action": action}),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(filed, min_size=9, max_size=14), full_contexts, st.frozensets(names, max_size=2), st.booleans())
def test_what_statements_are_filed_by(listed: list[Any], context: Any, who: frozenset[str], is_deny: bool) -> None:
    effect = {"Effect": "Deny" if is_deny else "Allow"}
    decides_alike([{**OPEN, **each, **effect} for each in listed], Asked("A:b", "c", context, Asker((who,), who)))
