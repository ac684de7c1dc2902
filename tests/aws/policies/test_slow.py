"""Generated policies: the compiled evaluator decides as the slow one does, by the same statement."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.policies.asked import Asked, Asker, Effect
from limen.aws.policies.policy import compile_policy
from tests.aws.policies.slow import decide_slowly

ACCOUNT, ROOT = "123456789012", "arn:aws:iam::123456789012:root"
NAMES = [ACCOUNT, ROOT, "arn:aws:iam::123456789012:user/ana", "arn:aws:iam::123456789012:role/dev"]

names = st.sampled_from(NAMES)
principals = st.one_of(
    st.just("*"),
    st.just({"AWS": "*"}),
    st.builds(lambda found: {"AWS": found}, st.lists(names, min_size=1, max_size=3)),
)
segments = st.lists(
    st.sampled_from(["a", "b", "*", "?", "/", "ab", "${aws:username}", "${*}", "${aws:x, 'b'}"]), max_size=6
)
resources = st.builds(lambda parts: "arn:aws:execute-api:r:1:" + "".join(parts), segments)
actions = st.sampled_from(["execute-api:Invoke", "execute-api:*", "*", "EXECUTE-API:INV?KE", "lambda:Invoke"])
texts = st.sampled_from(["a", "b", "ab", "A", "*", "a*", "?", ""])
addresses = st.one_of(
    st.builds("192.0.2.{}".format, st.integers(0, 4)),
    st.builds("2001:db8::{:x}".format, st.integers(0, 4)),
    st.builds("::ffff:192.0.2.{}".format, st.integers(0, 4)),
)
ranges = st.one_of(
    st.builds("192.0.2.{}/{}".format, st.integers(0, 4), st.integers(24, 32)),
    st.builds("2001:db8::{:x}/{}".format, st.integers(0, 4), st.integers(120, 128)),
    st.builds("192.0.2.{}".format, st.integers(0, 4)),
)
numbers = st.builds(str, st.integers(-2, 2))
dates = st.sampled_from(
    ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-06-01", "1767225600", "2025-12-31T23:59:59Z"]
)
dates = dates.filter(lambda text: "T" in text or text.isdigit())
arns = st.builds(
    lambda parts: "arn:aws:sns:r:1:" + "".join(parts), st.lists(st.sampled_from(["a", ":", "*", "?"]), max_size=4)
)


def conditions(operators: list[str], key: str, values: Any) -> Any:
    def build(operator: str, quantifier: str, suffix: str, wanted: list[str]) -> tuple[str, str, list[str]]:
        return quantifier + operator + suffix, key, wanted

    quantifiers = st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"])
    return st.builds(
        build,
        st.sampled_from(operators),
        quantifiers,
        st.sampled_from(["", "IfExists"]),
        st.lists(values, min_size=1, max_size=3),
    )


ORDERS = ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
condition = st.one_of(
    conditions(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"], "aws:Texts", texts),
    conditions(["StringEquals", "StringNotEqualsIgnoreCase", "StringLike"], "aws:UserName", texts),
    conditions(["IpAddress", "NotIpAddress"], "aws:SourceIp", ranges),
    conditions(["ArnEquals", "ArnNotLike", "ArnLike"], "aws:SourceArn", arns),
    conditions([f"Numeric{order}" for order in ORDERS], "aws:Age", numbers),
    conditions([f"Date{order}" for order in ORDERS], "aws:CurrentTime", dates),
    st.builds(lambda wanted: ("Null", "aws:Texts", [wanted]), st.sampled_from(["true", "false"])),
)  # fmt: skip


@st.composite
def statements(draw: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Principal": draw(principals),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(st.lists(actions, min_size=1, max_size=2)),
        "Resource": draw(st.lists(resources, min_size=1, max_size=3)),
    }
    for operator, key, wanted in draw(st.lists(condition, max_size=2)):
        statement.setdefault("Condition", {}).setdefault(operator, {})[key] = wanted
    return statement


contexts = st.fixed_dictionaries(
    {},
    optional={
        "aws:texts": st.one_of(texts, st.lists(texts, max_size=3)),
        "aws:username": texts,
        "aws:sourceip": addresses,
        "aws:sourcearn": arns,
        "aws:age": numbers,
        "aws:currenttime": dates,
    },
)
asked = st.builds(
    Asked,
    st.sampled_from(["execute-api:Invoke", "lambda:Invoke"]),
    st.builds(lambda text: "arn:aws:execute-api:r:1:" + text, st.text("ab/*", max_size=6)),
    contexts,
    st.builds(lambda found: Asker((found,), found), st.frozensets(names, max_size=2)),
)


def decides_alike(listed: list[dict[str, Any]], what: Asked) -> None:
    policy = {"Version": "2012-10-17", "Statement": listed}
    decision = compile_policy(policy).decide(what)
    assert (decision.effect.value, decision.number) == decide_slowly(policy, what)
    assert decision.effect is Effect.NEITHER or decision.statement == listed[decision.number or 0]


@settings(max_examples=100, deadline=None)
@given(st.lists(statements(), max_size=12), asked)
def test_whole_policies(listed: list[dict[str, Any]], what: Asked) -> None:
    decides_alike(listed, what)


OPEN = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
full_contexts = st.fixed_dictionaries(
    {
        "aws:texts": st.lists(texts, min_size=1, max_size=3),
        "aws:username": texts,
        "aws:sourceip": addresses,
        "aws:sourcearn": arns,
        "aws:age": numbers,
        "aws:currenttime": dates,
    }
)


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
