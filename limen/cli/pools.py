"""User pools as commands name them: by name or id."""

from collections.abc import Iterator
from typing import Any

from limen.cli.failure import CommandError

Port = Any
"""AdminPort, which commands load when they run."""


def find_pool(port: Port, name: str | None) -> dict[str, Any]:
    """The one with that name or id; without a name the only one there is."""
    pools: list[dict[str, Any]] = list(list_all(port, "ListUserPools", "UserPools", MaxResults=60))
    if name is None and len(pools) == 1:
        return pools[0]
    if name is None:
        names = ", ".join(str(pool["Name"]) for pool in pools) or "none: limen users create-pool makes one"
        raise CommandError(f"say which user pool with --pool; there are {names}")
    found = [pool for pool in pools if name in (pool["Id"], pool["Name"])]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(f"{len(found)} user pools are named {name}: give the id, as limen users list shows it")
    raise CommandError(f"there is no user pool {name}: limen users list shows what there is")


def find_urls(port: Port, pool_id: str) -> dict[str, str]:
    """`issuer`, and `pages`: where its sign-in pages and OAuth endpoints are."""
    found: dict[str, str] = port.ask(f"/_limen/pools/{pool_id}")
    return found


def list_all(port: Port, operation: str, member: str, token: str = "NextToken", **members: Any) -> Iterator[Any]:  # noqa: S107
    """What is listed under `member`, on all pages."""
    asked = dict(members)
    while True:
        answer = port.call_users(operation, asked)
        yield from answer.get(member, [])
        if not answer.get(token):
            return
        asked[token] = answer[token]
