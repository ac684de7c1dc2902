"""/oauth2/token: tokens for a code, for a refresh token, or for the client itself.

https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from limen.aws.errors import AwsError
from limen.control.call import Answer, Call
from limen.control.oauth.asked import allowed_scopes, allows_flow
from limen.control.oauth.client_authentication import authenticate
from limen.control.oauth.codes import find_refusal, take_code, use_up
from limen.control.oauth.errors import OAuthError, invalid_grant, invalid_request
from limen.control.oauth.granting import token_answer
from limen.control.oauth.places import pool_at
from limen.control.oauth.replies import json_reply, replied
from limen.control.oauth.requests import OAuthRequest
from limen.control.pools.clients import OWN_SCOPES
from limen.control.pools.documents import Client
from limen.control.pools.keys import sign
from limen.control.pools.sessions import begin_session, refreshed, tokens_again
from limen.identity.refresh import read_refresh_token
from limen.identity.tokens import client_claims, validity_of


def token(call: Call, request: OAuthRequest) -> Answer:
    client = authenticate(call, pool_at(call, request.place), request)
    kind = request.form.get("grant_type")
    if kind is None:
        raise invalid_request("grant_type is missing")
    grant = _GRANTS.get(kind)
    if grant is None:
        raise OAuthError(
            "unsupported_grant_type", "grant_type must be authorization_code, refresh_token or client_credentials"
        )
    return grant(call, client, request.form)


def _for_code(call: Call, client: Client, form: dict[str, str]) -> Answer:
    if not allows_flow(client, "code"):
        raise OAuthError("unauthorized_client", "The app client does not allow the flow code.")
    code = take_code(call, client, _required(form, "code"))
    refusal = find_refusal(call, code, form.get("redirect_uri"), form.get("code_verifier"))
    if refusal is not None:
        # Answered and not raised: that the code counts no more is kept.
        return replied(json_reply(error_body(refusal), refusal.status))
    document = code.document
    tokens = begin_session(
        call,
        client,
        code.user,
        scopes=document["scopes"],
        nonce=document["nonce"],
        authenticated=document["authenticated"],
    )
    begun = read_refresh_token(tokens["RefreshToken"])
    assert begun is not None
    use_up(call, code, begun.origin)
    return replied(json_reply(token_answer(tokens, document["scopes"])))


def _for_refresh_token(call: Call, client: Client, form: dict[str, str]) -> Answer:
    try:
        user, session = refreshed(call, client, _required(form, "refresh_token"))
    except AwsError as error:
        raise invalid_grant(error.message) from None
    scopes = form.get("scope", " ".join(session.scopes)).split()
    if not scopes or not set(scopes) <= set(session.scopes):
        raise OAuthError("invalid_scope", "A refresh token gives no scopes beyond those of its sign-in.")
    narrowed = replace(session, document=session.document | {"scopes": scopes})
    return replied(json_reply(token_answer(tokens_again(call, client, user, narrowed), scopes)))


def _for_client(call: Call, client: Client, form: dict[str, str]) -> Answer:
    if not allows_flow(client, "client_credentials") or "_secret" not in client.document:
        raise OAuthError("unauthorized_client", "The app client does not allow the flow client_credentials.")
    allowed = [scope for scope in allowed_scopes(call, client) if scope not in OWN_SCOPES]
    scopes = list(dict.fromkeys(form["scope"].split())) if "scope" in form else allowed
    if not scopes or not set(scopes) <= set(allowed):
        raise OAuthError("invalid_scope", "The app client does not allow a scope that is asked for, or has none.")
    validity = validity_of(client.document).access
    now, issuer = call.settings.pool_tools.now(), call.settings.issuer_of(client.pool.id)
    access = sign(call, client.pool.id, "access", client_claims(issuer, client.id, scopes, now, validity))
    return replied(json_reply(token_answer({"AccessToken": access, "ExpiresIn": validity}, scopes)))


def error_body(error: OAuthError) -> dict[str, Any]:
    return {"error": error.code, "error_description": error.description}


def _required(form: dict[str, str], name: str) -> str:
    if name not in form:
        raise invalid_request(f"{name} is missing")
    return form[name]


_GRANTS: dict[str, Callable[[Call, Client, dict[str, str]], Answer]] = {
    "authorization_code": _for_code,
    "refresh_token": _for_refresh_token,
    "client_credentials": _for_client,
}
