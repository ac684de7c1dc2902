"""AWS integrations: what the URI says is called as the service wants to be called, and signed last of all.

The form of an action adds what its protocol needs: the action in the query string, and for services of JSON actions
X-Amz-Target and their content type (guide, "Integration request"; the query string as in the Kinesis tutorial).
"""

import re
from collections.abc import Awaitable, Sequence
from urllib.parse import urlsplit

from limen.aws.credentials import AccessKey
from limen.aws.signer import Signer
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.gateway.stage_variables import fill_stage_variables
from limen.integrations.backend_request import BackendRequest
from limen.integrations.rest.scope import RestScope
from limen.integrations.service_caller import Caller, compile_caller
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.integrations.service_names import ServiceName, find_service, signing_name_of
from limen.integrations.service_place import NoCredentialsError, Place
from limen.integrations.service_signing import sign_request
from limen.integrations.service_uri import ServiceUri, parse_service_uri
from limen.wire import Header, header

_VERSION = re.compile(rb"(?:^|&)Version=")
_FORM = header(b"Content-Type", b"application/x-www-form-urlencoded")


def compile_service(uri: str, credentials: str | None, scope: RestScope, services: ServiceEndpoints) -> "AwsService":
    """`uri` and `credentials` as the integration has them. Raises PlanError, and LookupError for a stage variable."""
    parsed = parse_service_uri(fill_stage_variables(uri, scope.variables))
    place = services.locate(parsed.service, parsed.region)
    caller = compile_caller(credentials or "", scope.region, scope.variables, place, services)
    name = f"{parsed.service}:{parsed.action or 'path'}"
    return AwsService(name, parsed, place, caller, services.signer)


class AwsService:
    """One service as one integration calls it; see backend_request.Service."""

    def __init__(self, name: str, uri: ServiceUri, place: Place, caller: Caller, signer: Signer) -> None:
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

    def finish(self, request: BackendRequest, exchange: Exchange) -> Awaitable[None] | None:
        """Signs a request that is otherwise complete, in place; an awaitable where a role must be assumed first.

        Raises GatewayError, here or when awaited.
        """
        if request.host == self._authority:  # nobody has mapped another
            request.host = self._host
        if self._is_form:
            self._complete_form(request)
        try:
            key = self._caller.find(exchange)
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
        sign_request(request, key, self._signer, self._region, self._signing_name)

    def _refusal(self, error: NoCredentialsError) -> GatewayError:
        return GatewayError(API_CONFIGURATION_ERROR, f"AWS integration {self._name}: {error}")


def _action_headers(action: str, known: ServiceName) -> Sequence[Header]:
    if not known.target:
        return ()
    return (
        header(b"X-Amz-Target", f"{known.target}.{action}".encode()),
        header(b"Content-Type", f"application/x-amz-json-{known.json}".encode()),
    )
