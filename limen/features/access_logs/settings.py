"""What a stage configures: `accessLogSettings`, a format and the ARN of a log group."""

import re

from msgspec import Struct

from limen.gateway.errors import PlanError


class AccessLogSettings(Struct, frozen=True, rename="camel"):
    """Nothing is logged where either is missing."""

    destination_arn: str | None = None
    format: str | None = None


_DESTINATION_ARN = re.compile(
    r"arn:[a-z-]+:(?:logs:[a-z0-9-]*:[0-9]*:log-group:(?P<group>[^:]+)(?::\*)?"
    r"|firehose:[a-z0-9-]*:[0-9]*:deliverystream/(?P<stream>amazon-apigateway-[^:]+))"
)
_LOG_GROUP = re.compile(r"[A-Za-z0-9._/#-]{1,512}")
_LONGEST_FILE_NAME = 200


def log_group_of(destination_arn: str) -> str:
    """The name of the log group or Firehose stream, safe as a relative path; PlanError where there is none."""
    match = _DESTINATION_ARN.fullmatch(destination_arn)
    if match is None:
        raise PlanError(f"accessLogSettings.destinationArn {destination_arn!r} is not the ARN of a log group")
    name = match["group"] or match["stream"]
    pieces = name.strip("/").split("/")
    if not _LOG_GROUP.fullmatch(name) or not all(_is_file_name(piece) for piece in pieces):
        raise PlanError(f"accessLogSettings.destinationArn: log group {name!r} cannot be the name of a file")
    return "/".join(pieces)


def _is_file_name(piece: str) -> bool:
    return piece not in ("", ".", "..") and len(piece) <= _LONGEST_FILE_NAME
