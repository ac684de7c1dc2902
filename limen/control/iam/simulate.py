"""SimulatePrincipalPolicy and SimulateCustomPolicy: what policies would say, with a request made up."""

import time
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from limen.aws.identities import Principal
from limen.aws.policies.asked import Context
from limen.control.access.context import context_of
from limen.control.access.resource_tags import PREFIX as TAGS_OF_RESOURCE
from limen.control.access.weigh import Asking, Denial, find_denial
from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.documents import GROUP, ROLE, USER
from limen.control.iam.errors import invalid_input, no_such_entity
from limen.control.iam.identities import record_of
from limen.control.iam.policy_documents import check_identity_policy


def simulate_principal_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    principal = _principal(call, members["PolicySourceArn"])
    more = _checked(members.get("PolicyInputList", []))
    return _simulate(call, members, replace(principal, policies=(*principal.policies, *more)))


def simulate_custom_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    account = call.aws.account
    arn = members.get("CallerArn") or f"arn:aws:iam::{account}:user/simulated"
    policies = tuple(_checked(members["PolicyInputList"]))
    return _simulate(call, members, Principal(kind="User", arn=arn, account=account, user_id="AIDA", policies=policies))


def _simulate(call: Call, members: dict[str, Any], principal: Principal) -> dict[str, Any]:
    boundaries = _checked(members.get("PermissionsBoundaryPolicyInputList", []))
    if boundaries:
        principal = replace(principal, boundary=boundaries[0])
    context = {**context_of(principal, call.aws.client, call.aws.region, time.time()), **_context(members)}
    # Tags of a resource are those that are made up: whoever names none leaves open what they are.
    has_tags = any(key.startswith(TAGS_OF_RESOURCE) for key in context)
    results = [
        _result(Asking(action, resource, context, has_tags=has_tags), principal)
        for action in members["ActionNames"]
        for resource in members.get("ResourceArns") or ["*"]
    ]
    return documents.list_page(results, members, "EvaluationResults")


def _result(asking: Asking, principal: Principal) -> dict[str, Any]:
    denial = find_denial(principal, asking)
    return {
        "EvalActionName": asking.action,
        "EvalResourceName": asking.resource,
        "EvalDecision": _decision(denial),
        "MatchedStatements": [],
        "MissingContextValues": [],
    }


def _decision(denial: Denial | None) -> str:
    if denial is None:
        return "allowed"
    return "explicitDeny" if denial.is_explicit else "implicitDeny"


def _principal(call: Call, arn: str) -> Principal:
    kind, _, rest = arn.partition(":iam::")[2].partition(":")[2].partition("/")
    noun = {"user": USER, "role": ROLE, "group": GROUP}.get(kind)
    if noun is None:
        raise invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    document = documents.look_up(call, noun, rest.rpartition("/")[2])
    if document is None or document["Arn"] != arn:
        raise no_such_entity(f"The {kind} with name {rest.rpartition('/')[2]} cannot be found.")
    record = record_of(call.documents, call.aws.account, noun, document)
    return Principal(
        kind="User",
        arn=record.arn,
        account=record.account,
        user_id=record.id,
        name=record.name,
        policies=record.policies,
        boundary=record.boundary,
        tags=record.tags,
    )


def _checked(policies: Sequence[str]) -> list[str]:
    for policy in policies:
        check_identity_policy(policy)
    return list(policies)


def _context(members: dict[str, Any]) -> Context:
    """A key of a list type has all its values, another one the first."""
    context: dict[str, str | Sequence[str]] = {}
    for each in members.get("ContextEntries", []):
        values = each.get("ContextKeyValues")
        if values:
            is_list = str(each.get("ContextKeyType", "")).endswith("List")
            context[each["ContextKeyName"].lower()] = list(values) if is_list else values[0]
    return context
