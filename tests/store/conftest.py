"""Stores to test: SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from limen.store import Store

OpenStore = Callable[[], Store]


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
