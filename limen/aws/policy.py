"""Policies in IAM's language: whether statements allow what is asked, in which context.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
What is not understood never lets anything through: it fails an Allow and makes a Deny hold.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct


class Asked(Struct, frozen=True):
    """What somebody wants to do."""

    service: str
    """The principal: a service such as `apigateway.amazonaws.com`."""
    action: str
    resource: str
    context: Mapping[str, str]
    """Values of condition keys, by their names in lower case."""


class _NotUnderstoodError(Exception):
    """An element that this reader does not know."""


def allows(policy: Mapping[str, Any], asked: Asked) -> bool:
    """Whether a statement allows it and none denies it."""
    statements = _as_list(policy.get("Statement", []))
    if any(_holds(statement, asked, "Deny") for statement in statements):
        return False
    return any(_holds(statement, asked, "Allow") for statement in statements)


def matches_wildcards(pattern: str, text: str) -> bool:
    """`*` stands for any characters, `?` for one. Takes no more steps than pattern times text, whatever they are."""
    at = star = 0
    starred = -1
    position = 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            starred, star = at, position
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[position]):
            at += 1
            position += 1
        elif starred >= 0:
            star += 1
            at, position = starred + 1, star
        else:
            return False
    return all(character == "*" for character in pattern[at:])


def matches_arn(pattern: str, arn: str) -> bool:
    """Part by part: a wildcard reaches over a colon in the resource alone."""
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    return len(patterns) == len(parts) == 6 and all(map(matches_wildcards, patterns, parts))


def _holds(statement: Any, asked: Asked, effect: str) -> bool:
    if not isinstance(statement, Mapping) or statement.get("Effect") != effect:
        return False
    try:
        return (
            _is_principal(statement, asked.service)
            and _is_listed(statement, "Action", lambda item: matches_wildcards(item.lower(), asked.action.lower()))
            and _is_listed(statement, "Resource", lambda item: matches_wildcards(item, asked.resource))
            and _meets(statement.get("Condition", {}), asked.context)
        )
    except _NotUnderstoodError:
        return effect == "Deny"


def _is_principal(statement: Mapping[str, Any], service: str) -> bool:
    """`*` is everybody, services included; an account is not."""
    principal = statement.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        raise _NotUnderstoodError  # NotPrincipal among them
    return "*" in _as_list(principal.get("AWS", [])) or any(
        name in ("*", service) for name in _as_list(principal.get("Service", []))
    )


def _is_listed(statement: Mapping[str, Any], element: str, is_it: Callable[[str], bool]) -> bool:
    if element in statement:
        return any(map(is_it, _texts(statement[element])))
    if f"Not{element}" in statement:
        return not any(map(is_it, _texts(statement[f"Not{element}"])))
    raise _NotUnderstoodError


# --- conditions


def _meets(condition: Any, context: Mapping[str, str]) -> bool:
    """All operators and all keys have to hold; of the values of a key one."""
    if not isinstance(condition, Mapping):
        raise _NotUnderstoodError
    return all(
        _compare(operator, key.lower(), _texts(values), context)
        for operator, keys in condition.items()
        for key, values in _items(keys)
    )


def _compare(operator: str, key: str, values: list[str], context: Mapping[str, str]) -> bool:
    name = operator.removesuffix("IfExists")
    value = context.get(key)
    if name == "Null":
        return any((value is None) == (wanted.lower() == "true") for wanted in values)
    is_negated = "Not" in name
    compare = _OPERATORS.get(name.replace("Not", "") if is_negated else name)
    if compare is None:
        raise _NotUnderstoodError
    if value is None:
        return is_negated or name != operator
    found = any(compare(wanted, value) for wanted in values)
    return found != is_negated


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": matches_wildcards,
    "ArnEquals": matches_arn,
    "ArnLike": matches_arn,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}
"""By their names; those with Not hold where these do not. ArnEquals takes wildcards like ArnLike, as AWS's does."""


def _items(keys: Any) -> Iterable[tuple[str, Any]]:
    if not isinstance(keys, Mapping):
        raise _NotUnderstoodError
    return keys.items()


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _texts(value: Any) -> list[str]:
    """Booleans and numbers may stand for their texts."""
    listed = [str(item).lower() if isinstance(item, bool) else item for item in _as_list(value)]
    if not all(isinstance(item, str | int | float) for item in listed):
        raise _NotUnderstoodError
    return [str(item) for item in listed]
