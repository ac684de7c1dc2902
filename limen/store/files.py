"""The whole store as a directory of JSON files, to read, compare, keep in git, or carry to another database.

    store.json                          what the export holds; written last, so that half an export is none
    Route/a1b2c3d4e5/r9x8y7z.json       a document with all its versions: deployments refer to old ones

Two exports of the same documents are the same files.
"""

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

import msgspec
import orjson
from msgspec import Meta, Struct
from sqlalchemy import Connection, delete, insert, select, update

from limen.store.documents import Document
from limen.store.errors import StoreError
from limen.store.spans import span_of
from limen.store.store import Store
from limen.store.tables import REVISION, VERSIONS

MANIFEST = "store.json"
FORMAT = 1
Kind = TypeVar("Kind")
Number = Annotated[int, Meta(ge=0, le=2**53)]
LONGEST_LABEL = 150
_PAGE = 500


class Manifest(Struct, frozen=True):
    """`documents`: by noun, how many files there are."""

    format: int
    revision: Number
    documents: dict[str, int]


class StoredVersion(Struct, frozen=True):
    from_revision: Number
    to_revision: Number | None
    created: tuple[Number, Number]
    document: Document


class StoredDocument(Struct, frozen=True):
    noun: str
    parent: str
    key: str
    versions: list[StoredVersion]


def export_store(store: Store, directory: Path) -> Manifest:
    """Writes one consistent view; a directory that holds an export already is brought up to date."""
    _prepare(directory)
    counts: dict[str, int] = {}
    try:
        with store.read_connection() as connection:
            revision = int(connection.execute(select(REVISION.c.revision)).scalar_one())
            for document in _documents(connection):
                _write(directory / _file_of(document), msgspec.to_builtins(document))
                counts[document.noun] = counts.get(document.noun, 0) + 1
        manifest = Manifest(FORMAT, revision, counts)
        _write(directory / MANIFEST, msgspec.to_builtins(manifest))
    except OSError as error:
        raise StoreError(f"cannot write {error.filename or directory}: {error.strerror}") from error
    return manifest


def import_store(store: Store, directory: Path, replace: bool = False) -> Manifest:
    """Fills an empty store, or any with `replace`; all of it or, where a file is wrong, nothing.

    The revision of a store that is replaced never goes back: deployments keep theirs.
    """
    manifest = _read_manifest(directory)
    with store.write_connection() as connection:
        if replace:
            connection.execute(delete(VERSIONS))
        elif connection.execute(select(VERSIONS.c.noun).limit(1)).first() is not None:
            raise StoreError(f"{store.where} is not empty; --replace gives up what it holds")
        rows = (row for document in _read_all(directory, manifest) for row in _rows(document))
        while page := list(islice(rows, _PAGE)):
            connection.execute(insert(VERSIONS), page)
        last = int(connection.execute(select(REVISION.c.revision)).scalar_one())
        connection.execute(update(REVISION).values(revision=max(last, manifest.revision)))
    return manifest


def _prepare(directory: Path) -> None:
    """Makes the directory, or takes away the export that it holds, and nothing else of what is there."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not any(directory.iterdir()):
            return
        if not (directory / MANIFEST).exists():
            raise StoreError(f"{directory} holds something that is not an export ({MANIFEST} is missing)")
        for noun in _read_manifest(directory).documents:
            shutil.rmtree(directory / _folder_of(noun), ignore_errors=True)
        (directory / MANIFEST).unlink()
    except OSError as error:
        raise StoreError(f"cannot write {directory}: {error.strerror}") from error


def _documents(connection: Connection) -> Iterator[StoredDocument]:
    columns = VERSIONS.c
    order = (columns.noun, columns.parent, columns.key, columns.from_revision)
    rows = connection.execution_options(yield_per=_PAGE).execute(select(VERSIONS).order_by(*order))
    for (noun, parent, key), versions in groupby(rows, lambda row: (row.noun, row.parent, row.key)):
        yield StoredDocument(
            noun,
            parent,
            key,
            [
                StoredVersion(
                    row.from_revision,
                    row.to_revision,
                    (row.created_revision, row.created_sequence),
                    orjson.loads(row.body),
                )
                for row in versions
            ],
        )


def _folder_of(noun: str) -> str:
    return quote(noun, safe="").replace(".", "%2E")


def _file_of(document: StoredDocument) -> Path:
    return Path(_folder_of(document.noun), _label(document.parent), f"{_label(document.key)}.json")


def _label(name: str) -> str:
    """A name as a file name, also where file systems ignore case; what counts on import is inside the file."""
    quoted = "".join(f"%{ord(letter):02X}" if "A" <= letter <= "Z" else quote(letter, safe="$") for letter in name)
    quoted = re.sub(r"^\.", "%2E", quoted)
    if len(quoted) <= LONGEST_LABEL:
        return quoted
    return f"{quoted[:LONGEST_LABEL]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _read_manifest(directory: Path) -> Manifest:
    manifest = _decode(directory / MANIFEST, Manifest)
    if manifest.format != FORMAT:
        raise StoreError(f"{directory / MANIFEST}: format {manifest.format}; this Limen reads format {FORMAT}")
    return manifest


def _read_all(directory: Path, manifest: Manifest) -> Iterator[StoredDocument]:
    seen: set[tuple[str, str, str]] = set()
    for noun, expected in sorted(manifest.documents.items()):
        files = sorted((directory / _folder_of(noun)).rglob("*.json"))
        if len(files) != expected:
            raise StoreError(f"{directory / _folder_of(noun)} holds {len(files)} documents; {MANIFEST} says {expected}")
        for path in files:
            document = _decode(path, StoredDocument)
            name = (document.noun, document.parent, document.key)
            if document.noun != noun or name in seen:
                raise StoreError(f"{path}: not a {noun}, or twice there")
            seen.add(name)
            _check(path, document, manifest.revision)
            yield document


def _check(path: Path, document: StoredDocument, revision: int) -> None:
    """Versions must follow each other and begin no later than the export itself."""
    free_from = 0
    for number, version in enumerate(document.versions):
        begins, ends = version.from_revision, version.to_revision
        is_last = number == len(document.versions) - 1
        if not free_from <= begins <= revision or not 0 <= version.created[0] <= begins:
            raise StoreError(f"{path}: version {number} cannot begin at revision {begins}")
        if (ends is None and not is_last) or (ends is not None and not begins < ends <= revision):
            raise StoreError(f"{path}: version {number} cannot end at revision {ends}")
        free_from = ends or begins
    if not document.versions or "\0" in document.parent + document.key:
        raise StoreError(f"{path}: no versions, or a NUL in its name")


def _decode(path: Path, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: {error}") from error


def _rows(document: StoredDocument) -> Iterable[dict[str, Any]]:
    for version in document.versions:
        ends = version.to_revision
        yield {
            "noun": document.noun,
            "parent": document.parent,
            "key": document.key,
            "from_revision": version.from_revision,
            "to_revision": ends,
            "span": None if ends is None else span_of(version.from_revision, ends),
            "created_revision": version.created[0],
            "created_sequence": version.created[1],
            "body": _body(document, version),
        }


def _body(document: StoredDocument, version: StoredVersion) -> str:
    try:
        return orjson.dumps(version.document).decode()
    except orjson.JSONEncodeError as error:
        raise StoreError(f"{document.noun} {document.key!r} in {document.parent!r}: {error}") from error
