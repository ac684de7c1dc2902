"""Managed policies and their versions: CreatePolicy, CreatePolicyVersion and those like them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
"""

from collections.abc import Iterator
from typing import Any

from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.aws_policies import AWS_POLICIES, AWS_PREFIX, is_of_aws
from limen.control.iam.documents import GROUP, POLICY, ROLE, USER
from limen.control.iam.errors import (
    delete_conflict,
    entity_exists,
    invalid_input,
    limit_exceeded,
    no_such_entity,
)
from limen.control.iam.policy_documents import MOST_MANAGED, check_identity_policy, shown, size_of
from limen.control.iam.tag_lists import checked_tags
from limen.store.documents import Document

MOST_VERSIONS = 5
_AWS_DATE = "2015-02-06T18:39:46Z"
_LISTED_NOT = ("Tags", "Description")
"""What lists do not show."""


def create_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    name = members["PolicyName"]
    before = documents.look_up(call, POLICY, name)
    if before is not None:
        raise entity_exists(f"A policy called {name} already exists. Duplicate names are not allowed.")
    _check(members["PolicyDocument"])
    document: Document = documents.new_document(call, POLICY, members) | {
        "DefaultVersionId": "v1",
        "UpdateDate": call.now,
        "_versions": {"v1": {"Document": members["PolicyDocument"], "CreateDate": call.now}},
        "_last": 1,
    }
    if members.get("Description"):
        document["Description"] = members["Description"]
    if members.get("Tags"):
        document["Tags"] = checked_tags(members["Tags"])
    documents.put(call, POLICY, document)
    return {"Policy": _answer(call, document)}


def get_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"Policy": _answer(call, find_any(call, members["PolicyArn"]))}


