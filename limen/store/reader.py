"""Questions about documents, now or at an earlier revision, each answered from an index.

What is read is proportional to what is answered: `get` reads one version; `list` the versions that it gives;
`changes` those that were made between the two revisions, however large the parent is.
"""

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    union,
    union_all,
)

from limen.store.documents import Document
from limen.store.errors import UnknownKeyError
from limen.store.spans import spans_around
from limen.store.tables import VERSIONS

Listing = list[tuple[str, Document]]
Changes = list[tuple[str, str, Document | None]]
Names = list[tuple[str, str, str]]
Version = Row[*tuple[Any, ...]]
Versions = list[Version]

PAGE = 500
"""Documents that `all` holds at a time."""

_v = VERSIONS.c
_NOW = 2**62
_created = tuple_(_v.created_revision, _v.created_sequence)
_is_named = and_(_v.noun == bindparam("noun"), _v.parent == bindparam("parent"))
_is_current = _v.to_revision.is_(None)
_listed = (_v.key, _v.body, _v.created_revision, _v.created_sequence)

LATEST = (
    select(_v.from_revision, _v.to_revision, _v.created_revision, _v.created_sequence, _v.body)
    .where(_is_named, _v.key == bindparam("key"), _v.from_revision <= bindparam("revision"))
    .order_by(_v.from_revision.desc())
    .limit(1)
)
"""The version of a key that was made last by a revision; it may have ended since."""

_LIST = select(*_listed).where(_is_named, _is_current).order_by(_v.created_revision, _v.created_sequence)
_LIST_AFTER = _LIST.where(_created > tuple_(bindparam("after_revision"), bindparam("after_sequence")))
_LIST_BACK = (
    select(*_listed).where(_is_named, _is_current).order_by(_v.created_revision.desc(), _v.created_sequence.desc())
)
_LIST_BEFORE = _LIST_BACK.where(_created < tuple_(bindparam("before_revision"), bindparam("before_sequence")))
_COUNT = select(func.count()).select_from(VERSIONS).where(_is_named, _is_current)

# Of what is current, a key created by `revision` was there ever since: its row is looked at for a good reason.
_STILL_SEEN = select(*_listed).where(
    _is_named,
    _is_current,
    _v.created_revision <= bindparam("revision"),
    _v.from_revision + 0 <= bindparam("revision"),  # + 0: SQLite must not take the index of all versions of a parent
)
_has_ended = _v.to_revision.is_not(None)
_SEEN_LOWER = select(*_listed).where(
    _is_named, _has_ended, _v.span.in_(bindparam("lower", expanding=True)), _v.from_revision <= bindparam("revision")
)
_SEEN_UPPER = select(*_listed).where(
    _is_named, _has_ended, _v.span.in_(bindparam("upper", expanding=True)), _v.to_revision > bindparam("revision")
)
_SEEN = union_all(_STILL_SEEN, _SEEN_LOWER, _SEEN_UPPER)

_since: BindParameter[int] = bindparam("since")
_until: BindParameter[int] = bindparam("until")
_began = and_(_v.from_revision > _since, _v.from_revision <= _until)
_ended = and_(_v.to_revision > _since, _v.to_revision <= _until)


def _changed(happened: ColumnElement[bool]) -> Select[Any]:
    columns = (_v.noun, _v.key, _v.from_revision, _v.to_revision, _v.created_revision, _v.created_sequence, _v.body)
    return select(*columns).where(_v.parent == bindparam("parent"), happened)


_CHANGES = union(_changed(_began), _changed(_ended))
_MOVED = union(select(_v.noun, _v.parent, _v.key).where(_began), select(_v.noun, _v.parent, _v.key).where(_ended))


