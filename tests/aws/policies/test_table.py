"""Side by side statements apply as each of them does alone."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.policies.asked import Asked, Asker, Effect, service_asker
from limen.aws.policies.statements import Reading, Statement
from limen.aws.policies.table import Table
from limen.aws.policies.variables import VERSION
from tests.aws.policies.generated import OPEN, asked, exclusions, statements

READING = Reading(VERSION, lambda _: True, has_principals=True)


def apply_alike(written: list[dict[str, Any]], what: Asked) -> None:
    for effect in (Effect.ALLOW, Effect.DENY):
        listed = [Statement({**each, "Effect": effect.value}, READING) for each in written]
        listed = [each for each in listed if not each.is_impossible]
        alone = [place for place, each in enumerate(listed) if each.applies(what)]
        found = Table(listed, READING, doubt=effect is Effect.DENY).find(what)
        assert found == (alone[0] if alone else None)
        for place, each in enumerate(listed):
            tabled = Table([each, each], READING, doubt=effect is Effect.DENY).find(what)
            assert (tabled == 0) == (place in alone)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(statements(), exclusions()), min_size=1, max_size=10), asked)
def test_all_that_there_is(written: list[dict[str, Any]], what: Asked) -> None:
    apply_alike(written, what)


few = st.sampled_from(["a", "b", "A", "*", "a*", "${aws:username}", "x${aws:username}", "${aws:none, 'a'}", "${*}"])
operators = st.sampled_from(
    [f"String{name}" for name in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")]
)
there = st.sampled_from(["a", "b", "xa", "A", "*"])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(operators, st.lists(few, min_size=1, max_size=3)), min_size=1, max_size=8),
    st.fixed_dictionaries({}, optional={"aws:username": there, "aws:x": st.one_of(there, st.lists(there, max_size=2))}),
)
def test_variables_with_and_without_values(wanted: Any, context: dict[str, Any]) -> None:
    written = [{**OPEN, "Condition": {operator: {"aws:x": values}}} for operator, values in wanted]
    apply_alike(written, Asked("a:b", "c", context))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(few, min_size=1, max_size=2), min_size=1, max_size=5),
    st.fixed_dictionaries({}, optional={"aws:username": there}),
    there,
)
def test_resources_with_variables(wanted: list[list[str]], context: dict[str, Any], resource: str) -> None:
    apply_alike([{**OPEN, "Resource": each} for each in wanted], Asked("a:b", resource, context))
    others = [{key: value for key, value in OPEN.items() if key != "Resource"} | {"NotResource": w} for w in wanted]
    apply_alike(others, Asked("a:b", resource, context))


def test_what_cannot_be_compared() -> None:
    written = [
        {**OPEN, "Condition": {operator: {key: wanted}}}
        for operators, key, wanted in [
            (("IpAddress", "NotIpAddress"), "aws:SourceIp", "10.0.0.0/8"),
            (("NumericEquals", "NumericNotEquals", "NumericLessThan"), "aws:Age", "5"),
            (("DateEquals", "DateNotEquals", "DateGreaterThan"), "aws:CurrentTime", "2026-01-01T00:00:00Z"),
            (("BinaryEquals",), "aws:Bytes", "AAA="),
        ]
        for operator in operators
    ]
    for value in ("somewhere", "", ["somewhere", "10.0.0.1", "5"], "\0\0", "2026-01-01T00:00:00Z"):
        context = dict.fromkeys(("aws:sourceip", "aws:age", "aws:currenttime", "aws:bytes"), value)
        apply_alike(written, Asked("a:b", "c", context))


def test_a_key_that_is_written_in_two_ways() -> None:
    twice = {**OPEN, "Condition": {"StringLike": {"aws:X": "a*", "aws:x": "*b", "AWS:X": "a?b"}}}
    for value in ("ab", "acb", "a", "b"):
        apply_alike([twice, OPEN, twice], Asked("a:b", "c", {"aws:x": value}))


def test_services() -> None:
    written: list[dict[str, Any]] = [
        {**OPEN, "Principal": {"Service": "*"}},
        {**OPEN, "Principal": {"Service": "events.amazonaws.com"}},
        *(
            {key: value for key, value in OPEN.items() if key != "Principal"} | {"NotPrincipal": spared}
            for spared in ({"Service": "*"}, {"Service": "events.amazonaws.com"}, {"AWS": "*"}, "*")
        ),
    ]
    for asker in (service_asker("events.amazonaws.com"), service_asker("sns.amazonaws.com"), Asker()):
        apply_alike(written, Asked("a:b", "c", {}, asker))
