"""Fixtures of the end-to-end tests: one server for tests that only add APIs, a fresh one for tests that stop it."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend

PYTHON = "python{}.{}".format(*sys.version_info)
StartLimen = Callable[..., LimenProcess]


@pytest.fixture
def backend() -> Iterator[RecordingBackend]:
    running = RecordingBackend()
    yield running
    running.close()


@pytest.fixture(scope="session")
def limen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    """Shared: a test makes its own APIs on it and calls them by their hosts."""
    running = LimenProcess(tmp_path_factory.mktemp("limen"), workers=2)
    yield running
    running.stop()


@pytest.fixture
def start_limen(tmp_path: Path) -> Iterator[StartLimen]:
    """Starts servers in the test's directory; each start finds the data of the one before."""
    started: list[LimenProcess] = []

    def start(*arguments: str | Path, workers: int = 1, wait: bool = True) -> LimenProcess:
        started.append(LimenProcess(tmp_path, *arguments, workers=workers, wait=wait))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def function_limen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    """Shared: its functions see the packages of the tests, and those named `debugged-...` wait for a debugger."""
    directory = tmp_path_factory.mktemp("function-limen")
    visible = json.dumps([sys.prefix, sys.base_prefix])
    (directory / "limen.toml").write_text(
        f'[functions]\nvisible = {visible}\n[functions.runtimes]\n"{PYTHON}" = "{sys.executable}"\n'
    )
    running = LimenProcess(directory, "--debug=debugged-python", "--debug=debugged-node")
    yield running
    running.stop()
