"""GetAccountAuthorizationDetails: users, groups, roles and managed policies, with all that they may.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from collections.abc import Iterator
from typing import Any

from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.documents import GROUP, POLICY, ROLE, USER
from limen.control.iam.policies import attached_of_aws, describe_whole, name_of
from limen.control.iam.policy_documents import shown
from limen.control.iam.roles import answer_role
from limen.store.documents import Document

_LISTS = {"User": "UserDetailList", "Group": "GroupDetailList", "Role": "RoleDetailList"}
_POLICIES = "Policies"
_FILTERS = (*_LISTS, "LocalManagedPolicy", "AWSManagedPolicy")


def get_account_authorization_details(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Of AWS's own policies those that are in use. A page holds so many of all kinds together."""
    kinds = members.get("Filter") or _FILTERS
    details = [detail for kind in _FILTERS if kind in kinds for detail in _details(call, kind)]
    answer = documents.list_page(details, members, _POLICIES)
    page: list[tuple[str, Document]] = answer.pop(_POLICIES)
    for name in (*_LISTS.values(), _POLICIES):
        answer[name] = [detail for member, detail in page if member == name]
    return answer


def _details(call: Call, kind: str) -> Iterator[tuple[str, Document]]:
    if kind == "LocalManagedPolicy":
        found = [describe_whole(call, policy) for policy in documents.all_of(call, POLICY)]
        yield from ((_POLICIES, policy) for policy in found)
    elif kind == "AWSManagedPolicy":
        yield from ((_POLICIES, describe_whole(call, policy)) for policy in attached_of_aws(call))
    else:
        noun = {"User": USER, "Group": GROUP, "Role": ROLE}[kind]
        yield from ((_LISTS[kind], _detail(call, kind, noun, each)) for each in documents.all_of(call, noun))


def _detail(call: Call, kind: str, noun: str, document: Document) -> Document:
    detail = {name: value for name, value in document.items() if not name.startswith("_")}
    detail["AttachedManagedPolicies"] = [
        {"PolicyName": name_of(arn), "PolicyArn": arn} for arn in document.get("_attached", [])
    ]
    detail[f"{kind}PolicyList"] = [
        {"PolicyName": name, "PolicyDocument": shown(text)} for name, text in document.get("_policies", {}).items()
    ]
    if noun == USER:
        groups = [documents.look_up(call, GROUP, name) for name in document.get("_groups", [])]
        detail["GroupList"] = [group["GroupName"] for group in groups if group is not None]
    if noun == ROLE:
        for name in ("Description", "MaxSessionDuration"):
            detail.pop(name, None)  # the answer has no such members
        trust = answer_role(document)["AssumeRolePolicyDocument"]
        detail |= {"AssumeRolePolicyDocument": trust, "InstanceProfileList": [], "RoleLastUsed": {}}
    return detail
