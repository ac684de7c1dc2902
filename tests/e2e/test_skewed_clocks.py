"""Two nodes with clocks a minute ahead and a minute behind: quotas and minutes of usage go by that of the state."""

import time
from collections.abc import Iterator

import pytest

from tests.support.cluster_nodes import Nodes
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.postgres_server import running_server
from tests.support.products import PATH, Product
from tests.support.redis_server import RedisServer
from tests.support.skewed_clock import skewed

BEFORE = 4.0
"""Seconds before the edge of an hour at which a quota is used up."""


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, redis: RedisServer) -> Iterator[list[LimenProcess]]:
    with running_server() as postgres:
        directory = tmp_path_factory.mktemp("nodes")
        nodes = Nodes(directory, postgres.make_database())
        shared = (f"--state=redis://127.0.0.1:{redis.port}", "--dev-clock")
        try:
            for name, seconds in (("ahead", 60), ("behind", -60)):
                nodes.start("all", name, *shared, environment=skewed(directory, seconds))
            yield list(nodes.running.values())
        finally:
            nodes.stop()


def test_the_first_calls_of_keys_without_limits_are_entered_at_the_right_minute(
    both: list[LimenProcess], redis: RedisServer
) -> None:
    """Nothing has to be asked before they are admitted."""
    product = Product(both[0])
    callers = [node.caller(product.api_id) for node in both]
    before = int(time.time() // 60)
    assert [caller.get(PATH, **product.headers).status for caller in callers for _ in range(3)] == [200] * 6
    wait_until(lambda: product.used() == 6, 10, lambda: str(product.used()))

    found = product.minutes(f"redis://127.0.0.1:{redis.port}")
    assert sum(found.values()) == 6
    assert set(found) <= set(range(before, int(time.time() // 60) + 1))


def test_a_quota_begins_anew_at_the_edge_for_all_nodes(both: list[LimenProcess]) -> None:
    """The node that is ahead gives nothing early, the one behind nothing late."""
    product = Product(both[0], quota={"limit": 20, "period": "HOUR"})
    callers = [node.caller(product.api_id) for node in both]

    def statuses(rounds: int) -> list[int]:
        return [caller.get(PATH, **product.headers).status for _ in range(rounds) for caller in callers]

    seconds = 3600 - time.time() % 3600 - BEFORE
    both[0].command("clock", "advance", f"{int(seconds) + 3600 * (seconds < 0)}s")
    edge = time.monotonic() + BEFORE + seconds % 1
    first = statuses(15)
    assert (first.count(200), first.count(429)) == (20, 10)
    while (left := edge - time.monotonic()) > 0.5:
        assert statuses(1) == [429, 429], f"{left} s before the edge"
    time.sleep(edge + 1.1 - time.monotonic())  # a worker takes it for granted for a second that nothing is left

    second = statuses(15)
    assert (second.count(200), second.count(429)) == (20, 10)
