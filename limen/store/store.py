"""Opens the database and hands out its views: many readers, one writer."""

import logging
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, make_url, select, update
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from limen.store import postgres, pruning, sqlite
from limen.store.errors import StoreAwayError, StoreBusyError, StoreError
from limen.store.migrations import migrate
from limen.store.reader import Reader
from limen.store.revision_watch import REVISIONS, RevisionWatch
from limen.store.tables import REVISION
from limen.store.transaction import Transaction

__all__ = ["Reader", "Store", "Transaction"]

log = logging.getLogger("limen.store")

BUSY_TIMEOUT = 10.0
"""Seconds that a writer waits for the others, in this process and outside."""


class Store:
    """Safe to use from many threads; `close` it at the end."""

    def __init__(self, engine: Engine, where: str, busy_timeout: float) -> None:
        self.where = where
        self._engine = engine
        self._busy_timeout = busy_timeout
        self._translate = sqlite.translate if engine.dialect.name == "sqlite" else postgres.translate
        self._writing = threading.Lock()
        self._writer: int | None = None
        self._callbacks: list[Callable[[int], object]] = []
        self._restart_callbacks: list[Callable[[int], object]] = []
        self._node_callbacks: list[Callable[[str], object]] = []
        self._announcing = threading.Lock()
        self._announced = 0
        self._watch: RevisionWatch | None = None
        self._is_migrated = False
        self.away_since: float | None = None
        """Since when, in seconds since 1970, a database that others share does not answer."""
        self.restarts = 0
        """How often what was read before may have nothing to do with what is there now."""

    @staticmethod
    def open(url: str, busy_timeout: float = BUSY_TIMEOUT, *, may_be_away: bool = False) -> "Store":
        """Opens and migrates: sqlite:///file, postgresql+psycopg://..., or sqlite:// for one that dies with us.

        `may_be_away`: a database that does not answer is waited for by `watch`.
        """
        parsed = _parse(url)
        temporary: str | None = None
        if parsed.get_backend_name() == "sqlite":
            if parsed.database in (None, "", ":memory:"):
                temporary = tempfile.mkdtemp(prefix="limen-store-")
                parsed = parsed.set(database=str(Path(temporary) / "limen.db"))
            engine = sqlite.open_engine(parsed, busy_timeout, durable=temporary is None)
        else:
            engine = postgres.open_engine(parsed, busy_timeout)
        store = Store(engine, _where(parsed), busy_timeout)
        if temporary is not None:
            weakref.finalize(store, shutil.rmtree, temporary, ignore_errors=True)
        try:
            store._migrate()
        except StoreAwayError:
            if not may_be_away:
                store.close()
                raise
            store.away_since = time.time()
        return store

    @property
    def is_shared(self) -> bool:
        """Whether processes of other machines may use it."""
        return self._engine.dialect.name == "postgresql"

    def watch(self) -> None:
        """Begins to follow what other processes commit, where they can, and whether the database is there."""
        if self.is_shared and self._watch is None:
            watched = _Watched(self)
            self._watch = RevisionWatch(
                partial(postgres.connect_alone, self._engine),
                self._migrate_once,
                watched,
                is_lost=self.away_since is not None,
            )
            self._watch.start()

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """A view that stays as it is, whatever is committed meanwhile. Short: an open one holds up cleaning."""
        with self.read_connection() as connection:
            yield Reader(connection, _revision(connection))

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """The only writer, waiting for its turn; commits at the end of the block, rolls back on an exception."""
        with self._turn():
            with self._connect(writes=True) as connection:
                transaction = Transaction(connection, _lock_revision(connection))
                yield transaction
                if transaction.has_changes:
                    connection.execute(update(REVISION).values(revision=transaction.revision))
                    if self.is_shared:
                        postgres.notify(connection, REVISIONS, str(transaction.revision))
            if transaction.has_changes:
                self._announce(transaction.revision)

    def on_commit(self, callback: Callable[[int], object]) -> None:
        """Called with new revisions, in order, in the thread that committed; it must be quick and not write.

        With `watch`, also with those of others, of which a later one stands for the earlier.
        """
        self._callbacks.append(callback)

    def on_restart(self, callback: Callable[[int], object]) -> None:
        """Called with a revision that may be lower than the last, or of another history: all is to be read anew."""
        self._restart_callbacks.append(callback)

    def on_node_word(self, callback: Callable[[str], object]) -> None:
        """Called with what nodes say (`revision_watch.NODES`), in the thread of the watch."""
        self._node_callbacks.append(callback)

    def prune(
        self, keep: Mapping[str, Collection[int]], *, until: int, goes_on: Callable[[], bool] = lambda: True
    ) -> int:
        """Forgets the versions ended by `until` that none of the revisions in `keep` (by parent) sees; says how many.

        `until` is the revision at which `keep` was read: a deployment made since may need what ended since.
        A parent without an entry keeps what its first part ("api" of "api/route") keeps, or nothing of the past.
        `goes_on` is asked before each page, between which others may write.
        """
        return pruning.prune(self.write_connection, keep, until, goes_on)

    def compact(self) -> None:
        """Has the file forget what was deleted from it; PostgreSQL does so by itself, in its own time."""
        if self._engine.dialect.name == "sqlite":
            with self._turn():
                sqlite.compact(Path(str(self._engine.url.database)), self._busy_timeout)

    def close(self) -> None:
        if self._watch is not None:
            self._watch.stop()
        self._engine.dispose()

    @contextmanager
    def read_connection(self) -> Iterator[Connection]:
        with self._connect(writes=False) as connection:
            yield connection

    @contextmanager
    def beside_connection(self) -> Iterator[Connection]:
        """For the tables beside the documents, of a shared store: waits for no writer of documents."""
        with self._connect(writes=True) as connection:
            yield connection

    @contextmanager
    def write_connection(self) -> Iterator[Connection]:
        """For what changes no document: holds the write lock, makes no revision."""
        with self._turn(), self._connect(writes=True) as connection:
            _lock_revision(connection)
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        thread = threading.get_ident()
        if self._writer == thread:
            raise RuntimeError("a transaction is open in this thread already")
        if not self._writing.acquire(timeout=self._busy_timeout):
            raise StoreBusyError(f"{self.where}: another thread has been writing for {self._busy_timeout:g} seconds")
        self._writer = thread
        try:
            yield
        finally:
            self._writer = None
            self._writing.release()

    @contextmanager
    def _connect(self, writes: bool) -> Iterator[Connection]:
        if self.away_since is not None and self._watch is not None:  # told at once, not after a timeout
            raise StoreAwayError(f"{self.where} does not answer")
        with self._connect_anyhow(writes) as connection:
            yield connection

    @contextmanager
    def _connect_anyhow(self, writes: bool) -> Iterator[Connection]:
        options = self._options(writes)
        try:
            with self._engine.connect() as connection, connection.execution_options(**options).begin():
                yield connection
        except DBAPIError as error:
            raise self._translate(error, self.where) from error
        except PoolTimeout as error:
            raise StoreBusyError(f"{self.where}: no connection came free in {self._busy_timeout:g} seconds") from error

    def _options(self, writes: bool) -> dict[str, object]:
        if self._engine.dialect.name == "sqlite":
            return {sqlite.WRITES: writes}
        if writes:  # each statement after the lock sees all that was committed before it
            return {"isolation_level": "READ COMMITTED"}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def _migrate(self) -> None:
        with self._connect_anyhow(writes=True) as connection:
            if connection.dialect.name == "postgresql":
                postgres.lock_schema(connection)
            migrate(connection, self.where)
        self._is_migrated = True

    def _migrate_once(self) -> None:
        if not self._is_migrated:
            self._migrate()

    def _announce(self, revision: int) -> None:
        with self._announcing:
            if revision > self._announced:
                self._announced = revision
                self._call(self._callbacks, revision)

    def _restart(self, revision: int) -> None:
        with self._announcing:
            self._announced = revision
            self.restarts += 1
            self._call(self._restart_callbacks, revision)

    def _call(self, callbacks: list[Callable[[int], object]], revision: int) -> None:
        for callback in callbacks:
            try:
                callback(revision)
            except Exception:
                log.exception("a listener failed on revision %d, which is committed", revision)


