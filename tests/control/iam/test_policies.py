"""Managed policies: versions, attachments, and those of AWS."""

import json
from urllib.parse import unquote

from tests.control.iam.conftest import ACCOUNT, Iam
from tests.control.iam.test_users import ALLOW_ALL

ARN = f"arn:aws:iam::{ACCOUNT}:policy/mine"
DENY_ALL = ALLOW_ALL.replace("Allow", "Deny")
ADMINISTRATOR = "arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator"


def test_a_policy_changes_by_versions(iam: Iam):
    made = iam("CreatePolicy", PolicyName="mine", PolicyDocument=ALLOW_ALL, Description="d")["Policy"]
    assert (made["Arn"], made["DefaultVersionId"], made["AttachmentCount"]) == (ARN, "v1", 0)
    iam("CreateUser", UserName="ci")
    iam("AttachUserPolicy", UserName="ci", PolicyArn=ARN)

    iam("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=DENY_ALL)
    assert iam.records()["ci"].policies == (ALLOW_ALL,)
    iam("SetDefaultPolicyVersion", PolicyArn=ARN, VersionId="v2")
    assert iam.records()["ci"].policies == (DENY_ALL,)

    versions = iam("ListPolicyVersions", PolicyArn=ARN)["Versions"]
    assert [(each["VersionId"], each["IsDefaultVersion"]) for each in versions] == [("v2", True), ("v1", False)]
    version = iam("GetPolicyVersion", PolicyArn=ARN, VersionId="v1")["PolicyVersion"]
    assert unquote(version["Document"]) == ALLOW_ALL
    assert iam("GetPolicy", PolicyArn=ARN)["Policy"]["AttachmentCount"] == 1


def test_a_policy_has_five_versions_at_most(iam: Iam):
    iam("CreatePolicy", PolicyName="mine", PolicyDocument=ALLOW_ALL)
    for _ in range(4):
        iam("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=ALLOW_ALL, SetAsDefault=True)

    assert iam.refusal("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=ALLOW_ALL)[0] == "LimitExceeded"
    assert iam.refusal("DeletePolicyVersion", PolicyArn=ARN, VersionId="v5")[0] == "DeleteConflict"
    iam("DeletePolicyVersion", PolicyArn=ARN, VersionId="v4")
    answer = iam("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=ALLOW_ALL)
    assert answer["PolicyVersion"]["VersionId"] == "v6", "numbers are not used twice"


def test_a_policy_goes_when_nobody_has_it(iam: Iam):
    iam("CreatePolicy", PolicyName="mine", PolicyDocument=ALLOW_ALL)
    iam("CreateUser", UserName="ci")
    iam("AttachUserPolicy", UserName="ci", PolicyArn=ARN)

    assert iam.refusal("DeletePolicy", PolicyArn=ARN) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )
    iam("DetachUserPolicy", UserName="ci", PolicyArn=ARN)
    iam("DeletePolicy", PolicyArn=ARN)

    assert iam.refusal("GetPolicy", PolicyArn=ARN) == ("NoSuchEntity", f"Policy {ARN} was not found.")
    code, message = iam.refusal("AttachUserPolicy", UserName="ci", PolicyArn=ARN)
    assert (code, message) == ("NoSuchEntity", f"Policy {ARN} does not exist or is not attachable.")


def test_policies_of_aws_can_be_read_and_attached_but_not_changed(iam: Iam):
    iam("CreateUser", UserName="ci")
    iam("AttachUserPolicy", UserName="ci", PolicyArn=ADMINISTRATOR)

    (policy,) = iam.records()["ci"].policies
    assert json.loads(policy)["Statement"][0]["Action"] == ["apigateway:*"]
    assert iam("GetPolicy", PolicyArn=ADMINISTRATOR)["Policy"]["AttachmentCount"] == 1
    assert iam.refusal("DeletePolicy", PolicyArn=ADMINISTRATOR)[0] == "InvalidInput"
    assert iam.refusal("CreatePolicyVersion", PolicyArn=ADMINISTRATOR, PolicyDocument=ALLOW_ALL)[0] == "InvalidInput"


def test_one_of_aws_that_is_not_known_allows_nothing_and_says_so(iam: Iam):
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam("CreateUser", UserName="ci")
    iam("AttachUserPolicy", UserName="ci", PolicyArn=arn)

    assert iam.records()["ci"].policies == ()
    assert "allows nothing here" in iam("GetPolicy", PolicyArn=arn)["Policy"]["Description"]


def test_lists_by_scope_and_use(iam: Iam):
    iam("CreatePolicy", PolicyName="mine", PolicyDocument=ALLOW_ALL)
    iam("CreatePolicy", PolicyName="bound", PolicyDocument=ALLOW_ALL)
    bound = ARN.replace("mine", "bound")
    iam("CreateUser", UserName="ci", PermissionsBoundary=bound)
    iam("AttachUserPolicy", UserName="ci", PolicyArn=ARN)

    def names(**members: object) -> list[str]:
        return [each["PolicyName"] for each in iam("ListPolicies", **members)["Policies"]]

    assert names(Scope="Local") == ["mine", "bound"]
    assert names(Scope="Local", OnlyAttached=True) == ["mine"]
    assert names(Scope="Local", PolicyUsageFilter="PermissionsBoundary") == ["bound"]
    assert "AWSLambdaRole" in names(Scope="AWS", PathPrefix="/service-role/")
    entities = iam("ListEntitiesForPolicy", PolicyArn=ARN)
    assert [each["UserName"] for each in entities["PolicyUsers"]] == ["ci"]
    assert iam("ListEntitiesForPolicy", PolicyArn=bound, EntityFilter="Role")["PolicyUsers"] == []


def test_tags_of_a_policy(iam: Iam):
    iam("CreatePolicy", PolicyName="mine", PolicyDocument=ALLOW_ALL, Tags=[{"Key": "a", "Value": "b"}])

    iam("TagPolicy", PolicyArn=ARN, Tags=[{"Key": "c", "Value": "d"}])

    assert len(iam("ListPolicyTags", PolicyArn=ARN)["Tags"]) == 2


def test_sizes_are_those_of_aws(iam: Iam):
    iam("CreateUser", UserName="ci")
    long = json.dumps({"Statement": [{"Effect": "Allow", "Action": ["lambda:" + "x" * 3000], "Resource": "*"}]})

    assert iam.refusal("PutUserPolicy", UserName="ci", PolicyName="p", PolicyDocument=long) == (
        "LimitExceeded",
        "Maximum policy size of 2048 bytes exceeded for user ci",
    )
    iam("CreatePolicy", PolicyName="mine", PolicyDocument=long)
    longer = long.replace("x" * 3000, "x" * 6200)
    assert iam.refusal("CreatePolicy", PolicyName="other", PolicyDocument=longer)[0] == "LimitExceeded"


def test_a_boundary_is_put_and_taken_off(iam: Iam):
    iam("CreatePolicy", PolicyName="mine", PolicyDocument=ALLOW_ALL)
    iam("CreateUser", UserName="ci")

    iam("PutUserPermissionsBoundary", UserName="ci", PermissionsBoundary=ARN)
    assert iam.records()["ci"].boundary == ALLOW_ALL
    iam("DeleteUserPermissionsBoundary", UserName="ci")
    assert iam.records()["ci"].boundary is None
    assert iam.refusal("DeleteUserPermissionsBoundary", UserName="ci")[0] == "NoSuchEntity"


def test_inline_policies_are_read_and_deleted(iam: Iam):
    iam("CreateUser", UserName="ci")
    iam("PutUserPolicy", UserName="ci", PolicyName="p", PolicyDocument=ALLOW_ALL)

    read = iam("GetUserPolicy", UserName="ci", PolicyName="p")
    assert (read["UserName"], read["PolicyName"], unquote(read["PolicyDocument"])) == ("ci", "p", ALLOW_ALL)
    iam("DeleteUserPolicy", UserName="ci", PolicyName="p")
    assert iam.refusal("GetUserPolicy", UserName="ci", PolicyName="p") == (
        "NoSuchEntity",
        "The user policy with name p cannot be found.",
    )
