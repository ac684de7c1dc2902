"""Issuers: one fetch for all who wait, rotation, back-off, and keys that outlive an outage."""

import asyncio
import itertools

import pytest

from limen.features.authorizers import jwks_issuers
from limen.features.authorizers.jwks_fetch import FetchError
from limen.features.authorizers.jwks_issuers import Issuer, Issuers
from tests.support.loops import in_loop
from tests.support.tokens import ISSUER, FakeIssuers, key_set

AGE = 3600.0


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fetch() -> FakeIssuers:
    return FakeIssuers()


@pytest.fixture
def issuer(fetch: FakeIssuers, clock: Clock) -> Issuer:
    return Issuers(fetch, clock).get(ISSUER)


async def ask(issuer: Issuer, key_id: str = "1", age: float = AGE) -> bool:
    """Whether a token with that key id had to wait; it has its answer when this returns."""
    answered = asyncio.Event()
    if not issuer.must_wait(key_id, age, answered.set):
        return False
    async with asyncio.timeout(5):
        await answered.wait()
    return True


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@in_loop
async def test_the_first_token_waits_and_the_next_do_not(issuer: Issuer, fetch: FakeIssuers) -> None:
    assert await ask(issuer)
    assert "1" in issuer.keys
    assert not await ask(issuer)
    assert fetch.asked == 1


@in_loop
async def test_all_who_wait_share_one_fetch(issuer: Issuer, fetch: FakeIssuers) -> None:
    fetch.hold = asyncio.Event()
    answered: list[int] = []
    for number in range(100):
        assert issuer.must_wait("1", AGE, lambda number=number: answered.append(number))  # type: ignore[misc]
    fetch.hold.set()
    await settle()
    assert answered == list(range(100)) and fetch.asked == 1


