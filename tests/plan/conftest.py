"""A store of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from limen.plan import http
from limen.store.store import Store
from tests.plan.stored import Stored, telling_integration


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield opened
    opened.close()


@pytest.fixture
def api(store: Store) -> Stored:
    return Stored(store)


@pytest.fixture
def tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Integrations answer with their URI instead of calling a backend."""
    monkeypatch.setattr(http, "compile_integration", telling_integration)
