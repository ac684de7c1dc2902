"""Patterns: they match as regular expressions do, and take no longer than they are long."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.policies.operators import find_operator
from limen.aws.policies.wildcards import compile_wildcards, split_wildcards
from tests.aws.policies.slow import is_arn_like, is_like


@settings(max_examples=500)
@given(st.text("ab*?\n", max_size=8), st.text("ab\n", max_size=10))
def test_wildcards_match_as_a_regular_expression_does(pattern: str, text: str) -> None:
    assert compile_wildcards(split_wildcards(pattern))(text) == is_like(pattern, text)


def test_many_wildcards_take_no_time() -> None:
    assert not compile_wildcards(split_wildcards("*a" * 200 + "b"))("a" * 2000)
    assert not compile_wildcards(split_wildcards("*?a" * 200 + "b"))("a" * 2000)


@given(st.text("ab*?:", max_size=14), st.text("ab:", max_size=14))
def test_arns_match_part_by_part(pattern: str, text: str) -> None:
    pattern, text = f"arn:{pattern}::::", f"arn:{text}::::"
    operator = find_operator("ArnLike")
    assert operator is not None
    compare = operator.compile([pattern], "2012-10-17", lambda _: True)
    assert compare(text, {}) == is_arn_like(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "arn", "does"),
    [
        ("arn:aws:sns:*:*:a:*", "arn:aws:sns:us-east-1:1:a:b:c", True),
        ("arn:aws:s*:*:*:*", "arn:aws:sns:us-east-1:1:a", True),
        ("arn:aws:sns:us:1:a", "arn:aws:sns:us:1:a:b", False),
        ("arn:aws:sns:*:a:b", "arn:aws:sns:us:1:a:b", False),
    ],
)
def test_a_wildcard_reaches_over_colons_in_the_resource_alone(pattern: str, arn: str, does: bool) -> None:
    operator = find_operator("ArnEquals")
    assert operator is not None
    assert operator.compile([pattern], "2012-10-17", lambda _: True)(arn, {}) is does
