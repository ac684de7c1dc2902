"""PostgreSQL's own ways: order by bytes, foreign locks, errors without secrets."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy

from limen.store import Store, StoreBusyError, StoreError
from tests.store.support import put


def test_names_are_ordered_by_their_bytes(postgres_url: str) -> None:
    store = Store.open(postgres_url)
    with store.transaction() as tx:
        for parent in ("b", "A", "a", "_"):
            tx.put("Route", parent, "r", {})
    with store.reader() as reader:
        assert [parent for parent, _, _ in reader.all("Route")] == ["A", "_", "a", "b"]
    store.close()


def test_a_foreign_lock_is_named_after_the_wait(postgres_url: str) -> None:
    store = Store.open(postgres_url, busy_timeout=0.3)
    foreign = sqlalchemy.create_engine(postgres_url)
    with foreign.begin() as connection:
        connection.exec_driver_sql("SELECT revision FROM limen_revision FOR UPDATE")
        with pytest.raises(StoreBusyError, match="locked by another program"):
            put(store, "Route", "api", "r")
    put(store, "Route", "api", "r")
    foreign.dispose()
    store.close()


def test_a_reader_cannot_write(postgres_url: str) -> None:
    store = Store.open(postgres_url)
    with pytest.raises(StoreError, match="read-only"), store.read_connection() as connection:
        connection.exec_driver_sql("UPDATE limen_revision SET revision = 9")
    store.close()


def test_a_server_that_restarted_is_found_again(postgres_url: str) -> None:
    store = Store.open(postgres_url)
    put(store, "Route", "api", "r1")
    admin = sqlalchemy.create_engine(postgres_url)
    with admin.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with ThreadPoolExecutor(1) as pool:
        pool.submit(put, store, "Route", "api", "r2").result(10)
    admin.dispose()
    store.close()


def test_an_error_names_the_database_without_its_password() -> None:
    with pytest.raises(StoreError) as raised:
        Store.open("postgresql+psycopg://limen:hunter2@127.0.0.1:9/limen")
    assert "limen:***@127.0.0.1:9/limen" in str(raised.value)
    assert "hunter2" not in str(raised.value)
