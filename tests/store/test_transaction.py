"""Changes to documents: all of them or none, each seen by the one who makes them."""

from datetime import UTC, datetime

import pytest

from limen.store import Store
from tests.store.support import ROUTE, keys, put


def test_a_document_comes_back_as_it_was_put(store: Store) -> None:
    document = {"b": 1, "a": [True, None, 1.5, "ü\u0000\U0001f600"], "nested": {"$default": {}}}
    with store.transaction() as tx:
        tx.put("Api", "000000000000/us-east-1", "a1", document)
    with store.reader() as reader:
        found = reader.get("Api", "000000000000/us-east-1", "a1")
    assert found == document
    assert found is not None and list(found) == ["b", "a", "nested"]


def test_what_is_not_json_is_refused_by_put(store: Store) -> None:
    with pytest.raises(TypeError), store.transaction() as tx:
        tx.put("Api", "p", "a", {"createdDate": datetime.now(UTC)})


def test_an_exception_rolls_everything_back(store: Store) -> None:
    heard: list[int] = []
    store.on_commit(heard.append)
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        tx.put("Route", "api", "r1", ROUTE)
        1 / 0  # noqa: B018
    with store.reader() as reader:
        assert reader.get("Route", "api", "r1") is None
        assert reader.revision == 0
    assert heard == []


def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    put(store, "Route", "api", "r1", n=1)
    with store.transaction() as tx:
        tx.put("Route", "api", "r1", {"n": 2})
        tx.put("Route", "api", "r2", {"n": 3})
        assert tx.list("Route", "api") == [("r1", {"n": 2}), ("r2", {"n": 3})]
        assert tx.at(tx.revision).list("Route", "api") == [("r1", {"n": 2}), ("r2", {"n": 3})]
        assert tx.at(tx.revision - 1).list("Route", "api") == [("r1", {"n": 1})]
        assert tx.changes("api", tx.revision - 1, tx.revision) == [
            ("Route", "r1", {"n": 2}),
            ("Route", "r2", {"n": 3}),
        ]
        assert tx.delete("Route", "api", "r1")
        assert tx.get("Route", "api", "r1") is None
        assert tx.count("Route", "api") == 1


def test_delete_children_takes_every_noun_of_that_parent(store: Store) -> None:
    with store.transaction() as tx:
        tx.put("Route", "api", "r1", ROUTE)
        tx.put("Stage", "api", "$default", {})
        tx.put("RouteResponse", "api/r1", "x", {})
        tx.put("Route", "api2", "r1", ROUTE)
    with store.transaction() as tx:
        tx.put("Route", "api", "r2", ROUTE)
        tx.delete_children("api")
        assert tx.list("Route", "api") == []
    assert keys(store, "Stage", "api") == []
    assert keys(store, "RouteResponse", "api/r1") == ["x"]
    assert keys(store, "Route", "api2") == ["r1"]
    assert keys(store, "Route", "api", at=1) == ["r1"]


def test_a_transaction_within_a_transaction_is_an_error(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="open in this thread"), store.transaction():
        pass


def test_a_name_with_a_nul_is_nowhere(store: Store) -> None:
    with store.reader() as reader:
        assert reader.get("Route", "api", "a\0b") is None
        assert reader.list("Route", "a\0b") == []
        assert reader.count("Route", "a\0b") == 0
    with pytest.raises(ValueError, match="NUL"), store.transaction() as tx:
        tx.put("Route", "api", "a\0b", {})
