"""How many responses a worker keeps, and which: against a dict with times, and against an LRU."""

import gc
import random
import tracemalloc
from collections import OrderedDict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from limen.features.caching.entries import MOST_USES, Entry
from limen.features.caching.memory import Memory, Shelf, size_of
from tests.features.caching.kept import Hands, entry

LIMIT = 20_000
KEYS = st.tuples(st.sampled_from("abcdefgh"))
SHELVES = st.sampled_from([("a", "prod", "d1", "0.5"), ("a", "prod", "d2", "0.5"), ("b", "test", "d1", "0.5")])


def find(memory: Memory, shelf: Shelf, key: tuple[str, ...]) -> Entry | None:
    """As a step does."""
    found = shelf.group(("g",)).entries.get(key)
    if found is None or found.expires <= memory.now():
        return None
    found.uses = min(found.uses + 1, MOST_USES)
    return found


class MemoryMachine(RuleBasedStateMachine):
    """What is found is what was kept last, and not for longer than its time; what is forgotten is never found."""

    def __init__(self) -> None:
        super().__init__()
        self.hands = Hands()
        self.memory = Memory(self.hands, LIMIT)
        self.shelves: dict[tuple[str, str, str, str], Shelf] = {}
        self.model: dict[tuple[object, object], tuple[bytes, float]] = {}

    def shelf(self, name: tuple[str, str, str, str]) -> Shelf:
        return self.shelves.setdefault(name, self.memory.shelf(name, LIMIT // 2))

    @rule(name=SHELVES, key=KEYS, size=st.integers(0, 6_000), ttl=st.sampled_from([1.0, 5.0, 3600.0]))
    def keep(self, name: tuple[str, str, str, str], key: tuple[str], size: int, ttl: float) -> None:
        body = random.randbytes(size)
        new = entry(self.shelf(name).group(("g",)), key, body, asked=self.hands.seconds)
        self.model.pop((name, key), None)
        if self.memory.keep(new, ttl):
            self.model[name, key] = body, self.hands.seconds + ttl

    @rule(name=SHELVES, key=KEYS)
    def keep_older(self, name: tuple[str, str, str, str], key: tuple[str]) -> None:
        """An answer that was asked for before the one that is kept changes nothing."""
        held = self.shelf(name).group(("g",)).entries.get(key)
        if held is not None:
            older = entry(held.group, key, b"older", asked=held.asked - 1)
            assert not self.memory.keep(older, 60.0)

    @rule(name=SHELVES, key=KEYS)
    def look(self, name: tuple[str, str, str, str], key: tuple[str]) -> None:
        found = find(self.memory, self.shelf(name), key)
        if found is not None:
            body, expires = self.model[name, key]
            assert found.body == body
            assert self.hands.seconds < expires

    @rule(name=SHELVES, key=KEYS, size=st.integers(1, 3_000))
    def code(self, name: tuple[str, str, str, str], key: tuple[str], size: int) -> None:
        found = find(self.memory, self.shelf(name), key)
        if found is not None:
            self.memory.keep_coded(found, b"gzip", bytes(size))

    @rule(seconds=st.sampled_from([0.5, 1.0, 5.0, 100.0]))
    def wait(self, seconds: float) -> None:
        self.hands.seconds += seconds

    @rule(api=st.sampled_from("ab"))
    def flush(self, api: str) -> None:
        stage = "prod" if api == "a" else "test"
        self.memory.flush(api, stage)
        self.model = {each: kept for each, kept in self.model.items() if each[0][:2] != (api, stage)}  # type: ignore[index]
        for name, shelf in self.shelves.items():
            if name[0] == api:
                assert not shelf.group(("g",)).entries

    @rule(name=SHELVES)
    def let_go(self, name: tuple[str, str, str, str]) -> None:
        """No plan has the shelf any more: a deployment was replaced."""
        self.shelves.pop(name, None)
        self.model = {each: kept for each, kept in self.model.items() if each[0] != name}

    @invariant()
    def never_over_its_bounds(self) -> None:
        assert self.memory.size <= LIMIT
        held = [each for shelf in self.shelves.values() for each in shelf.contents.order]
        assert sum(each.size for each in held) == self.memory.size
        assert len(held) == len(self.memory)
        for shelf in self.shelves.values():
            assert shelf.contents.size <= LIMIT // 2
            assert len(shelf.group(("g",)).entries) == len(shelf.contents.order)
        assert self.memory._short_size == sum(each.size for each in self.memory._short)
        assert len(self.memory._gone) <= len(self.memory) + 20


MemoryMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestMemory = MemoryMachine.TestCase


def test_entries_end_with_their_time_and_not_before() -> None:
    hands = Hands()
    memory = Memory(hands, LIMIT)
    shelf = memory.shelf(("a", "prod", "d", "0.5"), LIMIT)
    memory.keep(entry(shelf.group(("g",)), ("k",)), 5.0)
    hands.seconds += 4.999
    assert find(memory, shelf, ("k",)) is not None
    hands.seconds += 0.001
    assert find(memory, shelf, ("k",)) is None


def test_what_is_larger_than_all_there_is_is_not_kept() -> None:
    memory = Memory(Hands(), LIMIT)
    group = memory.shelf(("a", "prod", "d", "0.5"), LIMIT).group(("g",))
    memory.keep(entry(group, ("small",)), 60.0)
    assert not memory.keep(entry(group, ("large",), bytes(LIMIT)), 60.0)
    assert list(group.entries) == [("small",)]


def test_a_scan_does_not_push_out_what_is_asked_for() -> None:
    memory = Memory(Hands(), 200_000)
    shelf = memory.shelf(("a", "prod", "d", "0.5"), 1 << 30)
    group = shelf.group(("g",))
    for number in range(20):
        memory.keep(entry(group, ("hot", str(number)), bytes(500)), 3600.0)
    for _ in range(2):
        for number in range(20):
            assert find(memory, shelf, ("hot", str(number))) is not None
    for number in range(5_000):
        memory.keep(entry(group, ("scan", str(number)), bytes(500)), 3600.0)
    assert sum(("hot", str(number)) in group.entries for number in range(20)) == 20


def test_hits_are_no_fewer_than_those_of_an_lru() -> None:
    """Popular keys by Zipf, with a scan between: the case that caches of gateways are in."""
    chance = random.Random(7)
    keys = [min(int(chance.paretovariate(0.8)), 5_000) for _ in range(20_000)]
    asked = (
        [str(key) for key in keys] + [f"scan{number}" for number in range(2_000)] + [str(key) for key in keys[:5000]]
    )
    memory = Memory(Hands(), 300_000)
    shelf = memory.shelf(("a", "prod", "d", "0.5"), 1 << 30)
    group = shelf.group(("g",))
    room = 300_000 // size_of(entry(group, ("1000",), bytes(500)))
    recent: OrderedDict[str, None] = OrderedDict()
    ours = theirs = 0
    for key in asked:
        if find(memory, shelf, (key,)) is not None:
            ours += 1
        else:
            memory.keep(entry(group, (key,), bytes(500)), 3600.0)
        if key in recent:
            theirs += 1
            recent.move_to_end(key)
        else:
            recent[key] = None
            if len(recent) > room:
                recent.popitem(last=False)
    assert ours >= theirs


def test_the_shelf_of_a_deployment_that_nobody_serves_is_emptied() -> None:
    memory = Memory(Hands(), LIMIT)
    shelf = memory.shelf(("a", "prod", "d1", "0.5"), LIMIT)
    memory.keep(entry(shelf.group(("g",)), ("k",)), 60.0)
    assert memory.shelf(("a", "prod", "d1", "0.5"), LIMIT) is shelf, "plans that replace each other share it"
    del shelf
    assert (memory.size, len(memory)) == (0, 0)


def test_what_entries_are_counted_with_is_what_they_take_at_least() -> None:
    gc.collect()
    tracemalloc.start()
    try:
        memory = Memory(Hands(), 8 << 20)
        group = memory.shelf(("a", "prod", "d1", "0.5"), 1 << 30).group(("g",))
        number = 0
        while len(memory._gone) < 10:
            number += 1
            memory.keep(entry(group, (f"key {number}", None), bytes(number % 700)), 60.0)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken <= memory.size * 1.05
