"""The protocols of AWS that Limen speaks, by the name that a service model gives them: one row each."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from limen.aws.aws_json import parse_aws_json, render_aws_json, render_aws_json_error
from limen.aws.errors import AwsError
from limen.aws.parse import parse_rest_json
from limen.aws.query import is_form, parse_query, render_query, render_query_error
from limen.aws.request import AwsRequest
from limen.aws.serialise import Answer, render_rest_json, render_rest_json_error
from limen.aws.service_model import Operation, ServiceModel


class AwsProtocol(Struct, frozen=True):
    """How the calls of a service are written and read."""

    is_routed_by_path: bool
    """False: X-Amz-Target or Action names the operation, and every call is one of /."""
    parse: Callable[[Operation, AwsRequest, Mapping[str, str]], dict[str, Any]]
    render: Callable[[Operation, dict[str, Any]], Answer]
    render_error: Callable[[AwsError, ServiceModel | None], Answer]
    is_named_in_body: bool = False
    """Which operation is meant is known when the body has been read."""


REST_JSON = AwsProtocol(
    is_routed_by_path=True,
    parse=parse_rest_json,
    render=render_rest_json,
    render_error=render_rest_json_error,
)


QUERY = AwsProtocol(
    is_routed_by_path=False,
    parse=parse_query,
    render=render_query,
    render_error=render_query_error,
    is_named_in_body=True,
)


def guess_protocol(request: AwsRequest) -> AwsProtocol:
    """In which a client is told that what it means is not known."""
    return QUERY if is_form(request) else REST_JSON


def _aws_json(version: str) -> AwsProtocol:
    content_type = f"application/x-amz-json-{version}"
    return AwsProtocol(
        is_routed_by_path=False,
        parse=parse_aws_json,
        render=render_aws_json(content_type),
        render_error=render_aws_json_error(content_type),
    )


PROTOCOLS: dict[str, AwsProtocol] = {
    "rest-json": REST_JSON,
    "json-1.0": _aws_json("1.0"),
    "json-1.1": _aws_json("1.1"),
    "query": QUERY,
}
