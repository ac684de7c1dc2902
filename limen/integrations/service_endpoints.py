"""Where the services of AWS are and with whose credentials they are called: an endpoint that is set, or AWS itself.

An endpoint that is set is a server like AWS: it is signed for with fixed credentials, or with those in its URL, and
never with those of the profile. One under a domain of AWS's own is AWS (VPC endpoints). What the environment or the
machine itself would offer as credentials is never used.
"""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from limen.aws.credentials import AccessKey
from limen.aws.policies.asked import Effect
from limen.aws.signer import Signer
from limen.gateway.exchange import Exchange
from limen.gateway.ports import ActingCallers
from limen.integrations.role_sessions import RoleSessions
from limen.integrations.service_names import SUFFIXES, find_service, host_of, setting_names_of, signing_region_of
from limen.integrations.service_place import NoCredentialsError, Place
from limen.upstream.client import Upstream

LOCAL_KEY = AccessKey("test", "test")
"""What the documentation of nearly every server like AWS signs with: some keep data apart by key id."""

_AWS_DOMAINS = tuple(f".{suffix}" for suffix in ("amazonaws.com", "api.aws", *SUFFIXES.values()))


class ServiceEndpoints:
    """Owned by a worker. `endpoints` is URL by service in lower case, `endpoint_url` the one for all others."""

    def __init__(
        self,
        upstream: Upstream,
        *,
        profile: str | None = None,
        endpoint_url: str | None = None,
        endpoints: Mapping[str, str] | None = None,
        signer: Signer | None = None,
        callers: ActingCallers | None = None,
    ) -> None:
        """`callers`: who signed requests; without them nobody did."""
        self.signer = signer or Signer()
        self.callers: ActingCallers = callers or _NoCallers()
        self.roles = RoleSessions(upstream, self.signer)
        self.profile = ProfileKeys(profile) if profile else None
        self._endpoint_url = endpoint_url
        self._endpoints = {name.lower().replace("-", "_"): url for name, url in (endpoints or {}).items()}

    async def close(self) -> None:
        await self.roles.close()

    def locate(self, service: str, region: str) -> Place:
        """`service` as host names have it, with its subdomain."""
        names = setting_names_of(service)
        host, signing_region = host_of(service, region), signing_region_of(service, region)
        set_to = next((self._endpoints[name] for name in names if name in self._endpoints), self._endpoint_url)
        if set_to is None:
            keys = self.profile or Nobody(f"LIMEN_AWS_ENDPOINT_URL_{names[0].upper()} or [aws] profile")
            return Place(f"https://{host}", host, signing_region, keys, is_aws=True)
        url, key = split_key(set_to)
        authority = urlsplit(url).netloc
        if key is None and is_of_aws(url):
            keys = self.profile or Nobody("[aws] profile")
            return Place(url, authority, signing_region, keys, is_aws=True)
        # A subdomain is a part of the request: a server like AWS finds it in Host alone.
        named = host if find_service(service)[0] else authority
        return Place(url, named, signing_region, FixedKeys(key or LOCAL_KEY), is_aws=False)


class _NoCallers:
    def find_key(self, exchange: Exchange) -> AccessKey | None:
        return None

    def weigh(self, exchange: Exchange, action: str, resource: str) -> Effect:
        return Effect.DENY


class FixedKeys:
    def __init__(self, key: AccessKey) -> None:
        self._key = key

    def find(self) -> AccessKey:
        return self._key


class Nobody:
    """Keys of a service that no setting leads to."""

    def __init__(self, settings: str) -> None:
        self._settings = settings

    def find(self) -> AccessKey:
        raise NoCredentialsError(f"no setting says where or as whom to call it: set {self._settings}")


class ProfileKeys:
    """Those of `[aws] profile`, as the control process last found them."""

    def __init__(self, profile: str) -> None:
        self._profile = profile
        self._key: AccessKey | None = None
        self._problem = "they have not been read yet"

    def find(self) -> AccessKey:
        if self._key is None:
            raise NoCredentialsError(f"no credentials of [aws] profile {self._profile!r}: {self._problem}")
        return self._key

    def put(self, key: AccessKey | None, problem: str) -> None:
        """None with the reason where there are none, or none that are still good."""
        self._key, self._problem = key, problem


def is_of_aws(url: str) -> bool:
    """Whether it is an endpoint of AWS's own, such as a VPC endpoint."""
    return (urlsplit(url).hostname or "").endswith(_AWS_DOMAINS)


def split_key(url: str) -> tuple[str, AccessKey | None]:
    """`http://ID:SECRET@localhost:9000/` without its last slash, and the key in it."""
    parts = urlsplit(url)
    bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
    if parts.username is None:
        return bare, None
    return bare, AccessKey(unquote(parts.username), unquote(parts.password or ""))
