"""One function as one integration calls it: where its backend is, and what of each request is the same.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from collections.abc import Awaitable, Mapping
from typing import Protocol
from urllib.parse import quote, urlsplit

from msgspec import Struct

from limen.aws.arn import new_arn
from limen.aws.credentials import AccessKey
from limen.aws.policies.asked import Effect
from limen.aws.principals import describe_principal
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.ports import ActingCallers
from limen.gateway.stage_variables import fill_stage_variables
from limen.integrations.backend_request import BackendRequest
from limen.integrations.forwarding import render_lines
from limen.integrations.functions.backends import AWS, LOCAL, FunctionBackends
from limen.integrations.functions.name import FunctionName, parse_function_name
from limen.integrations.functions.refusal import NO_PERMISSION
from limen.integrations.service_caller import CALLER, NOBODY_SIGNED, Caller, compile_caller, resolve_role
from limen.integrations.service_endpoints import LOCAL_KEY, FixedKeys, split_key
from limen.integrations.service_names import host_of
from limen.integrations.service_place import NoCredentialsError, Place
from limen.integrations.service_signing import sign_request
from limen.upstream.origin import Origin
from limen.wire import Header

SERVICE = "lambda"
ACTION = "lambda:InvokeFunction"
ROLE, PRINCIPAL = b"X-Limen-Role", b"X-Limen-Principal"
_TYPE: Header = (b"content-type", b"Content-Type", b"application/json")


class FunctionUse(Struct, frozen=True, kw_only=True):
    """How an integration uses a function."""

    uri: str
    """A URI or an ARN, as the integration has it."""
    credentials: str = ""
    source_arn: str
    """What API Gateway says it calls for: the resource-based policy of the function is weighed with it."""
    region: str
    """Of the API, as is the account."""
    account: str
    is_streamed: bool | None = None
    """None: as the URI says."""


class FunctionTarget(Protocol):
    """Made when a plan is compiled."""

    @property
    def function(self) -> FunctionName: ...

    @property
    def origin(self) -> Origin: ...

    @property
    def backend(self) -> str:
        """Who runs the function, in words for the operator."""

    def make_head(self, payload: bytes, headers: list[Header], exchange: Exchange) -> bytes | Awaitable[bytes]:
        """Request line and headers, `headers` among them; an awaitable where a role must be assumed first.

        `exchange` is what the function is called for.

        Raises NoCredentialsError, here or when awaited.
        """


def compile_function_target(
    use: FunctionUse, variables: Mapping[str, str], backends: FunctionBackends
) -> FunctionTarget:
    """Raises PlanError, and LookupError for a stage variable."""
    function = parse_function_name(fill_stage_variables(use.uri, variables), use.region, use.account)
    if use.is_streamed is not None and use.is_streamed != function.is_streamed:
        function = FunctionName(function.arn, function.region, function.qualifier, use.is_streamed)
    chosen = backends.choose(function)
    if chosen == LOCAL:
        return _compile_local(function, use, variables, backends)
    if chosen == AWS:
        place = backends.services.locate(SERVICE, function.region)
    else:
        url, key = split_key(chosen)
        keys = FixedKeys(key or LOCAL_KEY)
        place = Place(url, urlsplit(url).netloc, function.region, keys, is_aws=False)
    caller = compile_caller(use.credentials, use.region, variables, place, backends.services)
    return RemoteTarget(function, place, caller, backends)


def _compile_local(
    function: FunctionName, use: FunctionUse, variables: Mapping[str, str], backends: FunctionBackends
) -> FunctionTarget:
    socket = backends.socket
    try:
        role = resolve_role(use.credentials, variables)
    except NoCredentialsError as error:
        return RefusedTarget(function, str(error))
    if not socket:
        return RefusedTarget(function, "no functions host is there to run functions on this machine")
    if role == CALLER:
        return CallerTarget(function, socket, backends.services.callers)
    return HostTarget(function, socket, _limen_headers(role, use.source_arn))


def source_arn(region: str, account: str, api_id: str, below: str) -> str:
    """`below` is what follows the API: `prod/GET/pets`, `$default/$default`."""
    return str(new_arn("execute-api", region, account, f"{api_id}/{below}"))


def invocation_path(function: FunctionName) -> str:
    """As API Gateway logs it."""
    if function.is_streamed:
        return f"/2021-11-15/functions/{function.qualified_arn}/response-streaming-invocations"
    return f"/2015-03-31/functions/{function.qualified_arn}/invocations"


def lambda_url(function: FunctionName) -> str:
    """What API Gateway says it calls, whoever answers."""
    return f"https://{host_of(SERVICE, function.region)}{invocation_path(function)}"


class HostTarget:
    """The functions host: one Unix socket, no signatures; the operating system says who may open it."""

    def __init__(self, function: FunctionName, socket: str, headers: bytes) -> None:
        self.function = function
        self.origin = Origin("unix", socket, 0)
        self.backend = "the functions host of this machine"
        path, query = _invocation(function, "")
        target = f"{path}?{query}" if query else path
        self._start = (
            b"POST %b HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n%b"
            % (target.encode(), headers)
        )

    def make_head(self, payload: bytes, headers: list[Header], exchange: Exchange) -> bytes:
        return b"%b%bContent-Length: %d\r\n\r\n" % (self._start, render_lines(headers), len(payload))


class CallerTarget(HostTarget):
    """The functions host, called as whoever signed the request: their permission counts, not that of the API."""

    def __init__(self, function: FunctionName, socket: str, callers: ActingCallers) -> None:
        HostTarget.__init__(self, function, socket, b"")
        self._callers = callers

    def make_head(self, payload: bytes, headers: list[Header], exchange: Exchange) -> bytes:
        iam = None if exchange.caller is None else exchange.caller.iam
        if iam is None or iam.principal is None:
            raise NoCredentialsError(NOBODY_SIGNED)
        arn = self.function.qualified_arn
        effect = self._callers.weigh(exchange, ACTION, arn)
        if effect is Effect.DENY:
            raise NoCredentialsError(
                f"{NO_PERMISSION}: User: {iam.user_arn} is not authorized to perform: {ACTION} on resource: {arn}"
            )
        # What no policy of the caller's own allows, one of the function may.
        as_whom = ROLE if effect is Effect.ALLOW else PRINCIPAL
        value = iam.user_arn.encode() if as_whom is ROLE else describe_principal(iam.principal)
        return HostTarget.make_head(self, payload, [(as_whom.lower(), as_whom, value), *headers], exchange)


class RefusedTarget:
    """One that is asked for nothing: the document is right, and yet nobody can be named who asks."""

    def __init__(self, function: FunctionName, reason: str) -> None:
        self.function = function
        self.origin = Origin("unix", "", 0)
        self.backend = "nobody"
        self._reason = reason

    def make_head(self, payload: bytes, headers: list[Header], exchange: Exchange) -> bytes:
        raise NoCredentialsError(self._reason)


class RemoteTarget:
    """AWS Lambda or a server like it: signed, as the role of the integration where it has one."""

    def __init__(self, function: FunctionName, place: Place, caller: Caller, backends: FunctionBackends) -> None:
        parts = urlsplit(place.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self.function = function
        self.origin = Origin(parts.scheme, (parts.hostname or "").lower(), port)
        self.backend = place.url
        path, query = _invocation(function, parts.path)
        self._path, self._query = path.encode(), query.encode()
        self._host = place.host.encode()
        self._region = place.region
        self._caller = caller
        self._signer = backends.services.signer

    def make_head(self, payload: bytes, headers: list[Header], exchange: Exchange) -> bytes | Awaitable[bytes]:
        key = self._caller.find(exchange)
        if key is None:
            return self._wait_head(payload, headers)
        return self._sign(payload, headers, key)

    async def _wait_head(self, payload: bytes, headers: list[Header]) -> bytes:
        return self._sign(payload, headers, await self._caller.wait())

    def _sign(self, payload: bytes, headers: list[Header], key: AccessKey) -> bytes:
        request = BackendRequest(b"POST", self._host, self._path, self._query, [_TYPE, *headers], payload)
        sign_request(request, key, self._signer, self._region, SERVICE)
        return b"POST %b HTTP/1.1\r\nHost: %b\r\nConnection: keep-alive\r\n%bContent-Length: %d\r\n\r\n" % (
            request.path + b"?" + request.query if request.query else request.path,
            request.host,
            render_lines(request.headers),
            len(payload),
        )


def _limen_headers(role: str, source: str) -> bytes:
    """On whose behalf the functions host is asked: a role, which needs no permission, or API Gateway itself."""
    return f"X-Limen-Role: {role}\r\n".encode() if role else f"X-Limen-Source-Arn: {source}\r\n".encode()


def _invocation(function: FunctionName, below: str) -> tuple[str, str]:
    """Path and query of an invocation; a URL that is one already is taken as it is."""
    if below.endswith("invocations"):
        if below.endswith("response-streaming-invocations") != function.is_streamed:
            raise PlanError(f"{below} cannot answer an invocation of {function.arn} as the integration asks for it")
        return below, ""
    version, action = ("2021-11-15", "response-streaming-") if function.is_streamed else ("2015-03-31", "")
    query = f"Qualifier={quote(function.qualifier, safe='')}" if function.qualifier else ""
    return f"{below}/{version}/functions/{quote(function.arn, safe='')}/{action}invocations", query
