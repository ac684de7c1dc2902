"""A gateway with limits, usage and cached responses in Redis: two workers, one truth, and what is left when it dies."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import StartLimen
from tests.e2e.test_usage_plans import OVER_QUOTA, THROTTLED, Product, told
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.redis_server import RedisServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis", appendonly="yes", appendfsync="always", requirepass="opensesame")
    yield server
    server.kill()


@pytest.fixture
def limen(start_limen: StartLimen, server: RedisServer) -> LimenProcess:
    return start_limen(f"--state=valkey://:opensesame@127.0.0.1:{server.port}", workers=2)


def test_limits_and_usage_are_in_the_server(limen: LimenProcess, server: RedisServer) -> None:
    product = Product(limen, throttle={"rateLimit": 0.1, "burstLimit": 3}, quota={"limit": 5, "period": "DAY"})
    _, second = product.make_key()

    assert product.statuses(3) == [200, 200, 200]
    assert told(product.get()) == THROTTLED
    server.kill()
    server.start()
    wait_until(lambda: used(product) == [3, 2], 15, lambda: f"usage is {used(product)}")
    assert told(product.get()) == THROTTLED
    assert product.statuses(3, value=second) == [200, 200, 200]
    assert b"opensesame" not in limen.log_file.read_bytes()


def test_a_quota_that_is_used_up_is_refused_by_all_workers(limen: LimenProcess) -> None:
    product = Product(limen, quota={"limit": 5, "period": "MONTH"})

    assert product.statuses(5) == [200] * 5
    product.client.close()  # another connection, which another worker may have
    product.client = limen.caller(product.api_id)
    assert told(product.get()) == OVER_QUOTA


def used(product: Product) -> list[int]:
    """Calls used today, and what remains."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    usage = product.apigateway.get_usage(usagePlanId=product.plan_id, startDate=today, endDate=today)
    days = usage["items"].get(product.key_id, [[0, 5]])
    return list(days[-1])
