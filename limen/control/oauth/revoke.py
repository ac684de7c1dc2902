"""/oauth2/revoke: ends the session of a refresh token (RFC 7009).

https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html
"""

from limen.control.call import Answer, Call
from limen.control.oauth.client_authentication import authenticate
from limen.control.oauth.errors import OAuthError, invalid_request
from limen.control.oauth.places import pool_at
from limen.control.oauth.replies import json_reply, replied
from limen.control.oauth.requests import OAuthRequest
from limen.control.pools.sessions import end_session


def revoke(call: Call, request: OAuthRequest) -> Answer:
    """A token that is none, or is over already, is answered alike."""
    client = authenticate(call, pool_at(call, request.place), request)
    token = request.form.get("token")
    if token is None:
        raise invalid_request("token is missing")
    if not client.can_revoke:
        raise invalid_request("Token revocation is not enabled for this client.")
    if token.count(".") == 2:
        raise OAuthError("unsupported_token_type", "Only refresh tokens can be revoked.")
    end_session(call, client, token)
    return replied(json_reply({}))
