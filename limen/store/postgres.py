"""The store in PostgreSQL: readers see one snapshot, the writer holds the row with the revision until it commits."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from limen.store.errors import StoreAwayError, StoreBusyError, StoreError

MIGRATION_LOCK = 0x4C494D454E  # "LIMEN": CREATE TABLE IF NOT EXISTS alone fails when two nodes start at once
LOCK_NOT_AVAILABLE = "55P03"
AWAY_STATES = ("08", "57P", "53300")
"""How SQLSTATE begins where the server goes, comes, or takes no more connections."""
CONNECT_TIMEOUT = 5
KEEPALIVES = {"keepalives_idle": 2, "keepalives_interval": 1, "keepalives_count": 3, "tcp_user_timeout": 5000}
"""A machine that has gone without a word is noticed within five seconds."""


def open_engine(url: URL, busy_timeout: float) -> Engine:
    try:
        return create_engine(
            url,
            pool_size=8,
            max_overflow=24,
            pool_timeout=busy_timeout,
            pool_pre_ping=True,  # the server may have been restarted since
            connect_args={
                **KEEPALIVES,
                "connect_timeout": CONNECT_TIMEOUT,
                "options": f"-c lock_timeout={int(busy_timeout * 1000)} -c statement_timeout=60000"
                " -c idle_in_transaction_session_timeout=60000",
            },
        )
    except ModuleNotFoundError as error:
        raise StoreError(f"PostgreSQL needs the package psycopg: pip install 'limen[postgres]' ({error})") from error


def connect_alone(engine: Engine) -> Any:
    """A connection of the driver itself, in no transaction and no pool."""
    import psycopg

    arguments, options = engine.dialect.create_connect_args(engine.url)
    given = {**KEEPALIVES, "connect_timeout": CONNECT_TIMEOUT, "application_name": "limen watch", **options}
    return psycopg.connect(*arguments, autocommit=True, **given)


def notify(connection: Connection, channel: str, payload: str) -> None:
    """Tells those who listen, once the transaction commits."""
    connection.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload})


def lock_schema(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})


def translate(error: DBAPIError, where: str) -> StoreError:
    cause = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
        return StoreBusyError(f"{where} is locked by another program: {cause}")
    if _is_away(error):
        return StoreAwayError(f"{where} does not answer: {cause}")
    return StoreError(f"{where}: {cause}")


def _is_away(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, OperationalError) and (state is None or state.startswith(AWAY_STATES))
