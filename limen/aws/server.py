"""The ASGI application that answers as AWS APIs do; the control process mounts it on the admin port."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote

from msgspec.structs import replace

from limen.aws.allowances import DEFAULT, Allowance, allowance_of
from limen.aws.call import AwsCall, Client
from limen.aws.credentials import Credentials
from limen.aws.directory import Meant, ServiceDirectory
from limen.aws.errors import AwsError, internal_failure, request_timeout, service_unavailable
from limen.aws.ids import new_request_id
from limen.aws.protocols import REST_JSON, guess_protocol
from limen.aws.request import AwsRequest
from limen.aws.serialise import Answer
from limen.aws.service_model import load_service
from limen.aws.signature import (
    Signature,
    check_freshness,
    find_signature,
    missing_signature,
    unknown_access_key,
    unknown_session,
    verify,
)
from limen.aws.validate import validate

log = logging.getLogger("limen.aws")

Invoke: TypeAlias = Callable[[AwsCall], Awaitable[dict[str, Any] | Answer]]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_LARGE_BODIES = 2
"""Bodies larger than what all operations take that are held at once; the next waits before it is read."""
LARGE_BODY_WAIT = 60.0
LONG_WORK = 1 << 20
"""Bytes of a body whose signature and JSON are not read in the loop: 70 MB take half a second."""
DISCARD_TIMEOUT = 5.0
MOST_DISCARDED_BYTES = 64 << 20
DEFAULT_ACCOUNT = "000000000000"


class ServerRequest(Protocol):
    """What `is_signed` reads of a request; Starlette's Request is one."""

    @property
    def scope(self) -> MutableMapping[str, Any]: ...
    @property
    def receive(self) -> Receive: ...


