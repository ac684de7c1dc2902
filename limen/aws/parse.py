"""Requests of the rest-json protocol: from URI, query, headers and body to members by wire names.

https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html. What is not of the model's type is a
SerializationException in AWS's words; members that the model does not know are left out, as AWS does.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any

import orjson

from limen.aws.errors import serialization_error
from limen.aws.request import AwsRequest, query_parameters
from limen.aws.routing import static_query
from limen.aws.service_model import Member, Operation, Shape

_JAVA_CLASSES: dict[type, str] = {bool: "Boolean", int: "Integer", float: "Double"}
_INTEGER_BITS = {"byte": 8, "short": 16, "integer": 32, "long": 64}


def parse_rest_json(operation: Operation, request: AwsRequest, labels: Mapping[str, str]) -> dict[str, Any]:
    """The members of a call's input; `labels` are the decoded parts of the path."""
    shape = operation.input
    if shape is None:
        return {}
    members: dict[str, Any] = {}
    for member in shape.members.values():
        if member.location == "uri" and member.wire_name in labels:
            members[member.wire_name] = parse_text(member.shape, labels[member.wire_name], "iso8601")
    members.update(_parse_query(shape, operation, request.query))
    members.update(_parse_headers(shape, request))
    members.update(_parse_body(shape, request.body))
    return members


def parse_json_document(body: bytes) -> Any:
    """Any JSON value; an empty body counts as an empty object, as it does at AWS."""
    try:
        return orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError as error:
        raise serialization_error(f"Could not parse request body into json: {error}") from None


def parse_json_value(shape: Shape, value: Any) -> Any:
    """A JSON value as the shape wants it: blobs decoded, timestamps as datetime. null stays None."""
    if value is None or shape.is_document:
        return value
    if shape.type in _CONTAINERS:
        return _CONTAINERS[shape.type](shape, value)
    if isinstance(value, dict):
        raise serialization_error("Start of structure or map found where not expected.")
    if isinstance(value, list):
        raise serialization_error("Start of list found where not expected")
    return _SCALARS[shape.type](shape, value)


def parse_text(shape: Shape, text: str, timestamp_format: str) -> Any:
    """A value that stands in a URI, a query or a header; `timestamp_format` is the protocol's for that place."""
    if shape.type == "string":
        return text
    if shape.type == "boolean":
        if text not in ("true", "false"):
            raise _wrong_scalar("STRING_VALUE", shape)
        return text == "true"
    if shape.type == "timestamp":
        return _parse_timestamp(shape, text, shape.timestamp_format or timestamp_format)
    if shape.type == "blob":
        return _parse_base64(shape, text)
    return _parse_number_text(shape, text)


def _parse_query(shape: Shape, operation: Operation, query: str) -> dict[str, Any]:
    try:
        pairs = list(query_parameters(query))
    except ValueError:
        raise serialization_error("The query string is not UTF-8") from None
    bound = {name: member for name, member in shape.members.items() if member.location == "querystring"}
    members: dict[str, Any] = {}
    for name, text in pairs:
        member = bound.get(name)
        if member is None or member.shape.type == "map":
            continue
        if member.shape.type == "list" and member.shape.element is not None:
            members.setdefault(name, []).append(parse_text(member.shape.element, text, "iso8601"))
        else:
            members.setdefault(name, parse_text(member.shape, text, "iso8601"))
    for name, member in bound.items():
        if member.shape.type == "map":
            taken = {*bound, *dict(static_query(operation.uri.partition("?")[2]))}
            rest = [(key, text) for key, text in pairs if key not in taken and not key.startswith("X-Amz-")]
            members.update(_parse_query_map(name, member, rest))
    return members


