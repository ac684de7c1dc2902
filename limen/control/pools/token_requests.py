"""What `limen token` asks of the admin port: a token that nobody signed in for, as tests need it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.access.questions import Questions
from limen.control.call import Call, ControlSettings
from limen.control.pools.accounts import get_account
from limen.control.pools.documents import CLIENT, Client, Pool, find_pool
from limen.control.pools.errors import invalid_parameter
from limen.control.pools.keys import sign
from limen.control.pools.sessions import begin_session
from limen.identity.tokens import SIGN_IN_SCOPE, client_claims, validity_of
from limen.store.store import Store

MOST_REQUEST_BYTES = 64 << 10
PATH = "/_limen/tokens"
SCOPE = re.compile(r"[!#-\[\]-~]{1,256}")
"""RFC 6749, section 3.3. A test may ask for one that no resource server of the pool has yet."""


class TokenRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """`client`: name or id; None where the pool has one only. `user` None: the client is the subject."""

    user_pool_id: str
    user: str | None = None
    client: str | None = None
    scopes: list[str] = []
    use: str = "access"
    claims: dict[str, Any] = {}


class TokenRequests:
    def __init__(
        self,
        store: Store,
        settings: ControlSettings,
        in_operations: Callable[[Callable[[], Any]], Awaitable[Any]],
    ) -> None:
        self._store = store
        self._settings = settings
        self._in_operations = in_operations

    def routes(self, questions: Questions) -> list[Route]:
        """Whoever may make tokens can be anybody to an API."""

        async def endpoint(_: Request, body: bytes) -> Response:
            try:
                asked = msgspec.json.decode(body, type=TokenRequest)
                return JSONResponse({"token": await self._in_operations(lambda: self._make(asked))})
            except msgspec.MsgspecError as error:
                return JSONResponse({"message": f"the request is not understood: {error}"}, 400)
            except AwsError as error:
                return JSONResponse({"message": error.message}, 400)

        return [questions.route(PATH, "MakeToken", endpoint, methods=("POST",), most=MOST_REQUEST_BYTES)]

    def _make(self, asked: TokenRequest) -> str:
        account, region = self._settings.account, asked.user_pool_id.partition("_")[0]
        aws = AwsCall("cognito-idp", "InitiateAuth", {}, account, region, "", str(uuid4()))
        with self._store.transaction() as transaction:
            return make_token(Call(aws, transaction, self._settings), asked)


def make_token(call: Call, asked: TokenRequest) -> str:
    """As a sign-in would give it, with more claims where they are asked for."""
    pool = find_pool(call, asked.user_pool_id)
    client = _find_client(call, pool, asked.client)
    if asked.use not in ("access", "id"):
        raise invalid_parameter(f"a token is for access or id, not {asked.use}")
    for scope in asked.scopes:
        if not SCOPE.fullmatch(scope):
            raise invalid_parameter(f"{scope!r} is no scope")
    if asked.user is None:
        return _client_token(call, client, asked)
    user = get_account(call, pool, asked.user)
    scopes = asked.scopes or [SIGN_IN_SCOPE]
    if asked.use == "id" and not {SIGN_IN_SCOPE, "openid"} & set(scopes):
        raise invalid_parameter("an id token has no scopes")
    tokens = begin_session(call, client, user, scopes=scopes, more=asked.claims)
    return str(tokens["AccessToken" if asked.use == "access" else "IdToken"])


def _client_token(call: Call, client: Client, asked: TokenRequest) -> str:
    if asked.use == "id":
        raise invalid_parameter("an id token is of a user: say which")
    now = call.settings.pool_tools.now()
    issuer = call.settings.issuer_of(client.pool.id)
    own: Mapping[str, Any] = client_claims(issuer, client.id, asked.scopes, now, validity_of(client.document).access)
    return sign(call, client.pool.id, "access", asked.claims | dict(own))


def _find_client(call: Call, pool: Pool, wanted: str | None) -> Client:
    clients = call.documents.list(CLIENT, pool.id)
    found = [(key, each) for key, each in clients if wanted in (None, key, each["ClientName"])]
    if len(found) == 1:
        return Client(found[0][0], pool, found[0][1])
    names = ", ".join(str(each["ClientName"]) for _, each in clients) or "none"
    reason = f"there is no app client {wanted}" if wanted is not None and not found else "say which app client"
    raise invalid_parameter(f"{reason}; the pool has {names}")
