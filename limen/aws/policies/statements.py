"""One statement, compiled to a function: whether it applies to what is asked."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from limen.aws.policies.asked import Asked, Context, Effect
from limen.aws.policies.conditions import Holds, compile_condition, read_conditions
from limen.aws.policies.errors import NotUnderstoodError
from limen.aws.policies.operators import compile_wildcards_of
from limen.aws.policies.principals import (
    Named,
    compile_not_principal,
    compile_principal,
    read_principals,
)
from limen.aws.policies.texts import as_texts
from limen.aws.policies.variables import Knows, Part, Variable, fill, read_pattern
from limen.aws.policies.wildcards import Match, Piece, split_wildcards

Applies: TypeAlias = Callable[[Asked], bool]
Element: TypeAlias = tuple[str, ...]
"""Principal, Action or Resource and "Not" or nothing; Condition, operator, key."""


_ELEMENTS = frozenset(
    {
        "Action",
        "Condition",
        "Effect",
        "NotAction",
        "NotPrincipal",
        "NotResource",
        "Principal",
        "Resource",
        "Sid",
    }
)


class Reading:
    """How the statements of a policy are read."""

    def __init__(self, version: str, knows: Knows, has_principals: bool) -> None:
        self.version = version
        self.knows = knows
        self.has_principals = has_principals


class Statement:
    __slots__ = ("_checks", "doubts", "effect", "elements", "is_impossible")

    def __init__(self, written: Any, reading: Reading) -> None:
        self.effect = Effect.ALLOW if isinstance(written, Mapping) and written.get("Effect") == "Allow" else Effect.DENY
        self.doubts: list[str] = []
        """What is not understood."""
        self.elements: dict[Element, Any] = {}
        """What is wanted of each element and condition that has a say, for a table of many statements."""
        self._checks: list[Applies] = []
        if isinstance(written, Mapping) and written.get("Effect") in ("Allow", "Deny"):
            self.doubts += sorted(str(name) for name in written.keys() - _ELEMENTS)
            for compile_element in (self._compile_principal, self._compile_action, self._compile_resource):
                self._try(compile_element, written, reading)
            self._compile_conditions(written, reading)
        else:
            self.doubts.append("the Effect")  # it may be meant to deny
        self.is_impossible = bool(self.doubts) and self.effect is Effect.ALLOW

    def applies(self, asked: Asked) -> bool:
        for check in self._checks:
            if not check(asked):
                return False
        return not self.is_impossible

    def _try(self, compile_element: Callable[[Any, Reading], None], written: Any, reading: Reading) -> None:
        """What is not understood is no reason for a Deny not to apply."""
        try:
            compile_element(written, reading)
        except NotUnderstoodError as problem:
            self.doubts.append(str(problem))

    def _compile_principal(self, written: Mapping[str, Any], reading: Reading) -> None:
        has_one, has_not = written.get("Principal") is not None, written.get("NotPrincipal") is not None
        if not reading.has_principals:
            if has_one or has_not:
                raise NotUnderstoodError("a Principal, in a policy that is about whoever has it")
            return
        if has_one == has_not:
            raise NotUnderstoodError("the Principal")
        if has_not:
            is_deny = self.effect is Effect.DENY
            spared = read_principals(written["NotPrincipal"], is_sure=not is_deny)
            others = compile_not_principal(spared, is_deny=is_deny)
            self.elements["Principal", "Not"] = spared
            self._checks.append(lambda asked: others(asked.asker))
            return
        named: Named = read_principals(written["Principal"], is_sure=self.effect is Effect.DENY)
        is_named = compile_principal(named)
        if is_named is not None:
            self._checks.append(lambda asked: is_named(asked.asker))
            self.elements["Principal", ""] = named

    def _compile_action(self, written: Mapping[str, Any], _: Reading) -> None:
        texts, is_negated = _read_listed(written, "Action")
        patterns = [tuple(split_wildcards(text.lower())) for text in texts]
        self.elements["Action", "Not" if is_negated else ""] = tuple(patterns)
        self._checks.append(_compile_action_check([compile_wildcards_of(pattern) for pattern in patterns], is_negated))

    def _compile_resource(self, written: Mapping[str, Any], reading: Reading) -> None:
        texts, is_negated = _read_listed(written, "Resource")
        patterns = [read_pattern(text, reading.version, reading.knows) for text in texts]
        self.elements["Resource", "Not" if is_negated else ""] = tuple(patterns)
        self._checks.append(_compile_resource_check(patterns, is_negated, self.effect is Effect.DENY))

    def _compile_conditions(self, written: Mapping[str, Any], reading: Reading) -> None:
        if written.get("Condition") is None:
            return
        try:
            conditions = read_conditions(written["Condition"])
        except NotUnderstoodError as problem:
            self.doubts.append(str(problem))
            return
        for condition in conditions:
            self._try(self._compile_condition, condition, reading)

    def _compile_condition(self, condition: tuple[str, str, Any], reading: Reading) -> None:
        operator, key, values = condition
        texts = as_texts(values)
        doubt = self.effect is Effect.DENY
        holds: Holds = compile_condition(operator, key, texts, reading.version, reading.knows, doubt)
        self._checks.append(lambda asked: holds(asked.context))
        element: Element = ("Condition", operator, key.lower())
        while element in self.elements:  # a key that is written in two ways
            element = (*element, "again")
        self.elements[element] = tuple(texts)


def _read_listed(written: Mapping[str, Any], element: str) -> tuple[list[str], bool]:
    """Its texts, and whether they are those that are not meant. Raises NotUnderstoodError."""
    listed, others = written.get(element), written.get(f"Not{element}")
    if (listed is None) == (others is None):
        raise NotUnderstoodError(f"the {element}")
    texts = as_texts(others if listed is None else listed)
    if not texts:
        raise NotUnderstoodError(f"the {element}")
    return texts, listed is None


def _compile_action_check(matches: list[Match], is_negated: bool) -> Applies:
    if len(matches) == 1 and not is_negated:
        match = matches[0]
        return lambda asked: match(asked.action.lower())

    def is_action(asked: Asked) -> bool:
        action = asked.action.lower()
        for match in matches:
            if match(action):
                return not is_negated
        return is_negated

    return is_action


def _compile_resource_check(patterns: list[tuple[Part, ...]], is_negated: bool, doubt: bool) -> Applies:
    """`doubt` is what a resource that is not meant is taken for where a variable has no value."""
    fixed = [compile_wildcards_of(pattern) for pattern in map(_without_variables, patterns) if pattern is not None]
    varying = [pattern for pattern in patterns if _without_variables(pattern) is None]
    if len(fixed) == 1 and not varying and not is_negated:
        match_only = fixed[0]
        return lambda asked: match_only(asked.resource)

    def is_resource(asked: Asked) -> bool:
        resource = asked.resource
        for match in fixed:
            if match(resource):
                return not is_negated
        is_unsure = False
        for pattern in varying:
            found = _matches_filled(pattern, resource, asked.context)
            if found:
                return not is_negated
            is_unsure = is_unsure or found is None
        return doubt if is_negated and is_unsure else is_negated

    return is_resource


def _without_variables(pattern: tuple[Part, ...]) -> tuple[Piece, ...] | None:
    pieces = tuple(part for part in pattern if not isinstance(part, Variable))
    return pieces if len(pieces) == len(pattern) else None


def _matches_filled(pattern: tuple[Part, ...], resource: str, context: Context) -> bool | None:
    filled = fill(pattern, context)
    return None if filled is None else compile_wildcards_of(tuple(filled))(resource)
