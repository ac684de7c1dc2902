"""Stores to test: SQLite, and PostgreSQL: the one that comes as a package, or that LIMEN_TEST_POSTGRES names."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy

from limen.store import Store
from tests.support.postgres_server import running_server

OpenStore = Callable[[], Store]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    given = os.environ.get("LIMEN_TEST_POSTGRES")
    if given:
        yield given
        return
    with running_server() as server:
        yield server.url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    name = f"limen_{uuid.uuid4().hex[:12]}"
    admin = sqlalchemy.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = sqlalchemy.make_url(postgres_server).set(database=name)
    yield url.render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/limen.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def open_store(url: str) -> Iterator[OpenStore]:
    """Opens the same database, each time anew."""
    stores: list[Store] = []

    def open_it() -> Store:
        stores.append(Store.open(url, busy_timeout=2.0))
        return stores[-1]

    yield open_it
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    return open_store()
