"""The names that a server certificate must hold: each API's host in each region, and what stands beside the APIs."""

import ipaddress
from collections.abc import Collection

# fmt: off
REGIONS = (
    "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
    "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
    "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1",
    "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
    "mx-central-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2", "us-gov-east-1",
    "us-gov-west-1",
)
# fmt: on
"""A wildcard stands for one label (RFC 6125), so every region needs names of its own."""

_LOCAL_ADDRESSES = ("127.0.0.1", "::1")

RESERVED = (
    "example",
    "example.com",
    "example.net",
    "example.org",
    "home.arpa",
    "internal",
    "invalid",
    "local",
    "localhost",
    "test",
)
"""Names that nobody can have on the web, those below them included (RFC 2606, 6761, 6762, 8375; ICANN's `internal`):
an authority that many machines trust may sign for them without harm."""


def server_names(suffix: str = "localhost", extra_hosts: tuple[str, ...] = ()) -> list[str]:
    """Host names, wildcards and addresses, sorted; `extra_hosts` are those of a public URL."""
    names = {"localhost", suffix, f"*.{suffix}", f"portal.{suffix}", *_LOCAL_ADDRESSES, *extra_hosts}
    for region in REGIONS:
        names.add(f"*.execute-api.{region}.{suffix}")
        names.add(f"cognito-idp.{region}.{suffix}")
        names.add(f"*.auth.{region}.{suffix}")
        names.add(f"*.execute-api.{region}.amazonaws.com")
    return sorted(names)


def permitted_subtrees(names: Collection[str]) -> list[str]:
    """What an authority must be allowed to sign for these names: domains without wildcards, addresses."""
    domains = {name.removeprefix("*.") for name in names}
    return sorted(domain for domain in domains if not _is_below(domain, domains))


def is_permitted(name: str, subtrees: Collection[str]) -> bool:
    """Whether an authority of these subtrees may sign for a name."""
    base = name.removeprefix("*.")
    return base in subtrees or _is_below(base, subtrees)


def _is_below(name: str, subtrees: Collection[str]) -> bool:
    return any(name.endswith(f".{subtree}") for subtree in subtrees)


def is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
