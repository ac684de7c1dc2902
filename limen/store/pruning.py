"""Forgets versions that nobody will ask for again."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select, tuple_

from limen.store.reader import Version, Versions
from limen.store.tables import VERSIONS

PAGE = 1000
"""Versions looked at while the write lock is held once: a few milliseconds."""

_v = VERSIONS.c
_name = (_v.noun, _v.parent, _v.key, _v.from_revision)
_ENDED = select(*_name, _v.to_revision).where(_v.to_revision <= bindparam("until")).order_by(*_name).limit(PAGE)
_ENDED_AFTER = _ENDED.where(tuple_(*_name) > tuple_(*(bindparam(f"after_{column.name}") for column in _name)))
_ERASE = delete(VERSIONS).where(and_(*(column == bindparam(f"at_{column.name}") for column in _name)))


def prune(
    open_writer: Callable[[], AbstractContextManager[Connection]],
    keep: Mapping[str, Collection[int]],
    until: int,
    goes_on: Callable[[], bool],
) -> int:
    kept = {parent: sorted(revisions) for parent, revisions in keep.items()}
    forgotten = 0
    last: Version | None = None
    while goes_on():
        with open_writer() as connection:
            rows = _next_page(connection, until, last)
            useless = [row for row in rows if not _is_kept(row, kept)]
            if useless:
                connection.execute(_ERASE, [_values("at_", row) for row in useless])
        forgotten += len(useless)
        if len(rows) < PAGE:
            break
        last = rows[-1]
    return forgotten


def _next_page(connection: Connection, until: int, last: Version | None) -> Versions:
    if last is None:
        return list(connection.execute(_ENDED, {"until": until}))
    return list(connection.execute(_ENDED_AFTER, {"until": until} | _values("after_", last)))


def _is_kept(row: Version, kept: Mapping[str, list[int]]) -> bool:
    """Whether a kept revision sees the version; what has a parent of its own ("api/route") is kept with that parent."""
    revisions = kept.get(row.parent)
    if revisions is None:
        revisions = kept.get(row.parent.partition("/")[0], [])
    first = bisect_left(revisions, row.from_revision)
    return first < len(revisions) and revisions[first] < row.to_revision


def _values(prefix: str, row: Version) -> dict[str, Any]:
    return {f"{prefix}{column.name}": getattr(row, column.name) for column in _name}
