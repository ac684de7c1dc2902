"""Condition elements: all operators and all keys have to hold; of the values of a key one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from limen.aws.policies.asked import Context
from limen.aws.policies.errors import NotUnderstoodError
from limen.aws.policies.operators import Compare, find_operator
from limen.aws.policies.variables import Knows

Holds: TypeAlias = Callable[[Context], bool]

ALL, ANY = "ForAllValues", "ForAnyValue"
IF_EXISTS = "IfExists"


def compile_condition(operator: str, key: str, values: list[str], version: str, knows: Knows, doubt: bool) -> Holds:
    """One operator and one of its keys. `doubt` is the answer where what is there cannot be compared.

    Raises NotUnderstoodError.
    """
    if not knows(key.lower()):
        raise NotUnderstoodError(f"the condition key {key}")
    lower = key.lower()
    quantifier, _, name = operator.rpartition(":")
    if quantifier not in ("", ALL, ANY):
        raise NotUnderstoodError(f"the operator {operator}")
    if name == "Null":
        return _compile_null(lower, values, quantifier)
    missing_holds = name.endswith(IF_EXISTS) or quantifier == ALL
    found = find_operator(name.removesuffix(IF_EXISTS))
    if found is None:
        raise NotUnderstoodError(f"the operator {operator}")
    if not values:
        raise NotUnderstoodError(f"{operator} of {key} has no values")
    compare = found.compile(values, version, knows)
    if found.is_negated:
        missing_holds = missing_holds or quantifier != ANY
        compare = _negate(compare)
    elif found.is_of_texts:
        doubt = False  # a variable without a value matches nothing, in a statement that denies as well
    if quantifier == ALL:
        return _compile_all(lower, compare, doubt)
    return _compile_any(lower, compare, missing_holds, doubt, found.is_negated and not quantifier)


def read_conditions(condition: Any) -> Sequence[tuple[str, str, Any]]:
    """Operator, key and values of each. Raises NotUnderstoodError."""
    if not isinstance(condition, Mapping):
        raise NotUnderstoodError("the Condition")
    found = []
    for operator, keys in condition.items():
        if not isinstance(keys, Mapping):
            raise NotUnderstoodError(f"the operator {operator}")
        found += [(str(operator), str(key), values) for key, values in keys.items()]
    return found


def _compile_null(key: str, values: list[str], quantifier: str) -> Holds:
    """Whether the key is missing."""
    wanted = {value.lower() for value in values}
    if quantifier or not wanted or not wanted <= {"true", "false"}:
        raise NotUnderstoodError("Null takes true or false")

    def is_as_wanted(context: Context) -> bool:
        return ("true" if not context.get(key) and context.get(key) != "" else "false") in wanted

    return is_as_wanted


def _negate(compare: Compare) -> Compare:
    def differs(value: str, context: Context) -> bool | None:
        found = compare(value, context)
        return None if found is None else not found

    return differs


def _compile_any(key: str, compare: Compare, missing_holds: bool, doubt: bool, needs_all: bool) -> Holds:
    """Of several values that there are one has to do, or each where none of them may be one that is excluded."""
    several = all if needs_all else any

    def holds(context: Context) -> bool:
        value = context.get(key)
        if value is None:
            return missing_holds
        if isinstance(value, str):
            found = compare(value, context)
            return doubt if found is None else found
        if not value:
            return missing_holds
        return several(_settle(compare(each, context), doubt) for each in value)

    return holds


def _compile_all(key: str, compare: Compare, doubt: bool) -> Holds:
    def holds(context: Context) -> bool:
        value = context.get(key, ())
        values = (value,) if isinstance(value, str) else value
        return all(_settle(compare(each, context), doubt) for each in values)

    return holds


def _settle(found: bool | None, doubt: bool) -> bool:
    return doubt if found is None else found
