"""The tables as SQLAlchemy Core sees them; `migrations.py` is what creates them."""

from sqlalchemy import BigInteger, Column, MetaData, Table, Text

METADATA = MetaData()

VERSIONS = Table(
    "limen_versions",
    METADATA,
    Column("noun", Text, primary_key=True),
    Column("parent", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("from_revision", BigInteger, primary_key=True, autoincrement=False),
    Column("to_revision", BigInteger),  # None: this is how the document is now
    Column("span", BigInteger),  # `spans.span_of` the two, once there are two
    Column("created_revision", BigInteger, nullable=False),
    Column("created_sequence", BigInteger, nullable=False),  # within the commit
    Column("body", Text, nullable=False),
)

REVISION = Table("limen_revision", METADATA, Column("revision", BigInteger, nullable=False))
"""One row: the revision of the last commit. Locking it makes a writer the only one."""
