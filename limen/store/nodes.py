"""The nodes that share a store on PostgreSQL: a row each, written anew each second, by the database's clock."""

from msgspec import Struct
from sqlalchemy import text

from limen.store import postgres
from limen.store.revision_watch import NODES
from limen.store.store import Store

ALIVE_MS = 5_000
"""A node that has not been heard of for longer is taken for gone."""
REMEMBERED_MS = 86_400_000
"""Nodes that are gone are listed for a day."""

_NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
_COLUMNS = "id, process, role, address, version, started, seen, has_ended, applied"
_INSERT = (
    f"INSERT INTO limen_nodes ({_COLUMNS})"  # noqa: S608
    f" VALUES (:id, :process, :role, :address, :version, {_NOW}, {_NOW}, false, :applied) ON CONFLICT (id) DO "
)
_CHANGED = _COLUMNS.removeprefix("id, ").split(", ")
_REGISTER = text(f"{_INSERT} UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _CHANGED)}")
_REGISTER_AGAIN = text(f"{_INSERT} NOTHING")
_BEAT = text(
    f"UPDATE limen_nodes SET seen = {_NOW}, applied = :applied WHERE id = :id AND process = :process"  # noqa: S608
)
_END = text("UPDATE limen_nodes SET has_ended = true WHERE id = :id AND process = :process")
_FORGET = text(f"DELETE FROM limen_nodes WHERE seen < {_NOW} - {REMEMBERED_MS}")  # noqa: S608
_ALL = text(
    f"SELECT id, role, address, version, started, {_NOW} - seen AS age, has_ended, applied"  # noqa: S608
    " FROM limen_nodes ORDER BY role, id"
)


class Registration(Struct, frozen=True, kw_only=True):
    """What a node says of itself; of two processes of one node, at a hand-over, the later one speaks for it."""

    id: str
    process: str
    role: str
    address: str
    """host:port of its cluster port; empty where it has none."""
    version: str


class NodeRecord(Struct, frozen=True, kw_only=True):
    """A node as the others see it."""

    id: str
    role: str
    address: str
    version: str
    started: int
    """Milliseconds since 1970."""
    age: int
    """Milliseconds since it was heard of."""
    has_ended: bool
    applied: int
    """The revision that its workers serve."""

    @property
    def is_alive(self) -> bool:
        return not self.has_ended and self.age <= ALIVE_MS

    @property
    def serves(self) -> bool:
        """Whether requests to APIs may come to it."""
        return self.role != "control"

    @property
    def controls(self) -> bool:
        """Whether it answers AWS APIs."""
        return self.role != "gateway"


def register(store: Store, node: Registration, applied: int) -> None:
    with store.beside_connection() as connection:
        connection.execute(_REGISTER, _values(node, applied))
        connection.execute(_FORGET)
        postgres.notify(connection, NODES, _word(node, applied))


def beat(store: Store, node: Registration, applied: int, *, has_news: bool) -> None:
    """Says that the node lives; `has_news`: the others are told at once which revision it serves.

    Its row may be gone with what a backup did not have; where another process speaks for it, nothing happens.
    """
    with store.beside_connection() as connection:
        values = _values(node, applied)
        told = connection.execute(_BEAT, values).rowcount or connection.execute(_REGISTER_AGAIN, values).rowcount
        if told and has_news:
            postgres.notify(connection, NODES, _word(node, applied))


def end(store: Store, node: Registration) -> None:
    """Nobody waits for the node any more; without effect where another process speaks for it."""
    with store.beside_connection() as connection:
        connection.execute(_END, _values(node, 0))


def all_nodes(store: Store) -> list[NodeRecord]:
    with store.beside_connection() as connection:
        return [NodeRecord(**row) for row in connection.execute(_ALL).mappings()]


def read_word(payload: str) -> tuple[str, int] | None:
    """Id and applied revision of a node that told them."""
    node_id, _, applied = payload.partition(" ")
    return (node_id, int(applied)) if applied.isascii() and applied.isdigit() else None


def _word(node: Registration, applied: int) -> str:
    return f"{node.id} {applied}"


def _values(node: Registration, applied: int) -> dict[str, str | int]:
    return {name: getattr(node, name) for name in node.__struct_fields__} | {"applied": applied}
