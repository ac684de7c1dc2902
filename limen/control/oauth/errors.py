"""What OAuth endpoints refuse, by the codes of RFC 6749, sections 4.1.2.1 and 5.2."""


class OAuthError(Exception):
    """Raised by an endpoint to end its request; `description` is for the developer of the app."""

    def __init__(
        self, code: str, description: str, status: int = 400, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status
        self.headers = headers


class ReturnedError(OAuthError):
    """One that the app is told itself, at the URL that the browser is sent back to."""

    def __init__(self, code: str, description: str, location: str) -> None:
        super().__init__(code, description, 302)
        self.location = location


def invalid_request(description: str) -> OAuthError:
    return OAuthError("invalid_request", description)


def invalid_grant(description: str) -> OAuthError:
    return OAuthError("invalid_grant", description)


def not_found() -> OAuthError:
    return OAuthError("invalid_request", "There is no such page.", 404)