@in_loop
async def test_one_who_fails_keeps_nobody_else_waiting(issuer: Issuer) -> None:
    answered: list[int] = []
    issuer.must_wait("1", AGE, lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    issuer.must_wait("1", AGE, lambda: answered.append(1))
    await settle()
    assert answered == [1]


@in_loop
async def test_no_more_wait_than_there_is_room_for(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks_issuers, "MOST_WAITING", 2)
    assert [issuer.must_wait("1", AGE, print) for _ in range(3)] == [True, True, False]


@in_loop
async def test_an_unknown_key_id_leads_to_one_fetch_in_some_seconds(
    issuer: Issuer, fetch: FakeIssuers, clock: Clock
) -> None:
    await ask(issuer)
    for number in range(50):
        assert not await ask(issuer, f"invented-{number}")
    clock.time += jwks_issuers.REFETCH_AFTER
    assert await ask(issuer, "invented")
    assert not await ask(issuer, "invented")
    assert fetch.asked == 2


@in_loop
async def test_a_new_key_is_found_and_a_removed_one_forgotten(issuer: Issuer, fetch: FakeIssuers, clock: Clock) -> None:
    await ask(issuer)
    fetch.key_sets[ISSUER] = key_set("2")
    clock.time += jwks_issuers.REFETCH_AFTER
    assert await ask(issuer, "2")
    assert "2" in issuer.keys and "1" not in issuer.keys


@in_loop
async def test_equal_keys_stay_the_same_object(issuer: Issuer, clock: Clock) -> None:
    await ask(issuer)
    before = issuer.keys
    clock.time += jwks_issuers.REFETCH_AFTER
    await ask(issuer, "invented")
    assert issuer.keys is before


@in_loop
async def test_keys_are_renewed_before_they_are_too_old(issuer: Issuer, fetch: FakeIssuers, clock: Clock) -> None:
    await ask(issuer)
    clock.time += AGE * 0.8
    assert not await ask(issuer)  # it serves on, and is renewed meanwhile
    await settle()
    assert fetch.asked == 2
    clock.time += AGE * 0.7
    assert not await ask(issuer)


@in_loop
async def test_keys_that_are_too_old_are_waited_for(issuer: Issuer, fetch: FakeIssuers, clock: Clock) -> None:
    await ask(issuer)
    clock.time += AGE
    assert await ask(issuer)
    assert fetch.asked == 2


@in_loop
async def test_known_keys_outlive_an_outage(issuer: Issuer, fetch: FakeIssuers, clock: Clock) -> None:
    await ask(issuer)
    fetch.problem = FetchError("keys", "down")
    clock.time += 2 * AGE
    assert await ask(issuer)
    assert "1" in issuer.keys and issuer.problem == "JWKS communication error"
    assert 0 < issuer.fresh_for(AGE) <= 1.0
    fetch.problem = None
    clock.time += 1
    await ask(issuer)
    assert issuer.problem == "" and issuer.fresh_for(AGE) == pytest.approx(AGE * jwks_issuers.REFRESH_AT)


@in_loop
async def test_keys_do_not_outlive_a_long_outage(issuer: Issuer, fetch: FakeIssuers, clock: Clock) -> None:
    await ask(issuer)
    fetch.problem = FetchError("keys", "down")
    clock.time += jwks_issuers.LONGEST_STALE + 1
    await ask(issuer)
    assert "1" not in issuer.keys


@in_loop
async def test_an_issuer_that_is_away_is_asked_less_and_less_often(
    issuer: Issuer, fetch: FakeIssuers, clock: Clock
) -> None:
    fetch.problem = FetchError("discovery", "no such host")
    asked_at = []
    for _ in range(300):
        if await ask(issuer):
            asked_at.append(clock.time)
        clock.time += 1
    gaps = [after - before for before, after in itertools.pairwise(asked_at)]
    assert gaps == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert issuer.problem == "OIDC discovery endpoint communication error"


@in_loop
async def test_discovery_is_repeated_where_keys_have_moved(issuer: Issuer, fetch: FakeIssuers, clock: Clock) -> None:
    await ask(issuer)
    clock.time += 6
    await ask(issuer, "2")
    assert fetch.discovered == 1
    fetch.problem = FetchError("keys", "404")
    clock.time += 6
    await ask(issuer, "2")
    clock.time += 6
    await ask(issuer, "2")
    assert fetch.discovered == 2


@in_loop
async def test_an_error_of_our_own_is_a_failed_fetch(fetch: FakeIssuers, clock: Clock) -> None:
    fetch.key_sets = {}
    issuer = Issuers(fetch, clock).get(ISSUER)
    assert await ask(issuer)
    assert issuer.problem == "JWKS communication error"


@in_loop
async def test_keys_of_our_own_are_never_fetched(fetch: FakeIssuers, clock: Clock) -> None:
    issuers = Issuers(fetch, clock)
    issuer = issuers.get(ISSUER)
    issuers.put_local(ISSUER, key_set("mine"))
    assert "mine" in issuer.keys and issuers.get(ISSUER) is issuer
    clock.time += 1e6
    assert not await ask(issuer, "other")
    assert fetch.asked == 0
    issuers.remove_local(ISSUER)
    assert "mine" not in issuer.keys
    assert await ask(issuer)


@in_loop
async def test_keys_of_our_own_win_over_a_fetch_that_is_under_way(fetch: FakeIssuers, clock: Clock) -> None:
    issuers = Issuers(fetch, clock)
    issuer = issuers.get(ISSUER)
    fetch.hold = asyncio.Event()
    issuer.must_wait("1", AGE, lambda: None)
    await settle()
    issuers.put_local(ISSUER, key_set("mine"))
    fetch.hold.set()
    await settle()
    assert "mine" in issuer.keys and "1" not in issuer.keys


def test_an_issuer_that_nobody_names_is_forgotten(fetch: FakeIssuers) -> None:
    issuers = Issuers(fetch)
    issuer = issuers.get(ISSUER)
    number = id(issuer)
    assert issuers.get(ISSUER) is issuer
    del issuer
    assert len(issuers._issuers) == 0, number


def test_a_plan_that_is_only_looked_at_fetches_nothing() -> None:
    assert not Issuers().get(ISSUER).must_wait("1", AGE, lambda: None)
