"""Roles as Terraform, SAM and the CDK make, read, change and delete them."""

import json
from urllib.parse import unquote

from tests.control.iam.conftest import ACCOUNT, Iam
from tests.control.iam.test_users import ALLOW_ALL

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def test_a_role_lives_as_terraform_has_it(iam: Iam):
    made = iam("CreateRole", RoleName="fn", Path="/x/", AssumeRolePolicyDocument=TRUST, Description="of a function")
    assert made["Role"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/x/fn"
    assert (made["Role"]["RoleId"][:4], made["Role"]["MaxSessionDuration"]) == ("AROA", 3600)

    read = iam("GetRole", RoleName="fn")["Role"]
    assert unquote(read["AssumeRolePolicyDocument"]) == TRUST
    iam("AttachRolePolicy", RoleName="fn", PolicyArn=BASIC)
    iam("PutRolePolicy", RoleName="fn", PolicyName="own", PolicyDocument=ALLOW_ALL)
    iam("UpdateRole", RoleName="fn", Description="changed", MaxSessionDuration=7200)
    assert iam("ListRolePolicies", RoleName="fn")["PolicyNames"] == ["own"]
    assert iam("ListAttachedRolePolicies", RoleName="fn")["AttachedPolicies"] == [
        {"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": BASIC}
    ]
    assert iam("ListAttachedRolePolicies", RoleName="fn", PathPrefix="/service-role/")["AttachedPolicies"]
    assert iam("ListAttachedRolePolicies", RoleName="fn", PathPrefix="/x/")["AttachedPolicies"] == []
    assert iam("ListInstanceProfilesForRole", RoleName="fn")["InstanceProfiles"] == []
    assert iam("UpdateRoleDescription", RoleName="fn", Description="again")["Role"]["MaxSessionDuration"] == 7200

    assert "delete policies" in iam.refusal("DeleteRole", RoleName="fn")[1]
    iam("DeleteRolePolicy", RoleName="fn", PolicyName="own")
    assert "detach all policies" in iam.refusal("DeleteRole", RoleName="fn")[1]
    iam("DetachRolePolicy", RoleName="fn", PolicyArn=BASIC)
    iam("DeleteRole", RoleName="fn")
    assert iam.refusal("GetRole", RoleName="fn") == ("NoSuchEntity", "The role with name fn cannot be found.")


def test_a_trust_policy_is_checked_and_replaced(iam: Iam):
    assert iam.refusal("CreateRole", RoleName="r", AssumeRolePolicyDocument=ALLOW_ALL) == (
        "MalformedPolicyDocument",
        "Missing required field Principal",
    )
    iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)
    changed = TRUST.replace("lambda", "apigateway")
    iam("UpdateAssumeRolePolicy", RoleName="r", PolicyDocument=changed)

    assert unquote(iam("ListRoles")["Roles"][0]["AssumeRolePolicyDocument"]) == changed
    assert iam.refusal("CreateRole", RoleName="R", AssumeRolePolicyDocument=TRUST)[0] == "EntityAlreadyExists"
    long = TRUST.replace("lambda", "x" * 5000)
    assert iam.refusal("UpdateAssumeRolePolicy", RoleName="r", PolicyDocument=long)[0] == "LimitExceeded"


def test_the_role_of_a_service_is_not_changed_by_hand(iam: Iam):
    made = iam("CreateServiceLinkedRole", AWSServiceName="ops.apigateway.amazonaws.com")["Role"]

    assert made["Arn"].endswith(":role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway")
    name = made["RoleName"]
    for operation, members in (
        ("DeleteRole", {}),
        ("UpdateRole", {"Description": "mine"}),
        ("PutRolePolicy", {"PolicyName": "p", "PolicyDocument": ALLOW_ALL}),
        ("AttachRolePolicy", {"PolicyArn": BASIC}),
    ):
        assert "protected role" in iam.refusal(operation, RoleName=name, **members)[1]
    assert iam.refusal("CreateServiceLinkedRole", AWSServiceName="ops.apigateway.amazonaws.com")[0] == "InvalidInput"
    assert iam.refusal("CreateServiceLinkedRole", AWSServiceName="nonsense")[0] == "InvalidInput"

    task = iam("DeleteServiceLinkedRole", RoleName=name)["DeletionTaskId"]
    assert task.startswith("task/aws-service-role/")


def test_roles_below_the_path_of_services_are_refused(iam: Iam):
    code, _ = iam.refusal("CreateRole", RoleName="r", Path="/aws-service-role/x/", AssumeRolePolicyDocument=TRUST)

    assert code == "InvalidInput"
