"""Intrinsic functions of templates, evaluated to plain values.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from limen.control.openapi.source import Pointer
from limen.control.stacks.errors import TemplateError

NO_VALUE: Any = object()
"""What AWS::NoValue is: a property or item with this value is left out."""

ZONES = ("a", "b", "c")
"""Of a region, as Fn::GetAZs gives them."""

_VARIABLE = re.compile(r"\$\{(!?)([^{}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([a-z-]+):")
_EXTENDED = ("Fn::Length", "Fn::ToJsonString")
LONGEST_TEXT = 1024 * 1024
"""Characters that Join, Sub and ToJsonString may make."""


class Names(Protocol):
    """What a template may name; each raises TemplateError for what is not there."""

    def ref(self, name: str, pointer: Pointer) -> Any: ...

    def attribute(self, resource: str, attribute: str, pointer: Pointer) -> Any: ...

    def imported(self, export: str, pointer: Pointer) -> Any: ...


class Intrinsics:
    """Evaluates values of one template; conditions are evaluated once and kept."""

    def __init__(
        self, names: Names, mappings: Mapping[str, Any], conditions: Mapping[str, Any], *, has_extensions: bool = False
    ) -> None:
        self._names = names
        self._mappings = mappings
        self._conditions = conditions
        self._has_extensions = has_extensions
        self._known: dict[str, bool] = {}
        self._deciding: list[str] = []
        self._functions: dict[str, Callable[[Any, Pointer], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": self._import_value,
            "Fn::Base64": lambda value, at: b64encode(self._text(value, at).encode()).decode(),
            "Fn::GetAZs": self._get_azs,
            "Fn::Length": lambda value, at: len(self._list(value, at)),
            "Fn::ToJsonString": self._to_json_string,
        }
        self._tests: dict[str, Callable[[Any, Pointer], bool]] = {
            "Fn::Equals": self._equals,
            "Fn::And": lambda value, at: all(self._tested(value, at, 2, 10)),
            "Fn::Or": lambda value, at: any(self._tested(value, at, 2, 10)),
            "Fn::Not": lambda value, at: not self._tested(value, at, 1, 1)[0],
            "Condition": lambda value, at: self.condition(value, at),
        }

    def evaluate(self, value: Any, pointer: Pointer) -> Any:
        """The value without intrinsics; NO_VALUE where it is left out."""
        if isinstance(value, dict):
            name = function_name(value, pointer)
            if name is not None:
                return self._apply(name, value[name], (*pointer, name))
            members = ((key, self.evaluate(item, (*pointer, str(key)))) for key, item in value.items())
            return {key: item for key, item in members if item is not NO_VALUE}
        if isinstance(value, list):
            items = (self.evaluate(item, (*pointer, str(index))) for index, item in enumerate(value))
            return [item for item in items if item is not NO_VALUE]
        if isinstance(value, str) and (dynamic := _DYNAMIC.search(value)):
            raise TemplateError(f"the dynamic reference {{{{resolve:{dynamic[1]}:...}}}} is not served", pointer)
        return value

    def condition(self, name: Any, pointer: Pointer) -> bool:
        """Whether a condition of the template holds."""
        if not isinstance(name, str) or name not in self._conditions:
            raise TemplateError(f"there is no condition {name} under Conditions", pointer)
        if name not in self._known:
            if name in self._deciding:
                way = " -> ".join([*self._deciding[self._deciding.index(name) :], name])
                raise TemplateError(f"the conditions refer to each other in a circle: {way}", pointer)
            self._deciding.append(name)
            try:
                self._known[name] = self._test(self._conditions[name], ("Conditions", name))
            finally:
                self._deciding.pop()
        return self._known[name]

    def _apply(self, name: str, value: Any, pointer: Pointer) -> Any:
        if name in self._tests:
            raise TemplateError(f"{name} can stand only in a condition", pointer)
        function = self._functions.get(name)
        if function is None:
            raise TemplateError(f"the function {name} is not served", pointer)
        if name in _EXTENDED and not self._has_extensions:
            raise TemplateError(f"{name} needs Transform: AWS::LanguageExtensions", pointer)
        return function(value, pointer)

    # --- values

    def _ref(self, value: Any, pointer: Pointer) -> Any:
        return self._names.ref(self._name(value, pointer), pointer)

    def _get_att(self, value: Any, pointer: Pointer) -> Any:
        parts = value.split(".", 1) if isinstance(value, str) else value
        if not isinstance(parts, list) or len(parts) != 2 or not isinstance(parts[0], str):
            raise TemplateError("Fn::GetAtt takes the name of a resource and of an attribute", pointer)
        return self._names.attribute(parts[0], self._text(parts[1], pointer), pointer)

    def _sub(self, value: Any, pointer: Pointer) -> str:
        text, given = value if isinstance(value, list) and len(value) == 2 else (value, {})
        if not isinstance(text, str) or not isinstance(given, dict):
            raise TemplateError("Fn::Sub takes a text, or a list of a text and its variables", pointer)
        at = (*pointer, "1") if given else pointer

        def fill(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            name = name.strip()
            if name in given:
                found = self.evaluate(given[name], (*at, name))
            elif "." in name:
                resource, _, attribute = name.partition(".")
                found = self._names.attribute(resource, attribute, pointer)
            else:
                found = self._names.ref(name, pointer)
            return as_text(found, f"${{{name}}}", pointer)

        return _bounded(_VARIABLE.sub(fill, text), pointer)

    def _join(self, value: Any, pointer: Pointer) -> str:
        delimiter, items = self._pair(value, pointer, "Fn::Join takes a delimiter and a list")
        if not isinstance(delimiter, str):
            raise TemplateError("the delimiter of Fn::Join must be a text", pointer)
        texts = [as_text(item, "an item of Fn::Join", pointer) for item in self._list(items, (*pointer, "1"))]
        return _bounded(delimiter.join(texts), pointer)

    def _select(self, value: Any, pointer: Pointer) -> Any:
        index, items = self._pair(value, pointer, "Fn::Select takes an index and a list")
        number = self.evaluate(index, (*pointer, "0"))
        found = self._list(items, (*pointer, "1"))
        if not re.fullmatch(r"[0-9]{1,9}", str(number)) or int(number) >= len(found):
            raise TemplateError(f"Fn::Select cannot select item {number} of {len(found)}", pointer)
        return found[int(number)]

    def _split(self, value: Any, pointer: Pointer) -> list[str]:
        delimiter, text = self._pair(value, pointer, "Fn::Split takes a delimiter and a text")
        if not isinstance(delimiter, str) or not delimiter:
            raise TemplateError("the delimiter of Fn::Split must be a text that is not empty", pointer)
        return self._text(text, (*pointer, "1")).split(delimiter)

    def _if(self, value: Any, pointer: Pointer) -> Any:
        if not isinstance(value, list) or len(value) != 3:
            raise TemplateError("Fn::If takes a condition and two values", pointer)
        chosen = 1 if self.condition(value[0], pointer) else 2
        return self.evaluate(value[chosen], (*pointer, str(chosen)))

    def _find_in_map(self, value: Any, pointer: Pointer) -> Any:
        if not isinstance(value, list) or not 3 <= len(value) <= 4:
            raise TemplateError("Fn::FindInMap takes a map, a first and a second key", pointer)
        keys = [self._text(key, (*pointer, str(index))) for index, key in enumerate(value[:3])]
        found: Any = self._mappings
        for key in keys:
            found = found.get(key, NO_VALUE) if isinstance(found, dict) else NO_VALUE
        if found is not NO_VALUE:
            return found
        if len(value) == 4 and isinstance(value[3], dict) and "DefaultValue" in value[3]:
            if not self._has_extensions:
                raise TemplateError("DefaultValue of Fn::FindInMap needs Transform: AWS::LanguageExtensions", pointer)
            return self.evaluate(value[3]["DefaultValue"], (*pointer, "3", "DefaultValue"))
        raise TemplateError(f"Mappings has nothing under {'.'.join(keys)}", pointer)

    def _import_value(self, value: Any, pointer: Pointer) -> Any:
        return self._names.imported(self._text(value, pointer), pointer)

    def _get_azs(self, value: Any, pointer: Pointer) -> list[str]:
        region = self._text(value, pointer) or self._names.ref("AWS::Region", pointer)
        return [f"{region}{zone}" for zone in ZONES]

    def _to_json_string(self, value: Any, pointer: Pointer) -> str:
        return _bounded(json.dumps(self.evaluate(value, pointer), separators=(",", ":")), pointer)

    # --- conditions

    def _test(self, value: Any, pointer: Pointer) -> bool:
        if isinstance(value, dict) and len(value) == 1:
            (name,) = value
            if name in self._tests:
                return self._tests[name](value[name], (*pointer, name))
        raise TemplateError(f"a condition is one of {', '.join(self._tests)}", pointer)

    def _tested(self, value: Any, pointer: Pointer, least: int, most: int) -> list[bool]:
        name = pointer[-1]
        if not isinstance(value, list) or not least <= len(value) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            raise TemplateError(f"{name} takes a list of {count} conditions", pointer)
        return [self._test(item, (*pointer, str(index))) for index, item in enumerate(value)]

    def _equals(self, value: Any, pointer: Pointer) -> bool:
        if not isinstance(value, list) or len(value) != 2:
            raise TemplateError("Fn::Equals takes a list of two values", pointer)
        one, other = (self.evaluate(item, (*pointer, str(index))) for index, item in enumerate(value))
        return bool(comparable(one) == comparable(other))

    # --- arguments

    def _name(self, value: Any, pointer: Pointer) -> str:
        if not isinstance(value, str):
            raise TemplateError(f"{pointer[-1]} takes a name", pointer)
        return value

    def _text(self, value: Any, pointer: Pointer) -> str:
        name = next((part for part in reversed(pointer) if not part.isdigit()), "a function")
        return as_text(self.evaluate(value, pointer), f"what {name} is given", pointer)

    def _list(self, value: Any, pointer: Pointer) -> list[Any]:
        found = self.evaluate(value, pointer)
        if not isinstance(found, list):
            raise TemplateError("a list is needed here", pointer)
        return found

    def _pair(self, value: Any, pointer: Pointer, message: str) -> tuple[Any, Any]:
        if not isinstance(value, list) or len(value) != 2:
            raise TemplateError(message, pointer)
        return value[0], value[1]


def function_name(value: dict[str, Any], pointer: Pointer = ()) -> str | None:
    """The intrinsic that an object is; Condition is none here, for policies have members of that name."""
    for key in value:
        if key == "Ref" or (isinstance(key, str) and key.startswith("Fn::")):
            if len(value) > 1:
                raise TemplateError(f"{key} must be the only key of its object", pointer)
            return str(key)
    return None


def as_text(value: Any, what: str, pointer: Pointer) -> str:
    """As CloudFormation writes a scalar where a text is due."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    raise TemplateError(f"{what} is not a text", pointer)


def comparable(value: Any) -> Any:
    """Scalars are compared as texts: a parameter is always one."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value if value is NO_VALUE or value is None else as_text(value, "what Fn::Equals is given", ())


def _bounded(text: str, pointer: Pointer) -> str:
    if len(text) > LONGEST_TEXT:
        raise TemplateError(f"{pointer[-1]} makes a text of more than {LONGEST_TEXT} characters", pointer)
    return text
