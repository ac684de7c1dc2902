"""The store in PostgreSQL: readers see one snapshot, the writer holds the row with the revision until it commits."""

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from limen.store.errors import StoreBusyError, StoreError

MIGRATION_LOCK = 0x4C494D454E  # "LIMEN": CREATE TABLE IF NOT EXISTS alone fails when two nodes start at once
LOCK_NOT_AVAILABLE = "55P03"


def open_engine(url: URL, busy_timeout: float) -> Engine:
    try:
        return create_engine(
            url,
            pool_size=8,
            max_overflow=24,
            pool_timeout=busy_timeout,
            pool_pre_ping=True,  # the server may have been restarted since
            connect_args={
                "connect_timeout": max(2, int(busy_timeout)),
                "options": f"-c lock_timeout={int(busy_timeout * 1000)} -c statement_timeout=60000"
                " -c idle_in_transaction_session_timeout=60000",
            },
        )
    except ModuleNotFoundError as error:
        raise StoreError(f"PostgreSQL needs the package psycopg: pip install 'limen[postgres]' ({error})") from error


def lock_schema(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


def translate(error: DBAPIError, where: str) -> StoreError:
    cause = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
        return StoreBusyError(f"{where} is locked by another program: {cause}")
    return StoreError(f"{where}: {cause}")
