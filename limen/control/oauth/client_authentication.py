"""Which app client asks for tokens, and that it is the one: by its secret, where it has one (RFC 6749, section 2.3)."""

import base64
import hmac
from urllib.parse import unquote_plus

from limen.control.call import Call
from limen.control.oauth.errors import OAuthError, invalid_request
from limen.control.oauth.requests import OAuthRequest
from limen.control.pools.clients import secret_of
from limen.control.pools.documents import CLIENT, Client, Pool
from limen.control.pools.errors import too_many_requests


def authenticate(call: Call, pool: Pool, request: OAuthRequest) -> Client:
    """Wrong secrets count for the address that they come from, as wrong passwords do."""
    client_id, secret, is_basic = _given(request)
    tools = call.settings.pool_tools
    if not tools.failures.has(request.address):
        raise too_many_requests()
    document = call.documents.get(CLIENT, pool.id, client_id) if client_id else None
    client = Client(client_id, pool, document) if document is not None else None
    expected = secret_of(call, client) if client is not None else None
    if client is None or not hmac.compare_digest((expected or "").encode(), secret.encode("utf-8", "surrogatepass")):
        if secret:
            tools.failures.take(request.address)
        raise _refusal(is_basic)
    return client


def _given(request: OAuthRequest) -> tuple[str, str, bool]:
    """Id, secret (empty where there is none), and whether they came by HTTP Basic."""
    form, header = request.form, request.headers.get("authorization")
    if header is None:
        return form.get("client_id", ""), form.get("client_secret", ""), False
    client_id, secret = _read_basic(header)
    if "client_secret" in form or form.get("client_id", client_id) != client_id:
        raise invalid_request("The client authenticates in more than one way")
    return client_id, secret, True


def _read_basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except ValueError:
        raise _refusal(is_basic=True) from None
    if scheme.lower() != "basic" or not colon:
        raise _refusal(is_basic=True)
    return unquote_plus(name), unquote_plus(secret)


def _refusal(is_basic: bool) -> OAuthError:
    headers = (("WWW-Authenticate", 'Basic realm="user pool", charset="UTF-8"'),) if is_basic else ()
    return OAuthError("invalid_client", "The client is not known, or its secret is wrong.", 401, headers)
