"""Where the service of a subtype is called: in the region of the API, or in the one that its parameter Region says."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from limen.gateway.errors import BAD_REQUEST, GatewayError
from limen.integrations.service_caller import Caller, compile_caller
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.integrations.service_names import host_of
from limen.integrations.service_place import Place
from limen.integrations.subtypes.actions import Action
from limen.upstream.origin import Origin

_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}")
"""A region becomes a part of a host name: what else a client sends as one is refused."""
_MOST_KEPT = 64


def is_region(text: str) -> bool:
    return _REGION.fullmatch(text) is not None


class Endpoint(Struct, frozen=True):
    """`path` goes before that of each request; it is empty at AWS itself."""

    origin: Origin
    host: bytes
    path: str
    region: str
    caller: Caller


class Endpoints:
    """Of one integration, by region."""

    def __init__(
        self,
        action: Action,
        credentials: str,
        home: str,
        variables: Mapping[str, str],
        services: ServiceEndpoints,
    ) -> None:
        """`home` is the region of the API. Raises PlanError, and LookupError for a stage variable."""
        self._action = action
        self._credentials = credentials
        self._region_of_api = home
        self._variables = variables
        self._services = services
        self._by_region: dict[str, Endpoint] = {}
        self.home = self.find(home)

    def find(self, region: str) -> Endpoint:
        """Raises GatewayError."""
        found = self._by_region.get(region)
        if found is None:
            if not is_region(region):
                raise GatewayError(BAD_REQUEST, f"{region!r} is not a region")
            if len(self._by_region) >= _MOST_KEPT:
                self._by_region.clear()
            found = self._by_region[region] = self._compile(region)
        return found

    def _compile(self, region: str) -> Endpoint:
        service, services = self._action.service, self._services
        place = services.locate(service, region)
        caller = compile_caller(self._credentials, self._region_of_api, self._variables, place, services)
        url, host = place.url, place.host
        if self._action.host_prefix and _is_own(place, service, region):
            host = self._action.host_prefix + host
            url = f"https://{host}"
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        origin = Origin(parts.scheme, parts.hostname or "", port)
        return Endpoint(origin, host.encode(), parts.path, place.region, caller)


def _is_own(place: Place, service: str, region: str) -> bool:
    """AWS's public host, and no endpoint that is set: who sets one says all of it."""
    return place.is_aws and place.host == host_of(service, region)
