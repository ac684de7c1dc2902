"""What an app gets for a user who has signed in, at the URL that the browser goes back to: a code, or tokens."""

from typing import Any

from limen.control.call import Call
from limen.control.oauth.asked import Asked
from limen.control.oauth.codes import issue_code
from limen.control.pools.accounts import User
from limen.control.pools.sessions import begin_session


def location_with_grant(call: Call, asked: Asked, user: User, authenticated: int) -> str:
    if asked.response_type == "code":
        return asked.location({"code": issue_code(call, asked, user, authenticated)})
    tokens = begin_session(
        call, asked.client, user, scopes=asked.scopes, nonce=asked.nonce, authenticated=authenticated
    )
    answer = token_answer(tokens, asked.scopes)
    answer.pop("refresh_token", None)  # not in a URL (RFC 6749, section 4.2.2)
    return asked.location({name: str(value) for name, value in answer.items()})


def token_answer(tokens: dict[str, Any], scopes: list[str]) -> dict[str, Any]:
    """An AuthenticationResult in the words of RFC 6749; apps that did not ask for `openid` get no id token."""
    answer = {"access_token": tokens["AccessToken"], "expires_in": tokens["ExpiresIn"], "token_type": "Bearer"}
    if "openid" in scopes:
        answer["id_token"] = tokens["IdToken"]
    if "RefreshToken" in tokens:
        answer["refresh_token"] = tokens["RefreshToken"]
    return answer | {"scope": " ".join(scopes)}
