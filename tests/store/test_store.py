"""The store as a whole: commits, turns, listeners, on SQLite and PostgreSQL alike."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from limen.store import Store, StoreBusyError, StoreError
from tests.store.conftest import OpenStore
from tests.store.support import ROUTE, keys, put


def test_documents_survive_reopening(open_store: OpenStore) -> None:
    put(open_store(), "Route", "api", "r1", **ROUTE)
    with open_store().reader() as reader:
        assert reader.get("Route", "api", "r1") == ROUTE
        assert reader.revision == 1


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


@pytest.mark.parametrize("url", ["mysql://x", "nonsense", "sqlite:////nonexistent/dir/x.db"])
def test_a_wrong_url_is_a_clear_error(url: str) -> None:
    with pytest.raises(StoreError):
        Store.open(url)


def test_a_store_in_memory_is_gone_with_its_process() -> None:
    store = Store.open("sqlite://")
    put(store, "Route", "api", "r1", n=1)
    assert keys(store, "Route", "api") == ["r1"]
    assert keys(Store.open("sqlite://"), "Route", "api") == []