class AwsApi:
    """Parses, authenticates and validates calls, has them invoked, and answers as AWS does.

    `invoke` raises AwsError for what it refuses, an operation that it does not have included; what it gives is the
    output, or an Answer that goes out as it is.
    `clock` gives epoch seconds.
    """

    def __init__(
        self,
        services: Iterable[str],
        credentials: Credentials,
        invoke: Invoke,
        clock: Callable[[], float] = time.time,
        *,
        account: str = DEFAULT_ACCOUNT,
    ) -> None:
        self._directory = ServiceDirectory([load_service(name) for name in services])
        self._credentials = credentials
        self._invoke = invoke
        self._clock = clock
        self._account = account
        self._large_bodies = asyncio.Semaphore(MOST_LARGE_BODIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await _refuse_scope(scope, send)
        request_id = new_request_id()
        body = _Body(receive)
        try:
            answer = await self._answer(_request_head(scope), body, request_id, _client_of(scope))
        except Exception:
            log.exception("request %s failed", request_id)
            answer = REST_JSON.render_error(internal_failure(), None)
        await body.discard_rest()
        await _send_answer(send, answer, request_id)

    async def is_signed(self, request: ServerRequest) -> bool:
        """Whether one of our access keys signed a request to something other than an AWS API."""
        return await self.read_signed(request) is not None

    async def read_signed(self, request: ServerRequest, most_bytes: int = DEFAULT.body) -> bytes | None:
        """The body of a request to something other than an AWS API; None where none of our access keys signed it."""
        try:
            head = _request_head(request.scope)
            signature = find_signature(head)
            if signature is None:
                return None
            secret = self._secret_of(signature)
            whole = await _Body(request.receive).read_into(head, replace(DEFAULT, body=most_bytes))
            verify(whole, signature, secret)
        except AwsError:
            return None
        return whole.body

    async def _answer(self, head: AwsRequest, body: "_Body", request_id: str, client: Client) -> Answer:
        meant: Meant | None = None
        try:
            signature = find_signature(head)
            if signature is not None and self._directory.is_named_in_body(signature.scope.service):
                self._secret_of(signature)  # no body is kept for a caller whose key is not known
                head = await body.read_into(head, DEFAULT)
            meant = self._directory.find(head, signature.scope.service if signature is not None else None)
            allowance = allowance_of(meant.operation.service.name, meant.operation.name)
            async with self._room_for(head, allowance):
                members = await self._read(head, body, meant, signature, allowance)
                output = await self._call(meant, members, signature, request_id, head, client)
            return output if isinstance(output, Answer) else meant.protocol.render(meant.operation, output)
        except AwsError as error:
            if meant is None:
                return guess_protocol(head).render_error(error, None)
            return meant.protocol.render_error(error, meant.operation.service)

    @asynccontextmanager
    async def _room_for(self, head: AwsRequest, allowance: Allowance) -> AsyncIterator[None]:
        """Waits for its turn with a body that only few operations take, so that memory has a bound."""
        length = head.find_header("content-length")
        if allowance.body <= DEFAULT.body or (length is not None and length.isdigit() and int(length) <= DEFAULT.body):
            yield
            return
        try:
            async with asyncio.timeout(LARGE_BODY_WAIT):
                await self._large_bodies.acquire()
        except TimeoutError:
            raise service_unavailable("Too many large requests at once; try again") from None
        try:
            yield
        finally:
            self._large_bodies.release()

    async def _read(
        self, head: AwsRequest, body: "_Body", meant: Meant, signature: Signature | None, allowance: Allowance
    ) -> dict[str, Any]:
        """The members, once it is known who sent them. No body is kept for a caller whose key is not known."""
        secret = self._find_secret(meant, signature)
        request = await body.read_into(head, allowance)
        if len(request.body) > LONG_WORK:
            return await asyncio.to_thread(_members_of, request, meant, signature, secret)
        return _members_of(request, meant, signature, secret)

    def _find_secret(self, meant: Meant, signature: Signature | None) -> str:
        if signature is not None:
            return self._secret_of(signature)
        if meant.operation.needs_signature:
            raise missing_signature()
        return ""

    def _secret_of(self, signature: Signature) -> str:
        if signature.session_token is not None:
            raise unknown_session()
        secret = self._credentials.secret_of(signature.access_key_id)
        if secret is None:
            raise unknown_access_key()
        check_freshness(signature, self._clock())
        return secret

    async def _call(
        self,
        meant: Meant,
        members: dict[str, Any],
        signature: Signature | None,
        request_id: str,
        head: AwsRequest,
        client: Client,
    ) -> dict[str, Any] | Answer:
        call = AwsCall(
            service=meant.operation.service.name,
            operation=meant.operation.name,
            members=members,
            account=self._account,
            region=signature.scope.region if signature is not None else "",
            access_key_id=signature.access_key_id if signature is not None else "",
            request_id=request_id,
            host=head.find_header("host") or "",
            client=client,
        )
        timeout = allowance_of(call.service, call.operation).timeout
        try:
            async with asyncio.timeout(timeout):
                return await self._invoke(call)
        except TimeoutError:
            log.error("%s of %s did not end within %g s", call.operation, call.service, timeout)
            raise service_unavailable(f"{call.operation} did not end within {timeout:g} seconds") from None


class _Body:
    """The body of one ASGI request: read once, up to a limit, or thrown away."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_more = True

    async def read_into(self, head: AwsRequest, allowance: Allowance) -> AwsRequest:
        """The request with its body; one that has been read stays."""
        chunks = [head.body]
        size = len(head.body)
        try:
            async with asyncio.timeout(allowance.body_timeout):
                while self._has_more:
                    chunk = await self._next_chunk()
                    size += len(chunk)
                    if size > allowance.body:
                        raise allowance.refuse_body()
                    chunks.append(chunk)
        except TimeoutError:
            raise request_timeout(allowance.body_timeout) from None
        return replace(head, body=b"".join(chunks))

    async def discard_rest(self) -> None:
        """Lets a client that is still sending read its answer: a socket closed on it would hide the error."""
        left = MOST_DISCARDED_BYTES
        try:
            async with asyncio.timeout(DISCARD_TIMEOUT):
                while self._has_more and left > 0:
                    left -= len(await self._next_chunk())
        except TimeoutError:
            pass

    async def _next_chunk(self) -> bytes:
        message = await self._receive()
        self._has_more = message["type"] == "http.request" and bool(message.get("more_body", False))
        chunk: bytes = message.get("body", b"")
        return chunk


def _members_of(request: AwsRequest, meant: Meant, signature: Signature | None, secret: str) -> dict[str, Any]:
    if signature is not None:
        verify(request, signature, secret, meant.operation.allows_unsigned_body)
    members = meant.protocol.parse(meant.operation, request, meant.labels)
    validate(meant.operation, members)
    return members


def _client_of(scope: Scope) -> Client:
    peer = scope.get("client")
    return Client(str(peer[0])) if peer else Client()


def _request_head(scope: Mapping[str, Any]) -> AwsRequest:
    raw_path: bytes = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    return AwsRequest(
        method=scope["method"],
        path=raw_path.decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=[(name, name, value) for name, value in scope["headers"]],
    )


async def _refuse_scope(scope: Scope, send: Send) -> None:
    """WebSockets and lifespan events are not for AWS APIs."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})


async def _send_answer(send: Send, answer: Answer, request_id: str) -> None:
    headers = list(answer.headers)
    if not any(name.lower() == "x-amzn-requestid" for name, _ in headers):
        headers.append(("x-amzn-RequestId", request_id))
    if answer.status not in (204, 304) and isinstance(answer.body, bytes):
        headers.append(("Content-Length", str(len(answer.body))))
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    if isinstance(answer.body, bytes):
        await send({"type": "http.response.body", "body": answer.body})
        return
    async for piece in answer.body:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
