"""What users, roles and groups hold of policies: inline ones, attached ones, and the boundary of all of them."""

from typing import Any

from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.documents import NAME_OF, ROLE
from limen.control.iam.errors import no_such_entity, validation
from limen.control.iam.policies import check_attachable, name_of, path_of
from limen.control.iam.policy_documents import check_identity_policy, check_inline_size, shown
from limen.store.documents import Document

SERVICE_PATH = "/aws-service-role/"


def put_inline(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = _find(noun, call, members)
    text = members["PolicyDocument"]
    check_identity_policy(text)
    policies = document.get("_policies", {}) | {members["PolicyName"]: text}
    check_inline_size(noun, document, policies, document[NAME_OF[noun]])
    documents.put(call, noun, document | {"_policies": policies})
    return {}


def get_inline(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = documents.find(call, noun, members[NAME_OF[noun]])
    text = _inline(noun, document, members["PolicyName"])
    named = {NAME_OF[noun]: document[NAME_OF[noun]], "PolicyName": members["PolicyName"]}
    return named | {"PolicyDocument": shown(text)}


def list_inline(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = documents.find(call, noun, members[NAME_OF[noun]])
    return documents.list_page(sorted(document.get("_policies", {})), members, "PolicyNames")


def delete_inline(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = _find(noun, call, members)
    name = members["PolicyName"]
    _inline(noun, document, name)
    kept = {each: text for each, text in document["_policies"].items() if each != name}
    documents.put(call, noun, document | {"_policies": kept})
    return {}


def attach(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Once more changes nothing."""
    document = _find(noun, call, members)
    arn = members["PolicyArn"]
    check_attachable(call, arn)
    attached = document.get("_attached", [])
    if arn not in attached:
        documents.put(call, noun, document | {"_attached": [*attached, arn]})
    return {}


def detach(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = _find(noun, call, members)
    arn = members["PolicyArn"]
    if arn not in document.get("_attached", []):
        raise no_such_entity(f"Policy {arn} was not found.")
    kept = [each for each in document["_attached"] if each != arn]
    documents.put(call, noun, document | {"_attached": kept})
    return {}


def list_attached(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = documents.find(call, noun, members[NAME_OF[noun]])
    prefix = members.get("PathPrefix") or "/"
    arns = [arn for arn in document.get("_attached", []) if path_of(arn).startswith(prefix)]
    listed = [{"PolicyName": name_of(arn), "PolicyArn": arn} for arn in arns]
    return documents.list_page(listed, members, "AttachedPolicies")


# --- boundaries


def boundary_of(call: Call, members: dict[str, Any]) -> Document:
    """What a new user or role gets of the member PermissionsBoundary."""
    arn = members.get("PermissionsBoundary")
    if not arn:
        return {}
    check_attachable(call, arn)
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}}


def put_boundary(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    documents.put(call, noun, _find(noun, call, members) | boundary_of(call, members))
    return {}


def delete_boundary(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = _find(noun, call, members)
    if "PermissionsBoundary" not in document:
        raise no_such_entity(f"{members[NAME_OF[noun]]} has no permissions boundary.")
    documents.put(call, noun, {name: each for name, each in document.items() if name != "PermissionsBoundary"})
    return {}


def _find(noun: str, call: Call, members: dict[str, Any]) -> Document:
    """What is changed: a role of a service is not."""
    document = documents.find(call, noun, members[NAME_OF[noun]])
    if noun == ROLE and document["Path"].startswith(SERVICE_PATH):
        raise unmodifiable(document["RoleName"])
    return document


def unmodifiable(name: str) -> Exception:
    return validation(
        f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    )


def _inline(noun: str, document: Document, name: str) -> str:
    text: str | None = document.get("_policies", {}).get(name)
    if text is None:
        kind = noun.removeprefix("Iam").lower()
        raise no_such_entity(f"The {kind} policy with name {name} cannot be found.")
    return text
