"""Answers of the rest-json protocol: an output by wire names becomes status, headers and body; errors likewise.

https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html. Only what the model knows leaves Limen.
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import orjson
from msgspec import Struct

from limen.aws.errors import AwsError
from limen.aws.service_model import Operation, ServiceModel, Shape

JSON_TYPE = "application/json"


class Answer(Struct, frozen=True):
    status: int
    headers: list[tuple[str, str]]
    body: bytes | AsyncIterator[bytes]
    """Pieces where it is made while it is read; whoever sends it says no length then."""


def render_rest_json(operation: Operation, output: dict[str, Any]) -> Answer:
    """The answer to a call that went well; members that the model does not know are left out."""
    shape = operation.output
    if shape is None:
        return Answer(operation.status, [], b"")
    status = next(
        (output[name] for name, each in shape.members.items() if each.location == "statusCode" and name in output),
        operation.status,
    )
    if status == 204:
        return Answer(status, [], b"")
    headers = _render_headers(shape, output)
    content_type, body = _render_body(shape, output)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", content_type))
    return Answer(status, headers, body)


def render_rest_json_error(error: AwsError, service: ServiceModel | None) -> Answer:
    """The answer to a call that failed; `service` is None where it is not known which one was meant."""
    shape = service.find_error(error.code) if service is not None else None
    if shape is None:
        members = {_message_name(error.code): error.message, **error.members}
        return Answer(error.status, _error_headers(error), orjson.dumps(members))
    named = next((name for name in shape.members if name.lower() == "message"), "message")
    output = {named: error.message, **error.members}
    headers = [*_error_headers(error), *_render_headers(shape, output)]
    return Answer(shape.error_status or error.status, headers, _dump(_render_structure(shape, output, in_body=True)))


def render_json_value(shape: Shape, value: Any) -> Any:
    """A value as the JSON protocols write it; a string where a blob belongs passes through."""
    if value is None or shape.is_document:
        return value
    if shape.type == "structure":
        return _render_structure(shape, value)
    if shape.type == "list" and shape.element is not None:
        return [render_json_value(shape.element, each) for each in value]
    if shape.type == "map" and shape.element is not None:
        return {key: render_json_value(shape.element, each) for key, each in value.items()}
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if shape.type == "timestamp" and isinstance(value, str | datetime):
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return render_timestamp(moment, shape.timestamp_format or "unixTimestamp")
    return value


def render_timestamp(moment: datetime, timestamp_format: str) -> str | int | float:
    """Whole seconds stay whole; a time without a zone counts as UTC."""
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    if timestamp_format == "unixTimestamp":
        seconds = moment.timestamp()
        return int(seconds) if seconds.is_integer() else seconds
    if timestamp_format == "rfc822":
        return format_datetime(moment.replace(microsecond=0), usegmt=True)
    text = moment.replace(tzinfo=None).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text + "Z"


def _render_structure(shape: Shape, value: dict[str, Any], in_body: bool = False) -> dict[str, Any]:
    """`in_body`: the top of an output, whose members may stand elsewhere."""
    return {
        name: render_json_value(member.shape, value[name])
        for name, member in shape.members.items()
        if value.get(name) is not None and not (in_body and member.location is not None)
    }


def _render_body(shape: Shape, output: dict[str, Any]) -> tuple[str, bytes]:
    if shape.payload is None:
        return JSON_TYPE, _dump(_render_structure(shape, output, in_body=True))
    value = output.get(shape.payload.wire_name)
    if isinstance(value, bytes):
        return "application/octet-stream", value
    if isinstance(value, str):
        return "text/plain" if shape.payload.shape.type == "string" else "application/octet-stream", value.encode()
    return JSON_TYPE, b"" if value is None else _dump(render_json_value(shape.payload.shape, value))


def _render_headers(shape: Shape, output: dict[str, Any]) -> list[tuple[str, str]]:
    headers = []
    for name, member in shape.members.items():
        value = output.get(name)
        if value is None:
            continue
        if member.location == "header":
            headers.append((name, _render_header(member.shape, value)))
        elif member.location == "headers":
            headers.extend((name + key, str(each)) for key, each in value.items())
    return headers


def _render_header(shape: Shape, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_render_header(shape.element or shape, each) for each in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str(render_timestamp(value, shape.timestamp_format or "rfc822"))
    return str(value)


def _error_headers(error: AwsError) -> list[tuple[str, str]]:
    return [("Content-Type", JSON_TYPE), ("x-amzn-ErrorType", error.code)]


def _message_name(code: str) -> str:
    """AWS's authorization layer, which no model describes, writes a capital."""
    return "Message" if code == "AccessDeniedException" else "message"


def _dump(document: Any) -> bytes:
    return orjson.dumps(document)
