"""Condition elements: all operators and all keys have to hold; of the values of a key one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from limen.aws.policies.asked import Context
from limen.aws.policies.errors import NotUnderstoodError
from limen.aws.policies.masks import Find, Mask, Wanted
from limen.aws.policies.operators import Compare, Operator, find_operator
from limen.aws.policies.variables import Knows

Holds: TypeAlias = Callable[[Context], bool]
HoldsForMany: TypeAlias = Callable[[Context], Mask]
"""The statements whose condition holds."""

ALL, ANY = "ForAllValues", "ForAnyValue"
IF_EXISTS = "IfExists"


def compile_condition(operator: str, key: str, values: list[str], version: str, knows: Knows, doubt: bool) -> Holds:
    """One operator and one of its keys. `doubt` is the answer where what is there cannot be compared.

    Raises NotUnderstoodError.
    """
    if not knows(key.lower()):
        raise NotUnderstoodError(f"the condition key {key}")
    if operator.rpartition(":")[2] == "Null":
        return _compile_null(operator, key.lower(), values)
    logic = _read_logic(operator, doubt)
    if not values:
        raise NotUnderstoodError(f"{operator} of {key} has no values")
    return _compile_one(key.lower(), logic, logic.operator.compile(values, version, knows))


def compile_many_conditions(
    operator: str, key: str, wanted: Wanted, version: str, knows: Knows, doubt: bool
) -> HoldsForMany:
    """The same for many statements; `compile_condition` took each of them."""
    if operator == "Null":
        return _compile_many_nulls(key, wanted)
    logic = _read_logic(operator, doubt)
    return _compile_many(key, logic, logic.operator.find(wanted, version, knows), _union(mask for mask, _ in wanted))


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


class _Logic(Struct, frozen=True):
    operator: Operator
    needs_all: bool
    """Of several values each has to do: where that is asked for, or where none may be one that is excluded."""
    missing_holds: bool
    doubt: bool


def _read_logic(written: str, doubt: bool) -> _Logic:
    quantifier, _, name = written.rpartition(":")
    operator = find_operator(name.removesuffix(IF_EXISTS))
    if operator is None or quantifier not in ("", ALL, ANY):
        raise NotUnderstoodError(f"the operator {written}")
    missing_holds = name.endswith(IF_EXISTS) or quantifier == ALL or (operator.is_negated and quantifier != ANY)
    needs_all = quantifier == ALL or (operator.is_negated and not quantifier)
    # A variable without a value matches nothing, in a statement that denies as well.
    return _Logic(operator, needs_all, missing_holds, doubt and (operator.is_negated or not operator.is_of_texts))


def _compile_one(key: str, logic: _Logic, compare: Compare) -> Holds:
    is_negated, doubt, missing_holds = logic.operator.is_negated, logic.doubt, logic.missing_holds
    several = all if logic.needs_all else any

    def does(value: str, context: Context) -> bool:
        found = compare(value, context)
        return doubt if found is None else found is not is_negated

    def holds(context: Context) -> bool:
        value = context.get(key)
        if isinstance(value, str):
            return does(value, context)
        return several(does(each, context) for each in value) if value else missing_holds

    return holds


def _compile_many(key: str, logic: _Logic, find: Find, full: Mask) -> HoldsForMany:
    is_negated, doubt, needs_all = logic.operator.is_negated, logic.doubt, logic.needs_all
    missing = full if logic.missing_holds else 0

    def do(value: str, context: Context) -> Mask:
        found, unsure = find(value, context)
        if is_negated:
            found = full & ~found & ~unsure
        return found | unsure if doubt else found

    def hold(context: Context) -> Mask:
        value = context.get(key)
        if isinstance(value, str):
            return do(value, context)
        if not value:
            return missing
        held = full if needs_all else 0
        for each in value:
            held = held & do(each, context) if needs_all else held | do(each, context)
        return held

    return hold


def _compile_null(operator: str, key: str, values: list[str]) -> Holds:
    """Whether the key is missing."""
    wanted = {value.lower() for value in values}
    if operator != "Null" or not wanted or not wanted <= {"true", "false"}:
        raise NotUnderstoodError("Null takes true or false")
    return lambda context: ("true" if _is_missing(key, context) else "false") in wanted


def _compile_many_nulls(key: str, wanted: Wanted) -> HoldsForMany:
    masks = {
        answer: _union(mask for mask, texts in wanted if answer in [text.lower() for text in texts])
        for answer in ("true", "false")
    }
    missing, there = masks["true"], masks["false"]
    return lambda context: missing if _is_missing(key, context) else there


def _is_missing(key: str, context: Context) -> bool:
    return not context.get(key) and context.get(key) != ""


def _union(masks: Iterable[Mask]) -> Mask:
    union = 0
    for mask in masks:
        union |= mask
    return union
