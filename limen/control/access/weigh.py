"""Whether a principal may do something, by all policies that speak for it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, within one account: a Deny
anywhere decides; else an identity-based policy has to allow it, and each of boundary and session policies as well.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson
from msgspec import Struct

from limen.aws.identities import Principal
from limen.aws.policy import Asked, allows

IDENTITY, BOUNDARY, SESSION = "identity-based policy", "permissions boundary", "session policy"

_PRESENT = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principaltype",
        "aws:referer",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceidentity",
        "aws:sourceip",
        "aws:tagkeys",
        "aws:tokenissuetime",
        "aws:useragent",
        "aws:userid",
        "aws:username",
        "aws:viaawsservice",
        "iam:awsservicename",
        "iam:passedtoservice",
        "iam:permissionsboundary",
        "iam:policyarn",
        "sts:externalid",
        "sts:rolesessionname",
        "sts:sourceidentity",
        "sts:transitivetagkeys",
    }
)
"""Keys that a request has a value for where it has one at AWS."""
_NEVER_PRESENT = frozenset(
    {
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpcsourceip",
    }
)
"""Keys that calls with such credentials, made from here, do not have at AWS either."""
_PREFIXES = ("aws:principaltag/", "aws:requesttag/")

_ALLOW_ALL = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERALS = {"*": "*", "?": "?", "$": "$"}
_NOBODY = "\0"
"""Stands for the value of a variable that there is none of: no resource contains it."""


class Asking(Struct, frozen=True):
    """One action on one resource; `context` by condition keys in lower case."""

    action: str
    resource: str
    context: Mapping[str, str] = {}
    also: tuple[str, ...] = ()
    """Other ways in which policies write this very resource."""


class Denial(Struct, frozen=True):
    """Why not."""

    policies: str
    """Which: an identity-based policy, permissions boundary or session policy."""
    is_explicit: bool

    def message(self, principal: Principal, asking: Asking) -> str:
        """In AWS's words."""
        told = f"User: {principal.arn} is not authorized to perform: {asking.action}"
        if asking.resource != "*":
            told += f" on resource: {asking.resource}"
        if self.is_explicit:
            return f"{told} with an explicit deny in {_article(self.policies)} {self.policies}"
        return f"{told} because no {self.policies} allows the {asking.action} action"


def find_denial(principal: Principal, asking: Asking) -> Denial | None:
    """None: it may. The account itself may everything, unless the policies of its session are narrower."""
    layers = [(SESSION, principal.session_policies)] if principal.session_policies else []
    if not principal.is_root:
        layers.insert(0, (IDENTITY, principal.policies))
        if principal.boundary is not None:
            layers.insert(1, (BOUNDARY, (principal.boundary,)))
    for kind, policies in layers:
        if any(denies(policy, asking) for policy in policies):
            return Denial(kind, is_explicit=True)
    for kind, policies in layers:
        if not any(permits(policy, asking) for policy in policies):
            return Denial(kind, is_explicit=False)
    return None


def denies(policy: str, asking: Asking) -> bool:
    return any(not _allows([_ALLOW_ALL, statement], asking) for statement in _statements(policy, asking, "Deny"))


def permits(policy: str, asking: Asking) -> bool:
    """Whether a statement allows it, whatever others deny."""
    return any(_allows([statement], asking) for statement in _statements(policy, asking, "Allow"))


def _allows(statements: list[dict[str, Any]], asking: Asking) -> bool:
    """Of the ways to write a resource one is enough to allow it, and one is enough to deny it."""
    is_denying = len(statements) > 1
    decided = (
        allows({"Statement": statements}, Asked("", asking.action, resource, asking.context))
        for resource in (asking.resource, *asking.also)
    )
    return all(decided) if is_denying else any(decided)


def _statements(policy: str, asking: Asking, effect: str) -> Iterable[dict[str, Any]]:
    for statement in _parsed(policy):
        if statement.get("Effect") != effect:
            continue
        unknown = [key for key in _condition_keys(statement) if not is_known(key)]
        if unknown and effect == "Allow":
            continue
        yield _filled(_without(statement, unknown), asking.context)


def is_known(key: str) -> bool:
    """Whether it is known what a condition key would have at AWS."""
    lower = key.lower()
    return lower in _PRESENT or lower in _NEVER_PRESENT or lower.startswith(_PREFIXES)


@lru_cache(maxsize=4096)
def _parsed(policy: str) -> list[dict[str, Any]]:
    """Its statements as resource-based ones for everybody: an identity-based policy is asked for whose it is."""
    document = orjson.loads(policy)
    statements = document.get("Statement", [])
    is_current = document.get("Version") == "2012-10-17"
    marked = statements if isinstance(statements, list) else [statements]
    return [{**statement, "Principal": "*", _HAS_VARIABLES: is_current} for statement in marked]


_HAS_VARIABLES = "_variables"


def _condition_keys(statement: Mapping[str, Any]) -> list[str]:
    return [key for keys in statement.get("Condition", {}).values() for key in keys]


def _without(statement: dict[str, Any], unknown: list[str]) -> dict[str, Any]:
    """A Deny whose condition is not understood holds as if it had none."""
    if not unknown:
        return statement
    kept = {
        operator: {key: values for key, values in keys.items() if key not in unknown}
        for operator, keys in statement["Condition"].items()
    }
    return statement | {"Condition": {operator: keys for operator, keys in kept.items() if keys}}


def _filled(statement: dict[str, Any], context: Mapping[str, str]) -> dict[str, Any]:
    """With the values of policy variables; they hold no wildcards, for no name and no tag can."""
    kept = {name: value for name, value in statement.items() if name != _HAS_VARIABLES}
    if not statement[_HAS_VARIABLES]:
        return kept
    for name in ("Resource", "NotResource", "Condition"):
        if name in kept:
            kept[name] = _fill(kept[name], context)
    return kept


def _fill(value: Any, context: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_fill(each, context) for each in value]
    if isinstance(value, dict):
        return {key: _fill(each, context) for key, each in value.items()}
    if not isinstance(value, str) or "${" not in value:
        return value
    return _VARIABLE.sub(lambda found: _variable(found[1], context), value)


def _variable(text: str, context: Mapping[str, str]) -> str:
    if text in _LITERALS:
        return _LITERALS[text]
    name, comma, default = text.partition(",")
    value = context.get(name.strip().lower())
    if value is not None:
        return value
    return default.strip().strip("'") if comma else _NOBODY


def _article(words: str) -> str:
    return "an" if words[0] in "aeiou" else "a"
