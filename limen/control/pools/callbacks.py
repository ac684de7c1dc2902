"""URLs that a browser may be sent back to: which an app client may have, and which are its own."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from limen.control.pools.errors import invalid_parameter

_LOCAL = ("localhost", "127.0.0.1", "::1")
_RUN_BY_BROWSERS = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"})
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f#\\<>\"]")


def check_callbacks(name: str, urls: Sequence[str]) -> None:
    """`name`: of the member that they are in."""
    for url in urls:
        reason = find_flaw(url)
        if reason is not None:
            raise invalid_parameter(f"Invalid URL in {name}: {url[:200]}: {reason}.")


def is_among(url: str, urls: Sequence[str]) -> bool:
    """Letter by letter: whatever else would let in a page of somebody else's (RFC 9700, section 2.1)."""
    return url in urls and find_flaw(url) is None


def find_flaw(url: str) -> str | None:
    """Why no browser is sent to a URL; None where it may be."""
    if _FORBIDDEN.search(url):
        return "it has a fragment, or a character that URLs do not have"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "it is no URL"
    if not parts.scheme:
        return "it is not absolute"
    if parts.scheme in _RUN_BY_BROWSERS:
        return f"{parts.scheme} URLs lead to no app"
    if parts.scheme in ("http", "https") and (not host or parts.username is not None):
        return "it names no host, or a user"
    if parts.scheme == "http" and host not in _LOCAL:
        return "http is for localhost alone"
    return None
