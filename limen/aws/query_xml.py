"""The Query protocol of AWS, answers and errors: XML by the shapes of the model.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from limen.aws.errors import AwsError
from limen.aws.serialise import Answer, render_timestamp
from limen.aws.service_model import Operation, ServiceModel, Shape

_TYPE = "text/xml"
_LEAST_SERVER_ERROR = 500

_CODES = {
    "AccessDeniedException": "AccessDenied",
    "ExpiredTokenException": "ExpiredToken",
    "IncompleteSignatureException": "IncompleteSignature",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "NotImplementedException": "NotImplemented",
    "SerializationException": "MalformedInput",
    "ServiceUnavailableException": "ServiceUnavailable",
    "TooManyRequestsException": "Throttling",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "ValidationException": "ValidationError",
}
"""What this protocol calls the errors that all services share (common errors in the API reference of IAM)."""

_SPECIAL = re.compile("[&<>\r]|[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}


def render_query(operation: Operation, output: dict[str, Any], request_id: str) -> Answer:
    """The answer to a call that went well; members that the model does not know are left out."""
    service = operation.service
    pieces = [f'<{operation.name}Response xmlns="{service.xml_namespace}">']
    if operation.output is not None:
        wrapper = operation.result_wrapper or f"{operation.name}Result"
        pieces += [f"<{wrapper}>", *_structure(operation.output, output), f"</{wrapper}>"]
    pieces.append(f"<ResponseMetadata><RequestId>{_text(request_id)}</RequestId></ResponseMetadata>")
    pieces.append(f"</{operation.name}Response>")
    return Answer(200, [("Content-Type", _TYPE)], "".join(pieces).encode())


def render_query_error(error: AwsError, service: ServiceModel | None, request_id: str) -> Answer:
    """The answer to a call that failed; `service` is None where it is not known which one was meant."""
    namespace = f' xmlns="{service.xml_namespace}"' if service is not None else ""
    fault = "Receiver" if error.status >= _LEAST_SERVER_ERROR else "Sender"
    code = _CODES.get(error.code, error.code)
    body = (
        f"<ErrorResponse{namespace}><Error><Type>{fault}</Type><Code>{_text(code)}</Code>"
        f"<Message>{_text(error.message)}</Message></Error><RequestId>{_text(request_id)}</RequestId></ErrorResponse>"
    )
    return Answer(error.status, [("Content-Type", _TYPE)], body.encode())


def _structure(shape: Shape, value: dict[str, Any]) -> Iterator[str]:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _element(member.shape, name, value[name])


def _element(shape: Shape, name: str, value: Any) -> Iterator[str]:
    if shape.is_flattened:
        yield from _flat(shape, name, value)
        return
    yield f"<{name}>"
    if shape.type == "structure":
        yield from _structure(shape, value)
    elif shape.type == "list" and shape.element is not None:
        for each in value:
            yield from _element(shape.element, shape.element_name or "member", each)
    elif shape.type == "map":
        for key, each in value.items():
            yield from _entry(shape, "entry", key, each)
    else:
        yield _scalar(shape, value)
    yield f"</{name}>"


def _flat(shape: Shape, name: str, value: Any) -> Iterator[str]:
    if shape.type == "map":
        for key, each in value.items():
            yield from _entry(shape, name, key, each)
    elif shape.element is not None:
        for each in value:
            yield from _element(shape.element, shape.element_name or name, each)


def _entry(shape: Shape, name: str, key: str, value: Any) -> Iterator[str]:
    assert shape.key is not None
    assert shape.element is not None
    yield f"<{name}>"
    yield from _element(shape.key, shape.key_name or "key", key)
    yield from _element(shape.element, shape.element_name or "value", value)
    yield f"</{name}>"


def _scalar(shape: Shape, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if shape.type == "timestamp":
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return str(render_timestamp(moment, shape.timestamp_format or "iso8601"))
    return _text(str(value))


def _text(text: str) -> str:
    """What XML 1.0 cannot hold, control characters and lone surrogates, is shown as U+FFFD."""
    return _SPECIAL.sub(lambda found: _ESCAPES.get(found[0], "\ufffd"), text)
