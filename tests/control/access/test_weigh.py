"""Policies of one account weighed against each other, by the tables of the IAM guide."""

import json
from typing import Any

import pytest

from limen.aws.identities import Principal
from limen.control.access.weigh import BOUNDARY, IDENTITY, SESSION, Asking, Denial, find_denial, is_known

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:orders"


def policy(effect: str = "Allow", action: Any = "lambda:InvokeFunction", resource: Any = "*", **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def principal(*policies: str, boundary: str | None = None, session: tuple[str, ...] = ()) -> Principal:
    return Principal(
        kind="User",
        arn="arn:aws:iam::000000000000:user/ci",
        account="000000000000",
        user_id="AIDA",
        name="ci",
        policies=policies,
        boundary=boundary,
        session_policies=session,
    )


def ask(
    who: Principal, action: str = "lambda:InvokeFunction", resource: str = FUNCTION, **context: str
) -> Denial | None:
    return find_denial(who, Asking(action, resource, {key.replace("__", ":"): each for key, each in context.items()}))


ALLOW, DENY, OTHER = policy(), policy("Deny"), policy(action="logs:*")


@pytest.mark.parametrize(
    ("policies", "boundary", "session", "denial"),
    [
        ((), None, (), Denial(IDENTITY, is_explicit=False)),
        ((OTHER,), None, (), Denial(IDENTITY, is_explicit=False)),
        ((ALLOW,), None, (), None),
        ((OTHER, ALLOW), None, (), None),
        ((ALLOW, DENY), None, (), Denial(IDENTITY, is_explicit=True)),
        ((ALLOW,), OTHER, (), Denial(BOUNDARY, is_explicit=False)),
        ((ALLOW,), ALLOW, (), None),
        ((ALLOW,), DENY, (), Denial(BOUNDARY, is_explicit=True)),
        ((), ALLOW, (), Denial(IDENTITY, is_explicit=False)),
        ((ALLOW,), None, (OTHER,), Denial(SESSION, is_explicit=False)),
        ((ALLOW,), None, (OTHER, ALLOW), None),
        ((ALLOW,), None, (ALLOW, DENY), Denial(SESSION, is_explicit=True)),
        ((), None, (ALLOW,), Denial(IDENTITY, is_explicit=False)),
    ],
)
def test_all_layers_have_to_allow_and_none_may_deny(
    policies: tuple[str, ...], boundary: str | None, session: tuple[str, ...], denial: Denial | None
):
    assert ask(principal(*policies, boundary=boundary, session=session)) == denial


def test_the_account_may_everything_but_what_its_session_leaves_out():
    root = Principal(kind="Root", arn="arn:aws:iam::000000000000:root", account="000000000000", user_id="000000000000")
    assert ask(root) is None

    narrow = Principal(kind="Root", arn=root.arn, account=root.account, user_id="0", session_policies=(OTHER,))
    assert ask(narrow) == Denial(SESSION, is_explicit=False)


def test_messages_are_those_of_aws():
    who, asking = principal(), Asking("lambda:InvokeFunction", FUNCTION)
    begin = f"User: {who.arn} is not authorized to perform: lambda:InvokeFunction on resource: {FUNCTION}"

    assert Denial(IDENTITY, is_explicit=False).message(who, asking) == (
        f"{begin} because no identity-based policy allows the lambda:InvokeFunction action"
    )
    assert Denial(IDENTITY, is_explicit=True).message(who, asking) == (
        f"{begin} with an explicit deny in an identity-based policy"
    )
    assert " on resource: * because " in Denial(IDENTITY, is_explicit=False).message(
        who, Asking("lambda:ListFunctions", "*")
    )
    assert Denial(SESSION, is_explicit=True).message(who, asking).endswith("an explicit deny in a session policy")
    assert "because no permissions boundary allows" in Denial(BOUNDARY, is_explicit=False).message(who, asking)


def test_a_condition_key_that_is_not_known_lets_nothing_through():
    for operator in ("StringEquals", "StringNotEquals", "StringEqualsIfExists", "Null"):
        condition = {operator: {"apigateway:Request/EndpointType": "true"}}
        assert ask(principal(policy(Condition=condition))) is not None
        denied = ask(principal(ALLOW, policy("Deny", Condition=condition)))
        assert denied == Denial(IDENTITY, is_explicit=True)
    assert not is_known("apigateway:Request/EndpointType")
    assert is_known("aws:SourceVpce")


def test_a_key_that_such_calls_never_have_is_absent():
    absent = {"Null": {"aws:MultiFactorAuthPresent": "true"}}
    assert ask(principal(policy(Condition=absent))) is None
    assert ask(principal(policy(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))) is not None


def test_variables_stand_for_who_calls():
    own = policy(action="iam:*", resource="arn:aws:iam::000000000000:user/${aws:username}")
    mine, other = "arn:aws:iam::000000000000:user/ci", "arn:aws:iam::000000000000:user/ana"

    assert ask(principal(own), "iam:GetUser", mine, aws__username="ci") is None
    assert ask(principal(own), "iam:GetUser", other, aws__username="ci") is not None
    assert ask(principal(own), "iam:GetUser", mine) is not None, "a session of a role has no user name"
    default = policy(resource="arn:aws:lambda:*:*:function:${aws:PrincipalTag/team, 'orders'}")
    assert ask(principal(default)) is None


def test_variables_are_texts_in_policies_of_the_old_version():
    old = json.dumps({"Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "a:${aws:username}"}]})

    assert ask(principal(old), "iam:GetUser", "a:ci", aws__username="ci") is not None
    assert ask(principal(old), "iam:GetUser", "a:${aws:username}", aws__username="ci") is None


def test_one_way_to_write_a_resource_is_enough():
    group = "arn:aws:logs:us-east-1:000000000000:log-group:orders"
    asking = Asking("logs:FilterLogEvents", f"{group}:log-stream:", also=(group, f"{group}:*"))

    for resource in (group, f"{group}:*", f"{group}:log-stream:*"):
        assert find_denial(principal(policy(action="logs:*", resource=resource)), asking) is None
        denying = principal(policy(action="logs:*"), policy("Deny", "logs:*", resource))
        assert find_denial(denying, asking) == Denial(IDENTITY, is_explicit=True)
    assert find_denial(principal(policy(action="logs:*", resource=f"{group}-2:*")), asking) is not None
