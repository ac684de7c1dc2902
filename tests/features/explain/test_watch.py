"""What is kept of the last requests, and for how long."""

import orjson

from limen.features.explain.watch import MOST_REQUESTS, Ring, Room, Watch, Watches


def put(ring: Ring, number: int, entry: bytes = b"{}") -> None:
    ring.put(f"id{number}", {"requestId": f"id{number}", "extendedRequestId": f"x{number}="}, entry)


def test_the_last_requests_are_kept() -> None:
    ring = Ring(2)
    for number in range(3):
        put(ring, number)

    assert [summary["requestId"] for summary in ring.summaries()] == ["id2", "id1"]
    assert ring.find("id0") is None


def test_either_id_finds_a_request() -> None:
    ring = Ring(2)
    put(ring, 1, b'{"a":1}')

    assert ring.find("id1") == ring.find("x1=") == b'{"a":1}'


def test_large_entries_make_room_whichever_stage_they_are_of() -> None:
    room = Room()
    one, other = Ring(1000, room), Ring(1000, room)
    for number in range(40):
        put(one, number, bytes(1 << 20))
    for number in range(40):
        put(other, number, bytes(1 << 20))

    assert (len(one.summaries()), len(other.summaries())) == (40, 24)
    one.clear()
    put(other, 40, bytes(1 << 20))
    assert len(other.summaries()) == 25


def test_a_request_with_the_id_of_another_replaces_it() -> None:
    ring = Ring(2)
    put(ring, 1, b"old")
    put(ring, 1, b"new")

    assert ring.find("id1") == b"new"
    assert len(ring.summaries()) == 1


def test_looking_begins_and_ends() -> None:
    watch = Watch()
    assert watch.ring is None

    watch.look(MOST_REQUESTS + 1)
    ring = watch.ring
    assert ring is not None
    assert ring.requests == MOST_REQUESTS
    watch.look(MOST_REQUESTS)
    assert watch.ring is ring
    watch.look(0)
    assert watch.ring is None


def test_a_worker_asks_all_its_stages() -> None:
    watches = Watches(10)
    for api_id in ("a", "b"):
        ring = watches.watch(api_id, "prod").ring
        assert ring is not None
        put(ring, ord(api_id))
    watches.look("b", "prod", 0)

    assert watches.explain("id97") == [b"{}"]
    assert watches.explain("id98") == []
    assert [orjson.loads(each)["requestId"] for each in watches.explain(None)] == ["id97"]


def test_what_was_kept_of_a_stage_goes_with_it() -> None:
    watches = Watches(10)
    ring = watches.watch("a", "prod").ring
    assert ring is not None
    put(ring, 1)

    watches.forget("a", "prod")
    watches.forget("a", "prod")

    assert watches.explain(None) == []
