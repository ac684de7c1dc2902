"""Checks that several nouns share: lengths of texts, members that belong to WebSocket APIs, forms of ARNs."""

import re
from typing import Any

from limen.aws.errors import bad_request

LENGTHS: dict[str, tuple[int, int]] = {
    "name": (1, 128),
    "description": (0, 1024),
    "version": (1, 64),
    "operationName": (1, 64),
    "contentType": (1, 256),
    "integrationUri": (1, 2048),
    "authorizerUri": (1, 2048),
    "target": (1, 2048),
    "stageName": (1, 128),
}
"""Least and most characters of a member (service model 2018-11-29)."""

_VARIABLE = r"\$\{stageVariables\.\w+\}"
_ROLE = re.compile(
    rf"arn:[a-z0-9-]+:iam::(\d{{12}}|{_VARIABLE}):(?:(role|user)/(?:[\w+=,.@/-]|{_VARIABLE})+|{_VARIABLE})"
)
_CALLER = re.compile(r"arn:[a-z0-9-]+:iam::\*:user/\*")
_FUNCTION = rf"arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{{12}}:function:(?:[\w-]|{_VARIABLE})+(?::(?:[\w$-]|{_VARIABLE})+)?"
FUNCTION_ARN = re.compile(_FUNCTION)
INVOCATION_ARN = re.compile(
    rf"arn:[a-z0-9-]+:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/{_FUNCTION}/invocations"
)


def check_lengths(document: dict[str, Any]) -> None:
    for name, (least, most) in LENGTHS.items():
        value = document.get(name)
        if isinstance(value, str) and not least <= len(value) <= most:
            raise bad_request(f"Invalid {name} specified: its length must be between {least} and {most} characters")


def refuse_websocket_members(members: dict[str, Any], names: tuple[str, ...]) -> None:
    """Refuses, by name, what only a WebSocket API has; false and empty values ask for nothing and pass."""
    for name in names:
        if members.get(name):
            raise bad_request(f"{name[0].upper()}{name[1:]} is not currently supported for HTTP APIs.")


def check_role(arn: str) -> None:
    if not (_ROLE.fullmatch(arn) or _CALLER.fullmatch(arn)):
        raise bad_request(f"Invalid ARN specified in the request: {arn}")


def is_function(uri: str) -> bool:
    """Whether it names a function, by its own ARN or by the path that invokes it."""
    return bool(FUNCTION_ARN.fullmatch(uri) or INVOCATION_ARN.fullmatch(uri))
