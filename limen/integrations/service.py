"""AWS integrations: what the URI says is called as the service wants to be called, and signed last of all.

The form of an action adds what its protocol needs: the action in the query string, and for services of JSON actions
X-Amz-Target and their content type (guide, "Integration request"; the query string as in the Kinesis tutorial).
"""

import re
from collections.abc import Awaitable, Sequence
from hashlib import sha256
from typing import Protocol
from urllib.parse import quote, unquote_to_bytes, urlsplit

from limen.aws.arn import find_arn
from limen.aws.credentials import AccessKey
from limen.aws.signer import SignedRequest, Signer
from limen.aws.sigv4 import canonical_path, canonical_query_as_sent
from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR, MALFORMED_PATH
from limen.gateway.stage_variables import fill_stage_variables, mentions_stage_variables
from limen.integrations.backend_request import BackendRequest
from limen.integrations.rest.scope import RestScope
from limen.integrations.role_sessions import RoleSessions
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.integrations.service_names import ServiceName, find_service, signing_name_of
from limen.integrations.service_place import Keys, NoCredentialsError, Place
from limen.integrations.service_uri import ServiceUri, parse_service_uri
from limen.wire import Header, header

CALLER = "arn:aws:iam::*:user/*"
"""As credentials: those of whoever calls the API."""

_PLAIN_PATH = re.compile(rb"[A-Za-z0-9\-._~/]*")
_PLAIN_QUERY = re.compile(rb"[A-Za-z0-9\-._~&=]*")
_VERSION = re.compile(rb"(?:^|&)Version=")
_ROLE = re.compile(r"role/.+")
_FORM = header(b"Content-Type", b"application/x-www-form-urlencoded")
_CONTENT_HASH = b"x-amz-content-sha256"


def compile_service(uri: str, credentials: str | None, scope: RestScope, services: ServiceEndpoints) -> "AwsService":
    """`uri` and `credentials` as the integration has them. Raises PlanError, and LookupError for a stage variable."""
    parsed = parse_service_uri(fill_stage_variables(uri, scope.variables))
    place = services.locate(parsed.service, parsed.region)
    caller = _compile_caller(credentials or "", scope, place, services)
    name = f"{parsed.service}:{parsed.action or 'path'}"
    return AwsService(name, parsed, place, caller, services.signer)


class AwsService:
    """One service as one integration calls it; see backend_request.Service."""

    def __init__(self, name: str, uri: ServiceUri, place: Place, caller: "Caller", signer: Signer) -> None:
        known = find_service(uri.service)[1]
        self.url = f"{place.url}{uri.path}"
        self.headers: Sequence[Header] = _action_headers(uri.action, known) if uri.action else ()
        self._is_form = bool(uri.action) and known.is_query
        self._version = b"&Version=" + known.version.encode() if uri.action and known.version else b""
        self._name = name
        self._authority = urlsplit(place.url).netloc.encode()
        self._host = place.host.encode()
        self._region = place.region
        self._signing_name = signing_name_of(uri.service)
        self._caller = caller
        self._signer = signer

    def finish(self, request: BackendRequest) -> Awaitable[None] | None:
        """Signs a request that is otherwise complete, in place; an awaitable where a role must be assumed first.

        Raises GatewayError, here or when awaited.
        """
        if request.host == self._authority:  # nobody has mapped another
            request.host = self._host
        if self._is_form:
            self._complete_form(request)
        try:
            key = self._caller.find()
        except NoCredentialsError as error:
            raise self._refusal(error) from None
        if key is None:
            return self._sign_later(request)
        self._sign(request, key)
        return None

    def _complete_form(self, request: BackendRequest) -> None:
        if self._version and not _VERSION.search(request.query) and not _VERSION.search(request.body):
            request.query += self._version
        if not request.body:
            # No body is an empty form, whatever the client called it: servers like AWS tell protocols apart by it.
            request.headers = [header for header in request.headers if header[0] != b"content-type"]
            request.headers.append(_FORM)

    async def _sign_later(self, request: BackendRequest) -> None:
        try:
            key = await self._caller.wait()
        except NoCredentialsError as error:
            raise self._refusal(error) from None
        self._sign(request, key)

    def _sign(self, request: BackendRequest, key: AccessKey) -> None:
        is_s3 = self._signing_name == "s3"
        request.path = path = _canonical_s3_path(request.path) if is_s3 else _canonical_path(request.path)
        request.query = query = _canonical_query(request.query)
        body_hash = sha256(request.body).hexdigest()
        headers = request.headers
        if is_s3:
            headers = [header for header in headers if header[0] != _CONTENT_HASH]
            headers.append((_CONTENT_HASH, b"X-Amz-Content-Sha256", body_hash.encode("ascii")))
        signed = SignedRequest(
            request.method.decode("ascii"),
            request.host.decode("ascii"),
            path.decode("ascii") if is_s3 else canonical_path(path.decode("ascii")),
            canonical_query_as_sent(query.decode("ascii")),
            body_hash,
        )
        request.headers = self._signer.sign(signed, headers, key, self._region, self._signing_name)

    def _refusal(self, error: NoCredentialsError) -> GatewayError:
        return GatewayError(API_CONFIGURATION_ERROR, f"AWS integration {self._name}: {error}")


