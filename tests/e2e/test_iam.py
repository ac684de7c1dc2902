"""IAM and STS as boto3 uses them, and what users and sessions may do with the other APIs."""

import json
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.support.limen_process import LimenProcess

ACCOUNT = "000000000000"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def refusal(call: Callable[..., Any], **members: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as raised:
        call(**members)
    response = raised.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


class Account:
    """Makes users and signs as they do."""

    def __init__(self, limen: LimenProcess) -> None:
        self.limen = limen
        self.iam = limen.client("iam")

    def user(self, name: str, *statements: dict[str, Any]) -> dict[str, str]:
        """Credentials of a new user, as arguments of a client."""
        self.iam.create_user(UserName=name)
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="main", PolicyDocument=policy(*statements))
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    def role(self, name: str, principal: Any, *statements: dict[str, Any], **more: Any) -> str:
        trust = policy({"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:TagSession"]})
        arn: str = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)["Role"]["Arn"]
        self.iam.put_role_policy(RoleName=name, PolicyName="main", PolicyDocument=policy(*statements))
        return arn

    def session(self, arn: str, signed: dict[str, str], **members: Any) -> dict[str, str]:
        sts = self.limen.client("sts", **signed)
        given = sts.assume_role(RoleArn=arn, RoleSessionName="tests", **members)["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }


@pytest.fixture
def account(limen: LimenProcess) -> Account:
    return Account(limen)


def test_a_user_may_what_its_policy_says_and_no_more(account: Account, limen: LimenProcess):
    signed = account.user("e2e-reader", allow("apigateway:GET", "arn:aws:apigateway:*::/restapis*"))
    rest = limen.client("apigateway", **signed)

    assert "items" in rest.get_rest_apis()
    status, code, message = refusal(rest.create_rest_api, name="mine")
    assert (status, code) == (403, "AccessDeniedException")
    assert message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/e2e-reader is not authorized to perform: apigateway:POST on resource: "
        "arn:aws:apigateway:us-east-1::/restapis because no identity-based policy allows the apigateway:POST action"
    )
    assert refusal(limen.client("apigatewayv2", **signed).get_apis)[:2] == (403, "AccessDeniedException")
    assert refusal(limen.client("lambda", **signed).list_functions)[:2] == (403, "AccessDeniedException")
    assert refusal(limen.client("logs", **signed).describe_log_groups)[:2] == (400, "AccessDeniedException")
    assert refusal(limen.client("iam", **signed).list_users)[:2] == (403, "AccessDenied")
    assert limen.client("sts", **signed).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/e2e-reader"


def test_changes_count_from_the_next_call_on(account: Account, limen: LimenProcess):
    signed = account.user("e2e-changing", allow("lambda:ListFunctions"))
    functions = limen.client("lambda", **signed)
    assert functions.list_functions()["Functions"] is not None

    deny = {"Effect": "Deny", "Action": "lambda:*", "Resource": "*"}
    account.iam.put_user_policy(UserName="e2e-changing", PolicyName="more", PolicyDocument=policy(deny))
    message = refusal(functions.list_functions)[2]
    assert message.endswith("lambda:ListFunctions on resource: * with an explicit deny in an identity-based policy")
    account.iam.delete_user_policy(UserName="e2e-changing", PolicyName="more")
    functions.list_functions()

    key = {"UserName": "e2e-changing", "AccessKeyId": signed["aws_access_key_id"]}
    account.iam.update_access_key(**key, Status="Inactive")
    assert refusal(functions.list_functions)[:2] == (403, "UnrecognizedClientException")
    account.iam.update_access_key(**key, Status="Active")
    functions.list_functions()
    account.iam.delete_access_key(**key)
    status, code, message = refusal(limen.client("sts", **signed).get_caller_identity)
    assert (status, code) == (403, "InvalidClientTokenId")
    assert message == "The security token included in the request is invalid."


