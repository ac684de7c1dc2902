"""Certificates and listeners for the tests of this folder."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from limen.downstream.authority import ensure_authority
from tests.downstream.serving import Served, serve


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    ensure_authority(data)
    return data


@pytest.fixture(scope="session")
def echoing(certificates: Path) -> Iterator[Served]:
    """Shared by tests that leave nothing behind."""
    with serve(certificates) as served:
        yield served


@pytest.fixture
def serving(certificates: Path) -> Iterator[Callable[..., Served]]:
    """Starts listeners of a test's own."""
    with contextlib.ExitStack() as stack:
        yield lambda *arguments, **named: stack.enter_context(serve(certificates, *arguments, **named))
