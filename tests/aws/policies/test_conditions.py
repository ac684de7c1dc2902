"""Condition operators: examples of the reference, and what is not understood."""

from typing import Any

import pytest

from limen.aws.policies.asked import Asked, Context, Effect
from limen.aws.policies.policy import compile_policy

CONTEXT: dict[str, str | list[str]] = {
    "aws:currenttime": "2026-05-05T12:00:00Z",
    "aws:epochtime": "1777982400",
    "aws:sourceip": "203.0.113.9",
    "aws:username": "ana",
    "aws:principalarn": "arn:aws:iam::123456789012:user/ana",
    "aws:tagkeys": ["team", "cost"],
    "aws:principaltag/team": "red",
    "aws:securetransport": "true",
    "limen:binary": "hello",
    "limen:none": [],
}


def decide(condition: Any, effect: str = "Allow", context: Context = CONTEXT, **more: Any) -> Effect:
    statement = {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition, **more}
    policy = compile_policy({"Version": "2012-10-17", "Statement": statement})
    return policy.decide(Asked("execute-api:Invoke", "arn:aws:execute-api:r:1:a", context)).effect


@pytest.mark.parametrize(
    "condition",
    [
        {"DateGreaterThan": {"aws:CurrentTime": "2026-05-05T11:59:59Z"}, "DateLessThan": {"aws:EpochTime": "2026-06"}},
        {"DateEquals": {"aws:CurrentTime": "1777982400"}},
        {"NumericLessThanEquals": {"aws:EpochTime": "1777982400.0"}},
        {"NumericNotEquals": {"aws:EpochTime": 7}},
        {"IpAddress": {"aws:SourceIp": ["2001:db8::/32", "203.0.113.0/24"]}},
        {"NotIpAddress": {"aws:SourceIp": "203.0.114.0/24"}},
        {"StringEquals": {"aws:username": "${aws:username}"}},
        {"StringLike": {"aws:PrincipalArn": "*:user/${aws:username}"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}},
        {"StringEquals": {"aws:username": "${aws:PrincipalTag/nick, 'ana'}"}},
        {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost", "more"]}},
        {"ForAllValues:StringEquals": {"aws:Missing": "x"}},
        {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}},
        {"ForAnyValue:StringNotEquals": {"aws:TagKeys": "team"}},
        {"Null": {"aws:Missing": True}},
        {"Null": {"limen:none": "true", "aws:username": "false"}},
        {"BinaryEquals": {"limen:binary": "aGVsbG8="}},
        {"Bool": {"aws:SecureTransport": "True"}},
        {"StringNotEqualsIgnoreCaseIfExists": {"aws:username": "BOB"}},
    ],
)
def test_what_holds(condition: Any) -> None:
    assert decide(condition) is Effect.ALLOW
    assert decide(condition, "Deny") is Effect.DENY


@pytest.mark.parametrize(
    "condition",
    [
        {"DateLessThan": {"aws:CurrentTime": "2026-05-05T12:00:00Z"}},
        {"IpAddress": {"aws:SourceIp": "203.0.113.8"}},
        {"IpAddress": {"aws:VpcSourceIp": "0.0.0.0/0"}},
        {"StringEquals": {"aws:username": "*"}},
        {"StringLike": {"aws:username": "${*}"}},
        {"StringEquals": {"aws:username": "${aws:PrincipalTag/nick}"}},
        {"StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "blue"}},
        {"ForAllValues:StringEquals": {"aws:TagKeys": "team"}},
        {"ForAllValues:StringNotEquals": {"aws:TagKeys": "team"}},
        {"ForAnyValue:StringEquals": {"aws:Missing": "x"}},
        {"ForAnyValue:StringNotEquals": {"aws:Missing": "x"}},
        {"StringNotEquals": {"aws:TagKeys": "team"}},
        {"BinaryEquals": {"limen:binary": "aGVsbA=="}},
        {"ArnEquals": {"aws:username": "arn:aws:iam::*:user/*"}},
    ],
)
def test_what_does_not_hold(condition: Any) -> None:
    assert decide(condition) is Effect.NEITHER
    assert decide(condition, "Deny") is Effect.NEITHER


@pytest.mark.parametrize(
    "condition",
    [
        {"Unheard": {"aws:username": "ana"}},
        {"ForSomeValues:StringEquals": {"aws:username": "ana"}},
        {"StringNotEquals": {"aws:username": {"a": "b"}}},
        {"StringNotEquals": {"aws:username": []}},
        {"StringNotEquals": {"aws:username": "${aws:username"}},
        {"StringNotEquals": {"aws:username": "${}"}},
        {"StringNotEquals": {"aws:username": "${aws:x, unquoted}"}},
        {"NotIpAddress": {"aws:SourceIp": "nowhere"}},
        {"NotIpAddress": {"aws:username": "192.0.2.0/24"}},
        {"NumericNotEquals": {"aws:EpochTime": "many"}},
        {"NumericNotEquals": {"aws:username": "1"}},
        {"DateNotEquals": {"aws:CurrentTime": "yesterday"}},
        {"ArnNotLike": {"aws:PrincipalArn": "*"}},
        {"Null": {"aws:username": "maybe"}},
        {"Bool": {"aws:SecureTransport": "yes"}},
        {"BinaryEquals": {"limen:binary": "?"}},
        {"StringNotEquals": {"aws:username": "${aws:PrincipalTag/nick}"}},
        "everything",
        {"StringEquals": "aws:username"},
    ],
)
def test_what_cannot_be_said_lets_nothing_through(condition: Any) -> None:
    assert decide(condition) is Effect.NEITHER
    assert decide(condition, "Deny") is Effect.DENY


def test_a_deny_that_surely_does_not_apply_does_not() -> None:
    condition = {"Unheard": {"aws:username": "ana"}, "StringEquals": {"aws:username": "bob"}}
    assert decide(condition, "Deny") is Effect.NEITHER


def test_older_policies_have_no_variables() -> None:
    condition = {"StringEquals": {"aws:username": "${aws:username}"}}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition}
    asked = Asked("a:b", "c", {"aws:username": "${aws:username}"})
    assert compile_policy({"Version": "2008-10-17", "Statement": statement}).decide(asked).is_allowed
    assert compile_policy({"Statement": statement}).decide(asked).is_allowed
    assert not compile_policy({"Statement": statement}).decide(Asked("a:b", "c", CONTEXT)).is_allowed


def test_a_name_does_not_widen_a_pattern() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "arn:home/${aws:username}/*"}
    policy = compile_policy({"Version": "2012-10-17", "Statement": statement})
    assert policy.decide(Asked("a:b", "arn:home/ana/x", {"aws:username": "ana"})).is_allowed
    assert not policy.decide(Asked("a:b", "arn:home/ana/x", {"aws:username": "*"})).is_allowed
    assert not policy.decide(Asked("a:b", "arn:home/ana/x")).is_allowed


def test_unknown_keys_let_nothing_through() -> None:
    for effect, expected in (("Allow", Effect.NEITHER), ("Deny", Effect.DENY)):
        for condition in ({"StringNotEquals": {"x:y": "1"}}, {"StringNotEquals": {"a:b": "${x:y}"}}):
            statement = {"Effect": effect, "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition}
            policy = compile_policy({"Version": "2012-10-17", "Statement": [statement]}, knows=lambda key: key != "x:y")
            assert policy.decide(Asked("a:b", "c")).effect is expected
            assert policy.doubts[0]
