"""What holds for all tests: they run what the sources say."""

from pathlib import Path

import pytest

from limen.gateway import failure_log

PACKAGE = Path(__file__).parents[1] / "limen"


def pytest_configure() -> None:
    """Compiled modules hide their sources: an edited one would go untested."""
    stale = [
        library.name.partition(".")[0]
        for library in PACKAGE.rglob("*.so")
        if (source := library.with_name(library.name.partition(".")[0] + ".py")).exists()
        and source.stat().st_mtime > library.stat().st_mtime
    ]
    if stale:
        raise pytest.UsageError(f"compiled before they were edited: {', '.join(stale)}; make compile, or make pure")


@pytest.fixture(autouse=True)
def every_failure_is_told() -> None:
    """As in a process that starts: what an earlier test has told is no reason to keep silent."""
    failure_log.forget()
