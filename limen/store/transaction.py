"""Changes to documents, all of them or none, under one new revision."""

from typing import Any

import orjson
from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from limen.store.documents import Document
from limen.store.reader import Reader, Version
from limen.store.spans import span_of
from limen.store.tables import VERSIONS

_v = VERSIONS.c
_is_version = and_(
    _v.noun == bindparam("at_noun"),
    _v.parent == bindparam("at_parent"),
    _v.key == bindparam("at_key"),
    _v.from_revision == bindparam("at_revision"),
)
_INSERT = insert(VERSIONS)
_REPLACE = update(VERSIONS).where(_is_version).values(body=bindparam("new_body"))
_CLOSE = update(VERSIONS).where(_is_version).values(to_revision=bindparam("end"), span=bindparam("new_span"))
_ERASE = delete(VERSIONS).where(_is_version)
_CHILDREN = select(_v.noun, _v.key, _v.from_revision).where(_v.parent == bindparam("parent"), _v.to_revision.is_(None))


class Transaction(Reader):
    """The one writer; a Reader that sees its own changes. Unchanged documents make no new version."""

    def __init__(self, connection: Connection, last_revision: int) -> None:
        super().__init__(connection, last_revision)
        self.has_changes = False
        self._next_sequence = 0

    @property
    def revision(self) -> int:
        """The revision that this commit will have."""
        return self._last_revision + 1

    def put(self, noun: str, parent: str, key: str, document: Document) -> None:
        body = orjson.dumps(document, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
        if any("\0" in name for name in (noun, parent, key)):
            raise ValueError(f"{noun} {key!r} in {parent!r}: a name cannot hold a NUL")
        found = self._latest(noun, parent, key)
        if found is None or found.to_revision is not None:
            self._create(noun, parent, key, body)
        elif found.body != body:
            self._change(noun, parent, key, body, found)

    def delete(self, noun: str, parent: str, key: str) -> bool:
        """False where there is nothing to delete."""
        found = self._latest(noun, parent, key)
        if found is None or found.to_revision is not None:
            return False
        self._end([(noun, parent, key, found.from_revision)])
        return True

    def delete_children(self, parent: str) -> None:
        """Deletes the documents of every noun that have this very parent."""
        rows = self._connection.execute(_CHILDREN, {"parent": parent})
        self._end([(row.noun, parent, row.key, row.from_revision) for row in rows])

    def _create(self, noun: str, parent: str, key: str, body: str) -> None:
        self._insert(noun, parent, key, body, (self.revision, self._next_sequence))
        self._next_sequence += 1

    def _change(self, noun: str, parent: str, key: str, body: str, found: Version) -> None:
        if found.from_revision == self.revision:
            version = _version((noun, parent, key, found.from_revision))
            self._connection.execute(_REPLACE, version | {"new_body": body})
            return
        self._end([(noun, parent, key, found.from_revision)])
        self._insert(noun, parent, key, body, (found.created_revision, found.created_sequence))

    def _insert(self, noun: str, parent: str, key: str, body: str, created: tuple[int, int]) -> None:
        self.has_changes = True
        values = {
            "noun": noun,
            "parent": parent,
            "key": key,
            "from_revision": self.revision,
            "to_revision": None,
            "span": None,
            "created_revision": created[0],
            "created_sequence": created[1],
            "body": body,
        }
        self._connection.execute(_INSERT, values)

    def _end(self, versions: "list[tuple[str, str, str, int]]") -> None:
        """Ends versions with this revision; those that began with it have never been seen and vanish."""
        self.has_changes = self.has_changes or bool(versions)
        own = [_version(version) for version in versions if version[3] == self.revision]
        others = [
            _version(version) | {"end": self.revision, "new_span": span_of(version[3], self.revision)}
            for version in versions
            if version[3] != self.revision
        ]
        if own:
            self._connection.execute(_ERASE, own)
        if others:
            self._connection.execute(_CLOSE, others)


def _version(version: tuple[str, str, str, int]) -> dict[str, Any]:
    return dict(zip(("at_noun", "at_parent", "at_key", "at_revision"), version, strict=True))
