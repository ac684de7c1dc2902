"""A request to an OAuth endpoint, read once: parameters of the query and the form, cookies."""

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import parse_qsl

from limen.control.oauth.errors import invalid_request
from limen.control.oauth.places import Place

FORM = "application/x-www-form-urlencoded"
MOST_PARAMETERS = 50


class OAuthRequest:
    """`headers` by lower-cased name; `address` is the client's."""

    def __init__(
        self, method: str, place: Place, query: bytes, headers: Mapping[str, str], body: bytes, address: str
    ) -> None:
        self.method = method
        self.place = place
        self.query = query.decode("latin-1")
        self.headers = headers
        self.address = address
        self._body = body

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Of the query; raises OAuthError."""
        return read_parameters(self.query)

    @cached_property
    def form(self) -> dict[str, str]:
        """Of the body; raises OAuthError."""
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise invalid_request(f"The content type must be {FORM}")
        return read_parameters(self._body.decode("latin-1"))

    @cached_property
    def cookies(self) -> dict[str, str]:
        """Of several with one name the first, which has the longest path (RFC 6265, section 5.4)."""
        found: dict[str, str] = {}
        for part in self.headers.get("cookie", "").split(";"):
            name, equals, value = part.strip().partition("=")
            if equals:
                found.setdefault(name, value)
        return found


def read_parameters(text: str) -> dict[str, str]:
    """Each at most once; one without a value counts as left out (RFC 6749, section 3.1)."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise invalid_request("The parameters are not understood") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise invalid_request(f"{_shown(name)} is given more than once")
        if "\0" in value:
            raise invalid_request(f"{_shown(name)} has a character that it cannot have")
        found[name] = value
    return {name: value for name, value in found.items() if value}


def _shown(name: str) -> str:
    return "".join(letter for letter in name[:40] if letter.isalnum() or letter == "_") or "A parameter"
