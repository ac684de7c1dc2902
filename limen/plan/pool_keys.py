"""The control side: which user pools there are, with the keys that workers verify their tokens with."""

from collections.abc import Callable

from limen.plan.channel import PoolKeys
from limen.plan.snapshot import Document
from limen.store.reader import Reader

NOUN = "UserPoolKeys"

IssuerOf = Callable[[str], str]
"""What tokens of a pool name as their issuer, by the pool's id."""


def pool_changes(
    reader: Reader, since: int | None, until: int, issuer_of: IssuerOf
) -> tuple[list[PoolKeys], list[str]]:
    """The pools that changed and are there, ids of those that are gone; all where `since` is None."""
    if since is None:
        return [_pool_keys(pool_id, document, issuer_of) for pool_id, _, document in reader.all(NOUN)], []
    pools: list[PoolKeys] = []
    gone: list[str] = []
    now = reader if until == reader.revision else reader.at(until)
    for noun, pool_id, key in reader.changed_parents(since, until):
        if noun == NOUN:
            document = now.get(noun, pool_id, key)
            if document is None:
                gone.append(pool_id)
            else:
                pools.append(_pool_keys(pool_id, document, issuer_of))
    return pools, gone


def _pool_keys(pool_id: str, document: Document, issuer_of: IssuerOf) -> PoolKeys:
    return PoolKeys(pool_id, pool_id.partition("_")[0], issuer_of(pool_id), document["keys"])
