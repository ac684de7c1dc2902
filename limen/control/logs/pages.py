"""Lists of log groups and streams in pages: the token is the last key shown, whatever comes or goes meanwhile."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, TypeVar

import orjson

from limen.control.logs.errors import invalid_parameter

DEFAULT_SIZE = 50

Item = TypeVar("Item")


def page(items: Sequence[tuple[Any, Item]], members: dict[str, Any]) -> tuple[list[Item], str | None]:
    """One page of items that are in the order of their keys, and the token of the next, None at the end."""
    size = members.get("limit") or DEFAULT_SIZE
    after = parse_token(members["nextToken"]) if members.get("nextToken") else None
    try:
        left = [(key, item) for key, item in items if after is None or key > after]
    except TypeError:
        raise _invalid_token() from None
    shown = left[:size]
    return [item for _, item in shown], render_token(shown[-1][0]) if len(left) > size else None


def render_token(key: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(key)).decode("ascii")


def parse_token(token: str) -> Any:
    """The key; lists become tuples. AwsError where the token is none of ours."""
    try:
        key = orjson.loads(urlsafe_b64decode(token.encode("ascii")))
    except (ValueError, TypeError):
        raise _invalid_token() from None
    return tuple(key) if isinstance(key, list) else key


def _invalid_token() -> Exception:
    return invalid_parameter("The specified nextToken is invalid.")
