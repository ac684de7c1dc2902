"""What auditors ask for: everybody with all their policies."""

from urllib.parse import unquote

from tests.control.iam.conftest import ACCOUNT, Iam
from tests.control.iam.test_roles import BASIC, TRUST
from tests.control.iam.test_users import ALLOW_ALL


def test_everybody_is_told_with_all_their_policies(iam: Iam):
    own = iam("CreatePolicy", PolicyName="own", PolicyDocument=ALLOW_ALL)["Policy"]["Arn"]
    iam("CreateGroup", GroupName="team")
    iam("CreateUser", UserName="ana", Tags=[{"Key": "a", "Value": "b"}])
    iam("AddUserToGroup", GroupName="team", UserName="ana")
    iam("PutUserPolicy", UserName="ana", PolicyName="in", PolicyDocument=ALLOW_ALL)
    iam("AttachGroupPolicy", GroupName="team", PolicyArn=own)
    iam("CreateRole", RoleName="fn", AssumeRolePolicyDocument=TRUST)
    iam("AttachRolePolicy", RoleName="fn", PolicyArn=BASIC)

    told = iam("GetAccountAuthorizationDetails")

    (user,), (group,), (role,) = told["UserDetailList"], told["GroupDetailList"], told["RoleDetailList"]
    assert (user["Arn"], user["GroupList"]) == (f"arn:aws:iam::{ACCOUNT}:user/ana", ["team"])
    assert user["Tags"] == [{"Key": "a", "Value": "b"}]
    assert unquote(user["UserPolicyList"][0]["PolicyDocument"]) == ALLOW_ALL
    assert group["AttachedManagedPolicies"] == [{"PolicyName": "own", "PolicyArn": own}]
    assert unquote(role["AssumeRolePolicyDocument"]) == TRUST
    assert [policy["Arn"] for policy in told["Policies"]] == [own, BASIC]
    assert unquote(told["Policies"][0]["PolicyVersionList"][0]["Document"]) == ALLOW_ALL
    assert not [name for each in (user, group, role, *told["Policies"]) for name in each if name.startswith("_")]


def test_a_filter_and_pages_tell_parts(iam: Iam):
    for name in ("a", "b", "c"):
        iam("CreateUser", UserName=name)
    iam("CreateGroup", GroupName="team")

    first = iam("GetAccountAuthorizationDetails", Filter=["User"], MaxItems=2)
    rest = iam("GetAccountAuthorizationDetails", Filter=["User"], MaxItems=2, Marker=first["Marker"])

    assert [each["UserName"] for page in (first, rest) for each in page["UserDetailList"]] == ["a", "b", "c"]
    assert (first["IsTruncated"], rest["IsTruncated"], first["GroupDetailList"]) == (True, False, [])
