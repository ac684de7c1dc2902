"""Roles: CreateRole, UpdateAssumeRolePolicy and those like them, and the roles of services."""

import re
from typing import Any

import orjson

from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.attachments import SERVICE_PATH, boundary_of, unmodifiable
from limen.control.iam.documents import ROLE
from limen.control.iam.errors import delete_conflict, entity_exists, invalid_input, limit_exceeded, no_such_entity
from limen.control.iam.policy_documents import check_trust_policy, shown, size_of
from limen.control.iam.tag_lists import checked_tags
from limen.store.documents import Document

HOUR = 3600
MOST_TRUST = 4096
"""Characters of a trust policy; AWS raises its 2048 up to this on request."""
_SERVICE = re.compile(r"([a-z0-9-]+)(?:\.[a-z0-9-]+)*\.amazonaws\.com")
_NAMES = {"ops": "APIGateway", "apigateway": "APIGateway", "lambda": "Lambda", "autoscaling": "AutoScaling"}
"""How AWS writes services in the names of their roles."""
_TASK = re.compile(r"task/aws-service-role/[^/]+/(?P<role>[^/]+)/[0-9a-f-]+")


def create_role(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    if (members.get("Path") or "/").startswith(SERVICE_PATH):
        raise invalid_input(f"Roles below {SERVICE_PATH} are made by CreateServiceLinkedRole.")
    return {"Role": answer_role(_create(call, members))}


def get_role(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"Role": answer_role(documents.find(call, ROLE, members["RoleName"])) | {"RoleLastUsed": {}}}


def list_roles(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    answer = documents.list_documents(call, ROLE, members, "Roles")
    return answer | {"Roles": [answer_role(each) for each in answer["Roles"]]}


def update_role(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = _find(call, members)
    changed = {name: members[name] for name in ("Description", "MaxSessionDuration") if name in members}
    documents.put(call, ROLE, document | changed)
    return {}


def update_role_description(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    update_role(call, members)
    return {"Role": answer_role(documents.find(call, ROLE, members["RoleName"]))}


def update_assume_role_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = _find(call, members)
    _check_trust(members["PolicyDocument"])
    documents.put(call, ROLE, document | {"_trust": members["PolicyDocument"]})
    return {}


def delete_role(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = _find(call, members)
    for member, what in (("_policies", "delete policies"), ("_attached", "detach all policies")):
        if document.get(member):
            raise delete_conflict(f"Cannot delete entity, must {what} first.")
    documents.remove(call, ROLE, document)
    return {}


# --- roles of services


def create_service_linked_role(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    service = members["AWSServiceName"]
    named = _SERVICE.fullmatch(service)
    if named is None:
        raise invalid_input(f"{service} is not the name of a service such as ops.apigateway.amazonaws.com.")
    label = _NAMES.get(named[1], "".join(part.capitalize() for part in named[1].split("-")))
    suffix = members.get("CustomSuffix")
    name = f"AWSServiceRoleFor{label}" + (f"_{suffix}" if suffix else "")
    if documents.look_up(call, ROLE, name) is not None:
        raise invalid_input(f"Service role name {name} has been taken in this account, please try a different suffix.")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    made = members | {
        "RoleName": name,
        "Path": f"{SERVICE_PATH}{service}/",
        "AssumeRolePolicyDocument": orjson.dumps({"Version": "2012-10-17", "Statement": [trust]}).decode(),
    }
    return {"Role": answer_role(_create(call, made))}


def delete_service_linked_role(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = documents.find(call, ROLE, members["RoleName"])
    if not document["Path"].startswith(SERVICE_PATH):
        raise invalid_input(f"{members['RoleName']} is not the role of a service.")
    documents.remove(call, ROLE, document)
    task = call.aws.request_id
    return {"DeletionTaskId": f"task{document['Path']}{document['RoleName']}/{task}"}


def get_service_linked_role_deletion_status(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Such a role is gone at once, so every task that was begun has succeeded."""
    named = _TASK.fullmatch(members["DeletionTaskId"])
    if named is None or documents.look_up(call, ROLE, named["role"]) is not None:
        raise no_such_entity(f"There is no deletion task {members['DeletionTaskId'][:200]}.")
    return {"Status": "SUCCEEDED"}


def answer_role(document: Document) -> dict[str, Any]:
    kept = {name: value for name, value in document.items() if not name.startswith("_")}
    return kept | {"AssumeRolePolicyDocument": shown(document["_trust"])}


def _create(call: Call, members: dict[str, Any]) -> Document:
    name, trust = members["RoleName"], members["AssumeRolePolicyDocument"]
    if documents.look_up(call, ROLE, name) is not None:
        raise entity_exists(f"Role with name {name} already exists.")
    _check_trust(trust)
    document = documents.new_document(call, ROLE, members) | boundary_of(call, members)
    document |= {"MaxSessionDuration": members.get("MaxSessionDuration", HOUR), "_trust": trust}
    if members.get("Description"):
        document["Description"] = members["Description"]
    if members.get("Tags"):
        document["Tags"] = checked_tags(members["Tags"])
    documents.put(call, ROLE, document)
    return document


def _find(call: Call, members: dict[str, Any]) -> Document:
    document = documents.find(call, ROLE, members["RoleName"])
    if document["Path"].startswith(SERVICE_PATH):
        raise unmodifiable(document["RoleName"])
    return document


def _check_trust(text: str) -> None:
    check_trust_policy(text)
    if size_of(text) > MOST_TRUST:
        raise limit_exceeded(f"Cannot exceed quota for ACLSizePerRole: {MOST_TRUST}")
