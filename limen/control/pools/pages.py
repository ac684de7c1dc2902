"""Lists of pools and what is in them, in pages: the token is the key of the last item shown, sealed by nobody."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from limen.control.call import Call
from limen.control.pools.errors import invalid_parameter
from limen.store.documents import Document
from limen.store.errors import UnknownKeyError

DEFAULT_SIZE = 60


def page(
    call: Call, noun: str, parent: str, members: dict[str, Any], *, size: str = "Limit"
) -> tuple[list[tuple[str, Document]], str | None]:
    """Keys and documents in order of creation, and the token of the next page."""
    limit = members.get(size) or DEFAULT_SIZE
    after = read_token(members["NextToken"]) if members.get("NextToken") else None
    found = list_after(call, noun, parent, after, limit + 1)
    shown = found[:limit]
    return shown, render_token(shown[-1][0]) if len(found) > limit else None


def list_after(call: Call, noun: str, parent: str, after: str | None, limit: int) -> list[tuple[str, Document]]:
    try:
        return call.documents.list(noun, parent, after=after, limit=limit)
    except UnknownKeyError:
        raise _invalid_token() from None


def render_token(key: str) -> str:
    return urlsafe_b64encode(key.encode("utf-8", "surrogatepass")).decode("ascii")


def read_token(token: str) -> str:
    try:
        return urlsafe_b64decode(token.encode("ascii")).decode("utf-8", "surrogatepass")
    except ValueError:
        raise _invalid_token() from None


def _invalid_token() -> Exception:
    return invalid_parameter("Invalid pagination token.")
