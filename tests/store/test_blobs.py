"""Blobs: put once, read in parts, pruned when nobody uses them."""

import hashlib
from collections.abc import Iterator

import pytest

from limen.store import Store
from limen.store.blobs import PART, prune_blobs, put_blob, read_blob


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Store]:
    store = Store.open(postgres_url)
    yield store
    store.close()


@pytest.mark.parametrize("size", [0, 1, PART, PART + 1])
def test_what_was_put_is_read(shared: Store, size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sha256 = put_blob(shared, data)

    assert sha256 == hashlib.sha256(data).hexdigest()
    assert put_blob(shared, data) == sha256
    parts = read_blob(shared, sha256)
    assert parts is not None
    assert b"".join(parts) == data


def test_what_is_not_there_is_told(shared: Store) -> None:
    assert read_blob(shared, "00" * 32) is None


def test_only_what_was_unused_for_long_is_pruned(shared: Store) -> None:
    used, unused = put_blob(shared, b"used"), put_blob(shared, b"unused")

    assert prune_blobs(shared, {used}, unused_ms=60_000) == 0
    assert prune_blobs(shared, {used}, unused_ms=-1000) == 1
    assert read_blob(shared, used) is not None
    assert read_blob(shared, unused) is None
