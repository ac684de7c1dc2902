"""Forms that only our own pages can send: a token in a cookie and in the form, and the origin that browsers tell."""

import hmac
import re
import secrets
from urllib.parse import urlsplit

from limen.control.oauth.errors import OAuthError
from limen.control.oauth.requests import OAuthRequest

COOKIE = "__Host-limen-form"
_TOKEN = re.compile("[0-9a-f]{32}")


def form_token(request: OAuthRequest) -> str:
    """That of the browser, which other tabs of it may hold, or a new one."""
    found = request.cookies.get(COOKIE, "")
    return found if _TOKEN.fullmatch(found) else secrets.token_hex(16)


def form_cookie(token: str) -> tuple[str, str]:
    """For the host alone, and no page of another's may set it: that is what the prefix asks of browsers."""
    return "Set-Cookie", f"{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax"


def check_form(request: OAuthRequest) -> None:
    """Raises OAuthError for a form that another page has sent."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    is_ours = origin is None or urlsplit(origin).netloc.lower() == host.lower()
    site = request.headers.get("sec-fetch-site", "same-origin")
    kept, given = request.cookies.get(COOKIE, ""), request.form.get("csrf", "")
    has_token = _TOKEN.fullmatch(kept) is not None and hmac.compare_digest(kept.encode(), given.encode())
    if not is_ours or site not in ("same-origin", "none") or not has_token:
        raise OAuthError("invalid_request", "This form is out of date, or cookies are off. Go back and try again.", 403)