def test_a_role_is_assumed_and_its_session_narrowed(account: Account, limen: LimenProcess):
    signed = account.user("e2e-deployer", allow("sts:AssumeRole"))
    arn = account.role("e2e-deploy", {"AWS": ACCOUNT}, allow(["apigateway:*", "lambda:*"]))

    session = account.session(arn, signed)
    told = limen.client("sts", **session).get_caller_identity()
    assert told["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/e2e-deploy/tests"
    assert limen.client("apigateway", **session).get_rest_apis()["items"] is not None

    narrow = account.session(arn, signed, Policy=policy(allow("apigateway:GET")))
    limen.client("apigateway", **narrow).get_rest_apis()
    message = refusal(limen.client("lambda", **narrow).list_functions)[2]
    assert message.endswith("because no session policy allows the lambda:ListFunctions action")

    altered = session | {"aws_session_token": session["aws_session_token"][:-6] + "AAAAAA"}
    assert refusal(limen.client("apigateway", **altered).get_rest_apis)[1] == "UnrecognizedClientException"
    account.iam.delete_role_policy(RoleName="e2e-deploy", PolicyName="main")
    account.iam.delete_role(RoleName="e2e-deploy")
    assert refusal(limen.client("apigateway", **session).get_rest_apis)[1] == "UnrecognizedClientException"


def test_who_is_not_trusted_assumes_nothing(account: Account, limen: LimenProcess):
    signed = account.user("e2e-outsider", allow("sts:AssumeRole"))
    arn = account.role("e2e-closed", {"Service": "lambda.amazonaws.com"}, allow("*"))
    sts = limen.client("sts", **signed)

    status, code, message = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="me")
    assert (status, code) == (403, "AccessDenied")
    user = f"arn:aws:iam::{ACCOUNT}:user/e2e-outsider"
    assert message == f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {arn}"
    gone = refusal(sts.assume_role, RoleArn=arn.replace("closed", "nowhere"), RoleSessionName="me")
    assert gone[:2] == (403, "AccessDenied")
    assert refusal(sts.get_federation_token, Name="me")[1] == "AccessDenied"
    name, status = refusal(limen.client("sts").get_federation_token, Name="me")[1], 400
    assert (name, status) == ("NotImplemented", 400)


def test_session_tokens_of_users_and_of_the_administrator(account: Account, limen: LimenProcess):
    given = limen.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    session = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }

    assert limen.client("sts", **session).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert "Users" in limen.client("iam", **session).list_users()
    assert refusal(limen.client("sts", **session).get_session_token)[1] == "AccessDenied"


def test_a_presigned_question_tells_who_signed_it(limen: LimenProcess):
    trusted = ssl.create_default_context(cafile=limen.ca)
    for method in ("GET", "POST"):
        url = limen.client("sts").generate_presigned_url("get_caller_identity", HttpMethod=method)

        answer = httpx.request(method, url, verify=trusted)

        assert answer.status_code == 200, answer.text
        assert f"<Arn>arn:aws:iam::{ACCOUNT}:root</Arn>" in answer.text


def test_paginators_waiters_and_tags_work(account: Account):
    for number in range(3):
        account.iam.create_user(UserName=f"e2e-many-{number}", Path="/many/", Tags=[{"Key": "n", "Value": str(number)}])

    pages = account.iam.get_paginator("list_users").paginate(
        PathPrefix="/many/", PaginationConfig={"PageSize": 2, "MaxItems": 10}
    )
    assert [user["UserName"] for page in pages for user in page["Users"]] == [f"e2e-many-{n}" for n in range(3)]
    account.iam.get_waiter("user_exists").wait(UserName="e2e-many-1")
    role = account.role("e2e-document", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, allow("*"))
    read = account.iam.get_role(RoleName=role.rpartition("/")[2])["Role"]
    assert read["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def test_limens_own_questions_are_weighed_as_well(account: Account, limen: LimenProcess):
    signed = account.user("e2e-asking", allow("limen:GetStatus"))
    environment = {"LIMEN_ACCESS_KEY_ID": signed["aws_access_key_id"], "LIMEN_SECRET_ACCESS_KEY": ""}
    environment["LIMEN_SECRET_ACCESS_KEY"] = signed["aws_secret_access_key"]

    assert limen.command("status", environment=environment).returncode == 0
    denied = limen.command("stacks", environment=environment, check=False)
    assert denied.returncode == 1
    assert "e2e-asking is not authorized to perform: limen:ListStacks" in denied.stderr
