"""SQLite's own ways: modes, foreign locks, files that are no databases."""

import sqlite3
import threading
from pathlib import Path

import pytest

from limen.store import Store, StoreBusyError, StoreError


def test_commits_are_synchronised_in_a_private_file_with_a_write_ahead_log(tmp_path: Path) -> None:
    path = tmp_path / "limen.db"
    store = Store.open(f"sqlite:///{path}")
    with store.read_connection() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    with store.transaction() as tx:
        tx.put("Api", "p", "a", {"secret": 1})
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_a_foreign_lock_is_waited_for_and_then_named(tmp_path: Path) -> None:
    path = tmp_path / "limen.db"
    store = Store.open(f"sqlite:///{path}", busy_timeout=1.0)
    foreign = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    foreign.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, foreign.execute, ["COMMIT"])
    release.start()
    with store.transaction() as tx:
        tx.put("Api", "p", "a", {})
    release.join()

    foreign.execute("BEGIN EXCLUSIVE")
    with store.reader() as reader:  # readers are not in the way of writers, nor these in theirs
        assert reader.count("Api", "p") == 1
    with pytest.raises(StoreBusyError, match=r"limen\.db is locked by another program"), store.transaction():
        pass
    foreign.execute("COMMIT")
    with store.transaction() as tx:
        tx.put("Api", "p", "b", {})
    foreign.close()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "limen.db"
    path.write_bytes(b"this is not a database, it is a letter to a friend " * 40)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"limen\.db: file is not a database"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_many_readers_on_many_threads(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    with store.transaction() as tx:
        tx.put("Api", "p", "a", {})
    barrier = threading.Barrier(40, timeout=20)
    counts: list[int] = []

    def read() -> None:
        with store.reader() as reader:
            barrier.wait()
            counts.append(reader.count("Api", "p"))

    threads = [threading.Thread(target=read) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [1] * 40
