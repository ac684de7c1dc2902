"""Files by the SHA-256 of what they hold, for all nodes of a shared store; kept in parts of a megabyte."""

import hashlib
from collections.abc import Collection, Iterator

from sqlalchemy import bindparam, text

from limen.store.store import Store

PART = 1 << 20
_NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"

_ADD = text(
    f"INSERT INTO limen_blobs (sha256, size, used) VALUES (:sha256, :size, {_NOW})"  # noqa: S608
    " ON CONFLICT (sha256) DO UPDATE SET used = excluded.used RETURNING (xmax = 0) AS is_new"
)
_ADD_PART = text("INSERT INTO limen_blob_parts (sha256, part, data) VALUES (:sha256, :part, :data)")
_SIZE = text("SELECT size FROM limen_blobs WHERE sha256 = :sha256")
_PART = text("SELECT data FROM limen_blob_parts WHERE sha256 = :sha256 AND part = :part")
_NAMES = text(f"SELECT sha256 FROM limen_blobs WHERE used < {_NOW} - :unused_ms")  # noqa: S608
_REMOVE = text(
    f"DELETE FROM limen_blobs WHERE sha256 IN :names AND used < {_NOW} - :unused_ms"  # noqa: S608
).bindparams(bindparam("names", expanding=True))


def put_blob(store: Store, data: bytes) -> str:
    """Its SHA-256 in hex; what is there already is used anew."""
    sha256 = hashlib.sha256(data).hexdigest()
    with store.beside_connection() as connection:
        if connection.execute(_ADD, {"sha256": sha256, "size": len(data)}).scalar_one():
            for part, start in enumerate(range(0, len(data), PART)):
                values = {"sha256": sha256, "part": part, "data": data[start : start + PART]}
                connection.execute(_ADD_PART, values)
    return sha256


def read_blob(store: Store, sha256: str) -> Iterator[bytes] | None:
    """Its parts; None where there is no such blob."""
    with store.beside_connection() as connection:
        size = connection.execute(_SIZE, {"sha256": sha256}).scalar()
    return None if size is None else _parts(store, sha256, -(-int(size) // PART))


def prune_blobs(store: Store, used: Collection[str], unused_ms: int) -> int:
    """Removes those that are not `used` and have not been put for so long; says how many."""
    with store.beside_connection() as connection:
        names = [name for name in connection.execute(_NAMES, {"unused_ms": unused_ms}).scalars() if name not in used]
        if not names:
            return 0
        return int(connection.execute(_REMOVE, {"names": names, "unused_ms": unused_ms}).rowcount)


def _parts(store: Store, sha256: str, count: int) -> Iterator[bytes]:
    for part in range(count):
        with store.beside_connection() as connection:
            data = connection.execute(_PART, {"sha256": sha256, "part": part}).scalar()
        if data is None:
            raise LookupError(f"the blob {sha256} was removed while it was read")
        yield bytes(data)
