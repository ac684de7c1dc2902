"""Lists in pages: a size and an opaque token, maxResults and nextToken in one API, limit and position in another."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar

import orjson
from msgspec import Struct

from limen.aws.errors import bad_request

DEFAULT_RESULTS = 25
MOST_RESULTS = 500

Item = TypeVar("Item")


class PageWords(Struct, frozen=True):
    """How an API calls the two, and whether a size over the most counts as the most."""

    size: str = "maxResults"
    token: str = "nextToken"  # noqa: S105
    caps_size: bool = False


V2 = PageWords()
V1 = PageWords("limit", "position", caps_size=True)
"""Clients of API Gateway's first version ask for thousands and go on by position."""


def page(
    items: Sequence[tuple[str, Item]],
    max_results: str | int | None,
    next_token: str | None,
    words: PageWords = V2,
) -> tuple[list[Item], str | None]:
    """One page of keyed items, and the token of the next page or None at the end.

    The token holds the last key shown, and its position: where that item has gone in between, the position counts.
    """
    size = page_size(max_results, words)
    start = _start_of_page(items, next_token, words)
    shown = items[start : start + size]
    if start + size >= len(items):
        return [item for _, item in shown], None
    return [item for _, item in shown], render_token(shown[-1][0], start + size)


def read_page(
    read_after: Callable[[str | None, int], list[tuple[str, Item]]],
    max_results: str | int | None,
    next_token: str | None,
    words: PageWords = V2,
) -> tuple[list[Item], str | None]:
    """As `page`, where a store reads no more items than are shown: `read_after(key or None, limit)`."""
    size = page_size(max_results, words)
    after, position = parse_token(next_token, words) if next_token else (None, 0)
    found = read_after(after, size + 1)
    shown = [item for _, item in found[:size]]
    if len(found) <= size:
        return shown, None
    return shown, render_token(found[size - 1][0], position + size)


def page_size(max_results: str | int | None, words: PageWords = V2) -> int:
    """The number of items asked for; API Gateway sends it as a string."""
    if max_results is None:
        return DEFAULT_RESULTS
    text = str(max_results)
    most = 10**10 if words.caps_size else MOST_RESULTS
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or not 1 <= int(text) <= most:
        raise bad_request(f"Invalid {words.size} specified. Must be a number from 1 to {MOST_RESULTS}")
    return min(int(text), MOST_RESULTS)


def parse_token(next_token: str, words: PageWords = V2) -> tuple[str, int]:
    """The last key shown and how many items came up to it."""
    try:
        key, position = orjson.loads(urlsafe_b64decode(next_token.encode("ascii")))
    except (ValueError, TypeError):
        raise bad_request(f"Invalid {words.token} specified") from None
    if not isinstance(key, str) or type(position) is not int or position < 1:
        raise bad_request(f"Invalid {words.token} specified")
    return key, position


def render_token(key: str, position: int) -> str:
    return urlsafe_b64encode(orjson.dumps([key, position])).decode("ascii")


def _start_of_page(items: Sequence[tuple[str, Item]], next_token: str | None, words: PageWords) -> int:
    if not next_token:
        return 0
    last_key, position = parse_token(next_token, words)
    return next((index + 1 for index, (key, _) in enumerate(items) if key == last_key), min(position, len(items)))
