"""Resource-based policies of functions and of versions of layers: documents of statements by id."""

import re
from collections.abc import Callable
from typing import Any

import orjson
from msgspec import Struct

from limen.aws.errors import AwsError
from limen.control.call import Call
from limen.control.functions.configuration import check_revision
from limen.control.functions.documents import POLICY, fresh_revision
from limen.control.functions.errors import conflict, invalid_parameter, no_policy, not_found, policy_too_long
from limen.store.documents import Document

MOST_POLICY = 20480
"""Bytes of a policy as JSON."""

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)", re.ASCII)
_PRINCIPAL_ARN = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:\S+", re.ASCII)


class Owner(Struct, frozen=True):
    """What a policy is of."""

    parent: str
    key: str
    getter: str
    """The operation that tells the policy, for those who changed an old one."""
    missing: Callable[[], AwsError]
    """What the operation answers where there is none."""


def add_statement(call: Call, owner: Owner, statement: Document, members: dict[str, Any]) -> dict[str, Any]:
    """Returns the statement as JSON, and the policy's new revision."""
    policy = call.documents.get(POLICY, owner.parent, owner.key) or {"Statement": []}
    _check_policy_revision(policy, owner, members)
    sid = statement["Sid"]
    if any(each["Sid"] == sid for each in policy["Statement"]):
        raise conflict(
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
            "existing statement."
        )
    revision = _put(call, owner, [*policy["Statement"], statement])
    return {"Statement": _dump(statement), "RevisionId": revision}


def remove_statement(call: Call, owner: Owner, members: dict[str, Any]) -> None:
    """The last one takes the policy with it."""
    policy = call.documents.get(POLICY, owner.parent, owner.key)
    sid = members["StatementId"]
    if policy is None:
        raise no_policy()
    if not any(each["Sid"] == sid for each in policy["Statement"]):
        raise not_found(f"Statement {sid} is not found in resource policy.")
    _check_policy_revision(policy, owner, members)
    left = [each for each in policy["Statement"] if each["Sid"] != sid]
    if left:
        _put(call, owner, left)
    else:
        call.documents.delete(POLICY, owner.parent, owner.key)


def answer_policy(call: Call, owner: Owner) -> dict[str, Any]:
    policy = call.documents.get(POLICY, owner.parent, owner.key)
    if policy is None:
        raise owner.missing()
    return {"Policy": _dump(document_of(policy)), "RevisionId": policy["RevisionId"]}


def document_of(policy: Document) -> Document:
    """The policy as it is weighed: without what is only ours."""
    return {"Version": "2012-10-17", "Id": "default", "Statement": policy["Statement"]}


def read_principal(text: str) -> str | Document:
    """How a statement writes whom it allows."""
    if text == "*":
        return text
    if _ACCOUNT.fullmatch(text):
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if _PRINCIPAL_ARN.fullmatch(text):
        return {"AWS": text}
    if _SERVICE.fullmatch(text):
        return {"Service": text}
    raise invalid_parameter("The provided principal was invalid. Please check the principal and try again.")


def _check_policy_revision(policy: Document, owner: Owner, members: dict[str, Any]) -> None:
    check_revision({"RevisionId": policy.get("RevisionId", "")}, members, owner.getter)


def _put(call: Call, owner: Owner, statements: list[Document]) -> str:
    policy: Document = {"Statement": statements, "RevisionId": fresh_revision()}
    size = len(_dump(document_of(policy)))
    if size > MOST_POLICY:
        raise policy_too_long(size, MOST_POLICY)
    call.documents.put(POLICY, owner.parent, owner.key, policy)
    return str(policy["RevisionId"])


def _dump(document: Document) -> str:
    return orjson.dumps(document).decode()
