"""Whether a text is a policy at all, in the grammar of IAM; what it allows is weighed when somebody asks.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import orjson

from limen.control.iam.documents import GROUP, ROLE, USER
from limen.control.iam.errors import limit_exceeded, malformed_policy
from limen.store.documents import Document

MOST_CHARACTERS = {USER: 2048, ROLE: 10240, GROUP: 5120}
"""Of all inline policies of one together, without white space."""
MOST_MANAGED = 6144

_VERSIONS = ("2012-10-17", "2008-10-17")
_ELEMENTS = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+")
_PRINCIPALS = {
    "AWS": re.compile(
        r"\*|[0-9]{12}|A[A-Z0-9]{15,127}|arn:aws[a-z-]*:iam::[0-9]{12}:(?:root|(?:user|role)/[!-~]+)"
        r"|arn:aws[a-z-]*:sts::[0-9]{12}:(?:assumed-role|federated-user)/[!-~]+"
    ),
    "Service": re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
}
"""Accounts, unique ids, users, roles and sessions; services by their domain names."""
_SPACE = re.compile(r"\s+")
_PATTERN = re.compile(r"[*?$]")
_RESOURCE = re.compile(r"\*|arn:.*|\$\{.*|[?*].*", re.DOTALL)


def check_identity_policy(text: str) -> None:
    """Raises MalformedPolicyDocument in AWS's words."""
    for statement in _statements(text):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise malformed_policy("Policy document should not specify a principal.")
        _check_actions(statement)
        _check_resources(statement)


def check_trust_policy(text: str) -> None:
    """Of a role: who may assume it."""
    for statement in _statements(text):
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise malformed_policy("Missing required field Principal")
        for name in ("Resource", "NotResource"):
            if name in statement:
                raise malformed_policy(f"Has prohibited field {name}")
        if "NotPrincipal" in statement and statement["Effect"] == "Allow":
            raise malformed_policy("NotPrincipal is not supported with the effect Allow.")
        _check_principal(statement.get("Principal", statement.get("NotPrincipal")))
        _check_actions(statement)
        actions = _listed(statement.get("Action", []))
        if any(action != "*" and not action.lower().startswith("sts:") for action in actions):
            raise malformed_policy("AssumeRole policy may only specify STS AssumeRole actions.")


def check_inline_size(noun: str, document: Document, policies: Mapping[str, str], name: str) -> None:
    """Raises LimitExceeded where the inline policies of one become too long."""
    most = MOST_CHARACTERS[noun]
    if sum(size_of(text) for text in policies.values()) > most:
        kind = noun.removeprefix("Iam").lower()
        raise limit_exceeded(f"Maximum policy size of {most} bytes exceeded for {kind} {name}")


def size_of(text: str) -> int:
    """As AWS counts it: white space is free."""
    return len(_SPACE.sub("", text))


def shown(text: str) -> str:
    """As IAM answers a policy: percent-encoded (RFC 3986)."""
    return quote(text, safe="-_.~")


def _statements(text: str) -> list[dict[str, Any]]:
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise malformed_policy("This policy contains invalid Json") from None
    if not isinstance(policy, dict) or policy.keys() - _ELEMENTS:
        raise malformed_policy("Syntax errors in policy.")
    if policy.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise malformed_policy(f"The policy must contain a valid version string: {' or '.join(_VERSIONS)}")
    statements = policy.get("Statement")
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list) or not statements:
        raise malformed_policy("Syntax errors in policy.")
    for statement in statements:
        _check_statement(statement)
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(sids) != len(set(sids)):
        raise malformed_policy("Statement IDs (SID) in a single policy must be unique.")
    return statements


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict) or statement.keys() - _STATEMENT:
        raise malformed_policy("Syntax errors in policy.")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise malformed_policy("Syntax errors in policy.")
    sid = statement.get("Sid", "")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise malformed_policy(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
            "expression [0-9A-Za-z]*"
        )
    condition = statement.get("Condition", {})
    if not isinstance(condition, dict) or not all(_is_condition(keys) for keys in condition.values()):
        raise malformed_policy("Syntax errors in policy.")


def _is_condition(keys: Any) -> bool:
    return isinstance(keys, dict) and all(_is_texts(values, bool, int, float) for values in keys.values())


def _check_actions(statement: dict[str, Any]) -> None:
    actions = _one_of(statement, "Action", "Policy statement must contain actions.")
    for action in actions:
        if not _ACTION.fullmatch(action):
            if ":" not in action:
                raise malformed_policy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
            raise malformed_policy(f"The action {action[:200]} is not of the form service:Name.")


def _check_resources(statement: dict[str, Any]) -> None:
    for resource in _one_of(statement, "Resource", "Policy statement must contain resources."):
        if not _RESOURCE.fullmatch(resource):
            raise malformed_policy(f'Resource {resource[:200]} must be in ARN format or "*".')
        if resource.startswith("arn:") and resource.count(":") < 5 and not _PATTERN.search(resource):
            raise malformed_policy("The policy failed legacy parsing")


def _one_of(statement: dict[str, Any], name: str, missing: str) -> list[str]:
    """An element or its negation, never both."""
    found = [statement[each] for each in (name, f"Not{name}") if each in statement]
    if len(found) > 1:
        raise malformed_policy("Syntax errors in policy.")
    if not found or found[0] == []:
        raise malformed_policy(missing)
    if not _is_texts(found[0]):
        raise malformed_policy("Syntax errors in policy.")
    return _listed(found[0])


def _check_principal(principal: Any) -> None:
    if principal == "*":
        return
    is_known: Callable[[Any], bool] = _is_texts
    kinds = ("AWS", "Service", "Federated", "CanonicalUser")
    if not isinstance(principal, dict) or not principal or not all(map(is_known, principal.values())):
        raise malformed_policy("Syntax errors in policy.")
    if any(kind not in kinds for kind in principal):
        raise malformed_policy(f"Invalid principal in policy: {', '.join(principal)}"[:300])
    for kind, form in _PRINCIPALS.items():
        for name in _listed(principal.get(kind, [])):
            if not form.fullmatch(name):
                raise malformed_policy(f'Invalid principal in policy: "{kind.upper()}":"{name[:200]}"')


def _is_texts(value: Any, *others: type) -> bool:
    return all(isinstance(each, (str, *others)) for each in (value if isinstance(value, list) else [value]))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
