"""What the store promises, on SQLite and PostgreSQL alike."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from limen.store import Store, StoreBusyError, StoreError, UnknownKeyError
from tests.store.conftest import OpenStore

ROUTE = {"routeKey": "GET /orders", "target": "integrations/i1"}


def put(store: Store, noun: str, parent: str, key: str, **document: object) -> int:
    with store.transaction() as tx:
        tx.put(noun, parent, key, document)
        return tx.revision


def keys(store: Store, noun: str, parent: str, at: int | None = None) -> list[str]:
    with store.reader() as reader:
        view = reader if at is None else reader.at(at)
        return [key for key, _ in view.list(noun, parent)]


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


def test_documents_survive_reopening(open_store: OpenStore) -> None:
    put(open_store(), "Route", "api", "r1", **ROUTE)
    with open_store().reader() as reader:
        assert reader.get("Route", "api", "r1") == ROUTE
        assert reader.revision == 1


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


def test_revisions_have_no_gaps(store: Store) -> None:
    heard: list[int] = []
    store.on_commit(heard.append)
    put(store, "Route", "api", "r1", n=1)
    put(store, "Route", "api", "r1", n=1)  # unchanged: not a revision
    with store.transaction():
        pass
    with store.transaction() as tx:
        assert not tx.delete("Route", "api", "absent")
    put(store, "Route", "api", "r1", n=2)
    assert heard == [1, 2]


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


def test_threads_and_stores_take_turns_and_lose_nothing(open_store: OpenStore) -> None:
    stores = [open_store(), open_store()]
    heard: dict[int, list[int]] = {0: [], 1: []}
    for index, store in enumerate(stores):
        store.on_commit(heard[index].append)

    def count_up(worker: int) -> None:
        for _ in range(15):
            with stores[worker % 2].transaction() as tx:
                found = tx.get("Counter", "api", "n") or {"n": 0}
                tx.put("Counter", "api", "n", {"n": found["n"] + 1})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count_up, range(6)))
    with stores[0].reader() as reader:
        assert reader.get("Counter", "api", "n") == {"n": 90}
        assert reader.revision == 90
    assert sorted(heard[0] + heard[1]) == list(range(1, 91))
    assert heard[0] == sorted(heard[0])


def test_listeners_hear_a_commit_that_readers_see(store: Store) -> None:
    seen: list[tuple[int, int, int]] = []

    def listen(revision: int) -> None:
        with store.reader() as reader:
            seen.append((revision, reader.revision, threading.get_ident()))

    def fail(revision: int) -> None:
        raise RuntimeError("a broken listener")

    store.on_commit(fail)
    store.on_commit(listen)
    put(store, "Route", "api", "r1", n=1)
    assert seen == [(1, 1, threading.get_ident())]


def test_a_writer_does_not_wait_for_ever(open_store: OpenStore) -> None:
    first, second = open_store(), open_store()
    second._busy_timeout = 0.2
    with first.transaction() as tx:
        tx.put("Route", "api", "r1", ROUTE)
        with ThreadPoolExecutor(1) as pool, pytest.raises(StoreBusyError, match="another program"):
            pool.submit(put, second, "Route", "api", "r2").result(20)
    put(second, "Route", "api", "r2")


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


def test_pruning_keeps_what_deployments_refer_to(store: Store) -> None:
    for number in range(1, 7):
        put(store, "Route", "api", "r1", n=number)
    put(store, "RouteResponse", "api/r1", "x", n=1)
    put(store, "RouteResponse", "api/r1", "x", n=2)
    put(store, "Route", "other", "r1", n=1)
    put(store, "Route", "other", "r1", n=2)  # 10
    assert store.prune({"api": [2, 4, 7]}, until=10) == 4  # r1 of 1, 3 and 5; the other API's first
    with store.reader() as reader:
        assert [reader.at(revision).get("Route", "api", "r1") for revision in (2, 4, 7, 10)] == [
            {"n": 2},
            {"n": 4},
            {"n": 6},
            {"n": 6},
        ]
        assert reader.at(7).get("RouteResponse", "api/r1", "x") == {"n": 1}
        assert reader.get("Route", "other", "r1") == {"n": 2}
        assert reader.at(9).list("Route", "other") == []
        assert reader.revision == 10


def test_pruning_leaves_what_ended_later(store: Store) -> None:
    put(store, "Route", "api", "r1", n=1)
    put(store, "Route", "api", "r1", n=2)
    put(store, "Route", "api", "r1", n=3)
    assert store.prune({}, until=2) == 1
    with store.reader() as reader:
        assert reader.at(2).get("Route", "api", "r1") == {"n": 2}


@pytest.mark.parametrize("url", ["mysql://x", "nonsense", "sqlite:////nonexistent/dir/x.db"])
def test_a_wrong_url_is_a_clear_error(url: str) -> None:
    with pytest.raises(StoreError):
        Store.open(url)


def test_a_store_in_memory_is_gone_with_its_process() -> None:
    store = Store.open("sqlite://")
    put(store, "Route", "api", "r1", n=1)
    assert keys(store, "Route", "api") == ["r1"]
    assert keys(Store.open("sqlite://"), "Route", "api") == []
