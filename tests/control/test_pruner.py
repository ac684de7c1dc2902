"""What the store forgets once nobody needs it any more."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limen.control.pruner import Pruner, revisions_in_use
from limen.store import Store

SCOPE = "000000000000/us-east-1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield opened
    opened.close()


def put(store: Store, noun: str, parent: str, key: str, **members: Any) -> int:
    with store.transaction() as documents:
        documents.put(noun, parent, key, members)
        return documents.revision


def prune(store: Store) -> None:
    """As the control process does in its first moments."""

    async def start_and_stop() -> None:
        pruner = Pruner(store, quiet=0)
        pruner.start()
        await asyncio.sleep(0.05)
        await pruner.stop()

    asyncio.run(start_and_stop())


def test_what_a_deployment_froze_is_kept(store: Store) -> None:
    frozen = put(store, "Api", SCOPE, "api1", name="old")
    frozen = put(store, "Route", "api1", "r1", routeKey="GET /a")
    put(store, "Deployment", "api1", "d1", _revision=frozen)
    put(store, "Api", SCOPE, "api1", name="new")
    between = put(store, "Route", "api1", "r1", routeKey="GET /b")
    put(store, "Route", "api1", "r1", routeKey="GET /c")

    prune(store)

    with store.reader() as reader:
        assert reader.at(frozen).get("Route", "api1", "r1") == {"routeKey": "GET /a"}
        assert reader.at(frozen).get("Api", SCOPE, "api1") == {"name": "old"}
        assert reader.at(between).get("Route", "api1", "r1") is None
        assert reader.get("Route", "api1", "r1") == {"routeKey": "GET /c"}


def test_what_a_documentation_version_froze_is_kept(store: Store) -> None:
    put(store, "RestApi", SCOPE, "api1", name="pets")
    frozen = put(store, "DocumentationPart", "api1", "p1", properties="{}")
    put(store, "DocumentationVersion", "api1", "1.0", _revision=frozen)
    between = put(store, "DocumentationPart", "api1", "p1", properties='{"a": 1}')
    put(store, "DocumentationPart", "api1", "p1", properties='{"a": 2}')

    prune(store)

    with store.reader() as reader:
        assert reader.at(frozen).get("DocumentationPart", "api1", "p1") == {"properties": "{}"}
        assert reader.at(between).get("DocumentationPart", "api1", "p1") is None


def test_nothing_stays_of_a_deleted_api(store: Store) -> None:
    put(store, "Api", SCOPE, "api1", name="orders")
    put(store, "Deployment", "api1", "d1", _revision=2)
    last = put(store, "Route", "api1", "r1", routeKey="GET /a")
    with store.transaction() as documents:
        documents.delete_children("api1")
        documents.delete("Api", SCOPE, "api1")

    prune(store)

    with store.reader() as reader:
        past = reader.at(last)
        assert [past.get("Route", "api1", "r1"), past.get("Deployment", "api1", "d1")] == [None, None]
        assert past.get("Api", SCOPE, "api1") is None


def test_a_file_keeps_what_it_deployed_last(store: Store) -> None:
    put(store, "Api", SCOPE, "api1", name="orders")
    put(store, "File", "files", "/orders.yaml", apiId="api1", scope=SCOPE, _revision=2)

    with store.reader() as reader:
        assert revisions_in_use(reader) == {"api1": {2}, SCOPE: {2}}


def test_a_failure_is_followed_by_another_try(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def fail(*_: Any, until: int, **__: Any) -> int:
        tried.append(until)
        raise OSError("disk full")

    monkeypatch.setattr(store, "prune", fail)

    async def run() -> None:
        pruner = Pruner(store, quiet=0)
        pruner.start()
        while not tried:
            await asyncio.sleep(0.001)
        revision = put(store, "Api", SCOPE, "api1", name="orders")
        while tried[-1] != revision:
            await asyncio.sleep(0.001)
        await pruner.stop()

    asyncio.run(asyncio.wait_for(run(), 5))
