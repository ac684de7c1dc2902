"""Groups, who is in them, and what is left when they go."""

from tests.control.pools.conftest import Shop


def test_groups_are_made_changed_and_listed(shop: Shop) -> None:
    shop("CreateGroup", GroupName="admins", Precedence=2)
    shop("UpdateGroup", GroupName="admins", Description="who may all")
    shop("CreateGroup", GroupName="staff")

    group = shop("GetGroup", GroupName="admins")["Group"]
    assert (group["Precedence"], group["Description"]) == (2, "who may all")
    first = shop("ListGroups", Limit=1)
    second = shop("ListGroups", Limit=1, NextToken=first["NextToken"])
    assert [each["Groups"][0]["GroupName"] for each in (first, second)] == ["admins", "staff"]
    assert "GroupExistsException" in shop.refuses("CreateGroup", GroupName="staff")
    assert shop.refuses("GetGroup", GroupName="none") == "ResourceNotFoundException: Group not found."
    assert "Role ARN" in shop.refuses("CreateGroup", GroupName="x", RoleArn="arn:aws:iam::000000000000:user/ana")


def test_tokens_name_groups_by_precedence(shop: Shop) -> None:
    shop.add_user("ana")
    for name, more in (("last", {}), ("second", {"Precedence": 2}), ("first", {"Precedence": 1})):
        shop("CreateGroup", GroupName=name, **more)
        shop("AdminAddUserToGroup", Username="ana", GroupName=name)
        shop("AdminAddUserToGroup", Username="ana", GroupName=name)

    claims = shop.claims(shop.tokens("ana")["AccessToken"])

    assert claims["cognito:groups"] == ["first", "second", "last"]


def test_two_roles_of_one_precedence_leave_none_preferred(shop: Shop) -> None:
    shop.add_user("ana")
    for name in ("one", "two"):
        shop("CreateGroup", GroupName=name, Precedence=1, RoleArn=f"arn:aws:iam::000000000000:role/{name}")
        shop("AdminAddUserToGroup", Username="ana", GroupName=name)

    claims = shop.claims(shop.tokens("ana")["IdToken"])

    assert "cognito:preferred_role" not in claims
    assert len(claims["cognito:roles"]) == 2


def test_members_come_and_go(shop: Shop) -> None:
    shop("CreateGroup", GroupName="staff")
    for name in ("ana", "bea"):
        shop.add_user(name)
        shop("AdminAddUserToGroup", Username=name, GroupName="staff")
    shop("AdminRemoveUserFromGroup", Username="ana", GroupName="staff")

    assert [user["Username"] for user in shop("ListUsersInGroup", GroupName="staff")["Users"]] == ["bea"]
    shop("DeleteGroup", GroupName="staff")
    assert shop("AdminListGroupsForUser", Username="bea")["Groups"] == []
    assert "cognito:groups" not in shop.claims(shop.tokens("bea")["IdToken"])


def test_groups_of_a_user_come_in_pages_that_outlive_a_group(shop: Shop) -> None:
    shop.add_user("ana")
    for name in ("c", "a", "b"):
        shop("CreateGroup", GroupName=name)
        shop("AdminAddUserToGroup", Username="ana", GroupName=name)

    first = shop("AdminListGroupsForUser", Username="ana", Limit=2)
    shop("AdminRemoveUserFromGroup", Username="ana", GroupName="b")
    second = shop("AdminListGroupsForUser", Username="ana", Limit=2, NextToken=first["NextToken"])

    assert [group["GroupName"] for group in first["Groups"]] == ["a", "b"]
    assert [group["GroupName"] for group in second["Groups"]] == ["c"]
    assert second.get("NextToken") is None
