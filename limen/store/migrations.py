"""The schema of the store as numbered steps; a step that was released is never changed.

A store written by a newer Limen is refused: it may hold what this one would not keep.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, inspect, text

from limen.store.errors import StoreError

# {text}: bytewise order, also where the database's own collation differs; {bytes}: what is no text
MIGRATIONS: Sequence[Sequence[str]] = (
    (
        """CREATE TABLE limen_versions (
            noun {text} NOT NULL,
            parent {text} NOT NULL,
            key {text} NOT NULL,
            from_revision BIGINT NOT NULL,
            to_revision BIGINT,
            span BIGINT,
            created_revision BIGINT NOT NULL,
            created_sequence BIGINT NOT NULL,
            body {text} NOT NULL,
            PRIMARY KEY (noun, parent, key, from_revision)
        )""",
        # lists of what is now, in order of creation
        """CREATE INDEX limen_versions_current
            ON limen_versions (noun, parent, created_revision, created_sequence) WHERE to_revision IS NULL""",
        # lists of what was
        """CREATE INDEX limen_versions_span_from
            ON limen_versions (noun, parent, span, from_revision) WHERE to_revision IS NOT NULL""",
        """CREATE INDEX limen_versions_span_to
            ON limen_versions (noun, parent, span, to_revision) WHERE to_revision IS NOT NULL""",
        # what changed under one parent (the second also finds a parent's current children)
        "CREATE INDEX limen_versions_parent_from ON limen_versions (parent, from_revision)",
        "CREATE INDEX limen_versions_parent_to ON limen_versions (parent, to_revision)",
        # what changed at all
        "CREATE INDEX limen_versions_from ON limen_versions (from_revision)",
        "CREATE INDEX limen_versions_to ON limen_versions (to_revision) WHERE to_revision IS NOT NULL",
        "CREATE TABLE limen_revision (revision BIGINT NOT NULL)",
        "INSERT INTO limen_revision (revision) VALUES (0)",
    ),
    (  # what nodes share beside documents; times in milliseconds since 1970, by the clock of the database
        """CREATE TABLE limen_nodes (
            id {text} NOT NULL PRIMARY KEY,
            process {text} NOT NULL,
            role {text} NOT NULL,
            address {text} NOT NULL,
            version {text} NOT NULL,
            started BIGINT NOT NULL,
            seen BIGINT NOT NULL,
            has_ended BOOLEAN NOT NULL,
            applied BIGINT NOT NULL
        )""",
        "CREATE TABLE limen_secrets (name {text} NOT NULL PRIMARY KEY, sealed {text} NOT NULL)",
        "CREATE TABLE limen_blobs (sha256 {text} NOT NULL PRIMARY KEY, size BIGINT NOT NULL, used BIGINT NOT NULL)",
        """CREATE TABLE limen_blob_parts (
            sha256 {text} NOT NULL REFERENCES limen_blobs (sha256) ON DELETE CASCADE,
            part BIGINT NOT NULL,
            data {bytes} NOT NULL,
            PRIMARY KEY (sha256, part)
        )""",
    ),
)


def migrate(connection: Connection, where: str, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Brings the schema up to date in the transaction that is open on `connection`, all or nothing."""
    found = _version(connection)
    if found > len(migrations):
        raise StoreError(
            f"{where} has schema version {found}; this Limen knows versions up to {len(migrations)}. "
            "It was written by a newer Limen: use that one, or export there and import here"
        )
    is_postgres = connection.dialect.name == "postgresql"
    text_type, bytes_type = ('TEXT COLLATE "C"', "BYTEA") if is_postgres else ("TEXT", "BLOB")
    for statements in migrations[found:]:
        for statement in statements:
            connection.execute(text(statement.replace("{text}", text_type).replace("{bytes}", bytes_type)))
    if found < len(migrations):
        connection.execute(text("UPDATE limen_schema SET version = :version"), {"version": len(migrations)})


def _version(connection: Connection) -> int:
    if not inspect(connection).has_table("limen_schema"):
        connection.execute(text("CREATE TABLE limen_schema (version BIGINT NOT NULL)"))
        connection.execute(text("INSERT INTO limen_schema (version) VALUES (0)"))
    return int(connection.execute(text("SELECT version FROM limen_schema")).scalar_one())
