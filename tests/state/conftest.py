"""The backends of shared state, each started when a test first needs it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.state_backends import Backend, StateHostProcess, ValkeyBackend

BACKENDS: dict[str, Callable[[Path], Backend]] = {"embedded": StateHostProcess, "valkey": ValkeyBackend}
"""By name: what starts one with a directory for its files."""


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    running = BACKENDS[request.param](tmp_path_factory.mktemp("state"))
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def name() -> str:
    """Which no other test uses, for buckets and plans."""
    return uuid4().hex
