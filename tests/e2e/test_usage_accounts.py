"""One machine: what keys used is counted once, whoever is killed, and told alike by everything that tells it."""

import csv
import io
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.support.limen_process import LimenProcess, wait_until
from tests.support.paced_load import PacedLoad, admitted, admitted_beyond, due
from tests.support.products import DOCUMENT, PATH, Product
from tests.support.typed_commands import walk_through

RATE, BURST = 60, 60
OVERLOAD = 5 * RATE
BEYOND = 0.01 * RATE + 1
FLUSH = 1.5
"""Seconds after which what was admitted is counted, with what a worker that was killed left behind."""


@pytest.fixture(scope="module")
def limen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    running = LimenProcess(tmp_path_factory.mktemp("accounts"), workers=2)
    yield running
    running.stop()


def test_it_is_done_as_the_manual_says(limen: LimenProcess, tmp_path: Path) -> None:
    walk_through(tmp_path, limen, limen, DOCUMENT)


def test_two_workers_keep_one_limit(limen: LimenProcess) -> None:
    product = Product(limen, throttle={"rateLimit": RATE, "burstLimit": BURST})

    with PacedLoad([limen], product.api_id, PATH, OVERLOAD, headers=product.headers, connections=8) as load:
        time.sleep(3)

    assert load.failures == []
    assert admitted_beyond(load.calls, RATE, BURST) < BEYOND
    assert load.admitted >= 0.98 * due(load.calls, RATE, BURST)


def test_killed_workers_and_a_killed_state_host_lose_no_call(limen: LimenProcess) -> None:
    product = Product(limen, throttle={"rateLimit": RATE, "burstLimit": BURST}, quota={"limit": 10**6, "period": "DAY"})

    with PacedLoad([limen], product.api_id, PATH, OVERLOAD, headers=product.headers, connections=8) as load:
        time.sleep(1.2)
        os.kill(limen.pids_of("limen.state_host")[0], signal.SIGKILL)
        time.sleep(1)
        before = limen.worker_pids()
        os.kill(before[0], signal.SIGKILL)
        wait_until(lambda: len(limen.worker_pids()) == 2 and limen.worker_pids() != before, 10, lambda: limen.log)
        time.sleep(1)
        os.kill(limen.pids_of("limen.state_host")[0], signal.SIGKILL)
        os.kill(limen.worker_pids()[0], signal.SIGKILL)
        wait_until(lambda: len(limen.worker_pids()) == 2 and tells_usage(product), 10, lambda: limen.log)
        back = time.monotonic()
        time.sleep(2.5)

    assert admitted_beyond(load.calls, RATE, BURST) < BEYOND
    later = load.between(back + 1.5)  # a second later all is paid that was admitted meanwhile
    assert admitted(later) >= 0.98 * due(later, RATE, BURST, tokens=0) - 1
    # Whether a call was admitted that a dead worker did not answer, nobody knows but its file.
    time.sleep(FLUSH)
    used = product.used()
    assert load.admitted <= used <= load.admitted + len(load.failures)
    assert product.verify()["differences"] == []
    assert product.exported() == used
    exported = limen.command("usage", "export", "--key", product.key_id, "--by", "hour", "--start", product.yesterday)
    rows = list(csv.DictReader(io.StringIO(exported.stdout)))
    assert sum(int(row["calls"]) for row in rows) == used
    assert {(row["planId"], row["stage"], row["method"]) for row in rows} == {(product.plan_id, "prod", "GET /pets")}


def tells_usage(product: Product) -> bool:
    try:
        return product.used() > 0
    except ClientError:
        return False


def test_a_quota_is_exact_on_two_workers_that_are_killed(limen: LimenProcess) -> None:
    """With the state host alive a quota is never exceeded; what a dead worker had on lease comes back after 5 s."""
    product = Product(limen, quota={"limit": 300, "period": "DAY"})

    with PacedLoad([limen], product.api_id, PATH, OVERLOAD, headers=product.headers, connections=8) as load:
        wait_until(lambda: load.admitted > 100, 10, lambda: str(load.statuses()))
        os.kill(limen.worker_pids()[0], signal.SIGKILL)
        wait_until(lambda: product.used() >= 300, 20, lambda: f"{product.used()} {load.statuses()}")

    assert load.admitted <= 300 <= load.admitted + len(load.failures)
    assert product.used() == 300
    assert json.loads(limen.command("usage", "verify", "--json").stdout)["differences"] == []