class _Watched:
    """What the watch of a store tells it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def saw_revision(self, read: Callable[[], int]) -> None:
        announced = self._store._announced  # before it is asked: what is committed meanwhile can only be higher
        revision = read()
        if revision < announced:
            log.warning("%s went back from revision %d to %d", self._store.where, announced, revision)
            self._store._restart(revision)
        else:
            self._store._announce(revision)

    def lost_database(self, cause: str) -> None:
        self._store.away_since = self._store.away_since or time.time()
        log.error("%s does not answer: %s; what was read last stays", self._store.where, cause)

    def found_database(self, revision: int) -> None:
        self._store.away_since = None
        log.warning("%s answers again, at revision %d", self._store.where, revision)
        self._store._restart(revision)

    def heard(self, payload: str) -> None:
        for callback in self._store._node_callbacks:
            callback(payload)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() in ("sqlite", "postgresql"):
            return parsed
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(f"{url!r} is not the URL of a store: sqlite:///file or postgresql+psycopg://...") from error
    raise StoreError(f"stores are sqlite:///file or postgresql+psycopg://..., not {parsed.get_backend_name()}")


def _where(url: URL) -> str:
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


def _revision(connection: Connection) -> int:
    return int(connection.execute(select(REVISION.c.revision)).scalar_one())


def _lock_revision(connection: Connection) -> int:
    """The last revision; on PostgreSQL its row is ours until we commit, on SQLite BEGIN IMMEDIATE did that."""
    return int(connection.execute(select(REVISION.c.revision).with_for_update()).scalar_one())
