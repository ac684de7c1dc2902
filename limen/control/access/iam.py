"""Actions of IAM: on the user, role, group or policy that a call names, with its path.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from collections.abc import Iterator

from limen.aws.call import AwsCall
from limen.control.access.weigh import Asking
from limen.control.iam.documents import GROUP, NAME_OF, ROLE, USER, arn_of, key_of, parent_of
from limen.store.reader import Reader

_OF_CALLER = frozenset({"GetUser", "ListAccessKeys", "CreateAccessKey", "DeleteAccessKey", "UpdateAccessKey"})
"""Operations that mean the caller where they name no user."""
_OF_ALL = frozenset(
    {
        "GetAccessKeyLastUsed",
        "GetAccountSummary",
        "GetAccountAuthorizationDetails",
        "ListAccountAliases",
        "SimulateCustomPolicy",
    }
)
_OF_LISTS = {"ListUsers": USER, "ListRoles": ROLE, "ListGroups": GROUP}
_CONTEXT = (
    ("PolicyArn", "iam:policyarn"),
    ("PermissionsBoundary", "iam:permissionsboundary"),
    ("AWSServiceName", "iam:awsservicename"),
)


def iam_askings(call: AwsCall, reader: Reader) -> Iterator[Asking]:
    members = call.members
    context = {key: str(members[member]) for member, key in _CONTEXT if members.get(member)}
    yield Asking(f"iam:{call.operation}", _resource(call, reader), context)


def _resource(call: AwsCall, reader: Reader) -> str:
    members = call.members
    if call.operation in _OF_ALL:
        return "*"
    for noun in (GROUP, ROLE, USER):  # a call that names a group and a user is about the group
        name = members.get(NAME_OF[noun])
        if name:
            return _arn(call, reader, noun, str(name))
    if call.operation in _OF_LISTS:
        prefix = members.get("PathPrefix") or "/"
        return arn_of(call.account, _OF_LISTS[call.operation], str(prefix), "")
    if call.operation == "CreatePolicy":
        return arn_of(call.account, "IamPolicy", members.get("Path") or "/", str(members["PolicyName"]))
    if call.operation in _OF_CALLER and call.caller is not None and call.caller.kind == "User":
        return call.caller.arn
    if call.operation == "CreateServiceLinkedRole":
        return f"arn:aws:iam::{call.account}:role/aws-service-role/{members['AWSServiceName']}/*"
    return str(members.get("PolicySourceArn") or members.get("PolicyArn") or "*")


def _arn(call: AwsCall, reader: Reader, noun: str, name: str) -> str:
    """Of what is there, or of what is to be made."""
    document = reader.get(noun, parent_of(call.account), key_of(name))
    if document is not None:
        return str(document["Arn"])
    return arn_of(call.account, noun, call.members.get("Path") or "/", name)
