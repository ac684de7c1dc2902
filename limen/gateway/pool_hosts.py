"""Hosts of user pools: `cognito-idp.{region}` for their API and as their issuer, `{domain}.auth.{region}` for people.

Both below the suffix of this server; AWS's own forms, below amazonaws.com and amazoncognito.com, mean the same.
"""

from msgspec import Struct

AWS_SUFFIX = "amazonaws.com"
AWS_PAGES_SUFFIX = "amazoncognito.com"


class PoolHost(Struct, frozen=True):
    region: str
    domain: str = ""
    """Of the pool whose sign-in pages are there; empty for the API of all pools of the region."""


def find_pool_host(name: str, suffix: str) -> PoolHost | None:
    """`name`: of a host, in lower case, without a port; None where it is no host of user pools."""
    first, _, rest = name.partition(".")
    if first == "cognito-idp":
        region, _, below = rest.partition(".")
        return PoolHost(region) if region and below in (suffix, AWS_SUFFIX) else None
    second, _, rest = rest.partition(".")
    if second != "auth" or not first:
        return None
    region, _, below = rest.partition(".")
    return PoolHost(region, first) if region and below in (suffix, AWS_PAGES_SUFFIX) else None


def name_of_host(host: bytes) -> str:
    """The name in a Host header as sent: in lower case, without port and final dot."""
    name = host.decode("latin-1").lower()
    return name if name.startswith("[") else name.partition(":")[0].rstrip(".")
