"""User pools of this server's own, as a worker knows them: their keys are told to it, never fetched."""

from limen.features.authorizers.jwks_issuers import Issuers
from limen.plan.channel import PoolKeys


class LocalPools:
    """Owned by a worker. A pool has one issuer, the URL that answers on this server."""

    def __init__(self, issuers: Issuers) -> None:
        self._issuers = issuers
        self._names: dict[str, str] = {}
        """Issuers by id of the pool."""

    def apply(self, pools: list[PoolKeys], gone: list[str], *, is_all: bool) -> None:
        """`is_all`: pools that are not among these are gone."""
        if is_all:
            gone = list(self._names.keys() - {pool.pool_id for pool in pools})
        for pool_id in gone:
            self._remove(pool_id)
        for pool in pools:
            if self._names.get(pool.pool_id) != pool.issuer:
                self._remove(pool.pool_id)
            self._names[pool.pool_id] = pool.issuer
            self._issuers.put_local(pool.issuer, {"keys": pool.keys})

    def _remove(self, pool_id: str) -> None:
        name = self._names.pop(pool_id, None)
        if name is not None:
            self._issuers.remove_local(name)
