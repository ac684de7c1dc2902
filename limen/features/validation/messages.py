"""What API Gateway says of each keyword of a schema that a value does not adhere to.

The words are those of the validator that API Gateway uses, as clients read them in
`$context.error.validationErrorString`.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from limen.templates.values import json_text

Schema: TypeAlias = dict[str, Any]
Message: TypeAlias = Callable[[Schema, Any], str]


def type_of(value: Any) -> str:
    """1.0 is a number and no integer: draft 4 goes by how it is written."""
    if isinstance(value, bool):
        return "boolean"
    return _TYPES[type(value)]


_TYPES = {str: "string", int: "integer", float: "number", dict: "object", list: "array", type(None): "null"}


def _wrong_type(schema: Schema, value: Any) -> str:
    given = schema["type"]
    allowed = set([given] if isinstance(given, str) else given)
    if "number" in allowed:
        allowed.add("integer")
    return (
        f"instance type ({type_of(value)}) does not match any allowed primitive type"
        f" (allowed: {json_text(sorted(allowed))})"
    )


def _too_small(schema: Schema, value: Any) -> str:
    least = json_text(schema["minimum"])
    if value == schema["minimum"]:
        return f"numeric instance is not strictly greater than the required minimum {least}"
    return f"numeric instance is lower than the required minimum (minimum: {least}, found: {json_text(value)})"


def _too_large(schema: Schema, value: Any) -> str:
    most = json_text(schema["maximum"])
    if value == schema["maximum"]:
        return f"numeric instance is not strictly lower than the required maximum {most}"
    return f"numeric instance is greater than the required maximum (maximum: {most}, found: {json_text(value)})"


def _wrong_format(schema: Schema, value: Any) -> str:
    return FORMATS[schema["format"]].format(value)


LEAVES: dict[str, tuple[frozenset[str], Message]] = {
    "enum": (
        frozenset(("array", "boolean", "integer", "null", "number", "object", "string")),
        lambda schema, value: (
            f"instance value ({json_text(value)}) not found in enum (possible values: {json_text(schema['enum'])})"
        ),
    ),
    "maxItems": (
        frozenset(("array",)),
        lambda schema, value: (
            f"array is too long: must have at most {schema['maxItems']} elements but instance has {len(value)} elements"
        ),
    ),
    "maxLength": (
        frozenset(("string",)),
        lambda schema, value: (
            f'string "{value}" is too long (length: {len(value)}, maximum allowed: {schema["maxLength"]})'
        ),
    ),
    "maxProperties": (
        frozenset(("object",)),
        lambda schema, value: (
            f"object has too many properties (found {len(value)} but schema requires at most {schema['maxProperties']})"
        ),
    ),
    "maximum": (frozenset(("integer", "number")), _too_large),
    "minItems": (
        frozenset(("array",)),
        lambda schema, value: (
            f"array is too short: must have at least {schema['minItems']} elements"
            f" but instance has {len(value)} elements"
        ),
    ),
    "minLength": (
        frozenset(("string",)),
        lambda schema, value: (
            f'string "{value}" is too short (length: {len(value)}, required minimum: {schema["minLength"]})'
        ),
    ),
    "minProperties": (
        frozenset(("object",)),
        lambda schema, value: (
            f"object has too few properties (found {len(value)} but schema requires at least {schema['minProperties']})"
        ),
    ),
    "minimum": (frozenset(("integer", "number")), _too_small),
    "multipleOf": (
        frozenset(("integer", "number")),
        lambda schema, value: (
            f"remainder of division is not zero ({json_text(value)} / {json_text(schema['multipleOf'])})"
        ),
    ),
    "pattern": (
        frozenset(("string",)),
        lambda schema, value: f'ECMA 262 regex "{schema["pattern"]}" does not match input string "{value}"',
    ),
    "type": (
        frozenset(("array", "boolean", "integer", "null", "number", "object", "string")),
        _wrong_type,
    ),
    "uniqueItems": (frozenset(("array",)), lambda schema, value: "array must not contain duplicate elements"),
}
"""Keywords that stand for themselves, by name: the types that they look at, and what is said."""

FORMATS = {
    "date-time": (
        'string "{}" is invalid against requested date format(s) '
        "[yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{{1,12}}Z]"
    ),
    "email": 'string "{}" is not a valid email address',
    "hostname": 'string "{}" is not a valid hostname',
    "ipv4": 'string "{}" is not a valid IPv4 address',
    "ipv6": 'string "{}" is not a valid IPv6 address',
    "regex": 'string "{}" is not a valid ECMA 262 regular expression',
    "uri": 'string "{}" is not a valid URI',
}
"""The formats of draft 4; others are not looked at."""

FORMAT = (frozenset(("string",)), _wrong_format)

DEPENDS_ON = {"maximum": "exclusiveMaximum", "minimum": "exclusiveMinimum"}
"""What a leaf is judged together with."""
