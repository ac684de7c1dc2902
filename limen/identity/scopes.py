"""Which attributes of a user the scopes of OpenID Connect tell an app of.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html (scope): with `openid` alone all
that the client may read; with `profile`, `email` or `phone` beside it what these name.
"""

from collections.abc import Collection, Mapping

_OF_SCOPES = {
    "email": frozenset({"email", "email_verified"}),
    "phone": frozenset({"phone_number", "phone_number_verified"}),
}
_NOT_OF_PROFILE = frozenset().union(*_OF_SCOPES.values())


def attributes_for(scopes: Collection[str], attributes: Mapping[str, str]) -> dict[str, str]:
    narrowing = [scope for scope in ("profile", *_OF_SCOPES) if scope in scopes]
    if not narrowing:
        return dict(attributes)
    return {
        name: value
        for name, value in attributes.items()
        if any(name in _OF_SCOPES[scope] if scope in _OF_SCOPES else name not in _NOT_OF_PROFILE for scope in narrowing)
    }
