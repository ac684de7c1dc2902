"""The ASGI application behind `cognito-idp.{region}`, `{domain}.auth.{region}` and `/_auth`: workers speak to it.

Workers say who the client is in a header that no client can set; nothing else comes to the socket.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from limen.aws.errors import AwsError
from limen.control.call import Answer, Call
from limen.control.oauth.endpoints import ENDPOINTS, Endpoint, Handler
from limen.control.oauth.errors import OAuthError, ReturnedError, not_found
from limen.control.oauth.pages import message_page
from limen.control.oauth.places import Place, find_place
from limen.control.oauth.replies import Reply, json_reply, page_reply, redirect
from limen.control.oauth.requests import OAuthRequest
from limen.control.oauth.token import error_body
from limen.control.pools.errors import too_many_requests

log = logging.getLogger("limen.oauth")

CLIENT_HEADER = b"x-limen-client"
MOST_BODY = 64 << 10
TIMEOUT = 15.0

_CORS = [("Access-Control-Allow-Origin", "*")]
_PREFLIGHT = [
    *_CORS,
    ("Access-Control-Allow-Methods", "GET,POST,OPTIONS"),
    ("Access-Control-Allow-Headers", "authorization,content-type"),
    ("Access-Control-Max-Age", "86400"),
]

Run = Callable[[Callable[[Call], Answer], str], Awaitable[Any]]


class OAuthApp:
    """`run`: of a Runner; `api` answers Cognito's API; `suffix`: of this server's hosts."""

    def __init__(self, run: Run, api: ASGIApp, suffix: str) -> None:
        self._run = run
        self._api = api
        self._suffix = suffix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers: list[tuple[bytes, bytes]] = [pair for pair in scope["headers"] if pair[0] != CLIENT_HEADER]
        address = next((value for name, value in scope["headers"] if name == CLIENT_HEADER), b"").decode("latin-1")
        host = next((value for name, value in headers if name == b"host"), b"")
        path = unquote((scope.get("raw_path") or scope["path"].encode()).decode("latin-1"), errors="replace")
        place = find_place(host, path, self._suffix)
        if place is None:
            await self._api({**scope, "headers": headers, "client": (address, 0)}, receive, send)
            return
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        body = await _read_body(receive)
        if body is None:
            await _send(
                send, json_reply({"error": "invalid_request", "error_description": "The body is too long"}, 413)
            )
            return
        request = OAuthRequest(scope["method"], place, scope["query_string"], named, body, address)
        await _send(send, await self._answer(request))

    async def _answer(self, request: OAuthRequest) -> Reply:
        endpoint = _find_endpoint(request.place)
        if endpoint is None:
            return page_reply(message_page("Not found", not_found().description), 404)
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS" and not endpoint.is_page:
            return Reply(204, _PREFLIGHT)
        handler = endpoint.methods.get(method)
        if handler is None:
            allow = ("Allow", ", ".join(endpoint.methods))
            return _refuse(endpoint, OAuthError("invalid_request", "This method is not served here.", 405, (allow,)))
        reply = await self._run_handler(endpoint, handler, request)
        return reply if endpoint.is_page else Reply(reply.status, [*reply.headers, *_CORS], reply.body)

    async def _run_handler(self, endpoint: Endpoint, handler: Handler, request: OAuthRequest) -> Reply:
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._try(endpoint, handler, request)
        except ReturnedError as error:
            return redirect(error.location)
        except OAuthError as error:
            return _refuse(endpoint, error)
        except AwsError as error:
            return _refuse(endpoint, _translate(error))
        except TimeoutError:
            return _refuse(endpoint, OAuthError("temporarily_unavailable", "This takes too long; try again.", 503))
        except Exception:
            log.exception("%s of user pools failed", request.place.path[:100])
            return _refuse(endpoint, OAuthError("server_error", "Something went wrong here.", 500))

    async def _try(self, endpoint: Endpoint, handler: Handler, request: OAuthRequest) -> Reply:
        try:
            return await self._reply(partial(_call, endpoint, handler, request), request)
        except AwsError as error:
            if endpoint.show_again is None:
                raise
            return await self._reply(partial(endpoint.show_again, request=request, error=error), request)

    async def _reply(self, endpoint: Callable[[Call], Answer], request: OAuthRequest) -> Reply:
        answer = await self._run(endpoint, request.address)
        reply = answer["reply"]
        assert isinstance(reply, Reply)
        return reply


def _call(endpoint: Endpoint, handler: Handler, request: OAuthRequest, call: Call) -> Answer:
    if not endpoint.is_of_issuer and not call.settings.pool_tools.calls.take(request.address):
        raise too_many_requests()
    return handler(call, request)


def _find_endpoint(place: Place) -> Endpoint | None:
    endpoint = ENDPOINTS.get(place.path)
    return endpoint if endpoint is not None and (place.has_pages or endpoint.is_of_issuer) else None


def _translate(error: AwsError) -> OAuthError:
    if error.code == "TooManyRequestsException":
        return OAuthError("temporarily_unavailable", "Too many requests; try again in a moment.", 429)
    if error.status >= 500:
        return OAuthError("temporarily_unavailable", "Try again in a moment.", 503)
    return OAuthError("invalid_request", error.message)


def _refuse(endpoint: Endpoint, error: OAuthError) -> Reply:
    if endpoint.is_page:
        return page_reply(message_page("This cannot be done", error.description), error.status, error.headers)
    return json_reply(error_body(error), error.status, error.headers)


async def _read_body(receive: Receive) -> bytes | None:
    """None where it is too long. The worker has the whole of it before it asks."""
    chunks: list[bytes] = []
    size, has_more = 0, True
    while has_more:
        message = await receive()
        has_more = message["type"] == "http.request" and bool(message.get("more_body", False))
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= MOST_BODY:
            chunks.append(chunk)
    return b"".join(chunks) if size <= MOST_BODY else None


async def _send(send: Send, reply: Reply) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in reply.headers]
    if reply.status != 204:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
