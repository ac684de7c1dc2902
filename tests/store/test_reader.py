"""Questions about documents, on SQLite and PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from limen.store import Store, UnknownKeyError
from tests.store.support import keys, put


def test_lists_are_in_order_of_creation(store: Store) -> None:
    with store.transaction() as tx:
        for key in ("c", "a", "b"):
            tx.put("Route", "api", key, {"key": key})
    put(store, "Route", "api", "A", n=1)
    put(store, "Route", "api", "c", changed=True)  # keeps its place
    assert keys(store, "Route", "api") == ["c", "a", "b", "A"]
    with store.transaction() as tx:
        tx.delete("Route", "api", "a")
        tx.put("Route", "api", "a", {"key": "new"})  # a new document: at the end
    assert keys(store, "Route", "api") == ["c", "b", "A", "a"]


def test_pages_follow_each_other_also_past_a_deleted_key(store: Store) -> None:
    for number in range(5):
        put(store, "Route", "api", f"r{number}", n=number)
    with store.reader() as reader:
        first = reader.list("Route", "api", limit=2)
        assert [key for key, _ in first] == ["r0", "r1"]
    with store.transaction() as tx:
        tx.delete("Route", "api", "r1")
    with store.reader() as reader:
        assert [key for key, _ in reader.list("Route", "api", after="r1", limit=2)] == ["r2", "r3"]
        assert [key for key, _ in reader.at(5).list("Route", "api", after="r0", limit=2)] == ["r1", "r2"]
        assert reader.list("Route", "api", after="r4") == []
        with pytest.raises(UnknownKeyError):
            reader.list("Route", "api", after="never")


def test_the_newest_may_come_first(store: Store) -> None:
    with store.transaction() as tx:
        for key in ("a", "b", "c"):
            tx.put("ApiKey", "scope", key, {"key": key})
    put(store, "ApiKey", "scope", "d", n=1)
    put(store, "ApiKey", "scope", "a", changed=True)
    with store.reader() as reader:
        assert [key for key, _ in reader.list_newest("ApiKey", "scope")] == ["d", "c", "b", "a"]
        assert [key for key, _ in reader.list_newest("ApiKey", "scope", "d", 2)] == ["c", "b"]
        assert reader.list_newest("ApiKey", "scope", "b", 2) == [("a", {"changed": True})]
        assert reader.list_newest("ApiKey", "else\0where") == []


def test_the_past_stays_as_it_was(store: Store) -> None:
    put(store, "Route", "api", "r1", n=1)
    put(store, "Route", "api", "r2", n=1)
    put(store, "Route", "api", "r1", n=2)
    with store.transaction() as tx:
        tx.delete("Route", "api", "r2")
    put(store, "Route", "api", "r2", n=3)
    with store.reader() as reader:
        seen = [reader.at(revision).list("Route", "api") for revision in range(6)]
        assert seen == [
            [],
            [("r1", {"n": 1})],
            [("r1", {"n": 1}), ("r2", {"n": 1})],
            [("r1", {"n": 2}), ("r2", {"n": 1})],
            [("r1", {"n": 2})],
            [("r1", {"n": 2}), ("r2", {"n": 3})],
        ]
        assert [reader.at(revision).count("Route", "api") for revision in range(6)] == [0, 1, 2, 2, 1, 2]
        assert reader.at(2).get("Route", "api", "r2") == {"n": 1}
        assert reader.at(4).get("Route", "api", "r2") is None
        assert list(reader.at(3).all("Route")) == [("api", "r1", {"n": 2}), ("api", "r2", {"n": 1})]


def test_changes_are_net_and_go_both_ways(store: Store) -> None:
    put(store, "Route", "api", "kept", n=1)
    put(store, "Route", "api", "changed", n=1)
    put(store, "Route", "api", "gone", n=1)  # 3
    put(store, "Route", "api", "changed", n=2)
    put(store, "Route", "api", "new", n=1)
    put(store, "Route", "api", "passing", n=1)
    put(store, "Route", "api", "kept", n=2)
    put(store, "Route", "api", "kept", n=1)  # and back again
    with store.transaction() as tx:
        tx.delete("Route", "api", "passing")
        tx.delete("Route", "api", "gone")
    put(store, "Route", "other", "r", n=1)
    with store.reader() as reader:
        assert reader.changes("api", 3, 9) == [
            ("Route", "gone", None),
            ("Route", "changed", {"n": 2}),
            ("Route", "new", {"n": 1}),
        ]
        assert reader.changes("api", 9, 3) == [
            ("Route", "new", None),
            ("Route", "changed", {"n": 1}),
            ("Route", "gone", {"n": 1}),
        ]
        assert reader.changes("api", 9, 10) == []
        assert reader.changed_parents(8, 10) == [
            ("Route", "api", "gone"),
            ("Route", "api", "passing"),
            ("Route", "other", "r"),
        ]


def test_all_goes_over_every_parent(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.store.reader.PAGE", 2)
    with store.transaction() as tx:
        for parent in ("b", "a"):
            for key in ("2", "1", "3"):
                tx.put("Route", parent, key, {"at": parent + key})
        assert [(parent, key) for parent, key, _ in tx.all("Route")] == [
            ("a", "2"), ("a", "1"), ("a", "3"), ("b", "2"), ("b", "1"), ("b", "3"),
        ]  # fmt: skip


def test_a_reader_keeps_its_view_while_others_commit(store: Store) -> None:
    put(store, "Route", "api", "r1", n=1)
    with store.reader() as reader:
        assert reader.revision == 1
        with ThreadPoolExecutor(1) as pool:
            pool.submit(put, store, "Route", "api", "r1", n=2).result(10)
        assert reader.get("Route", "api", "r1") == {"n": 1}
        assert reader.revision == 1
    with store.reader() as reader:
        assert reader.get("Route", "api", "r1") == {"n": 2}
