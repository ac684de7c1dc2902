"""Sealed texts that nodes share beside the documents: what they are is known to who sealed them."""

from sqlalchemy import text

from limen.store.store import Store

_GET = text("SELECT sealed FROM limen_secrets WHERE name = :name")
_ADD = text("INSERT INTO limen_secrets (name, sealed) VALUES (:name, :sealed) ON CONFLICT (name) DO NOTHING")
_PUT = text(
    "INSERT INTO limen_secrets (name, sealed) VALUES (:name, :sealed)"
    " ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed"
)


def get_secret(store: Store, name: str) -> str | None:
    with store.beside_connection() as connection:
        return connection.execute(_GET, {"name": name}).scalar()


def add_secret(store: Store, name: str, sealed: str) -> str:
    """The one that is there: of two nodes that add it at once, both get the first."""
    with store.beside_connection() as connection:
        connection.execute(_ADD, {"name": name, "sealed": sealed})
        return str(connection.execute(_GET, {"name": name}).scalar_one())


def put_secret(store: Store, name: str, sealed: str) -> None:
    with store.beside_connection() as connection:
        connection.execute(_PUT, {"name": name, "sealed": sealed})
