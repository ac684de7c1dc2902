"""Groups: their policies speak for their users."""

from tests.control.iam.conftest import Iam
from tests.control.iam.test_users import ALLOW_ALL


def test_the_policies_of_a_group_speak_for_its_users(iam: Iam):
    iam("CreateUser", UserName="ana")
    iam("CreateGroup", GroupName="Team", Path="/x/")
    iam("AddUserToGroup", GroupName="Team", UserName="ana")
    iam("AddUserToGroup", GroupName="Team", UserName="ana")
    iam("PutGroupPolicy", GroupName="Team", PolicyName="p", PolicyDocument=ALLOW_ALL)

    assert iam.records()["ana"].policies == (ALLOW_ALL,)
    assert [each["UserName"] for each in iam("GetGroup", GroupName="Team")["Users"]] == ["ana"]
    assert [each["GroupName"] for each in iam("ListGroupsForUser", UserName="ana")["Groups"]] == ["Team"]

    iam("UpdateGroup", GroupName="Team", NewGroupName="Crew")
    assert iam.records()["ana"].policies == (ALLOW_ALL,)
    assert [each["GroupName"] for each in iam("ListGroups")["Groups"]] == ["Crew"]

    iam("RemoveUserFromGroup", GroupName="Crew", UserName="ana")
    assert iam.records()["ana"].policies == ()


def test_a_group_goes_when_it_is_empty(iam: Iam):
    iam("CreateUser", UserName="ana")
    iam("CreateGroup", GroupName="team")
    iam("AddUserToGroup", GroupName="team", UserName="ana")
    iam("PutGroupPolicy", GroupName="team", PolicyName="p", PolicyDocument=ALLOW_ALL)

    assert "remove users" in iam.refusal("DeleteGroup", GroupName="team")[1]
    iam("RemoveUserFromGroup", GroupName="team", UserName="ana")
    assert "delete policies" in iam.refusal("DeleteGroup", GroupName="team")[1]
    iam("DeleteGroupPolicy", GroupName="team", PolicyName="p")
    iam("DeleteGroup", GroupName="team")

    assert iam.refusal("GetGroup", GroupName="team")[0] == "NoSuchEntity"
    iam("CreateGroup", GroupName="team")
    assert iam.refusal("CreateGroup", GroupName="Team")[0] == "EntityAlreadyExists"
