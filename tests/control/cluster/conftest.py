"""A store that nodes share."""

from collections.abc import Iterator

import pytest

from limen.store import Store


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Store]:
    store = Store.open(postgres_url)
    yield store
    store.close()
