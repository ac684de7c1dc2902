"""Whether the trust policy of a role lets somebody assume it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html: a trust policy that names
the caller is enough; one that names the account leaves it to the policies of the caller.
"""

import time
from typing import Any

import orjson

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.aws.identities import Principal, SessionClaims
from limen.aws.policies.asked import Asked, Asker, Effect, principal_asker, without_account
from limen.aws.policies.policy import compile_policy
from limen.control.access.context import context_of, tag_context
from limen.control.access.weigh import Asking, decide, find_denial, is_known
from limen.control.iam.errors import access_denied
from limen.store.documents import Document


def check_trusted(
    call: AwsCall, caller: Principal, arn: str, role: Document | None, members: dict[str, Any], claims: SessionClaims
) -> None:
    """Raises AccessDenied in AWS's words; for a role that is not there, in the same."""
    context = dict(context_of(caller, call.client, call.region, time.time())) | _context(members, claims)
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
    everybody = principal_asker(caller)
    trusted = _decide(trust, asking, everybody)
    if trusted is Effect.DENY:
        raise _refused(caller, asking, " with an explicit deny in a resource-based policy")
    if trusted is Effect.ALLOW:
        if denial is None or caller.is_root:
            return
        # Named itself, and not only its account: its own policies are not asked for, those of its session are.
        session = caller.session_policies
        may_by_session = not session or any(decide(each, asking) is Effect.ALLOW for each in session)
        if may_by_session and _decide(trust, asking, without_account(everybody)) is Effect.ALLOW:
            return
    raise _refused(caller, asking)


def _decide(trust: str, asking: Asking, asker: Asker) -> Effect:
    """A trust policy says nothing of a resource: it is on the role."""
    policy = orjson.loads(trust)
    statements = policy["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    whole = policy | {"Statement": [statement | {"Resource": "*"} for statement in listed]}
    asked = Asked(asking.action, asking.resource, asking.context, asker)
    return compile_policy(whole, knows=is_known).decide(asked).effect


def _context(members: dict[str, Any], claims: SessionClaims) -> dict[str, Any]:
    context: dict[str, Any] = {"sts:rolesessionname": claims.session_name}
    for member, key in (("ExternalId", "sts:externalid"), ("SourceIdentity", "sts:sourceidentity")):
        if members.get(member):
            context[key] = members[member]
    if members.get("TransitiveTagKeys"):
        context["sts:transitivetagkeys"] = list(members["TransitiveTagKeys"])
    return context | tag_context({tag["Key"]: tag["Value"] for tag in members.get("Tags", [])})


def _refused(caller: Principal, asking: Asking, why: str = "") -> AwsError:
    told = f"User: {caller.arn} is not authorized to perform: {asking.action} on resource: {asking.resource}"
    return access_denied(told + why)