def list_policies(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    scope, prefix = members.get("Scope", "All"), members.get("PathPrefix") or "/"
    found = [] if scope == "AWS" else documents.all_of(call, POLICY)
    found += [] if scope == "Local" else [_of_aws(arn) for arn in AWS_POLICIES]
    uses = _uses(call)
    is_boundary = members.get("PolicyUsageFilter") == "PermissionsBoundary"
    listed = [
        {name: value for name, value in _answer(call, each, uses).items() if name not in _LISTED_NOT}
        for each in found
        if each["Path"].startswith(prefix)
    ]
    if members.get("OnlyAttached") or "PolicyUsageFilter" in members:
        counted = "PermissionsBoundaryUsageCount" if is_boundary else "AttachmentCount"
        listed = [each for each in listed if each[counted]]
    return documents.list_page(listed, members, "Policies")


def delete_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = find_policy(call, members["PolicyArn"])
    if any(_uses(call).get(document["Arn"], ())):
        raise delete_conflict("Cannot delete a policy attached to entities.")
    if len(document["_versions"]) > 1:
        raise delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
    documents.remove(call, POLICY, document)
    return {}


# --- versions


def create_policy_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = find_policy(call, members["PolicyArn"])
    _check(members["PolicyDocument"])
    if len(document["_versions"]) >= MOST_VERSIONS:
        raise limit_exceeded(
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
            "version."
        )
    number = document["_last"] + 1
    version = {"Document": members["PolicyDocument"], "CreateDate": call.now}
    changed = document | {"_versions": document["_versions"] | {f"v{number}": version}, "_last": number}
    if members.get("SetAsDefault"):
        changed |= {"DefaultVersionId": f"v{number}", "UpdateDate": call.now}
    documents.put(call, POLICY, changed)
    return {"PolicyVersion": _answer_version(changed, f"v{number}", with_document=False)}


def get_policy_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = find_any(call, members["PolicyArn"])
    return {"PolicyVersion": _answer_version(document, _version(document, members))}


def list_policy_versions(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = find_any(call, members["PolicyArn"])
    newest_first = reversed(document["_versions"])
    listed = [_answer_version(document, version, with_document=False) for version in newest_first]
    return documents.list_page(listed, members, "Versions")


def set_default_policy_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = find_policy(call, members["PolicyArn"])
    version = _version(document, members)
    documents.put(call, POLICY, document | {"DefaultVersionId": version, "UpdateDate": call.now})
    return {}


def delete_policy_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = find_policy(call, members["PolicyArn"])
    version = _version(document, members)
    if version == document["DefaultVersionId"]:
        raise delete_conflict("Cannot delete the default version of a policy.")
    kept = {name: each for name, each in document["_versions"].items() if name != version}
    documents.put(call, POLICY, document | {"_versions": kept})
    return {}


def list_entities_for_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    arn = find_any(call, members["PolicyArn"])["Arn"]
    wanted, prefix = members.get("EntityFilter", "All"), members.get("PathPrefix") or "/"
    usage = members.get("PolicyUsageFilter")
    answer: dict[str, Any] = {"PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": [], "IsTruncated": False}
    for noun, kind in ((GROUP, "Group"), (USER, "User"), (ROLE, "Role")):
        for each in documents.all_of(call, noun) if wanted in ("All", kind, "LocalManagedPolicy") else ():
            is_attached = arn in each.get("_attached", []) and usage != "PermissionsBoundary"
            is_bounded = arn == _boundary(each) and usage != "PermissionsPolicy"
            if (is_attached or is_bounded) and each["Path"].startswith(prefix):
                named = {name: each[name] for name in (documents.NAME_OF[noun], documents.ID_OF[noun])}
                answer[f"Policy{kind}s"].append(named)
    return answer


# --- what others ask


def find_policy(call: Call, arn: str) -> Document:
    """One of ours; those of AWS cannot be changed."""
    if is_of_aws(arn):
        raise invalid_input(f"Policy {arn} is one of AWS's own and cannot be changed.")
    return find_any(call, arn)


def find_any(call: Call, arn: str) -> Document:
    """A managed policy, ours or AWS's: of those that are not in the table the content is not known."""
    if is_of_aws(arn):
        return _of_aws(arn)
    document = documents.look_up(call, POLICY, arn.rpartition("/")[2])
    if document is None or document["Arn"] != arn:
        raise no_such_entity(f"Policy {arn} was not found.")
    return document


def describe_whole(call: Call, document: Document) -> dict[str, Any]:
    """With all versions and what they say, the newest first."""
    versions = [_answer_version(document, version) for version in reversed(document["_versions"])]
    return _answer(call, document) | {"PolicyVersionList": versions}


def attached_of_aws(call: Call) -> list[Document]:
    """AWS's own policies that somebody has."""
    return [_of_aws(arn) for arn in dict.fromkeys(arn for arn, _, _ in _each_use(call)) if is_of_aws(arn)]


def check_attachable(call: Call, arn: str) -> None:
    if not is_of_aws(arn) and call_document(call, arn) is None:
        raise no_such_entity(f"Policy {arn} does not exist or is not attachable.")


def call_document(call: Call, arn: str) -> Document | None:
    document = documents.look_up(call, POLICY, arn.rpartition("/")[2])
    return document if document is not None and document["Arn"] == arn else None


def name_of(arn: str) -> str:
    return arn.rpartition("/")[2]


def path_of(arn: str) -> str:
    """With a slash at both ends, of which the root has one."""
    return f"/{arn.partition('/')[2]}"[: -len(name_of(arn)) or None]


def _check(text: str) -> None:
    check_identity_policy(text)
    if size_of(text) > MOST_MANAGED:
        raise limit_exceeded(f"Cannot exceed quota for PolicySize: {MOST_MANAGED}")


def _version(document: Document, members: dict[str, Any]) -> str:
    version: str = members["VersionId"]
    if version not in document["_versions"]:
        raise no_such_entity(f"Policy {document['Arn']} version {version} does not exist or is not attachable.")
    return version


def _of_aws(arn: str) -> Document:
    path, _, name = arn.removeprefix(AWS_PREFIX).rpartition("/")
    text = AWS_POLICIES.get(arn)
    known = "" if text is not None else "Limen does not know what this policy of AWS says: it allows nothing here."
    nothing = '{"Version":"2012-10-17","Statement":[]}'
    return {
        "PolicyName": name,
        "PolicyId": "ANPA" + name.upper()[:16],
        "Arn": arn,
        "Path": f"/{path}/" if path else "/",
        "CreateDate": _AWS_DATE,
        "UpdateDate": _AWS_DATE,
        "DefaultVersionId": "v1",
        "_versions": {"v1": {"Document": text or nothing, "CreateDate": _AWS_DATE}},
        **({"Description": known} if known else {}),
    }


def _answer(call: Call, document: Document, uses: dict[str, tuple[int, int]] | None = None) -> dict[str, Any]:
    attached, bounds = (uses if uses is not None else _uses(call)).get(document["Arn"], (0, 0))
    shown_members = {name: value for name, value in document.items() if not name.startswith("_")}
    counts = {"AttachmentCount": attached, "PermissionsBoundaryUsageCount": bounds, "IsAttachable": True}
    return shown_members | counts


def _answer_version(document: Document, version: str, *, with_document: bool = True) -> dict[str, Any]:
    stored = document["_versions"][version]
    text = {"Document": shown(stored["Document"])} if with_document else {}
    is_default = version == document["DefaultVersionId"]
    return {"VersionId": version, "IsDefaultVersion": is_default, "CreateDate": stored["CreateDate"], **text}


def _uses(call: Call) -> dict[str, tuple[int, int]]:
    """By ARN: to how many a policy is attached, and whose boundary it is."""
    counts: dict[str, tuple[int, int]] = {}
    for arn, attached, bounds in _each_use(call):
        before = counts.get(arn, (0, 0))
        counts[arn] = (before[0] + attached, before[1] + bounds)
    return counts


def _each_use(call: Call) -> Iterator[tuple[str, int, int]]:
    for noun in (USER, ROLE, GROUP):
        for each in documents.all_of(call, noun):
            yield from ((arn, 1, 0) for arn in each.get("_attached", []))
            boundary = _boundary(each)
            if boundary is not None:
                yield boundary, 0, 1


def _boundary(document: Document) -> str | None:
    arn: str | None = document.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return arn
