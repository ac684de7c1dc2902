"""Stores to test: SQLite always, PostgreSQL where its programs are installed or LIMEN_TEST_POSTGRES names a server."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy

from limen.store import Store

OpenStore = Callable[[], Store]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    given = os.environ.get("LIMEN_TEST_POSTGRES")
    if given:
        yield given
        return
    programs = _find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="limen-pg-", dir="/tmp") as directory:
        yield from _run_server(programs, Path(directory))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    name = f"limen_{uuid.uuid4().hex[:12]}"
    admin = sqlalchemy.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = sqlalchemy.make_url(postgres_server).set(database=name)
    yield url.render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


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


def _find_programs() -> Path | None:
    for candidate in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (candidate / "initdb").exists():
            return candidate
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def _run_server(programs: Path, directory: Path) -> Iterator[str]:
    as_owner: list[str] = []
    if os.getuid() == 0:  # PostgreSQL does not run as root
        owner = "postgres" if any(user.pw_name == "postgres" for user in pwd.getpwall()) else "nobody"
        shutil.chown(directory, owner)
        as_owner = ["setpriv", f"--reuid={owner}", "--clear-groups"]
        if shutil.which("setpriv") is None:
            pytest.skip("PostgreSQL does not run as root, and setpriv is not installed")
    data = directory / "data"
    run = [
        *as_owner,
        str(programs / "initdb"),
        "-D",
        str(data),
        "-U",
        "limen",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    subprocess.run(run, check=True, capture_output=True, timeout=60, cwd=directory)
    options = f"-k {directory} -c listen_addresses= -c fsync=off"
    control = [*as_owner, str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", "30"]
    start = [*control, "-l", str(directory / "log"), "-o", options, "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, cwd=directory)
    try:
        yield f"postgresql+psycopg://limen@/postgres?host={directory}"
    finally:
        stop = [*control, "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, capture_output=True, timeout=60, cwd=directory)
