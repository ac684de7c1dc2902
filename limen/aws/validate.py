"""Checks a call's input against the limits of its model, and tells of every violation in AWS's words.

required, enum, range and length, pattern, at every depth, as AWS's bean validation reports them:
`2 validation errors detected: Value 'X' at 'createApiInput.name' failed to satisfy constraint: ...; Value ...`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Protocol

import re2
from msgspec import Struct

from limen.aws.errors import AwsError
from limen.aws.service_model import Member, Operation, Shape


class Wording(Struct, frozen=True):
    """How a service reports what is wrong with its input."""

    code: str = "ValidationException"
    names_input: bool = False
    """Paths begin with the input's name: createApiInput.name."""
    enum_texts: dict[str, str] = {}
    """By member: the text that stands alone for a value that is not of its enum."""


WORDINGS = {
    "apigateway": Wording(names_input=True),
    "apigatewayv2": Wording(
        code="BadRequestException",
        names_input=True,
        enum_texts={"protocolType": "Invalid protocol specified. Must be one of {values}"},
    ),
    "logs": Wording(code="InvalidParameterException"),
    "cognito-idp": Wording(code="InvalidParameterException"),
}

ENUM_ORDERS = {
    "Op": ("add", "remove", "move", "test", "replace", "copy"),
    "IntegrationType": ("HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"),
}
"""By shape: the values in the order in which AWS tells them, where it is not the model's."""


class _Violation(Struct, frozen=True):
    path: str
    value: str
    """As it is told, with a space after it; empty where it is told to nobody."""
    constraint: str
    is_enum: bool = False


class _Matcher(Protocol):
    def fullmatch(self, text: str, /) -> object | None: ...


def validate(operation: Operation, members: dict[str, Any]) -> None:
    """Raises the service's validation error with all violations; `members` as `parse` gives them."""
    if operation.input is None:
        return
    wording = WORDINGS.get(operation.service.name, Wording())
    prefix = f"{operation.name[:1].lower()}{operation.name[1:]}Input." if wording.names_input else ""
    violations = list(_check_structure(operation.input, members, prefix))
    if violations:
        raise AwsError(wording.code, _message(violations, operation.input, wording, prefix), 400)


def _message(violations: list[_Violation], shape: Shape, wording: Wording, prefix: str) -> str:
    if len(violations) == 1 and violations[0].is_enum:
        name = violations[0].path.removeprefix(prefix)
        if name in wording.enum_texts:
            values = ", ".join(sorted(shape.members[name].shape.enum))
            return wording.enum_texts[name].format(values=f"[{values}]")
    count = f"{len(violations)} validation error{'s' if len(violations) > 1 else ''} detected: "
    return count + "; ".join(
        f"Value {each.value}at '{each.path}' failed to satisfy constraint: {each.constraint}" for each in violations
    )


def _check_structure(shape: Shape, value: dict[str, Any], prefix: str) -> Iterator[_Violation]:
    for wire_name, member in shape.members.items():
        inner = value.get(wire_name)
        path = f"{prefix}{member.name[:1].lower()}{member.name[1:]}"
        if inner is not None:
            yield from _check_member(member, inner, path)
        elif member.is_required:
            yield _Violation(path, "null ", "Member must not be null")


def _check_member(member: Member, value: Any, path: str) -> Iterator[_Violation]:
    shortest = member.shape.least_when_required
    if member.is_required and shortest is not None and len(value) < shortest:
        yield _Violation(path, _shown(member.shape, value), _too_short(shortest))
    yield from _check(member.shape, value, path)


def _check(shape: Shape, value: Any, path: str) -> Iterator[_Violation]:
    for constraint in _broken_constraints(shape, value):
        yield _Violation(path, _shown(shape, value), constraint, constraint.startswith(_ENUM_TEXT))
    if shape.type == "structure" and not shape.is_document:
        yield from _check_structure(shape, value, path + ".")
    elif shape.type == "list" and shape.element is not None:
        yield from _check_elements(shape.element, value, path, dict(enumerate(value, 1)), "Member")
    elif shape.type == "map" and shape.element is not None and shape.key is not None:
        keys = [text for key in value for text in _broken_constraints(shape.key, key)]
        if keys:
            yield _Violation(
                path, _shown(shape, value), f"Map keys must satisfy constraint: [{', '.join(_once(keys))}]"
            )
        yield from _check_elements(shape.element, value, path, value, "Map value")


def _check_elements(shape: Shape, value: Any, path: str, elements: dict[Any, Any], noun: str) -> Iterator[_Violation]:
    """Scalars are reported once for the whole collection, structures and collections each at its own path."""
    broken: list[str] = []
    for key, element in elements.items():
        if element is None:
            broken.append("Member must not be null")
        elif shape.type in ("structure", "list", "map"):
            yield from _check(shape, element, f"{path}.{key}.member")
        else:
            broken.extend(_broken_constraints(shape, element))
    if broken:
        yield _Violation(path, _shown(shape, value), f"{noun} must satisfy constraint: [{', '.join(_once(broken))}]")


def _broken_constraints(shape: Shape, value: Any) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{_ENUM_TEXT} [{', '.join(ENUM_ORDERS.get(shape.name, shape.enum))}]"
    if shape.pattern is not None and isinstance(value, str) and _matcher(shape.pattern).fullmatch(value) is None:
        yield f"Member must satisfy regular expression pattern: {shape.pattern}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield from _broken_length(shape, value)
        return
    if shape.most is not None and value > shape.most:
        yield f"Member must have value less than or equal to {shape.most:.15g}"
    if shape.least is not None and value < shape.least:
        yield f"Member must have value greater than or equal to {shape.least:.15g}"


def _broken_length(shape: Shape, value: Any) -> Iterator[str]:
    if not hasattr(value, "__len__"):
        return
    if shape.most is not None and len(value) > shape.most:
        yield f"Member must have length less than or equal to {shape.most}"
    if shape.least is not None and len(value) < shape.least:
        yield _too_short(shape.least)


def _too_short(least: float) -> str:
    return f"Member must have length greater than or equal to {least}"


@lru_cache(maxsize=512)
def _matcher(pattern: str) -> _Matcher:
    """In linear time, but for the few patterns of AWS that look around."""
    translated = re.sub(r"\\u([0-9A-Fa-f]{4})", r"\\x{\1}", pattern)
    options = re2.Options()
    options.log_errors = False
    try:
        matcher: _Matcher = re2.compile(translated, options)  # type: ignore[no-untyped-call]
        return matcher
    except re2.error:
        return re.compile(pattern)


def _shown(shape: Shape, value: Any) -> str:
    """A value as Java prints it, cut where it is long, with a space after it; a secret is not shown."""
    if shape.is_sensitive:
        return ""
    text = _java_text(value)
    return f"'{text}' " if len(text) <= 1024 else f"'{text[:1024]}...' "


def _java_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(_java_text(each) for each in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={_java_text(each)}' for key, each in value.items())}}}"
    return "null" if value is None else f"{len(value)} bytes" if isinstance(value, bytes) else str(value)


def _once(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))


_ENUM_TEXT = "Member must satisfy enum value set:"
