"""What a stage is configured with: variables, access log, settings of routes (developer guide, stages and logging)."""

import re
from collections.abc import Mapping
from typing import Any

from limen.aws.errors import bad_request, not_found
from limen.control.call import Call
from limen.control.v2.routes import find_route_by_key
from limen.features.access_logs.settings import log_group_of
from limen.gateway.errors import PlanError
from limen.store.documents import Document

MOST_VARIABLES = 100
LONGEST_VARIABLE_NAME = 64
LONGEST_VARIABLE_VALUE = 512
LARGEST_LOG_FORMAT = 3 * 1024
"""Bytes."""

_VARIABLE_NAME = re.compile(r"\w+", re.ASCII)
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9 ._~:/?#&=,-]+")
_REQUEST_ID = re.compile(
    r"\$context\.(requestId|extendedRequestId)(?![\w.])|\$\{context\.(requestId|extendedRequestId)\}"
)


def check_variables(variables: dict[str, str]) -> None:
    if len(variables) > MOST_VARIABLES:
        raise bad_request(f"The number of stage variables exceeds the limit of {MOST_VARIABLES}")
    for name, value in variables.items():
        if not _VARIABLE_NAME.fullmatch(name):
            raise bad_request(f"Invalid stage variable name: {name}. Please use names with only word characters.")
        if len(name) > LONGEST_VARIABLE_NAME:
            raise bad_request(
                f"Invalid stage variable name: {name}. It is longer than {LONGEST_VARIABLE_NAME} characters"
            )
        if not _VARIABLE_VALUE.fullmatch(value):
            raise bad_request(
                f"Invalid stage variable value of key {name}.  Please use values with alphanumeric characters and "
                "the symbols ' ', '-', '.', '_', '~', ':', '/', '?', '#', '&', '=', and ','."
            )
        if len(value) > LONGEST_VARIABLE_VALUE:
            raise bad_request(
                f"Invalid stage variable value of key {name}. It is longer than {LONGEST_VARIABLE_VALUE} characters"
            )


def check_access_log(settings: dict[str, Any]) -> None:
    if not settings.get("destinationArn") or not settings.get("format"):
        raise bad_request("Access Log value must not be empty: destinationArn and format must both be specified")
    check_log_destination(settings["destinationArn"])
    check_log_format(settings["format"])


def check_log_destination(destination: str) -> None:
    try:
        log_group_of(destination)
    except PlanError as error:
        raise bad_request(f"Invalid ARN specified in the request: {error}") from None


def check_log_format(log_format: str) -> None:
    if "\n" in log_format.rstrip("\n") or "\r" in log_format.rstrip("\r\n"):
        raise bad_request(
            "Access Log format must be single line, new line character is allowed only at end of the format"
        )
    if len(log_format.encode()) > LARGEST_LOG_FORMAT:
        raise bad_request(f"Access Log format is too long: it must not exceed {LARGEST_LOG_FORMAT} bytes")
    if not _REQUEST_ID.search(log_format):
        raise bad_request("Access Log format must include either $context.requestId or $context.extendedRequestId")


def check_route_settings(call: Call, api_id: str, stage: Document, provided: Mapping[str, Any]) -> None:
    """`provided`: the settings by route key that were sent; others may stand for a route that has gone since.

    `$default` needs no route (observed by Terraform's acceptance tests).
    """
    for route_key in provided:
        if route_key != "$default" and find_route_by_key(call, api_id, route_key) is None:
            raise not_found(f"Unable to find Route by key {route_key} within the provided RouteSettings", "Route")
    for settings in (stage["defaultRouteSettings"], *stage["routeSettings"].values()):
        _check_settings(settings)


def _check_settings(settings: dict[str, Any]) -> None:
    if settings.get("loggingLevel") or settings.get("dataTraceEnabled"):
        raise bad_request("Execution logs are not supported on protocolType HTTP")
    for name in ("throttlingBurstLimit", "throttlingRateLimit"):
        if settings.get(name, 0) < 0:
            raise bad_request(f"Invalid {name} specified: it must not be negative")
