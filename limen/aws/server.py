"""The ASGI application that answers as AWS APIs do; the control process mounts it on the admin port."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote

from msgspec import Struct

from limen.aws.allowances import DEFAULT, QUERY, Allowance, allowance_of
from limen.aws.body import Body, Receive
from limen.aws.call import Answered, AwsCall, Client
from limen.aws.credentials import Credentials
from limen.aws.directory import Meant, ServiceDirectory
from limen.aws.errors import AwsError, internal_failure, service_unavailable
from limen.aws.identities import ExpiredSessionError, Principal, Signer, UnknownSignerError
from limen.aws.ids import new_request_id
from limen.aws.protocols import QUERY as QUERY_PROTOCOL
from limen.aws.protocols import REST_JSON, AwsProtocol
from limen.aws.query import is_form
from limen.aws.request import AwsRequest
from limen.aws.serialise import Answer
from limen.aws.service_model import load_service
from limen.aws.signature import (
    Signature,
    check_freshness,
    expired_session,
    find_signature,
    missing_signature,
    unknown_access_key,
    verify,
)
from limen.aws.validate import validate

log = logging.getLogger("limen.aws")

Invoke: TypeAlias = Callable[[AwsCall], Awaitable[dict[str, Any] | Answer]]
Scope: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_LARGE_BODIES = 2
"""Bodies larger than what all operations take that are held at once; the next waits before it is read."""
LARGE_BODY_WAIT = 60.0
LONG_WORK = 1 << 20
"""Bytes of a body whose signature and JSON are not read in the loop: 70 MB take half a second."""
DEFAULT_ACCOUNT = "000000000000"


class ServerRequest(Protocol):
    """What `identify` reads of a request; Starlette's Request is one."""

    @property
    def scope(self) -> MutableMapping[str, Any]: ...
    @property
    def receive(self) -> Receive: ...


class Recorder(Protocol):
    """Who keeps a record of calls."""

    def check(self, service: str, operation: str) -> None:
        """Raises AwsError where nothing could be recorded now: the call is not begun."""
        ...

    def write(self, answered: Answered) -> None:
        """Raises AwsError where it could not be recorded."""
        ...


class NoRecorder:
    """Keeps none."""

    def check(self, service: str, operation: str) -> None:
        """Any call may begin."""

    def write(self, answered: Answered) -> None:
        """Forgets it."""


class Identified(Struct, frozen=True):
    """A request to something other than an AWS API, and who signed it."""

    body: bytes
    caller: Principal
    region: str
    client: Client


