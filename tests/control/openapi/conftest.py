"""A store, and calls on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from limen.store.store import Store
from tests.support.control import Control


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield store
    store.close()


@pytest.fixture
def control(store: Store) -> Control:
    return Control(store)
