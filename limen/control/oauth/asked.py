"""What an app asks of a user: an authorization request, read and checked (RFC 6749 section 4, RFC 7636).

Until it is known that the redirect URI is the client's own, nobody is sent there: a page says what is wrong.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from limen.control.call import Call
from limen.control.oauth.errors import OAuthError, ReturnedError, invalid_request
from limen.control.oauth.replies import with_parameters
from limen.control.pools.callbacks import is_among
from limen.control.pools.clients import known_scopes
from limen.control.pools.documents import CLIENT, Client, Pool

FLOWS = {"code": "code", "token": "implicit"}
"""Names of AllowedOAuthFlows by response type."""
LONGEST_STATE = 4096

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""SHA-256 in base64url: all that S256 gives."""
_UNSERVED = {"request": "request_not_supported", "request_uri": "request_uri_not_supported"}


class Asked(Struct, frozen=True, kw_only=True):
    client: Client
    redirect_uri: str
    response_type: str
    scopes: list[str]
    issuer: str
    state: str | None = None
    nonce: str | None = None
    challenge: str | None = None
    """Of PKCE, by S256."""
    prompts: frozenset[str] = frozenset()
    max_age: int | None = None
    username: str = ""
    """As the app believes it to be."""

    def location(self, parameters: Mapping[str, str | None]) -> str:
        """Where the browser goes with an answer. `iss` says whose it is (RFC 9207): apps that trust several issuers
        cannot be made to take it for another's."""
        added = {**parameters, "state": self.state, "iss": self.issuer}
        return with_parameters(self.redirect_uri, added, in_fragment=self.response_type == "token")

    def refuse(self, code: str, description: str) -> ReturnedError:
        location = self.location({"error": code, "error_description": description})
        return ReturnedError(code, description, location)


def read_asked(call: Call, pool: Pool, parameters: Mapping[str, str]) -> Asked:
    """Raises OAuthError, or ReturnedError for what the app is told."""
    client = find_app(call, pool, parameters.get("client_id"))
    callbacks = client.document.get("CallbackURLs", [])
    redirect_uri = parameters.get("redirect_uri") or client.document.get("DefaultRedirectURI")
    if redirect_uri is None or not is_among(redirect_uri, callbacks):
        raise OAuthError("redirect_mismatch", "redirect_uri is not one of the callback URLs of the app.")
    response_type, state = parameters.get("response_type", ""), parameters.get("state")
    asked = Asked(
        client=client,
        redirect_uri=redirect_uri,
        response_type=response_type if response_type in FLOWS else "code",
        scopes=[],
        issuer=call.settings.issuer_of(pool.id),
        state=state if state is None or len(state) <= LONGEST_STATE else None,
    )
    _check(asked, response_type, parameters)
    return Asked(
        client=client,
        redirect_uri=redirect_uri,
        response_type=response_type,
        scopes=_scopes(call, asked, parameters.get("scope")),
        issuer=asked.issuer,
        state=state,
        nonce=parameters.get("nonce"),
        challenge=parameters.get("code_challenge"),
        prompts=frozenset(parameters.get("prompt", "").split()),
        max_age=_max_age(asked, parameters.get("max_age")),
        username=parameters.get("login_hint", "")[:128],
    )


def find_app(call: Call, pool: Pool, client_id: str | None) -> Client:
    """An app client of the pool; raises OAuthError."""
    document = call.documents.get(CLIENT, pool.id, client_id) if client_id else None
    if document is None or client_id is None:
        raise invalid_request("client_id is not that of an app of this user pool.")
    return Client(client_id, pool, document)


def allows_flow(client: Client, flow: str) -> bool:
    is_allowed = bool(client.document.get("AllowedOAuthFlowsUserPoolClient"))
    return is_allowed and flow in client.document.get("AllowedOAuthFlows", [])


def is_public(client: Client) -> bool:
    return "_secret" not in client.document


def allowed_scopes(call: Call, client: Client) -> list[str]:
    """Those of resource servers that are gone are gone too."""
    known = known_scopes(call, client.pool)
    return [scope for scope in client.document.get("AllowedOAuthScopes", []) if scope in known]


def _check(asked: Asked, response_type: str, parameters: Mapping[str, str]) -> None:
    if len(parameters.get("state", "")) > LONGEST_STATE:
        raise asked.refuse("invalid_request", f"state is longer than {LONGEST_STATE} characters")
    if response_type not in FLOWS:
        raise asked.refuse("unsupported_response_type", "response_type must be code or token")
    if not allows_flow(asked.client, FLOWS[response_type]):
        raise asked.refuse("unauthorized_client", f"the app client does not allow the flow {FLOWS[response_type]}")
    for name, code in _UNSERVED.items():
        if name in parameters:
            raise asked.refuse(code, f"{name} is not served")
    mode = "fragment" if response_type == "token" else "query"
    if parameters.get("response_mode", mode) != mode:
        raise asked.refuse("invalid_request", f"response_mode must be {mode} with this response_type")
    if parameters.get("identity_provider", "COGNITO") != "COGNITO" or "idp_identifier" in parameters:
        raise asked.refuse("invalid_request", "there is no identity provider but COGNITO")
    if response_type == "code":
        _check_challenge(asked, parameters)


def _check_challenge(asked: Asked, parameters: Mapping[str, str]) -> None:
    """Whoever has no secret needs PKCE: otherwise a code that somebody else gets hold of is a way in (RFC 9700)."""
    challenge, method = parameters.get("code_challenge"), parameters.get("code_challenge_method")
    if challenge is None and method is None:
        if is_public(asked.client):
            raise asked.refuse("invalid_request", "an app without a secret needs code_challenge (PKCE)")
        return
    if method != "S256":
        raise asked.refuse("invalid_request", "code_challenge_method must be S256")
    if challenge is None or _CHALLENGE.fullmatch(challenge) is None:
        raise asked.refuse("invalid_request", "code_challenge is no SHA-256 in base64url")


def _scopes(call: Call, asked: Asked, given: str | None) -> list[str]:
    """All that the client may have where none is asked for, as on AWS."""
    allowed = allowed_scopes(call, asked.client)
    wanted = allowed if given is None else list(dict.fromkeys(given.split()))
    refused = [scope for scope in wanted if scope not in allowed]
    if refused or not wanted:
        raise asked.refuse("invalid_scope", "the app client does not allow a scope that is asked for, or has none")
    if {"profile", "email", "phone"} & set(wanted) and "openid" not in wanted:
        raise asked.refuse("invalid_scope", "profile, email and phone need openid beside them")
    return wanted


def _max_age(asked: Asked, given: str | None) -> int | None:
    if given is None:
        return None
    if re.fullmatch("[0-9]{1,9}", given) is None:
        raise asked.refuse("invalid_request", "max_age is a number of seconds")
    return int(given)