class _Call:
    """How far one request has come."""

    __slots__ = ("caller", "client", "head", "meant", "members", "protocol", "request_id", "signature")

    def __init__(self, head: AwsRequest, client: Client) -> None:
        self.head = head
        self.client = client
        self.request_id = new_request_id()
        self.protocol: AwsProtocol = QUERY_PROTOCOL if is_form(head) else REST_JSON
        self.signature: Signature | None = None
        self.meant: Meant | None = None
        self.caller: Principal | None = None
        self.members: dict[str, Any] | None = None

    @property
    def region(self) -> str:
        return self.signature.scope.region if self.signature is not None else ""

    @property
    def access_key_id(self) -> str:
        return self.signature.access_key_id if self.signature is not None else ""

    def render_error(self, error: AwsError) -> Answer:
        service = self.meant.operation.service if self.meant is not None else None
        return self.protocol.render_error(error, service, self.request_id)

    def answered(self, error: AwsError | None) -> Answered:
        operation = self.meant.operation if self.meant is not None else None
        return Answered(
            request_id=self.request_id,
            service=operation.service.name if operation is not None else "",
            operation=operation.name if operation is not None else "",
            region=self.region,
            client=self.client,
            caller=self.caller,
            access_key_id=self.access_key_id,
            members=self.members,
            error=error,
            shape=operation.input if operation is not None else None,
        )


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
        recorder: Recorder | None = None,
    ) -> None:
        self._directory = ServiceDirectory([load_service(name) for name in services])
        self._credentials = credentials
        self._invoke = invoke
        self._clock = clock
        self._account = account
        self._recorder = recorder or NoRecorder()
        self._large_bodies = asyncio.Semaphore(MOST_LARGE_BODIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await _refuse_scope(scope, send)
        head = _request_head(scope)
        call, body = _Call(head, client_of(scope, head)), Body(receive)
        answer = await self._answer(call, body)
        await body.discard_rest()
        await _send_answer(send, answer, call.request_id)

    async def identify(self, request: ServerRequest, most_bytes: int = DEFAULT.body) -> Identified:
        """Who signed a request to something other than an AWS API. Raises AwsError where none of our keys did."""
        head = _request_head(request.scope)
        signature = find_signature(head)
        if signature is None:
            raise missing_signature()
        signer = await self._find_signer(signature)
        whole = await Body(request.receive).read_into(head, Allowance(body=most_bytes))
        verify(whole, signature, signer.secret)
        return Identified(whole.body, signer.principal, signature.scope.region, client_of(request.scope, head))

    async def _answer(self, call: _Call, body: Body) -> Answer:
        error: AwsError | None = None
        try:
            answer = await self._run(call, body)
        except AwsError as raised:
            error = raised
        except Exception:
            log.exception("request %s failed", call.request_id)
            error = internal_failure()
        try:
            self._recorder.write(call.answered(error))
        except AwsError as raised:
            error = raised
        return answer if error is None else call.render_error(error)

    async def _run(self, call: _Call, body: Body) -> Answer:
        call.signature = find_signature(call.head)
        service = call.signature.scope.service if call.signature is not None else None
        if self._directory.is_query(call.head, service):
            return await self._run_query(call, body, service)
        call.meant = meant = self._directory.find(call.head, service)
        call.protocol = meant.protocol
        signer = await self._find_signer_of(call)
        allowance = allowance_of(meant.operation.service.name, meant.operation.name)
        async with self._room_for(call.head, allowance):
            # No body is kept for a caller whose key is not known.
            return await self._proceed(call, meant, await body.read_into(call.head, allowance), signer)

    async def _run_query(self, call: _Call, body: Body, service: str | None) -> Answer:
        """The operation is named in the body."""
        call.protocol = QUERY_PROTOCOL
        signer = await self._find_signer(call.signature) if call.signature is not None else None
        request = await body.read_into(call.head, QUERY)
        call.meant = meant = self._directory.find_by_action(request, service)
        return await self._proceed(call, meant, request, signer or await self._find_signer_of(call))

    async def _proceed(self, call: _Call, meant: Meant, request: AwsRequest, signer: Signer | None) -> Answer:
        secret = signer.secret if signer is not None else ""
        if len(request.body) > LONG_WORK:
            members = await asyncio.to_thread(_members_of, request, meant, call.signature, secret)
        else:
            members = _members_of(request, meant, call.signature, secret)
        call.members, call.caller = members, signer.principal if signer is not None else None
        validate(meant.operation, members)
        self._recorder.check(meant.operation.service.name, meant.operation.name)
        output = await self._call(call, meant, members)
        return output if isinstance(output, Answer) else call.protocol.render(meant.operation, output, call.request_id)

    async def _find_signer_of(self, call: _Call) -> Signer | None:
        if call.signature is not None:
            return await self._find_signer(call.signature)
        if call.meant is not None and call.meant.operation.needs_signature:
            raise missing_signature()
        return None

    async def _find_signer(self, signature: Signature) -> Signer:
        now = self._clock()
        try:
            signer = await self._credentials.find(signature.access_key_id, signature.session_token, now)
        except ExpiredSessionError:
            raise expired_session() from None
        except UnknownSignerError:
            raise unknown_access_key() from None
        check_freshness(signature, now)
        return signer

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

    async def _call(self, call: _Call, meant: Meant, members: dict[str, Any]) -> dict[str, Any] | Answer:
        operation = meant.operation
        aws = AwsCall(
            service=operation.service.name,
            operation=operation.name,
            members=members,
            account=self._account,
            region=call.region,
            access_key_id=call.access_key_id,
            request_id=call.request_id,
            host=call.head.find_header("host") or "",
            caller=call.caller if operation.needs_signature else None,
            client=call.client,
            method=operation.method,
            path=meant.path,
        )
        timeout = allowance_of(aws.service, aws.operation).timeout
        try:
            async with asyncio.timeout(timeout):
                return await self._invoke(aws)
        except TimeoutError:
            log.error("%s of %s did not end within %g s", aws.operation, aws.service, timeout)
            raise service_unavailable(f"{aws.operation} did not end within {timeout:g} seconds") from None


def _members_of(request: AwsRequest, meant: Meant, signature: Signature | None, secret: str) -> dict[str, Any]:
    if signature is not None:
        verify(request, signature, secret, meant.operation.allows_unsigned_body)
    return meant.protocol.parse(meant.operation, request, meant.labels)


def client_of(scope: Mapping[str, Any], head: AwsRequest) -> Client:
    address = scope.get("client")
    return Client(
        str(address[0]) if address else "",
        head.find_header("user-agent") or "",
        head.find_header("referer") or "",
    )


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