class Caller(Protocol):
    """As whom an integration calls its service."""

    def find(self) -> AccessKey | None:
        """None where it takes a call to find out. Raises NoCredentialsError."""

    async def wait(self) -> AccessKey:
        """Called where `find` has answered None. Raises NoCredentialsError."""


class _Own:
    """Nobody was named: the credentials that the settings give for the service itself."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def find(self) -> AccessKey:
        return self._keys.find()

    async def wait(self) -> AccessKey:
        return self._keys.find()


class _Role:
    """A role, assumed in the region of the API by the credentials of the settings."""

    def __init__(self, role: str, own: Keys, sts: Place, sessions: RoleSessions) -> None:
        self._role = role
        self._own = own
        self._sts = sts
        self._sessions = sessions

    def find(self) -> AccessKey | None:
        self._own.find()  # A service that no setting leads to is not called as a role either.
        return self._sessions.find(self._role, self._sts)

    async def wait(self) -> AccessKey:
        return await self._sessions.assume(self._role, self._sts)


class _NotServed:
    def __init__(self, reason: str) -> None:
        self._reason = reason

    def find(self) -> AccessKey:
        raise NoCredentialsError(self._reason)

    async def wait(self) -> AccessKey:
        raise NoCredentialsError(self._reason)


def _compile_caller(given: str, scope: RestScope, place: Place, services: ServiceEndpoints) -> Caller:
    credentials = fill_stage_variables(given, scope.variables)
    if not credentials:
        return _Own(place.keys)
    if credentials == CALLER:
        return _NotServed(
            f"credentials {CALLER!r} pass on the caller's identity, which needs AWS_IAM authorization: it is not served"
        )
    arn = find_arn(credentials)
    if arn is None or arn.service != "iam" or not _ROLE.fullmatch(arn.resource):
        problem = f"integration credentials {credentials!r} are not the ARN of a role"
        if mentions_stage_variables(given):
            # The document is right, one stage's variables are not.
            return _NotServed(problem)
        raise PlanError(problem)
    sts = services.locate("sts", scope.region)
    if sts.is_aws and not place.is_aws:
        # A server that is like one service of AWS has no STS to ask, and knows no roles.
        return _Own(place.keys)
    return _Role(credentials, place.keys, sts, services.roles)


def _action_headers(action: str, known: ServiceName) -> Sequence[Header]:
    if not known.target:
        return ()
    return (
        header(b"X-Amz-Target", f"{known.target}.{action}".encode()),
        header(b"Content-Type", f"application/x-amz-json-{known.json}".encode()),
    )


def _canonical_path(path: bytes) -> bytes:
    """Encoded as signatures have it: what is sent is what is signed, whoever decodes it on the way."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    segments = (quote(unquote_to_bytes(segment), safe="-._~") for segment in path.split(b"/"))
    return "/".join(segments).encode("ascii")


def _canonical_s3_path(path: bytes) -> bytes:
    """Keys have slashes, and S3 signs them as such however they are encoded; a dot segment stays within its bucket."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    segments = unquote_to_bytes(path).split(b"/")
    if b".." in segments or b"." in segments:
        raise GatewayError(MALFORMED_PATH, "a segment of dots in the path of an object")
    return quote(b"/".join(segments), safe="/-._~").encode("ascii")


def _canonical_query(query: bytes) -> bytes:
    """In the order given, encoded as signatures have it."""
    if _PLAIN_QUERY.fullmatch(query):
        return query
    pairs = (pair.partition(b"=") for pair in query.split(b"&") if pair)
    encoded = (_encode(name) + equals.decode() + _encode(value) for name, equals, value in pairs)
    return "&".join(encoded).encode("ascii")


def _encode(text: bytes) -> str:
    return quote(unquote_to_bytes(text.replace(b"+", b" ")), safe="-._~")
