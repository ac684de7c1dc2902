"""What OAuth endpoints answer: JSON, pages, and redirects, none of which a cache may keep unless it says so."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from msgspec import Struct

from limen.control.call import Answer
from limen.control.oauth.pages import STYLE

Headers = Sequence[tuple[str, str]]

_NOT_KEPT: Headers = [("Cache-Control", "no-store"), ("Pragma", "no-cache")]
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_PAGE: Headers = [
    *_NOT_KEPT,
    ("Content-Type", "text/html; charset=utf-8"),
    # No form-action: browsers apply it to where a form's answer leads as well, and that is up to the app.
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    # Browsers send Origin: null with forms of pages that say no-referrer.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]


class Reply(Struct, frozen=True):
    status: int
    headers: Headers
    body: bytes = b""


def replied(reply: Reply) -> Answer:
    """As functions of the control process answer, which may also have to wait for work aside."""
    return {"reply": reply}


def json_reply(content: Any, status: int = 200, headers: Headers = ()) -> Reply:
    return Reply(
        status,
        [
            *_NOT_KEPT,
            ("Content-Type", "application/json;charset=UTF-8"),
            ("X-Content-Type-Options", "nosniff"),
            *headers,
        ],
        orjson.dumps(content),
    )


def public_reply(content: Any, seconds: int) -> Reply:
    """JSON that is the same for everybody, for a while."""
    kept = [("Cache-Control", f"public, max-age={seconds}"), ("Content-Type", "application/json")]
    return Reply(200, [*kept, ("X-Content-Type-Options", "nosniff")], orjson.dumps(content))


def page_reply(page: str, status: int = 200, headers: Headers = ()) -> Reply:
    return Reply(status, [*_PAGE, *headers], page.encode("utf-8", "replace"))


def redirect(location: str, headers: Headers = (), status: int = 302) -> Reply:
    """`location`: a URL that was registered, with what was added by `with_parameters`, or a path of our own."""
    return Reply(status, [*_NOT_KEPT, ("Location", location), ("Referrer-Policy", "no-referrer"), *headers])


def with_parameters(url: str, parameters: dict[str, str | None], *, in_fragment: bool = False) -> str:
    """A URL without a fragment, with more parameters; those that are None are left out."""
    added = urlencode({name: value for name, value in parameters.items() if value is not None}, quote_via=quote)
    mark = "#" if in_fragment else "&" if "?" in url else "?"
    return "".join(letter if "!" <= letter <= "~" else quote(letter) for letter in url) + mark + added
