"""Hosts that this server has anyway: requests for them never reach a custom domain name, whatever one is called."""

from urllib.parse import urlsplit

from limen.gateway.pool_hosts import AWS_SUFFIX, find_pool_host

_LABELS = ("x", "cognito-idp")
"""One that stands for any, and the only one that means something by itself."""


def is_own_host(name: str, suffix: str, public_url: str | None = None) -> bool:
    """Whether `name` is a host of APIs or user pools, or a wildcard that covers some: a handshake with those would be
    led by the domain name's certificate and policy, and requests would go around what it asks of clients.
    """
    if name in (suffix, urlsplit(public_url or "").hostname):
        return True
    hosts = {name.replace("*", label, 1) for label in _LABELS}
    return any(find_pool_host(host, suffix) or _is_of_apis(host, suffix) for host in hosts)


def _is_of_apis(host: str, suffix: str) -> bool:
    below_region = host.partition(".execute-api.")[2].partition(".")[2]
    return below_region in (suffix, AWS_SUFFIX)
