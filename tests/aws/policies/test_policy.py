"""Policies: what their statements allow, and that what is not understood allows nothing."""

from typing import Any

import pytest

from limen.aws.policies.asked import Asked, service_asker
from limen.aws.policies.policy import compile_policy

ARN = "arn:aws:lambda:us-east-1:000000000000:function:hello"
SOURCE = "arn:aws:execute-api:us-east-1:000000000000:a1b2c3/prod/GET/pets"
ASKED = Asked(
    "lambda:InvokeFunction",
    ARN,
    {"aws:sourcearn": SOURCE, "aws:sourceaccount": "000000000000", "aws:securetransport": "true"},
    service_asker("apigateway.amazonaws.com"),
)


def statement(**fields: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
        **fields,
    }


def is_allowed(*statements: dict[str, Any]) -> bool:
    return compile_policy({"Version": "2012-10-17", "Statement": list(statements)}).decide(ASKED).is_allowed


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"Service": ["events.amazonaws.com", "apigateway.amazonaws.com"]}},
        {"Action": ["lambda:GetFunction", "lambda:Invoke*"]},
        {"Action": "LAMBDA:invokefunction"},
        {"Resource": "*"},
        {"Resource": "arn:aws:lambda:*:*:function:hel?o"},
        {"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:us-east-1:000000000000:a1b2c3/*/GET/pets"}}},
        {"Condition": {"ArnEquals": {"aws:SourceArn": SOURCE}, "StringEquals": {"aws:SourceAccount": "000000000000"}}},
        {"Condition": {"StringLike": {"aws:SourceArn": ["arn:*:other", "*:a1b2c3/*"]}}},
        {"Condition": {"StringNotEquals": {"aws:SourceAccount": ["1", "2"]}}},
        {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"Null": {"aws:PrincipalOrgID": "true"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": True}}},
        {"Condition": {}},
    ],
)
def test_what_is_allowed(fields: dict[str, Any]) -> None:
    assert is_allowed(statement(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"Effect": "allow"},
        {"Principal": {"Service": "events.amazonaws.com"}},
        {"Principal": {"AWS": "arn:aws:iam::000000000000:root"}},
        {"Principal": None},
        {"Action": "lambda:GetFunction"},
        {"Action": None},
        {"Resource": ARN + ":live"},
        {"Resource": ARN[:-1]},
        {"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:us-east-1:000000000000:other/*"}}},
        {"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:*pets"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "000000000000", "aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringNotLike": {"aws:SourceArn": ["*/pets"]}}},
        {"Condition": {"Null": {"aws:SourceArn": "true"}}},
        {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "1"}}},
        {"Condition": {"ForEveryValue:StringEquals": {"aws:SourceAccount": "000000000000"}}},
        {"Condition": "everything"},
        {"Condition": {"StringEquals": "aws:SourceAccount"}},
    ],
)
def test_what_is_not_allowed(fields: dict[str, Any]) -> None:
    assert not is_allowed(statement(**fields))


def test_a_deny_wins() -> None:
    assert not is_allowed(statement(), statement(Effect="Deny", Principal="*"))
    assert is_allowed(statement(), statement(Effect="Deny", Action="lambda:GetFunction"))
    assert not is_allowed(statement(), statement(Effect="Deny", NotAction="lambda:GetFunction", Action=None))


def test_a_deny_that_is_not_understood_holds() -> None:
    assert not is_allowed(statement(), statement(Effect="Deny", Condition={"Unheard": {"a": "b"}}))


def test_not_resource_is_all_others() -> None:
    without = {key: value for key, value in statement().items() if key != "Resource"}
    assert is_allowed({**without, "NotResource": "arn:aws:lambda:*:*:function:other"})
    assert not is_allowed({**without, "NotResource": "*"})
    assert not is_allowed(without)


def test_one_statement_needs_no_list() -> None:
    assert compile_policy({"Statement": statement()}).decide(ASKED).is_allowed
    assert not compile_policy({}).decide(ASKED).is_allowed


def test_what_is_no_policy_denies() -> None:
    for document in ("{", "[]", "null", 7, None, ["x"]):
        assert compile_policy(document).decide(ASKED).is_denied
    for listed in ("x", [[]], [statement(Effect="deny")]):
        assert compile_policy({"Statement": listed}).decide(ASKED).is_denied


def test_elements_that_are_none_let_nothing_through() -> None:
    assert not is_allowed(statement(Conditions={}))
    assert not is_allowed(statement(), statement(Effect="Deny", Resourse="x"))


def test_who_needs_no_context() -> None:
    assert not compile_policy({"Statement": statement()}).needs_context
    assert compile_policy({"Statement": statement(Condition={})}).needs_context
    assert compile_policy({"Statement": statement(Resource="${aws:username}")}).needs_context
