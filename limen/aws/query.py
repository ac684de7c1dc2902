"""The Query protocol: Action names the operation in a form, members are its flat names, answers are XML.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html. `Tags.member.1.Key=a` is the key of the first tag.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from limen.aws.errors import AwsError, serialization_error
from limen.aws.ids import new_request_id
from limen.aws.parse import parse_text
from limen.aws.request import AwsRequest, query_parameters
from limen.aws.serialise import Answer, render_timestamp
from limen.aws.service_model import Operation, ServiceModel, Shape

CONTENT_TYPE = "text/xml"
LEAST_SERVER_ERROR = 500
MOST_FIELDS = 10_000

_CODES = {
    "AccessDeniedException": "AccessDenied",
    "IncompleteSignatureException": "IncompleteSignature",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "SerializationException": "MalformedInput",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "ValidationException": "ValidationError",
}
"""What AWS's front end calls its errors in this protocol, by their names in the JSON protocols."""
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)


def is_form(request: AwsRequest) -> bool:
    """Whether the client speaks this protocol, whichever service it means."""
    content_type = request.find_header("content-type") or ""
    return content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def find_action(request: AwsRequest) -> str | None:
    return _read_fields(request).get("Action")


def parse_query(operation: Operation, request: AwsRequest, _: Mapping[str, str]) -> dict[str, Any]:
    """The members of a call's input; those that the model does not know are left out."""
    if operation.input is None:
        return {}
    tree: dict[str, Any] = {}
    for name, text in _read_fields(request).items():
        _place(tree, name, text)
    members: dict[str, Any] = _parse_value(operation.input, tree)
    return members


def render_query(operation: Operation, output: dict[str, Any]) -> Answer:
    """The id of the request stands in the body, and so in its header."""
    result = ""
    if operation.output is not None:
        inner = "".join(_render_members(operation.output, output))
        result = f"<{operation.name}Result>{inner}</{operation.name}Result>"
    request_id = new_request_id()
    body = (
        f'<{operation.name}Response xmlns="{operation.service.xml_namespace}">{result}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation.name}Response>"
    )
    return _answer(200, body, request_id)


def render_query_error(error: AwsError, service: ServiceModel | None) -> Answer:
    request_id = new_request_id()
    fault = "Receiver" if error.status >= LEAST_SERVER_ERROR else "Sender"
    namespace = f' xmlns="{service.xml_namespace}"' if service is not None else ""
    code = _CODES.get(error.code, error.code)
    body = (
        f"<ErrorResponse{namespace}><Error><Type>{fault}</Type><Code>{_text(code)}</Code>"
        f"<Message>{_text(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return _answer(error.status, body, request_id)


def _answer(status: int, body: str, request_id: str) -> Answer:
    return Answer(status, [("Content-Type", CONTENT_TYPE), ("x-amzn-RequestId", request_id)], body.encode())


def _read_fields(request: AwsRequest) -> dict[str, str]:
    """Of the form, or of the query string where the call is a GET."""
    try:
        text = request.body.decode("ascii") if request.method == "POST" else request.query
        fields = dict(query_parameters(text))
    except ValueError:
        raise serialization_error("The form is not UTF-8") from None
    if len(fields) > MOST_FIELDS:
        raise serialization_error(f"The form has more than {MOST_FIELDS} fields")
    return fields


def _place(tree: dict[str, Any], name: str, text: str) -> None:
    """Writes the field A.B.C into the dicts of A and B."""
    *path, last = name.split(".")
    node = tree
    for part in path:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            raise serialization_error(f"{name} is given within a value that is not a structure")
    if isinstance(node.get(last), dict):
        raise serialization_error(f"{name} is given both as a value and as a structure")
    node[last] = text


def _parse_value(shape: Shape, node: Any) -> Any:
    if shape.type == "structure":
        fields = _fields_of(node)
        members = shape.members.items()
        return {name: _parse_value(member.shape, fields[name]) for name, member in members if name in fields}
    if shape.type == "list" and shape.element is not None:
        return [_parse_value(shape.element, each) for each in _elements_of(node, "member")]
    if shape.type == "map" and shape.element is not None:
        entries = [_fields_of(each) for each in _elements_of(node, "entry")]
        return {str(each.get("key")): _parse_value(shape.element, each.get("value", "")) for each in entries}
    if isinstance(node, dict):
        raise serialization_error("A structure was found where a value was expected")
    return parse_text(shape, node, "iso8601")


def _elements_of(node: Any, word: str) -> list[Any]:
    """By their numbers; `Tags=` is an empty list. Without the word where the model has the list flat."""
    if node == "":
        return []
    fields = _fields_of(node)
    numbered = _fields_of(fields.get(word, fields))
    if any(_NUMBER.fullmatch(each) is None for each in numbered):
        raise serialization_error(f"The elements of a list are numbered from 1: {', '.join(numbered)[:100]}")
    return [numbered[each] for each in sorted(numbered, key=int)]


def _fields_of(node: Any) -> dict[str, Any]:
    if not isinstance(node, dict):
        raise serialization_error("A value was found where a structure was expected")
    return node


def _render_members(shape: Shape, value: dict[str, Any]) -> Iterator[str]:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield f"<{name}>{_render_value(member.shape, value[name])}</{name}>"


def _render_value(shape: Shape, value: Any) -> str:
    if shape.type == "structure":
        return "".join(_render_members(shape, value))
    if shape.type == "list" and shape.element is not None:
        return "".join(f"<member>{_render_value(shape.element, each)}</member>" for each in value)
    if shape.type == "map" and shape.element is not None:
        return "".join(
            f"<entry><key>{_text(key)}</key><value>{_render_value(shape.element, each)}</value></entry>"
            for key, each in value.items()
        )
    return _text(_render_scalar(shape, value))


def _render_scalar(shape: Shape, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if shape.type == "timestamp":
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return str(render_timestamp(moment, shape.timestamp_format or "iso8601"))
    return str(value)


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", text))
