"""/oauth2/userInfo: what an access token lets its bearer know of the user (OpenID Connect Core, section 5.3).

https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html
"""

from limen.aws.errors import AwsError
from limen.control.call import Answer, Call
from limen.control.oauth.errors import OAuthError
from limen.control.oauth.places import pool_at
from limen.control.oauth.replies import json_reply, replied
from limen.control.oauth.requests import OAuthRequest
from limen.control.pools.sessions import Bearer, bearer_of, grant_of


def user_info(call: Call, request: OAuthRequest) -> Answer:
    pool = pool_at(call, request.place)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise OAuthError("invalid_request", "An access token is needed", 401, (("WWW-Authenticate", "Bearer"),))
    bearer = _find_bearer(call, token.strip())
    if bearer.user.pool.id != pool.id:
        raise _refusal("invalid_token", "Invalid Access Token", 401)
    scopes = bearer.claims["scope"].split(" ")
    if "openid" not in scopes:
        raise _refusal("insufficient_scope", "Access token does not contain openid scope", 403)
    attributes = grant_of(call, bearer.client, bearer.user, scopes, 0).attributes
    told = {"sub": bearer.user.subject, "username": bearer.user.name}
    return replied(json_reply(dict(attributes) | told))


def _find_bearer(call: Call, token: str) -> Bearer:
    try:
        return bearer_of(call, token, scope="")
    except AwsError as error:
        raise _refusal("invalid_token", error.message, 401) from None


def _refusal(code: str, description: str, status: int) -> OAuthError:
    challenge = f'Bearer error="{code}", error_description="{description}"'
    return OAuthError(code, description, status, (("WWW-Authenticate", challenge),))
