"""Short words for what tests of the store do again and again."""

from limen.store import Store

ROUTE = {"routeKey": "GET /orders", "target": "integrations/i1"}


def put(store: Store, noun: str, parent: str, key: str, **document: object) -> int:
    with store.transaction() as tx:
        tx.put(noun, parent, key, document)
        return tx.revision


def keys(store: Store, noun: str, parent: str, at: int | None = None) -> list[str]:
    with store.reader() as reader:
        view = reader if at is None else reader.at(at)
        return [key for key, _ in view.list(noun, parent)]
