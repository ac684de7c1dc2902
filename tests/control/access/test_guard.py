"""Calls are refused before they begin, in the words of AWS."""

import json
from collections.abc import Iterator

import pytest

from limen.aws.call import AwsCall, Client
from limen.aws.errors import AwsError
from limen.aws.identities import Principal, SessionClaims
from limen.control.access.context import context_of
from limen.control.access.guard import authorize
from limen.store.store import Store

ARN = "arn:aws:iam::000000000000:user/ci"


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store.open("sqlite://")
    yield opened
    opened.close()


def call(principal: Principal | None, address: str = "127.0.0.1") -> AwsCall:
    client = Client(address, "agent/1", "https://a.example")
    return AwsCall("lambda", "ListFunctions", {}, "000000000000", "us-east-1", "", "r", caller=principal, client=client)


def user(condition: dict[str, object]) -> Principal:
    statement = {"Effect": "Allow", "Action": "lambda:*", "Resource": "*", "Condition": condition}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return Principal(
        kind="User",
        arn=ARN,
        account="000000000000",
        user_id="AIDA",
        name="ci",
        policies=(policy,),
        tags={"Team": "web"},
    )


@pytest.mark.parametrize(
    ("condition", "may"),
    [
        ({}, True),
        ({"StringEquals": {"aws:username": "ci"}}, True),
        ({"StringEquals": {"aws:username": "ana"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "web"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/c*"}}, True),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringLike": {"aws:UserAgent": "agent/*", "aws:Referer": "https://a.example*"}}, True),
        ({"StringEquals": {"apigateway:Resource/x": "y"}}, False),
        ({"NoSuchOperator": {"aws:username": "ci"}}, False),
    ],
)
def test_conditions_see_the_call(store: Store, condition: dict[str, object], may: bool):
    with store.reader() as reader:
        if may:
            authorize(call(user(condition)), reader)
            return
        with pytest.raises(AwsError) as raised:
            authorize(call(user(condition)), reader)
    assert (raised.value.code, raised.value.status) == ("AccessDeniedException", 403)
    assert raised.value.message == (
        f"User: {ARN} is not authorized to perform: lambda:ListFunctions on resource: * because no "
        "identity-based policy allows the lambda:ListFunctions action"
    )


def test_who_has_no_name_is_not_weighed(store: Store):
    with store.reader() as reader:
        authorize(call(None), reader)


def test_the_context_of_a_session():
    claims = SessionClaims(
        access_key_id="ASIA", secret="s", principal="p", principal_id="i", issued=0, expires=9, source_identity="ana"
    )
    principal = Principal(
        kind="AssumedRole", arn="session", account="000000000000", user_id="AROA:me", issuer="role", session=claims
    )

    context = context_of(principal, Client("::1"), "eu-west-1", 86400.0)

    assert context["aws:principalarn"] == "role"
    assert (context["aws:currenttime"], context["aws:tokenissuetime"]) == (
        "1970-01-02T00:00:00Z",
        "1970-01-01T00:00:00Z",
    )
    assert (context["aws:sourceidentity"], context["aws:sourceip"]) == ("ana", "::1")
    assert context["aws:multifactorauthpresent"] == "false"
    assert context.keys().isdisjoint({"aws:username", "aws:useragent", "aws:referer"})
