"""What of Cognito's API everybody may call: the operations without a signature, for web pages of any origin.

An ASGI application for the port that APIs are served on, at https://cognito-idp.{region}.{suffix}; calls are those of
the admin port in everything else. The client's address, which limits how often it may try, is that of the scope.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from limen.aws.errors import AwsError, not_served
from limen.aws.protocols import PROTOCOLS
from limen.control.pools.operations import UNSIGNED

_TARGET = "AWSCognitoIdentityProviderService."
_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"),
)
_PREFLIGHT = (
    (b"access-control-allow-methods", b"POST,OPTIONS"),
    (
        b"access-control-allow-headers",
        b"content-type,x-amz-target,x-amz-user-agent,amz-sdk-invocation-id,amz-sdk-request,cache-control",
    ),
    (b"access-control-max-age", b"172800"),
    (b"content-length", b"0"),
)


class PublicPools:
    """`aws`: the application that answers AWS APIs on the admin port."""

    def __init__(self, aws: ASGIApp) -> None:
        self._aws = aws

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Scopes of HTTP alone."""
        if scope["method"] == "OPTIONS":
            await _answer(send, 200, [*_CORS, *_PREFLIGHT])
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        target = headers.get(b"x-amz-target", b"").decode("latin-1")
        if scope["path"] != "/" or not _is_public(target) or b"authorization" in headers:
            what = f"{target[:100] or scope['path'][:100]} here: operations with a signature are on the admin port"
            await _refuse(send, not_served(what))
            return

        async def send_to_any_origin(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                message = message | {"headers": [*_headers(message), *_CORS]}
            await send(message)

        await self._aws(scope, receive, send_to_any_origin)  # type: ignore[arg-type]


def _is_public(target: str) -> bool:
    return target.startswith(_TARGET) and target.removeprefix(_TARGET) in UNSIGNED


def _headers(message: dict[str, object]) -> list[tuple[bytes, bytes]]:
    headers = message["headers"]
    assert isinstance(headers, list)
    return headers


async def _refuse(send: Send, error: AwsError) -> None:
    answer = PROTOCOLS["json-1.1"].render_error(error, None)
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
    assert isinstance(answer.body, bytes)
    headers.append((b"content-length", str(len(answer.body)).encode()))
    await _answer(send, answer.status, [*headers, *_CORS], answer.body)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
