"""The protocols AWS JSON 1.0 and 1.1: X-Amz-Target names the operation, input and output are JSON bodies.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html. The two differ in their content type alone.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from limen.aws.errors import AwsError, serialization_error
from limen.aws.parse import parse_json_document, parse_json_value
from limen.aws.request import AwsRequest
from limen.aws.serialise import Answer, render_json_value
from limen.aws.service_model import Operation, ServiceModel

LEAST_SERVER_ERROR = 500


def parse_aws_json(operation: Operation, request: AwsRequest, _: Mapping[str, str]) -> dict[str, Any]:
    """The members of a call's input; those that the model does not know are left out."""
    document = parse_json_document(request.body)
    if not isinstance(document, dict):
        raise serialization_error("Start of structure or map expected at the top of the request.")
    if operation.input is None:
        return {}
    members: dict[str, Any] = parse_json_value(operation.input, document)
    return members


def render_aws_json(content_type: str) -> Callable[[Operation, dict[str, Any]], Answer]:
    def render(operation: Operation, output: dict[str, Any]) -> Answer:
        """An operation without an output answers an empty body, as AWS does."""
        if operation.output is None:
            return Answer(200, [("Content-Type", content_type)], b"")
        body = orjson.dumps(render_json_value(operation.output, output))
        return Answer(200, [("Content-Type", content_type)], body)

    return render


def render_aws_json_error(content_type: str) -> Callable[[AwsError, ServiceModel | None], Answer]:
    def render(error: AwsError, service: ServiceModel | None) -> Answer:
        """The code stands in the body and in a header; what is the client's fault has status 400, whatever it is."""
        shape = service.find_error(error.code) if service is not None else None
        named = next((name for name in shape.members if name.lower() == "message"), "message") if shape else "message"
        members = {"__type": error.code, named: error.message, **error.members}
        if shape is not None:
            members |= render_json_value(shape, {named: error.message, **error.members})
        status = error.status if error.status >= LEAST_SERVER_ERROR else 400
        headers = [("Content-Type", content_type), ("x-amzn-ErrorType", error.code)]
        return Answer((shape.error_status if shape else None) or status, headers, orjson.dumps(members))

    return render
