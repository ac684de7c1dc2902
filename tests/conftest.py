"""What holds for all tests: they run what the sources say; and a PostgreSQL for those that ask for one."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from limen.gateway import failure_log
from tests.support.postgres_server import running_server

PACKAGE = Path(__file__).parents[1] / "limen"


def pytest_configure() -> None:
    """Compiled modules hide their sources: an edited one would go untested."""
    # The servers that tests start keep their byte code: to compile all sources takes a second of each start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The one that comes as a package, or that LIMEN_TEST_POSTGRES names."""
    given = os.environ.get("LIMEN_TEST_POSTGRES")
    if given:
        yield given
        return
    with running_server() as server:
        yield server.url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Of a new database."""
    name = f"limen_{uuid.uuid4().hex[:12]}"
    admin = sqlalchemy.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = sqlalchemy.make_url(postgres_server).set(database=name)
    yield url.render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()
