"""Forgetting: what a deployment refers to stays."""

from limen.store import Store
from tests.store.support import put


def test_pruning_keeps_what_deployments_refer_to(store: Store) -> None:
    for number in range(1, 7):
        put(store, "Route", "api", "r1", n=number)
    put(store, "RouteResponse", "api/r1", "x", n=1)
    put(store, "RouteResponse", "api/r1", "x", n=2)
    put(store, "Route", "other", "r1", n=1)
    put(store, "Route", "other", "r1", n=2)  # 10
    assert store.prune({"api": [2, 4, 7]}, until=10) == 4  # r1 of 1, 3 and 5; the other API's first
    with store.reader() as reader:
        assert [reader.at(revision).get("Route", "api", "r1") for revision in (2, 4, 7, 10)] == [
            {"n": 2},
            {"n": 4},
            {"n": 6},
            {"n": 6},
        ]
        assert reader.at(7).get("RouteResponse", "api/r1", "x") == {"n": 1}
        assert reader.get("Route", "other", "r1") == {"n": 2}
        assert reader.at(9).list("Route", "other") == []
        assert reader.revision == 10


def test_pruning_leaves_what_ended_later(store: Store) -> None:
    put(store, "Route", "api", "r1", n=1)
    put(store, "Route", "api", "r1", n=2)
    put(store, "Route", "api", "r1", n=3)
    assert store.prune({}, until=2) == 1
    with store.reader() as reader:
        assert reader.at(2).get("Route", "api", "r1") == {"n": 2}


def test_pruning_stops_between_pages(store: Store) -> None:
    put(store, "Route", "api", "r1", n=1)
    put(store, "Route", "api", "r1", n=2)
    assert store.prune({}, until=2, goes_on=lambda: False) == 0
    assert store.prune({}, until=2) == 1
