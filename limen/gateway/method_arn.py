"""What a request asks to invoke, as policies name it: `arn:aws:execute-api:{region}:{account}:{api}/prod/GET/pets/7`.

There is one name for one path, whatever the spelling: percent-encoding is undone as routing undoes it, a slash and a
percent sign within a segment stay encoded, and a slash that routing does not see is not there. What a policy denies is
denied however it is written. Guide, "Control access for invoking an API".
"""

from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from limen.aws.arn import new_arn
from limen.gateway.exchange import Exchange

MethodArn: TypeAlias = Callable[[Exchange], str]

LONGEST = 1600
"""Bytes; a request of a longer one is answered with 414 where an authorizer would be asked (AWS quotas)."""


def compile_method_arn(region: str, account: str, api_id: str, stage_name: str, *, is_rest: bool) -> MethodArn:
    prefix = str(new_arn("execute-api", region, account, f"{api_id}/{stage_name}/"))

    def name_method(exchange: Exchange) -> str:
        path = exchange.route_path
        if is_rest:
            path = without_ignored_slashes(path)
        text = canonical_path(path) if b"%" in path or not path.isascii() else path.decode("latin-1")
        return f"{prefix}{exchange.method.decode('latin-1')}{text}"

    return name_method


def without_ignored_slashes(path: bytes) -> bytes:
    """As the paths of REST APIs are matched: without one slash at the end and further ones at the start."""
    if len(path) > 1 and path.endswith(b"/"):
        path = path[:-1]
    return b"/" + path.lstrip(b"/") if path.startswith(b"//") else path


def canonical_path(path: bytes) -> str:
    """Each segment decoded, save what would not be one segment any more."""
    return "/".join([_canonical_segment(segment) for segment in path.split(b"/")])


def _canonical_segment(segment: bytes) -> str:
    text = unquote_to_bytes(segment).decode("utf-8", "surrogateescape")
    return text.replace("%", "%25").replace("/", "%2F")
