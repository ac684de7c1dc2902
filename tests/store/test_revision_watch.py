"""What a store hears of commits of others, of a database that goes and comes, and of one that went back."""

from collections.abc import Iterator

import pytest

from limen.store import Store, StoreAwayError
from tests.store.support import put
from tests.support.limen_process import wait_until

ENDS_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


class Watching:
    """A store that follows, and what it was told."""

    def __init__(self, url: str) -> None:
        self.store = Store.open(url, busy_timeout=2.0)
        self.commits: list[int] = []
        self.restarts: list[int] = []
        self.words: list[str] = []
        self.store.on_commit(self.commits.append)
        self.store.on_restart(self.restarts.append)
        self.store.on_node_word(self.words.append)
        self.store.watch()

    def wait(self, *commits: int) -> None:
        wait_until(lambda: self.commits[-len(commits) :] == list(commits), 5, lambda: str(self.commits))


@pytest.fixture
def watching(postgres_url: str) -> Iterator[Watching]:
    follower = Watching(postgres_url)
    yield follower
    follower.store.close()


@pytest.fixture
def other(postgres_url: str) -> Iterator[Store]:
    store = Store.open(postgres_url)
    yield store
    store.close()


def execute(store: Store, statement: str) -> None:
    with store.beside_connection() as connection:
        connection.exec_driver_sql(statement)


def test_commits_of_others_are_heard(watching: Watching, other: Store) -> None:
    revision = put(other, "Route", "api", "r1")
    watching.wait(revision)
    put(other, "Route", "api", "r2")
    watching.wait(revision, revision + 1)


def test_own_commits_are_told_once(watching: Watching) -> None:
    revision = put(watching.store, "Route", "api", "r1")
    put(watching.store, "Route", "api", "r2")
    watching.wait(revision, revision + 1)
    assert watching.restarts == []


def test_a_commit_that_nobody_was_told_of_is_found_by_asking(watching: Watching, other: Store) -> None:
    watching.wait()
    execute(other, "UPDATE limen_revision SET revision = 7")
    watching.wait(7)


def test_a_revision_that_goes_back_is_another_history(watching: Watching, other: Store) -> None:
    watching.wait(put(other, "Route", "api", "r1"))
    execute(other, "UPDATE limen_revision SET revision = 0")
    wait_until(lambda: watching.restarts == [0], 5, lambda: str(watching.restarts))
    assert watching.store.restarts == 1
    watching.wait(put(other, "Route", "api", "r2"))


def test_a_lost_connection_makes_everything_be_read_anew(watching: Watching, other: Store) -> None:
    watching.wait(put(other, "Route", "api", "r1"))
    execute(other, ENDS_ALL)
    wait_until(lambda: watching.store.restarts == 1, 5, lambda: str(watching.restarts))
    assert watching.store.away_since is None
    watching.wait(put(other, "Route", "api", "r2"))


def test_while_the_database_is_away_callers_are_told_at_once(watching: Watching) -> None:
    watching.store.away_since = 1.0
    with pytest.raises(StoreAwayError, match="does not answer"), watching.store.reader():
        pass


def test_a_database_that_is_away_at_the_start_may_be_waited_for() -> None:
    url = "postgresql+psycopg://limen@127.0.0.1:9/limen"
    with pytest.raises(StoreAwayError):
        Store.open(url)
    store = Store.open(url, may_be_away=True)
    assert store.away_since is not None
    store.close()


def test_words_of_nodes_are_passed_on(watching: Watching, other: Store) -> None:
    watching.wait()
    execute(other, "SELECT pg_notify('limen_nodes', 'node-1 7')")
    wait_until(lambda: watching.words == ["node-1 7"], 5, lambda: str(watching.words))
