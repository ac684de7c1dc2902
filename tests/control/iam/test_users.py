"""Users: made, found, renamed, deleted when nothing hangs on them; and what those who build ask of them."""

from limen.aws.identities import Principal
from tests.control.iam.conftest import ACCOUNT, Iam

ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def test_a_user_is_made_and_found(iam: Iam):
    made = iam("CreateUser", UserName="ci", Path="/team/", Tags=[{"Key": "a", "Value": "b"}])["User"]

    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/ci"
    assert (made["UserId"][:4], len(made["UserId"])) == ("AIDA", 20)
    assert iam("GetUser", UserName="ci")["User"] == made
    assert "Tags" not in iam("ListUsers")["Users"][0]


def test_names_differ_by_more_than_their_case(iam: Iam):
    iam("CreateUser", UserName="ci")

    assert iam.refusal("CreateUser", UserName="CI") == ("EntityAlreadyExists", "User with name CI already exists.")
    assert iam.refusal("GetUser", UserName="x") == ("NoSuchEntity", "The user with name x cannot be found.")


def test_a_list_goes_on_by_its_marker(iam: Iam):
    for name in ("a", "b", "c"):
        iam("CreateUser", UserName=name, Path="/x/" if name == "b" else "/")

    first = iam("ListUsers", MaxItems=2)
    rest = iam("ListUsers", MaxItems=2, Marker=first["Marker"])

    assert ([each["UserName"] for each in first["Users"]], first["IsTruncated"]) == (["a", "b"], True)
    assert ([each["UserName"] for each in rest["Users"]], rest["IsTruncated"]) == (["c"], False)
    assert [each["UserName"] for each in iam("ListUsers", PathPrefix="/x/")["Users"]] == ["b"]
    assert iam.refusal("ListUsers", Marker="nonsense")[0] == "ValidationError"


def test_a_renamed_user_keeps_its_keys(iam: Iam):
    iam("CreateUser", UserName="ci")
    iam("CreateUser", UserName="other")
    key = iam("CreateAccessKey", UserName="ci")["AccessKey"]

    iam("UpdateUser", UserName="ci", NewUserName="cd", NewPath="/robots/")

    assert iam("GetUser", UserName="cd")["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/robots/cd"
    (listed,) = iam("ListAccessKeys", UserName="cd")["AccessKeyMetadata"]
    assert (listed["AccessKeyId"], listed["UserName"]) == (key["AccessKeyId"], "cd")
    assert iam.refusal("UpdateUser", UserName="cd", NewUserName="Other")[0] == "EntityAlreadyExists"


def test_a_user_goes_when_nothing_hangs_on_it(iam: Iam):
    iam("CreateUser", UserName="ci")
    iam("CreateGroup", GroupName="team")
    iam("AddUserToGroup", GroupName="team", UserName="ci")
    iam("PutUserPolicy", UserName="ci", PolicyName="p", PolicyDocument=ALLOW_ALL)
    key = iam("CreateAccessKey", UserName="ci")["AccessKey"]["AccessKeyId"]

    steps = [
        ("must delete access keys first.", lambda: iam("DeleteAccessKey", UserName="ci", AccessKeyId=key)),
        ("must delete policies first.", lambda: iam("DeleteUserPolicy", UserName="ci", PolicyName="p")),
        (
            "must remove users from group first.",
            lambda: iam("RemoveUserFromGroup", GroupName="team", UserName="ci"),
        ),
    ]
    for words, step in steps:
        code, message = iam.refusal("DeleteUser", UserName="ci")
        assert (code, message) == ("DeleteConflict", f"Cannot delete entity, {words}")
        step()
    iam("DeleteUser", UserName="ci")

    assert iam("ListUsers")["Users"] == []


def test_without_a_name_the_caller_is_meant(iam: Iam):
    iam("CreateUser", UserName="ci")
    assert iam("GetUser")["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"

    iam.caller = Principal(kind="User", arn="arn", account=ACCOUNT, user_id="AIDA", name="ci", policies=(ALLOW_ALL,))
    assert iam("GetUser")["User"]["UserName"] == "ci"

    iam.caller = Principal(kind="AssumedRole", arn="arn", account=ACCOUNT, user_id="AROA:me", policies=(ALLOW_ALL,))
    code, message = iam.refusal("GetUser")
    assert (code, message) == ("ValidationError", "Must specify userName when calling with non-User credentials")


def test_tags_are_added_and_taken_off(iam: Iam):
    iam("CreateUser", UserName="ci")
    iam("TagUser", UserName="ci", Tags=[{"Key": "Team", "Value": "1"}, {"Key": "b", "Value": ""}])
    iam("TagUser", UserName="ci", Tags=[{"Key": "team", "Value": "2"}])
    iam("UntagUser", UserName="ci", TagKeys=["B"])

    assert iam("ListUserTags", UserName="ci")["Tags"] == [{"Key": "team", "Value": "2"}]
    assert iam.refusal("TagUser", UserName="ci", Tags=[{"Key": "aws:x", "Value": ""}])[0] == "ValidationError"
    twice = [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]
    assert iam.refusal("TagUser", UserName="ci", Tags=twice)[0] == "InvalidInput"


def test_what_limen_has_none_of_is_empty(iam: Iam):
    iam("CreateUser", UserName="ci")

    assert iam("ListMFADevices", UserName="ci")["MFADevices"] == []
    assert iam("ListAccountAliases")["AccountAliases"] == []
    assert iam("ListOpenIDConnectProviders") == {"OpenIDConnectProviderList": []}
    assert iam("ListSAMLProviders") == {"SAMLProviderList": []}
    assert iam("ListServerCertificates") == {"ServerCertificateMetadataList": [], "IsTruncated": False}
    assert iam.refusal("GetAccountPasswordPolicy") == (
        "NoSuchEntity",
        "The Password Policy with domain name 000000000000 cannot be found.",
    )
    assert iam("GetAccountSummary")["SummaryMap"]["Users"] == 1
    assert iam.refusal("GetLoginProfile", UserName="ci")[0] == "NoSuchEntity"
    assert iam.refusal("CreateLoginProfile", UserName="ci") == (
        "NotImplementedException",
        "Limen does not implement CreateLoginProfile yet",
    )