def _parse_query_map(name: str, member: Member, pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """A map takes every parameter that belongs to no other member."""
    element = member.shape.element
    if element is None or not pairs:
        return {}
    values: dict[str, Any] = {}
    for key, text in pairs:
        if element.type == "list" and element.element is not None:
            values.setdefault(key, []).append(parse_text(element.element, text, "iso8601"))
        else:
            values.setdefault(key, parse_text(element, text, "iso8601"))
    return {name: values}


def _parse_headers(shape: Shape, request: AwsRequest) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, member in shape.members.items():
        if member.location == "header":
            text = request.find_header(name.lower())
            if text is not None:
                members[name] = _parse_header(member.shape, text)
        elif member.location == "headers" and member.shape.element is not None:
            found = _parse_prefixed_headers(member.shape.element, name.lower(), request)
            if found:
                members[name] = found
    return members


def _parse_prefixed_headers(element: Shape, prefix: str, request: AwsRequest) -> dict[str, Any]:
    return {
        sent.decode("latin-1")[len(prefix) :]: parse_text(element, value.decode("latin-1"), "rfc822")
        for lower, sent, value in request.headers
        if lower.decode("latin-1").startswith(prefix)
    }


def _parse_header(shape: Shape, text: str) -> Any:
    if shape.type != "list" or shape.element is None:
        return parse_text(shape, text, "rfc822")
    return [parse_text(shape.element, part.strip(), "rfc822") for part in text.split(",")]


def _parse_body(shape: Shape, body: bytes) -> dict[str, Any]:
    if shape.payload is not None:
        return _parse_payload(shape.payload, body)
    bound = [member for member in shape.members.values() if member.location is None]
    if not bound:
        return {}
    document = parse_json_document(body)
    if not isinstance(document, dict):
        raise _wrong_container(document)
    found = ((member, document.get(member.wire_name)) for member in bound)
    return {member.wire_name: parse_json_value(member.shape, value) for member, value in found if value is not None}


def _parse_payload(member: Member, body: bytes) -> dict[str, Any]:
    """The whole body is one member: bytes, text or a JSON document."""
    if not body:
        return {}
    if member.shape.type == "blob":
        return {member.wire_name: body}
    if member.shape.type == "string":
        try:
            return {member.wire_name: body.decode("utf-8")}
        except UnicodeDecodeError:
            raise serialization_error("The request body is not UTF-8") from None
    value = parse_json_value(member.shape, parse_json_document(body))
    return {} if value is None else {member.wire_name: value}


def _parse_structure(shape: Shape, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_container(value)
    members = shape.members
    return {
        name: parse_json_value(members[name].shape, inner)
        for name, inner in value.items()
        if inner is not None and name in members
    }


def _parse_map(shape: Shape, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_container(value)
    element = _element_of(shape)
    if element.type == "string":
        for inner in value.values():
            if type(inner) in _JAVA_CLASSES:  # not the words of other members (observed)
                raise serialization_error(
                    f"class java.lang.{_JAVA_CLASSES[type(inner)]} can not be converted to an String"
                )
    return {key: parse_json_value(element, inner) for key, inner in value.items()}


def _parse_list(shape: Shape, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong_container(value)
    element = _element_of(shape)
    return [parse_json_value(element, inner) for inner in value]


def _parse_string(shape: Shape, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_scalar(_token_of(value), shape)
    return value


def _parse_boolean(shape: Shape, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong_scalar(_token_of(value), shape)
    return value


def _parse_integer(shape: Shape, value: Any) -> int:
    """A whole number may come as 3.0, which is what some languages' JSON writers make of 3."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        raise _wrong_scalar(_token_of(value), shape)
    bound = 1 << (_INTEGER_BITS[shape.type] - 1)
    if not -bound <= value < bound:
        raise _wrong_scalar(_token_of(value), shape)
    return int(value)


def _parse_float(shape: Shape, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise _wrong_scalar(_token_of(value), shape)
    return float(value)


def _parse_json_timestamp(shape: Shape, value: Any) -> datetime:
    if isinstance(value, bool):
        raise _wrong_scalar(_token_of(value), shape)
    return _parse_timestamp(shape, value, shape.timestamp_format or "unixTimestamp")


def _parse_json_blob(shape: Shape, value: Any) -> bytes:
    if not isinstance(value, str):
        raise _wrong_scalar(_token_of(value), shape)
    return _parse_base64(shape, value)


def _parse_base64(shape: Shape, text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise _wrong_scalar("STRING_VALUE", shape) from None


def _parse_number_text(shape: Shape, text: str) -> int | float:
    try:
        number = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _wrong_scalar("STRING_VALUE", shape) from None
    parsed: int | float = _SCALARS[shape.type](shape, number)
    return parsed


def _parse_timestamp(shape: Shape, value: Any, timestamp_format: str) -> datetime:
    try:
        if timestamp_format == "unixTimestamp":
            return datetime.fromtimestamp(float(value), UTC)
        moment = parsedate_to_datetime(value) if timestamp_format == "rfc822" else datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        raise _wrong_scalar(_token_of(value), shape) from None


def _element_of(shape: Shape) -> Shape:
    if shape.element is None:
        raise ValueError(f"the model gives no element for {shape.name}")
    return shape.element


def _wrong_container(value: Any) -> Exception:
    if isinstance(value, dict):
        return serialization_error("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return serialization_error("Start of list found where not expected")
    return serialization_error(f"{_token_of(value)} found where a list, map or structure was expected")


def _wrong_scalar(token: str, shape: Shape) -> Exception:
    type_name = "Integer" if shape.type == "integer" else shape.type.capitalize()
    return serialization_error(f"{token} can not be converted to {'an' if type_name[0] in 'I' else 'a'} {type_name}")


def _token_of(value: Any) -> str:
    """AWS calls a value by the token of the JSON text that it stood in."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, int):
        return "NUMBER_VALUE"
    if isinstance(value, float):
        return "DECIMAL_VALUE"
    return "STRING_VALUE"


_CONTAINERS: dict[str, Callable[[Shape, Any], Any]] = {
    "structure": _parse_structure,
    "map": _parse_map,
    "list": _parse_list,
}
_SCALARS: dict[str, Callable[[Shape, Any], Any]] = {
    "string": _parse_string,
    "boolean": _parse_boolean,
    "integer": _parse_integer,
    "long": _parse_integer,
    "short": _parse_integer,
    "byte": _parse_integer,
    "float": _parse_float,
    "double": _parse_float,
    "timestamp": _parse_json_timestamp,
    "blob": _parse_json_blob,
}
