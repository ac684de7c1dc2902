"""What builders of infrastructure ask about users and roles though Limen has none of it: answered as empty."""

from typing import Any

from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.documents import ROLE, USER
from limen.control.iam.errors import no_such_entity
from limen.control.iam.users import named_user


def nothing_of_user(member: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Certificates, devices and the like of a user that is there."""
    documents.find(call, USER, named_user(call, members))
    return {member: [], "IsTruncated": False}


def nothing(member: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {member: [], "IsTruncated": False}


def list_instance_profiles_for_role(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    documents.find(call, ROLE, members["RoleName"])
    return {"InstanceProfiles": [], "IsTruncated": False}


def get_login_profile(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Users have no passwords."""
    name = named_user(call, members)
    documents.find(call, USER, name)
    raise no_such_entity(f"Login Profile for User {name} cannot be found.")


def none_at_all(member: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Of lists that have no pages."""
    return {member: []}


def get_account_password_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    raise no_such_entity(f"The Password Policy with domain name {call.aws.account} cannot be found.")


def get_instance_profile(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    raise no_such_entity(f"Instance Profile {members['InstanceProfileName']} cannot be found.")


def get_account_summary(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    named = {"Users": USER, "Roles": ROLE, "Groups": documents.GROUP, "Policies": documents.POLICY}
    parent = documents.parent_of(call.aws.account)
    return {"SummaryMap": {name: call.documents.count(noun, parent) for name, noun in named.items()}}