class Reader:
    """One consistent view of the documents; it belongs to the thread and the `with` block that it was made for."""

    def __init__(self, connection: Connection, last_revision: int, at: int | None = None) -> None:
        self._connection = connection
        self._last_revision = last_revision
        self._at = at

    @property
    def revision(self) -> int:
        """The revision that this view shows: of the last commit, unless it looks at the past."""
        return self._last_revision if self._at is None else self._at

    def at(self, revision: int) -> "Reader":
        """The same documents as they were after the commit with that number."""
        return Reader(self._connection, self._last_revision, revision)

    def get(self, noun: str, parent: str, key: str) -> Document | None:
        row = self._latest(noun, parent, key)
        if row is None or not self._sees(row):
            return None
        document: Document = orjson.loads(row.body)
        return document

    def list(self, noun: str, parent: str, after: str | None = None, limit: int | None = None) -> Listing:
        """Keys and documents in order of creation; `after` is a key, which may be deleted by now."""
        if not _is_storable(noun, parent):
            return []
        place = None if after is None else self._place_of(noun, parent, after)
        rows = self._list_now(noun, parent, place, limit) if self._at is None else self._list_then(noun, parent, place)
        return [(row.key, orjson.loads(row.body)) for row in rows[:limit]]

    def list_newest(self, noun: str, parent: str, after: str | None = None, limit: int | None = None) -> Listing:
        """As `list` of what is now, the newest first."""
        if not _is_storable(noun, parent):
            return []
        values: dict[str, Any] = {"noun": noun, "parent": parent}
        statement = _LIST_BACK
        if after is not None:
            statement, place = _LIST_BEFORE, self._place_of(noun, parent, after)
            values |= {"before_revision": place[0], "before_sequence": place[1]}
        rows = self._connection.execute(statement if limit is None else statement.limit(limit), values)
        return [(row.key, orjson.loads(row.body)) for row in rows]

    def count(self, noun: str, parent: str) -> int:
        """Counts index entries, one by one."""
        if not _is_storable(noun, parent):
            return 0
        if self._at is not None:
            return len(self._list_then(noun, parent, None))
        return int(self._connection.execute(_COUNT, {"noun": noun, "parent": parent}).scalar_one())

    def all(self, noun: str) -> Iterator[tuple[str, str, Document]]:
        """Parent, key and document of a noun everywhere, by parent and order of creation."""
        place: tuple[str, int, int] | None = None
        while True:
            rows = self._connection.execute(self._page_of_all(noun, place)).all()
            for row in rows:
                yield row.parent, row.key, orjson.loads(row.body)
            if len(rows) < PAGE:
                return
            place = (rows[-1].parent, rows[-1].created_revision, rows[-1].created_sequence)

    def changes(self, parent: str, since: int, until: int) -> Changes:
        """Noun, key and document of what differs at `until` from what was at `since`, net; None where it is gone.

        Either may be the later one: a stage may be pointed back to an older deployment.
        """
        window = {"parent": parent, "since": min(since, until), "until": max(since, until)}
        before: dict[tuple[str, str], Version] = {}
        now: dict[tuple[str, str], Version] = {}
        for row in self._connection.execute(_CHANGES, window):
            if _is_seen_at(row, since):
                before[row.noun, row.key] = row
            if _is_seen_at(row, until):
                now[row.noun, row.key] = row
        gone = [(noun, key, None) for noun, key in sorted(before.keys() - now.keys())]
        differs = [row for name, row in now.items() if name not in before or _content(before[name]) != _content(row)]
        differs.sort(key=_order)
        return [*gone, *((row.noun, row.key, orjson.loads(row.body)) for row in differs)]

    def changed_parents(self, since: int, until: int) -> Names:
        """Noun, parent and key of every document that a commit after `since`, up to `until`, touched; sorted."""
        rows = self._connection.execute(_MOVED, {"since": since, "until": until})
        return sorted((row.noun, row.parent, row.key) for row in rows)

    def _latest(self, noun: str, parent: str, key: str) -> Version | None:
        if not _is_storable(noun, parent, key):
            return None
        values = {"noun": noun, "parent": parent, "key": key, "revision": _NOW if self._at is None else self._at}
        return self._connection.execute(LATEST, values).one_or_none()

    def _sees(self, row: Version) -> bool:
        return row.to_revision is None or (self._at is not None and row.to_revision > self._at)

    def _place_of(self, noun: str, parent: str, key: str) -> tuple[int, int]:
        row = self._latest(noun, parent, key)
        if row is None:
            raise UnknownKeyError(f"no {noun} {key!r} in {parent!r}")
        return row.created_revision, row.created_sequence

    def _list_now(self, noun: str, parent: str, place: tuple[int, int] | None, limit: int | None) -> Versions:
        values: dict[str, Any] = {"noun": noun, "parent": parent}
        statement = _LIST
        if place is not None:
            statement = _LIST_AFTER
            values |= {"after_revision": place[0], "after_sequence": place[1]}
        if limit is not None:
            statement = statement.limit(limit)
        return list(self._connection.execute(statement, values))

    def _list_then(self, noun: str, parent: str, place: tuple[int, int] | None) -> Versions:
        lower, upper = spans_around(self.revision, self._last_revision)
        values = {"noun": noun, "parent": parent, "revision": self.revision, "lower": lower, "upper": upper}
        rows = self._connection.execute(_SEEN, values)
        return sorted((row for row in rows if place is None or _order(row) > place), key=_order)

    def _page_of_all(self, noun: str, place: tuple[str, int, int] | None) -> Select[Any]:
        order = (_v.parent, _v.created_revision, _v.created_sequence)
        statement = select(_v.parent, *_listed).where(_v.noun == noun).order_by(*order).limit(PAGE)
        if place is not None:
            statement = statement.where(tuple_(*order) > tuple_(*place))
        if self._at is None:
            return statement.where(_is_current)
        return statement.where(_v.from_revision <= self._at, or_(_is_current, _v.to_revision > self._at))


def _is_storable(*names: str) -> bool:
    """PostgreSQL raises on a NUL in a text; no document can have such a name."""
    return not any("\0" in name for name in names)


def _is_seen_at(row: Version, revision: int) -> bool:
    return bool(row.from_revision <= revision and (row.to_revision is None or row.to_revision > revision))


def _order(row: Version) -> tuple[int, int]:
    return row.created_revision, row.created_sequence


def _content(row: Version) -> tuple[int, int, str]:
    return row.created_revision, row.created_sequence, row.body
