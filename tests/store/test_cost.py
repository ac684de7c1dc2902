"""What a question costs, counted in steps of SQLite's machine: proportional to the answer, not to what is stored."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from limen.store import Reader, Store

DEPLOYED = 600


class Steps:
    count = 0

    def __call__(self) -> int:
        self.count += 1
        return 0


@contextmanager
def counted(reader: Reader) -> Iterator[Steps]:
    steps = Steps()
    driver = reader._connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(steps, 1)
    try:
        yield steps
    finally:
        driver.set_progress_handler(None, 1)


def deploy(store: Store, api: str, number: int) -> int:
    """A route, the deployment that freezes it and the stage that points to it: one commit of auto-deploy; its steps."""
    with store.transaction() as tx, counted(tx) as steps:
        tx.put("Route", api, f"r{number}", {"routeKey": f"GET /{number}"})
        tx.put("Deployment", api, f"d{number}", {"_revision": tx.revision})
        tx.put("Stage", api, "$default", {"deploymentId": f"d{number}"})
        assert len(tx.changes(api, tx.revision - 1, tx.revision)) == 3
        assert len(tx.changed_parents(tx.revision - 1, tx.revision)) == 3
        tx.get("Route", api, "r0")
        tx.at(tx.revision - 1).get("Stage", api, "$default")
    return steps.count


@pytest.fixture(scope="module")
def grown() -> tuple[Store, list[int]]:
    store = Store.open("sqlite://")
    with store.transaction() as tx:
        for number in range(200):  # neighbours
            tx.put("Route", f"other{number % 20}", f"r{number}", {"n": number})
    return store, [deploy(store, "api", number) for number in range(DEPLOYED)]


def test_the_last_of_many_deployments_costs_what_the_tenth_did(grown: tuple[Store, list[int]]) -> None:
    _, costs = grown
    assert costs[-1] <= costs[10] * 1.2


def test_a_list_costs_what_it_gives(grown: tuple[Store, list[int]]) -> None:
    store, _ = grown
    with store.reader() as reader:
        with counted(reader) as few:
            assert len(reader.list("Route", "api", after="r300", limit=10)) == 10
        with counted(reader) as many:
            assert len(reader.list("Route", "api")) == DEPLOYED
    assert few.count < 400
    assert many.count < 20 * DEPLOYED


def test_a_look_at_an_old_deployment_reads_nothing_that_came_later(grown: tuple[Store, list[int]]) -> None:
    store, _ = grown
    with store.reader() as reader:
        early = reader.at(11)  # ten routes then; since: 590 routes and 590 states of the stage
        with counted(reader) as routes:
            assert len(early.list("Route", "api")) == 10
        with counted(reader) as stages:
            assert early.list("Stage", "api") == [("$default", {"deploymentId": "d9"})]
        with counted(reader) as changes:
            assert len(reader.changes("api", 300, 302)) == 5
    assert routes.count < 1000
    assert stages.count < 1000
    assert changes.count < 1000


def test_a_look_at_a_late_deployment_reads_nothing_of_what_ended_before(grown: tuple[Store, list[int]]) -> None:
    store, _ = grown
    with store.reader() as reader, counted(reader) as steps:
        late = reader.at(reader.revision - 1)
        assert late.list("Stage", "api") == [("$default", {"deploymentId": f"d{DEPLOYED - 2}"})]
        assert late.list("Authorizer", "api") == []
        assert late.get("Stage", "api", "$default") is not None
        assert late.count("Authorizer", "api") == 0
    assert steps.count < 1000


def test_every_statement_of_a_deployment_uses_an_index(grown: tuple[Store, list[int]]) -> None:
    store, _ = grown
    statements: list[str] = []
    with store.transaction() as tx:
        driver = tx._connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(statements.append)
        tx.put("Route", "api", "r1", {"changed": True})
        tx.list("Route", "api")
        tx.at(5).list("Route", "api")
        tx.changes("api", 1, 2)
        tx.changed_parents(1, 2)
        tx.count("Route", "api")
        list(tx.all("Route"))
        tx.delete_children("nobody")
        driver.set_trace_callback(None)
        plans = [
            str(row[3])
            for statement in statements
            for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")
            if statement.startswith(("SELECT", "UPDATE limen_versions", "DELETE"))
        ]
    searches = [plan for plan in plans if "limen_versions" in plan]
    assert searches
    assert [plan for plan in searches if not plan.startswith("SEARCH")] == []


def test_a_look_at_what_was_deleted_since_reads_nothing_that_came_later() -> None:
    store = Store.open("sqlite://")
    for number in range(300):
        with store.transaction() as tx:
            tx.put("Route", "api", f"r{number}", {})
    with store.transaction() as tx:
        tx.delete_children("api")
    with store.reader() as reader, counted(reader) as steps:
        assert len(reader.at(10).list("Route", "api")) == 10
    assert steps.count < 1000
