"""Caching in the state that workers share: asked once for each key, and left alone where it is away."""

import asyncio
from typing import Any

from limen.aws.sealing import Seal
from limen.features.caching import caches as caches_module
from limen.gateway.run import resume
from tests.features.caching.kept import ANEW, Cached, body_of, in_loop, rounds
from tests.support.partial_state import PartialState


class FakeState(PartialState):
    """Shared state that keeps responses alone."""

    shares_caches = True

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, tuple[bytes, float]] = {}
        self.found: list[str] = []

    async def find_cached(self, key: str) -> bytes | None:
        self.found.append(key)
        await asyncio.sleep(0)
        self.check_there()
        return self.kept.get(key, (None, 0.0))[0]

    async def put_cached(self, key: str, entry: bytes, seconds: float) -> None:
        await asyncio.sleep(0)
        self.check_there()
        self.kept[key] = entry, seconds


async def asked(cached: Cached, target: str = "/?q=1", **parts: Any) -> str:
    made = cached.ask(target, **parts)
    await rounds()
    return body_of(made)


@in_loop
async def test_what_one_worker_kept_another_answers_with() -> None:
    state = FakeState()
    one, two = Cached(state=state), Cached(state=state)
    assert await asked(one) == "200 answer"
    assert await asked(two) == "200 answer"
    assert await asked(two, "/?q=2") == "200 answer"
    assert (len(one.asked), len(two.asked)) == (1, 1)
    assert (one.counted, two.counted) == ((0, 1), (1, 1))
    assert [seconds for _, seconds in state.kept.values()] == [300.0, 300.0]
    assert len(one.caches.memory) == 0, "no copy of its own would learn of a replacement"


@in_loop
async def test_a_stampede_asks_the_state_and_the_backend_once() -> None:
    state = FakeState()
    cached = Cached(state=state, is_immediate=False)
    crowd = [cached.ask() for _ in range(50)]
    await rounds()
    assert (len(state.found), len(cached.asked)) == (1, 1)
    cached.answer_by_backend(crowd[0])
    resume(crowd[0])
    await rounds()
    assert {body_of(each) for each in crowd} == {"200 answer"}
    crowd = [cached.ask() for _ in range(50)]
    await rounds()
    assert {body_of(each) for each in crowd} == {"200 answer"}
    assert (len(state.found), len(cached.asked)) == (2, 1)
    assert cached.counted == (99, 1)


@in_loop
async def test_a_state_that_is_away_is_a_miss() -> None:
    state = FakeState()
    cached = Cached(state=state)
    state.is_away = True
    assert [await asked(cached), await asked(cached)] == ["200 answer", "200 answer"]
    assert len(cached.asked) == 2
    state.is_away = False
    await asked(cached)
    await asked(cached)
    assert len(cached.asked) == 3


@in_loop
async def test_replacements_and_flushes_reach_all_workers() -> None:
    state = FakeState()
    one, two = Cached(state=state), Cached(state=state)
    await asked(one)
    two.response = (200, [], b"newer")
    assert await asked(two, headers=ANEW) == "200 newer"
    assert await asked(one) == "200 newer"
    for each in (one, two):
        each.caches.mark("api1", "prod", 7)
    one.response = (200, [], b"newest")
    assert await asked(one) == "200 newest"
    assert await asked(two) == "200 newest"


@in_loop
async def test_sealed_responses_wait_for_the_key() -> None:
    state = FakeState()
    cached = Cached(state=state, is_sealed=True)
    await asked(cached)
    assert not state.kept
    cached.caches.seal = Seal(bytes(32), "tests")
    await asked(cached)
    assert all(b"answer" not in entry for entry, _ in state.kept.values())
    assert await asked(cached) == "200 answer"
    assert len(cached.asked) == 2


@in_loop
async def test_puts_under_way_are_bounded() -> None:
    state = FakeState()
    cached = Cached(state=state)
    bound, caches_module.MOST_PUTS = caches_module.MOST_PUTS, 3
    try:
        for number in range(10):
            cached.ask(f"/?q={number}")
        await rounds(20)
    finally:
        caches_module.MOST_PUTS = bound
    assert len(state.kept) == 3
    await cached.caches.close()


def test_a_state_that_is_not_made_for_responses_keeps_none() -> None:
    state = FakeState()
    state.shares_caches = False
    cached = Cached(state=state)
    assert [body_of(cached.ask()), body_of(cached.ask())] == ["200 answer", "200 answer"]
    assert (len(cached.asked), len(cached.caches.memory), state.kept) == (1, 1, {})


def test_a_stage_has_at_most_what_its_size_and_the_worker_give() -> None:
    cached = Cached(limit=1 << 40)
    assert cached.caches.shelf("a", "prod", "d", "1.6").contents.limit == int(1.6 * (1 << 30))
    small = Cached(limit=1 << 20)
    assert small.caches.shelf("a", "prod", "d", "1.6").contents.limit == 1 << 20


def test_a_stage_that_is_gone_leaves_nothing_behind() -> None:
    cached = Cached()
    cached.caches.mark("api1", "prod", 7)
    cached.ask()
    cached.caches.forget("api1", "prod")
    assert (len(cached.caches.memory), cached.caches._marks) == (0, {})
