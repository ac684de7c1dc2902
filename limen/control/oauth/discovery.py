"""What apps and gateways find out about a pool as an issuer: OpenID Connect Discovery 1.0, RFC 8414, and its keys."""

from limen.control.call import Answer, Call
from limen.control.oauth.places import pages_url, pool_at
from limen.control.oauth.replies import public_reply, replied
from limen.control.oauth.requests import OAuthRequest
from limen.control.pools.keys import key_set

CACHED_SECONDS = 3600


def describe_issuer(call: Call, request: OAuthRequest) -> Answer:
    """URLs are those of the settings: whatever a client calls this server, it learns the same."""
    pool = pool_at(call, request.place)
    issuer, pages = call.settings.issuer_of(pool.id), pages_url(call, pool)
    document = {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "authorization_endpoint": f"{pages}/oauth2/authorize",
        "token_endpoint": f"{pages}/oauth2/token",
        "userinfo_endpoint": f"{pages}/oauth2/userInfo",
        "revocation_endpoint": f"{pages}/oauth2/revoke",
        "end_session_endpoint": f"{pages}/logout",
        "response_types_supported": ["code", "token"],
        "response_modes_supported": ["query", "fragment"],
        "grant_types_supported": ["authorization_code", "implicit", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
    return replied(public_reply(document, CACHED_SECONDS))


def show_keys(call: Call, request: OAuthRequest) -> Answer:
    return replied(public_reply(key_set(call, pool_at(call, request.place).id), CACHED_SECONDS))
