"""The protocols of AWS that Limen speaks, by the name that a service model gives them: one row each."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from limen.aws.aws_json import parse_aws_json, render_aws_json, render_aws_json_error
from limen.aws.errors import AwsError
from limen.aws.parse import parse_rest_json
from limen.aws.query import parse_query
from limen.aws.query_xml import render_query, render_query_error
from limen.aws.request import AwsRequest
from limen.aws.serialise import Answer, render_rest_json, render_rest_json_error
from limen.aws.service_model import Operation, ServiceModel


class AwsProtocol(Struct, frozen=True):
    """How the calls of a service are written and read."""

    is_routed_by_path: bool
    """False: X-Amz-Target or Action names the operation, and every call is a POST to /."""
    parse: Callable[[Operation, AwsRequest, Mapping[str, str]], dict[str, Any]]
    render: Callable[..., Answer]
    """Of an Operation, its output, and the id of the request."""
    render_error: Callable[..., Answer]
    """Of an AwsError, the ServiceModel or None, and the id of the request."""


def _with_id_in_header(
    parse: Callable[[Operation, AwsRequest, Mapping[str, str]], dict[str, Any]],
    render: Callable[[Operation, dict[str, Any]], Answer],
    render_error: Callable[[AwsError, ServiceModel | None], Answer],
    *,
    is_routed_by_path: bool = False,
) -> AwsProtocol:
    """A protocol whose bodies do not name the request."""
    return AwsProtocol(
        is_routed_by_path=is_routed_by_path,
        parse=parse,
        render=lambda operation, output, _="": render(operation, output),
        render_error=lambda error, service, _="": render_error(error, service),
    )


def _aws_json(version: str) -> AwsProtocol:
    content_type = f"application/x-amz-json-{version}"
    return _with_id_in_header(parse_aws_json, render_aws_json(content_type), render_aws_json_error(content_type))


REST_JSON = _with_id_in_header(parse_rest_json, render_rest_json, render_rest_json_error, is_routed_by_path=True)
QUERY = AwsProtocol(
    is_routed_by_path=False,
    parse=parse_query,
    render=render_query,
    render_error=render_query_error,
)

PROTOCOLS: dict[str, AwsProtocol] = {
    "query": QUERY,
    "rest-json": REST_JSON,
    "json-1.0": _aws_json("1.0"),
    "json-1.1": _aws_json("1.1"),
}
