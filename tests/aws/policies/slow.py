"""A slow and obvious evaluator of policies, which the compiled one has to agree with.

It knows what is well-formed alone: effects, principals, actions, resources, and the operators below. Everything is
looked at in each decision; nothing is prepared.
"""

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from limen.aws.policies.asked import Asked


def decide_slowly(policy: Mapping[str, Any], asked: Asked) -> tuple[str, int | None]:
    for effect in ("Deny", "Allow"):
        for number, statement in enumerate(policy["Statement"]):
            if statement["Effect"] == effect and _applies(statement, asked):
                return effect, number
    return "neither", None


def is_like(pattern: str, text: str) -> bool:
    """By a regular expression, `*` and `?` alone being special."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def is_arn_like(pattern: str, text: str) -> bool:
    patterns, parts = pattern.split(":", 5), text.split(":", 5)
    return len(patterns) == len(parts) == 6 and all(map(is_like, patterns, parts))


def is_in(network: str, address: str) -> bool:
    found = ipaddress.ip_address(address)
    if found.version == 6 and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found in ipaddress.ip_network(network, strict=False)


def _applies(statement: Mapping[str, Any], asked: Asked) -> bool:
    return (
        _is_meant(statement, asked)
        and _is_listed(statement, "Action", asked.action, asked, fold=True)
        and _is_listed(statement, "Resource", asked.resource, asked)
        and all(
            _holds(operator, key.lower(), _list(values), asked)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _is_meant(statement: Mapping[str, Any], asked: Asked) -> bool:
    if "NotPrincipal" in statement:
        return _is_not_spared(statement, asked)
    principal = statement["Principal"]
    if principal in ("*", {"AWS": "*"}):
        return True
    return any(name in asked.asker.names for names in principal.values() for name in _list(names))


def _is_not_spared(statement: Mapping[str, Any], asked: Asked) -> bool:
    """A Deny spares whom it names as account and as user; an Allow is for nobody whom it names."""
    spared = {name for names in statement["NotPrincipal"].values() for name in _list(names)}
    if statement["Effect"] == "Allow":
        return not spared & asked.asker.names
    levels = asked.asker.levels
    return not levels or not all(spared & level for level in levels)


def _is_listed(statement: Mapping[str, Any], element: str, text: str, asked: Asked, fold: bool = False) -> bool:
    if f"Not{element}" in statement:
        return not _is_one_of(_list(statement[f"Not{element}"]), text, asked, fold)
    return _is_one_of(_list(statement[element]), text, asked, fold)


def _is_one_of(patterns: list[str], text: str, asked: Asked, fold: bool) -> bool:
    if fold:
        return any(is_like(pattern.lower(), text.lower()) for pattern in patterns)
    return any(_is_filled_like(pattern, text, asked) for pattern in patterns)


def _is_filled_like(pattern: str, text: str, asked: Asked) -> bool:
    """A value of a variable stands for itself, so it is matched as an escaped part of the expression."""
    expression = ""
    for part in re.split(r"(\$\{[^}]*\})", pattern):
        if part in ("${*}", "${?}", "${$}"):
            expression += re.escape(part[2])
        elif part.startswith("${"):
            name, _, default = part[2:-1].partition(", ")
            value = asked.context.get(name.lower(), default.strip("'") if default else None)
            if not isinstance(value, str):
                return False
            expression += re.escape(value)
        else:
            expression += re.escape(part).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _holds(operator: str, key: str, wanted: list[str], asked: Asked) -> bool:
    value = asked.context.get(key)
    values = [] if value is None else [value] if isinstance(value, str) else list(value)
    quantifier, _, name = operator.rpartition(":")
    is_optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if name == "Null":
        return ("true" if not values else "false") in wanted
    is_negated = "Not" in name
    compare = _COMPARE[name.replace("Not", "")]
    found = [any(compare(each, there) for each in wanted) != is_negated for there in values]
    if not values:
        return is_optional or quantifier == "ForAllValues" or (is_negated and not quantifier)
    if quantifier == "ForAllValues":
        return all(found)
    if quantifier == "ForAnyValue" or not is_negated:
        return any(found)
    return all(found)


def _date(text: str) -> float:
    return float(text) if text.isdigit() else datetime.fromisoformat(text).timestamp()


_COMPARE: dict[str, Any] = {
    "StringEquals": lambda wanted, there: wanted == there,
    "StringEqualsIgnoreCase": lambda wanted, there: wanted.lower() == there.lower(),
    "StringLike": is_like,
    "ArnEquals": is_arn_like,
    "ArnLike": is_arn_like,
    "Bool": lambda wanted, there: wanted.lower() == there.lower(),
    "IpAddress": is_in,
    "NumericEquals": lambda wanted, there: float(there) == float(wanted),
    "NumericLessThan": lambda wanted, there: float(there) < float(wanted),
    "NumericLessThanEquals": lambda wanted, there: float(there) <= float(wanted),
    "NumericGreaterThan": lambda wanted, there: float(there) > float(wanted),
    "NumericGreaterThanEquals": lambda wanted, there: float(there) >= float(wanted),
    "DateEquals": lambda wanted, there: _date(there) == _date(wanted),
    "DateLessThan": lambda wanted, there: _date(there) < _date(wanted),
    "DateLessThanEquals": lambda wanted, there: _date(there) <= _date(wanted),
    "DateGreaterThan": lambda wanted, there: _date(there) > _date(wanted),
    "DateGreaterThanEquals": lambda wanted, there: _date(there) >= _date(wanted),
}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
