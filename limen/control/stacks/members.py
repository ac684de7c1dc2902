"""Properties of CloudFormation as members of an operation, by the model of the service.

CloudFormation writes names with a capital, and texts where a number or a truth is meant.
"""

import json
from functools import cache
from typing import Any

from limen.aws.service_model import Member, Operation, ServiceModel, Shape, load_service
from limen.control.openapi.source import Pointer
from limen.control.stacks.errors import TemplateError

_NUMBERS = ("integer", "long", "short", "byte")
_TRUTHS = {"true": True, "false": False}


@cache
def service_model(name: str) -> ServiceModel:
    return load_service(name)


def operation_of(service: str, name: str) -> Operation:
    return service_model(service).operation(name)


def members_of(service: str, operation: str, properties: dict[str, Any], pointer: Pointer = ()) -> dict[str, Any]:
    """The members of an operation by wire names; raises TemplateError for a property that is none of them."""
    shape = operation_of(service, operation).input
    return shaped(shape, properties, pointer) if shape is not None else {}


def shaped(shape: Shape, value: Any, pointer: Pointer) -> Any:
    """A value as its shape wants it."""
    if shape.type == "structure" and not shape.is_document:
        return _structure(shape, value, pointer)
    if shape.type == "list":
        return _list(shape, value, pointer)
    if shape.type == "map":
        return _map(shape, value, pointer)
    return _scalar(shape, value, pointer)


def tags_of(value: Any, pointer: Pointer = ()) -> dict[str, str]:
    """Tags as operations take them, from either form that CloudFormation has."""
    if isinstance(value, dict):
        return {str(key): str(item) for key, item in value.items()}
    if isinstance(value, list) and all(isinstance(item, dict) and "Key" in item for item in value):
        return {str(item["Key"]): str(item.get("Value", "")) for item in value}
    raise TemplateError("tags are a list of objects with Key and Value", pointer)


def _structure(shape: Shape, value: Any, pointer: Pointer) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TemplateError(f"{_shown(pointer)} must be an object", pointer)
    known = _members(shape)
    members = {}
    for name, item in value.items():
        member = known.get(_folded(name))
        if member is None:
            raise TemplateError(f"{_shown(pointer)} has no property {name}", (*pointer, name))
        if item is not None:
            members[member.wire_name] = shaped(member.shape, item, (*pointer, name))
    return members


def _members(shape: Shape) -> dict[str, Member]:
    return {_folded(member.name): member for member in shape.members.values()}


def _folded(name: str) -> str:
    return name[:1].lower() + name[1:]


def _list(shape: Shape, value: Any, pointer: Pointer) -> list[Any]:
    assert shape.element is not None
    if not isinstance(value, list):
        raise TemplateError(f"{_shown(pointer)} must be a list", pointer)
    return [shaped(shape.element, item, (*pointer, str(index))) for index, item in enumerate(value)]


def _map(shape: Shape, value: Any, pointer: Pointer) -> dict[str, Any]:
    assert shape.element is not None
    if not isinstance(value, dict):
        raise TemplateError(f"{_shown(pointer)} must be an object", pointer)
    return {str(key): shaped(shape.element, item, (*pointer, str(key))) for key, item in value.items()}


def _scalar(shape: Shape, value: Any, pointer: Pointer) -> Any:
    if shape.is_document or shape.type in ("blob", "timestamp"):
        return value
    if shape.type == "string":
        return _text(value)
    if shape.type == "boolean" and str(value).lower() in _TRUTHS:
        return _TRUTHS[str(value).lower()]
    if not isinstance(value, bool | dict | list):
        try:
            if shape.type in _NUMBERS and float(value).is_integer():
                return int(float(value))
            if shape.type in ("float", "double"):
                return float(value)
        except (ValueError, OverflowError):
            pass
    kind = "a whole number" if shape.type in _NUMBERS else "true or false" if shape.type == "boolean" else "a number"
    raise TemplateError(f"{_shown(pointer)} must be {kind}", pointer)


def _text(value: Any) -> str:
    """Policies and schemas are objects in a template and texts in an operation."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else json.dumps(value)


def _shown(pointer: Pointer) -> str:
    return ".".join(pointer) or "the resource"
