"""Whether the trust policy of a role lets somebody assume it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html: a trust policy that names
the caller is enough; one that names the account leaves it to the policies of the caller.
"""

import time
from collections.abc import Iterator
from typing import Any

import orjson

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.aws.identities import Principal, SessionClaims
from limen.control.access.context import context_of, tag_context
from limen.control.access.weigh import Asking, denies, find_denial, permits
from limen.control.iam.errors import access_denied
from limen.store.documents import Document

DIRECT, ACCOUNT = "direct", "account"


def check_trusted(
    call: AwsCall, caller: Principal, arn: str, role: Document | None, members: dict[str, Any], claims: SessionClaims
) -> None:
    """Raises AccessDenied in AWS's words; for a role that is not there, in the same."""
    context = context_of(caller, call.client, call.region, time.time()) | _context(members, claims)
    actions = ["sts:AssumeRole"]
    actions += ["sts:TagSession"] if members.get("Tags") else []
    actions += ["sts:SetSourceIdentity"] if members.get("SourceIdentity") else []
    for action in actions:
        asking = Asking(action, arn, context)
        if role is None:
            raise _refused(caller, asking)
        _check(caller, role["_trust"], asking)


def _check(caller: Principal, trust: str, asking: Asking) -> None:
    denial = find_denial(caller, asking)
    if denial is not None and denial.is_explicit:
        raise access_denied(denial.message(caller, asking))
    statements = list(_statements(caller, trust))
    if any(denies(text, asking) for _, text in statements):
        raise AwsError(
            "AccessDenied",
            f"{_refused(caller, asking).message} with an explicit deny in a resource-based policy",
            403,
        )
    granted = {way for way, text in statements if permits(text, asking)}
    session = caller.session_policies
    if DIRECT in granted and (not session or any(permits(each, asking) for each in session)):
        return
    if ACCOUNT in granted and denial is None:
        return
    raise _refused(caller, asking)


def _statements(caller: Principal, trust: str) -> Iterator[tuple[str, str]]:
    """How a statement reaches the caller, and the statement as a policy of its own."""
    policy = orjson.loads(trust)
    statements = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        way = _way(caller, statement)
        if way is not None:
            kept = {name: each for name, each in statement.items() if name not in ("Principal", "NotPrincipal")}
            whole = {"Version": policy.get("Version"), "Statement": [kept | {"Resource": "*"}]}
            yield way, orjson.dumps(whole).decode()


def _way(caller: Principal, statement: dict[str, Any]) -> str | None:
    if "NotPrincipal" in statement:
        is_meant = statement["Effect"] == "Deny" and _find_way(caller, statement["NotPrincipal"]) is None
        return DIRECT if is_meant else None
    return _find_way(caller, statement["Principal"])


def _find_way(caller: Principal, principal: Any) -> str | None:
    named = principal if principal == "*" else principal.get("AWS", [])
    names = named if isinstance(named, list) else [named]
    if "*" in names or {caller.arn, caller.principal_arn} & set(names):
        return DIRECT
    return ACCOUNT if {caller.account, f"arn:aws:iam::{caller.account}:root"} & set(names) else None


def _context(members: dict[str, Any], claims: SessionClaims) -> dict[str, str]:
    context = {"sts:rolesessionname": claims.session_name}
    for member, key in (("ExternalId", "sts:externalid"), ("SourceIdentity", "sts:sourceidentity")):
        if members.get(member):
            context[key] = members[member]
    return context | tag_context({tag["Key"]: tag["Value"] for tag in members.get("Tags", [])})


def _refused(caller: Principal, asking: Asking) -> AwsError:
    return access_denied(
        f"User: {caller.arn} is not authorized to perform: {asking.action} on resource: {asking.resource}"
    )
