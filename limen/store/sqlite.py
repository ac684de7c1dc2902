"""The store in one SQLite file: write-ahead log, synchronised at each commit, one writer at a time."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from limen.store.errors import StoreBusyError, StoreError

WRITES = "limen_writes"
"""Execution option of a connection whose transaction takes the write lock at its beginning."""


def open_engine(url: URL, busy_timeout: float, durable: bool = True) -> Engine:
    """`durable` False leaves the synchronising to the operating system: for stores that die with their process."""
    path = Path(str(url.database))
    _create_private_file(path)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=56,  # above any thread pool; beyond it a thread waits `pool_timeout`
        pool_timeout=busy_timeout,
        connect_args={"timeout": busy_timeout, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: the driver's own begins too late for a snapshot
        connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout * 1000)}")
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    _write_ahead(path, busy_timeout)
    return engine


def compact(path: Path, busy_timeout: float) -> None:
    """Writes the file anew with what is there alone: pages that were freed keep what was in them."""
    connection = sqlite3.connect(path, timeout=busy_timeout, isolation_level=None)
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {error}") from error
    finally:
        connection.close()


def translate(error: DBAPIError, where: str) -> StoreError:
    cause = str(error.orig)
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusyError(f"{where} is locked by another program: {cause}")
    return StoreError(f"{where}: {cause}")


def _create_private_file(path: Path) -> None:
    try:  # stage variables may hold secrets; SQLite gives its log files the same mode
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"cannot open {path}: {error.strerror}") from error


def _write_ahead(path: Path, busy_timeout: float) -> None:
    """Switches the file to its write-ahead log, which SQLite refuses at once, without waiting, while others use it."""
    until = time.monotonic() + busy_timeout
    while True:
        connection = sqlite3.connect(path, timeout=busy_timeout)
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.DatabaseError as error:
            if "locked" not in str(error):
                raise StoreError(f"{path}: {error}") from error
            if time.monotonic() > until:
                raise StoreBusyError(f"{path} is locked by another program: {error}") from error
            time.sleep(0.05)
            continue
        finally:
            connection.close()
        if mode != "wal":
            raise StoreError(f"{path}: its file system cannot hold a write-ahead log (SQLite stays in mode {mode})")
        return
