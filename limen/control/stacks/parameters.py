"""Parameters of a template: the values that a deployment gives them, checked by what the template says.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

import re
from collections.abc import Mapping
from typing import Any

import re2

from limen.control.stacks.errors import TemplateError
from limen.control.stacks.intrinsics import as_text
from limen.control.stacks.template import Template

HIDDEN = "****"
"""What is shown for a parameter with NoEcho."""

_ATTRIBUTES = (
    *("Type", "Default", "Description", "AllowedValues", "AllowedPattern", "ConstraintDescription", "NoEcho"),
    *("MinLength", "MaxLength", "MinValue", "MaxValue"),
)
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_AWS_TYPE = re.compile(r"AWS::(?!SSM::)[\w:]+")


def read_parameters(
    template: Template, given: Mapping[str, str], previous: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Values by name: given now, else those of the last deployment, else the default; lists for types of lists."""
    declared = template.section("Parameters")
    for name in given:
        if name not in declared:
            raise TemplateError(f"the template has no parameter {name}", ("Parameters",))
    values = {}
    missing = []
    for name, parameter in declared.items():
        _check_declaration(name, parameter)
        text = given.get(name, (previous or {}).get(name))
        if text is None and "Default" in parameter:
            text = as_text(parameter["Default"], f"the default of parameter {name}", ("Parameters", name, "Default"))
        if text is None:
            missing.append(name)
        else:
            values[name] = _checked(name, parameter, text)
    if missing:
        raise TemplateError(f"parameters need a value: {', '.join(missing)} (--parameter NAME=VALUE)", ("Parameters",))
    return values


def _as_given(values: Mapping[str, Any]) -> dict[str, str]:
    """The texts that these values were read from."""
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in values.items()}


def shown_parameters(template: Template, values: Mapping[str, Any]) -> dict[str, str]:
    """For people: without what must not be echoed."""
    declared = template.section("Parameters")
    return {
        name: HIDDEN if str(declared.get(name, {}).get("NoEcho", "")).lower() == "true" else text
        for name, text in _as_given(values).items()
    }


def _check_declaration(name: str, parameter: Any) -> None:
    at = ("Parameters", name)
    if not isinstance(parameter, dict) or not isinstance(parameter.get("Type"), str):
        raise TemplateError(f"parameter {name} must be an object with a Type", at)
    for attribute in parameter:
        if attribute not in _ATTRIBUTES:
            raise TemplateError(f"parameter {name}: a parameter has no {attribute}", (*at, attribute))
    kind = parameter["Type"]
    if kind.startswith("AWS::SSM::"):
        raise TemplateError(f"parameter {name}: {kind} is not served: Limen has no Parameter Store", (*at, "Type"))
    inner = kind[5:-1] if kind.startswith("List<") and kind.endswith(">") else kind
    if inner not in ("String", "Number", "CommaDelimitedList") and not _AWS_TYPE.fullmatch(inner):
        raise TemplateError(f"parameter {name}: there is no type {kind}", (*at, "Type"))


def _checked(name: str, parameter: dict[str, Any], text: str) -> Any:
    kind = parameter["Type"]
    if kind != "CommaDelimitedList" and not kind.startswith("List<"):
        _check(name, parameter, kind, text)
        return text
    items = [item.strip() for item in text.split(",")]
    for item in items:
        _check(name, parameter, "Number" if kind == "List<Number>" else "String", item)
    return items


def _check(name: str, parameter: dict[str, Any], kind: str, text: str) -> None:
    problem = _find_problem(name, parameter, kind, text)
    if problem is None:
        return
    is_hidden = str(parameter.get("NoEcho", "")).lower() == "true"
    shown = HIDDEN if is_hidden else repr(text)
    said = parameter.get("ConstraintDescription")
    raise TemplateError(f"parameter {name} cannot be {shown}: {said or problem}", ("Parameters", name))


def _find_problem(name: str, parameter: dict[str, Any], kind: str, text: str) -> str | None:
    if kind == "Number" and not _NUMBER.fullmatch(text):
        return "it must be a number"
    allowed = parameter.get("AllowedValues")
    if isinstance(allowed, list):
        texts = [as_text(value, "an allowed value", ("Parameters", name, "AllowedValues")) for value in allowed]
        if text not in texts:
            return f"it must be one of {', '.join(texts)}"
    for attribute, limit in parameter.items():
        if attribute.startswith(("Min", "Max")):
            size = len(text) if attribute.endswith("Length") else float(text) if _NUMBER.fullmatch(text) else 0.0
            if not _is_within(name, attribute, limit, size):
                return f"{attribute} is {limit}"
    return _find_mismatch(name, parameter.get("AllowedPattern"), text)


def _is_within(name: str, attribute: str, limit: Any, size: float) -> bool:
    try:
        bound = float(limit)
    except (TypeError, ValueError):
        message = f"parameter {name}: {attribute} must be a number"
        raise TemplateError(message, ("Parameters", name, attribute)) from None
    return size >= bound if attribute.startswith("Min") else size <= bound


def _find_mismatch(name: str, pattern: Any, text: str) -> str | None:
    if pattern is None:
        return None
    try:
        matches = re2.fullmatch(str(pattern), text) is not None  # type: ignore[no-untyped-call]
    except re2.error as error:
        at = ("Parameters", name, "AllowedPattern")
        raise TemplateError(f"parameter {name}: AllowedPattern cannot be used: {error}", at) from None
    return None if matches else f"it must match {pattern}"
