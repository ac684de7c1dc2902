"""Schema versions: steps are taken once, together, and a newer store is refused."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect, text

from limen.store import Store, StoreError
from limen.store.migrations import MIGRATIONS, migrate
from tests.store.conftest import OpenStore


def test_a_newer_schema_is_refused_by_name(open_store: OpenStore) -> None:
    store = open_store()
    with store.write_connection() as connection:
        connection.execute(text("UPDATE limen_schema SET version = 99"))
    with pytest.raises(StoreError, match=f"schema version 99; this Limen knows versions up to {len(MIGRATIONS)}"):
        open_store()


def test_a_step_is_taken_once(store: Store) -> None:
    further = [*MIGRATIONS, ["CREATE TABLE extra (n BIGINT)", "INSERT INTO extra VALUES (1)"]]
    for _ in range(2):
        with store.write_connection() as connection:
            migrate(connection, "here", further)
    with store.read_connection() as connection:
        assert connection.execute(text("SELECT count(*) FROM extra")).scalar_one() == 1
        assert connection.execute(text("SELECT version FROM limen_schema")).scalar_one() == len(further)


def test_a_step_that_fails_leaves_the_old_schema(store: Store) -> None:
    broken = [*MIGRATIONS, ["CREATE TABLE extra (n BIGINT)", "CREATE TABLE limen_versions (n BIGINT)"]]
    with pytest.raises(StoreError, match="already exists"), store.write_connection() as connection:
        migrate(connection, "here", broken)
    with store.read_connection() as connection:
        assert not inspect(connection).has_table("extra")
        assert connection.execute(text("SELECT version FROM limen_schema")).scalar_one() == len(MIGRATIONS)


def test_many_may_open_a_new_store_at_once(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: Store.open(url), range(8)))
    for store in stores:
        with store.reader() as reader:
            assert reader.revision == 0
        store.close()
