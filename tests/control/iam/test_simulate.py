"""Policies tried with a request made up."""

from tests.control.iam.conftest import ACCOUNT, Iam
from tests.control.iam.test_users import ALLOW_ALL

DENY_LOGS = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"logs:*","Resource":"*"}}'
IF_NAMED = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*",'
    '"Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}}'
)


def decisions(answer: dict) -> list[tuple[str, str]]:
    return [(each["EvalActionName"], each["EvalDecision"]) for each in answer["EvaluationResults"]]


def test_the_policies_of_a_user_are_tried(iam: Iam):
    arn = iam("CreateUser", UserName="ci")["User"]["Arn"]
    iam("PutUserPolicy", UserName="ci", PolicyName="p", PolicyDocument=DENY_LOGS)
    asked = {"PolicySourceArn": arn, "ActionNames": ["logs:GetLogEvents", "lambda:ListFunctions"]}

    assert decisions(iam("SimulatePrincipalPolicy", **asked)) == [
        ("logs:GetLogEvents", "explicitDeny"),
        ("lambda:ListFunctions", "implicitDeny"),
    ]
    assert decisions(iam("SimulatePrincipalPolicy", **asked, PolicyInputList=[ALLOW_ALL])) == [
        ("logs:GetLogEvents", "explicitDeny"),
        ("lambda:ListFunctions", "allowed"),
    ]


def test_policies_by_themselves_are_tried_with_values_of_conditions(iam: Iam):
    asked = {"PolicyInputList": [IF_NAMED], "ActionNames": ["iam:GetUser"]}
    entry = {"ContextKeyName": "aws:RequestedRegion", "ContextKeyValues": ["eu-west-1"], "ContextKeyType": "string"}

    assert decisions(iam("SimulateCustomPolicy", **asked)) == [("iam:GetUser", "implicitDeny")]
    assert decisions(iam("SimulateCustomPolicy", **asked, ContextEntries=[entry])) == [("iam:GetUser", "allowed")]
    bounded = {"PermissionsBoundaryPolicyInputList": [DENY_LOGS], "ContextEntries": [entry]}
    assert decisions(iam("SimulateCustomPolicy", **asked, **bounded)) == [("iam:GetUser", "implicitDeny")]


def test_who_is_not_there_is_said(iam: Iam):
    asked = {"ActionNames": ["iam:GetUser"]}

    missing = iam.refusal("SimulatePrincipalPolicy", PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/none", **asked)
    assert missing == ("NoSuchEntity", "The user with name none cannot be found.")
    assert (
        iam.refusal("SimulatePrincipalPolicy", PolicySourceArn="arn:aws:s3:::bucket/key-x", **asked)[0]
        == "InvalidInput"
    )
