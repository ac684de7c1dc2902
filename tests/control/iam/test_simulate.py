"""Policies tried with a request made up."""

import json
from typing import Any

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


def allow_if(condition: dict[str, Any]) -> str:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def test_it_is_now(iam: Iam):
    since = {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    asked = {"PolicyInputList": [allow_if(since)], "ActionNames": ["iam:GetUser"]}
    assert decisions(iam("SimulateCustomPolicy", **asked)) == [("iam:GetUser", "allowed")]


def test_tags_of_a_resource_and_lists_are_made_up(iam: Iam):
    tagged = {"StringEquals": {"aws:ResourceTag/team": "web"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}
    asked = {"PolicyInputList": [allow_if(tagged)], "ActionNames": ["apigateway:GET"]}
    team = {"ContextKeyName": "aws:ResourceTag/team", "ContextKeyValues": ["web"], "ContextKeyType": "string"}
    keys = {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": ["a", "c"], "ContextKeyType": "stringList"}

    assert decisions(iam("SimulateCustomPolicy", **asked)) == [("apigateway:GET", "implicitDeny")]
    assert decisions(iam("SimulateCustomPolicy", **asked, ContextEntries=[team])) == [("apigateway:GET", "allowed")]
    both = [team, keys]
    assert decisions(iam("SimulateCustomPolicy", **asked, ContextEntries=both)) == [("apigateway:GET", "implicitDeny")]


def test_who_is_not_there_is_said(iam: Iam):
    asked = {"ActionNames": ["iam:GetUser"]}

    missing = iam.refusal("SimulatePrincipalPolicy", PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/none", **asked)
    assert missing == ("NoSuchEntity", "The user with name none cannot be found.")
    assert (
        iam.refusal("SimulatePrincipalPolicy", PolicySourceArn="arn:aws:s3:::bucket/key-x", **asked)[0]
        == "InvalidInput"
    )
