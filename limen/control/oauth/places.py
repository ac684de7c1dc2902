"""Where on this server a request asks for a pool, and under which URLs apps find what it has."""

from msgspec import Struct

from limen.control.call import Call, ControlSettings
from limen.control.oauth.errors import not_found
from limen.control.pools.documents import DOMAIN, EVERYWHERE, POOL, Pool, scope_of
from limen.control.pools.pools import find_domain
from limen.gateway.pool_hosts import find_pool_host, name_of_host

PREFIX = "_auth"


class Place(Struct, frozen=True):
    """`base`: of the path, up to what is below the pool; empty where the host stands for one."""

    base: str
    path: str
    """Below the pool: `/oauth2/token`."""
    region: str = ""
    pool_id: str = ""
    domain: str = ""
    has_pages: bool = True
    """An issuer's host tells of its pools; people sign in elsewhere."""


def find_place(host: bytes, path: str, suffix: str) -> Place | None:
    """None for the API of all pools."""
    found = find_pool_host(name_of_host(host), suffix.lower())
    if found is None:
        prefix, _, below = path[1:].partition("/")
        pool_id, slash, rest = below.partition("/")
        if prefix != PREFIX:
            return Place("", path)
        return Place(f"/{PREFIX}/{pool_id}", slash + rest, pool_id=pool_id)
    if found.domain:
        return Place("", path, region=found.region, domain=found.domain)
    pool_id, slash, rest = path[1:].partition("/")
    if not slash:
        return None
    return Place(f"/{pool_id}", slash + rest, region=found.region, pool_id=pool_id, has_pages=False)


def pool_at(call: Call, place: Place) -> Pool:
    """Raises OAuthError where there is none."""
    pool_id = place.pool_id
    if place.domain:
        found = call.documents.get(DOMAIN, EVERYWHERE, place.domain)
        pool_id = found["UserPoolId"] if found is not None else ""
    document = call.documents.get(POOL, scope_of(call, pool_id), pool_id) if pool_id else None
    if document is None or place.region not in ("", pool_id.partition("_")[0]):
        raise not_found()
    return Pool(pool_id, document)


def pages_url(call: Call, pool: Pool) -> str:
    """Where the pool's pages and endpoints are: on the host of its domain, or below `/_auth` where it has none."""
    settings, domain = call.settings, find_domain(call, pool.id)
    if domain is not None:
        return f"https://{domain}.auth.{pool.region}.{_authority(settings)}"
    return f"{settings.public_url or f'https://{_authority(settings)}'}/{PREFIX}/{pool.id}"


def _authority(settings: ControlSettings) -> str:
    return settings.suffix if settings.port == 443 else f"{settings.suffix}:{settings.port}"
