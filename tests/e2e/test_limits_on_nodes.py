"""Three gateways, one control node, one PostgreSQL, one Redis: limits, quotas, usage and cached responses are one.

The clock of one gateway is a minute ahead, that of another a minute behind, in all these tests.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.support.cached_apis import CachedApi
from tests.support.client import Answer, Client
from tests.support.cluster_nodes import Nodes, readiness, wait_for_store
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.paced_load import PacedLoad, admitted, admitted_beyond, due
from tests.support.postgres_server import PostgresServer, running_server
from tests.support.products import DOCUMENT, PATH, Product
from tests.support.recording_backend import RecordingBackend
from tests.support.redis_server import RedisServer
from tests.support.skewed_clock import skewed
from tests.support.typed_commands import walk_through

RATE, BURST = 60, 60
OVERLOAD = 5 * RATE
BEYOND = 0.01 * RATE + 1
"""Calls more than burst + rate x window that are borne in the worst window, as clients saw it: what was granted to a
call that waited may be spent by one that came a moment later."""
LATE = 0.75 * RATE * 2 / 3
"""What two nodes of three admit by themselves as long as only the first of them has the state again."""
SKEW = {"g1": 0, "g2": 60, "g3": -60}


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Keeps all that it was told."""
    server = RedisServer(tmp_path_factory.mktemp("redis"), appendonly="yes", appendfsync="always")
    yield server
    server.kill()


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, redis: RedisServer) -> Iterator[Nodes]:
    running = Nodes(tmp_path_factory.mktemp("nodes"), postgres.make_database())
    try:
        start(running, redis, "c")
        for name in SKEW:
            start(running, redis, name, wait=False)
        for node in running.running.values():
            node.wait_until_ready()
        yield running
    finally:
        running.stop()


def start(nodes: Nodes, redis: RedisServer, name: str, *, wait: bool = True) -> LimenProcess:
    role = "control" if name == "c" else "gateway"
    environment = skewed(nodes.directory, SKEW.get(name, 0))
    return nodes.start(role, name, f"--state={url_of(redis)}", wait=wait, environment=environment)


def url_of(redis: RedisServer) -> str:
    return f"redis://127.0.0.1:{redis.port}"


@pytest.fixture
def control(nodes: Nodes) -> LimenProcess:
    return nodes.running["c"]


@pytest.fixture
def gateways(nodes: Nodes) -> list[LimenProcess]:
    return [nodes.running[name] for name in SKEW]


def test_a_throttle_is_one_on_all_nodes(control: LimenProcess, gateways: list[LimenProcess]) -> None:
    product = Product(control, throttle={"rateLimit": RATE, "burstLimit": BURST})

    with PacedLoad(gateways, product.api_id, PATH, OVERLOAD, headers=product.headers) as load:
        time.sleep(4)

    assert load.failures == []
    assert admitted_beyond(load.calls, RATE, BURST) < BEYOND
    assert load.admitted >= 0.98 * due(load.calls, RATE, BURST)
    assert {call.node for call in load.calls if call.status == 200} == {0, 1, 2}
    wait_until(lambda: product.used() == load.admitted, 5, lambda: f"{product.used()} of {load.admitted}")
    assert product.verify()["differences"] == []


def test_a_quota_is_one_on_all_nodes(control: LimenProcess, gateways: list[LimenProcess]) -> None:
    product = Product(control, quota={"limit": 200, "period": "DAY"})

    with PacedLoad(gateways, product.api_id, PATH, OVERLOAD, headers=product.headers) as load:
        wait_until(lambda: load.statuses().get(429, 0) > 100, 20, lambda: str(load.statuses()))

    assert load.failures == []
    assert load.admitted == 200
    wait_until(lambda: product.used() == 200, 5, lambda: str(product.used()))


def test_clocks_are_wrong_and_what_was_used_is_entered_at_the_right_time(
    redis: RedisServer, control: LimenProcess, gateways: list[LimenProcess]
) -> None:
    """A key without any limit: nobody has to ask the state before its calls are admitted."""
    product = Product(control)
    callers = [gateway.caller(product.api_id) for gateway in gateways]
    before = int(time.time() // 60)
    answers = [caller.get(PATH, **product.headers) for caller in callers for _ in range(2)]
    after = int(time.time() // 60)

    assert [answer.status for answer in answers] == [200] * 6
    dates = [parsedate_to_datetime(str(answer.header("date"))).timestamp() - time.time() for answer in answers]
    assert [round(date / 60) for date in dates] == [0, 0, 1, 1, -1, -1]
    wait_until(lambda: product.used() == 6, 5, lambda: str(product.used()))
    assert set(product.minutes(url_of(redis))) <= set(range(before, after + 1))


def test_what_the_dead_had_is_missing_for_a_second_and_counted_once(
    nodes: Nodes, redis: RedisServer, control: LimenProcess, gateways: list[LimenProcess]
) -> None:
    product = Product(control, throttle={"rateLimit": RATE, "burstLimit": BURST})

    with PacedLoad(gateways, product.api_id, PATH, OVERLOAD, headers=product.headers, is_balanced=True) as load:
        time.sleep(1.5)
        for pid in gateways[0].worker_pids():
            os.kill(pid, signal.SIGKILL)
        kill_all(gateways[1])
        died = time.monotonic()
        time.sleep(3)

    assert admitted_beyond(load.calls, RATE, BURST) < BEYOND
    assert load.admitted >= 0.98 * due(load.calls, RATE, BURST) - RATE
    later = load.between(died + 1)
    assert [call for call in later if call.status == 0] == []
    assert admitted(later) >= 0.98 * due(later, RATE, BURST, tokens=0)
    # Whether a call was admitted that a dead node did not answer, nobody knows but its file.
    start(nodes, redis, "g2")
    wait_until(lambda: product.used() >= load.admitted, 10, lambda: f"{product.used()} of {load.admitted}")
    time.sleep(1)
    assert load.admitted <= product.used() <= load.admitted + len(load.failures)
    assert product.verify()["differences"] == []
    assert product.exported() == product.used()


def test_what_a_dead_worker_had_ahead_is_back_after_a_second(
    control: LimenProcess, gateways: list[LimenProcess]
) -> None:
    """Far below the limit, where workers lease ahead."""
    product = Product(control, throttle={"rateLimit": RATE, "burstLimit": BURST})
    with PacedLoad(gateways, product.api_id, PATH, RATE / 2, headers=product.headers) as load:
        time.sleep(1.5)
        for pid in gateways[2].worker_pids():
            os.kill(pid, signal.SIGKILL)
    assert 429 not in load.statuses()
    time.sleep(1 + BURST / RATE)

    with overload(gateways[:2], product, 10 * RATE) as rush:
        time.sleep(0.5)
    assert admitted_beyond(load.calls + rush.calls, RATE, BURST) < BEYOND
    assert rush.admitted >= 0.98 * due(rush.calls, RATE, BURST)


def kill_all(node: LimenProcess) -> None:
    for pid in (node.process.pid, *node.worker_pids(), *node.control_pids()):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    node.process.wait()


def test_without_redis_open_stages_share_limits_and_closed_ones_admit_nothing(
    redis: RedisServer, control: LimenProcess, gateways: list[LimenProcess]
) -> None:
    is_open, closed = (Product(control, throttle={"rateLimit": RATE, "burstLimit": BURST}) for _ in range(2))
    closed.tag_stage(limen_state_loss="closed")
    quota = Product(control, quota={"limit": 90, "period": "DAY"})
    callers = [gateway.caller(quota.api_id) for gateway in gateways]

    def use_quota(calls: int) -> list[int]:
        """How many each node admits."""
        return [[caller.get(PATH, **quota.headers).status for _ in range(calls)].count(200) for caller in callers]

    with overload(gateways, is_open) as load, overload(gateways, closed) as refused:
        time.sleep(1.5)
        before = use_quota(10)
        redis.stop()
        stopped = time.monotonic()
        wait_until(lambda: all("state" in readiness(each) for each in gateways), 5, lambda: gateways[0].log)
        alone_with_quota = use_quota(60)
        time.sleep(2.5)
        started = time.monotonic()
        redis.start()
        wait_until(lambda: not any("state" in readiness(each) for each in gateways), 5, lambda: gateways[0].log)
        back = time.monotonic()
        time.sleep(2.5)

    after = use_quota(60)

    assert before == [10] * 3
    assert sum(alone_with_quota) <= 90, "shares of what each had heard last, and what it had in hand"
    assert sum(before + alone_with_quota + after) == max(90, sum(before + alone_with_quota))
    wait_until(lambda: quota.used() == sum(before + alone_with_quota + after), 5, lambda: str(quota.used()))
    assert load.failures == refused.failures == []
    assert {call.status for call in refused.between(stopped + 1, started)} == {429}
    for node in range(3):
        alone = load.between(stopped + 0.3, started, node)
        assert admitted_beyond(alone, RATE / 3, BURST / 3) < BEYOND
        assert admitted(alone) >= 0.98 * due(alone, RATE / 3, BURST / 3, tokens=0) - 1
    # Who is back first takes what came in meanwhile; the others, half a second later at most, pay for what they took.
    assert admitted_beyond(load.calls, RATE, 2 * BURST) < BEYOND
    assert admitted_beyond(load.calls, RATE, BURST, ending_after=back + 1.5) < BEYOND + LATE
    assert admitted_beyond(refused.calls, RATE, BURST) < BEYOND
    for later in (refused.between(back + 0.5), load.between(back + 1.5)):
        assert admitted(later) >= 0.98 * due(later, RATE, BURST, tokens=0) - 1


def test_a_redis_that_forgot_everything_gives_one_burst_more(
    redis: RedisServer, control: LimenProcess, gateways: list[LimenProcess]
) -> None:
    product = Product(control, throttle={"rateLimit": RATE, "burstLimit": BURST})

    with overload(gateways, product) as load:
        time.sleep(1)
        redis.ask("FLUSHALL")
        flushed = time.monotonic()
        time.sleep(1.5)

    assert load.failures == []
    assert admitted_beyond(load.calls, RATE, 2 * BURST) < BEYOND
    later = load.between(flushed + 0.1)
    assert admitted(later) >= 0.98 * due(later, RATE, BURST, tokens=0)


def overload(gateways: list[LimenProcess], product: Product, rate: float = OVERLOAD) -> PacedLoad:
    return PacedLoad(gateways, product.api_id, PATH, rate, headers=product.headers)


def test_without_the_database_limits_hold_and_changes_arrive_afterwards(
    postgres: PostgresServer, control: LimenProcess, gateways: list[LimenProcess]
) -> None:
    product = Product(control, throttle={"rateLimit": RATE, "burstLimit": BURST})
    postgres.stop()
    wait_for_store(*gateways, away=True)

    with overload(gateways, product) as load:
        time.sleep(1.5)

    assert load.failures == []
    assert admitted_beyond(load.calls, RATE, BURST) < BEYOND
    assert load.admitted >= 0.98 * due(load.calls, RATE, BURST)
    with pytest.raises(ClientError, match="The database of this server does not answer"):
        product.patch_plan(throttle__rateLimit="1")
    postgres.start()
    wait_for_store(control, *gateways, away=False)
    product.patch_plan(throttle__burstLimit="0")
    callers = [gateway.caller(product.api_id) for gateway in gateways]
    for caller in callers:
        wait_until(lambda: caller.get(PATH, **product.headers).status == 429, 5, lambda: "the change does not arrive")  # noqa: B023
    wait_until(lambda: product.used() == load.admitted, 5, lambda: f"{product.used()} of {load.admitted}")


def test_a_node_that_heard_nothing_catches_up(control: LimenProcess, gateways: list[LimenProcess]) -> None:
    """Plans that were changed while a node was cut off, here by a process of it that is stopped."""
    product = Product(control)
    for pid in gateways[2].control_pids():
        os.kill(pid, signal.SIGSTOP)
    try:
        product.patch_plan(quota__limit="2", quota__period="DAY")
        second = product.make_key()[1]
    finally:
        for pid in gateways[2].control_pids():
            os.kill(pid, signal.SIGCONT)
    caller = gateways[2].caller(product.api_id)
    wait_until(lambda: caller.get(PATH, **{"x-api-key": second}).status == 200, 10, lambda: gateways[2].log)
    statuses = [caller.get(PATH, **product.headers).status for _ in range(4)]
    assert statuses.count(200) <= 2
    assert statuses[-1] == 429


# --- cached responses

_DIGESTS = """
local digests = {}
for _, key in ipairs(redis.call('KEYS', '*cache:*')) do
  table.insert(digests, redis.sha1hex(redis.call('GET', key) or ''))
end
return table.concat(digests, ' ')
"""


def kept_by(redis: RedisServer, ask: Callable[[], Answer]) -> Answer:
    """The answer of what the cache does not have yet, once it has: nobody waits for that but this test."""
    before = redis.ask("EVAL", _DIGESTS, 0)
    answer = ask()
    wait_until(lambda: redis.ask("EVAL", _DIGESTS, 0) != before, 10, lambda: "nothing was kept")
    return answer


def test_cached_responses_are_shared_by_all_nodes(
    control: LimenProcess, gateways: list[LimenProcess], redis: RedisServer, backend: RecordingBackend
) -> None:
    api = CachedApi(control, backend.url)
    api.method("GET", "/plain")
    api.deploy()
    api.cache("/*/*/caching/requireAuthorizationForCacheControl=false")
    callers = [gateway.caller(api.id) for gateway in gateways]

    def bodies(**headers: str) -> list[bytes]:
        return [caller.get("/prod/plain", **headers).body for caller in callers]

    backend.script("/plain", 200, (), b"one")
    assert kept_by(redis, lambda: callers[0].get("/prod/plain")).body == b"one"
    assert (bodies(), len(backend.requests)) == ([b"one"] * 3, 1)
    backend.script("/plain", 200, (), b"two")
    assert kept_by(redis, lambda: callers[1].get("/prod/plain", **{"Cache-Control": "max-age=0"})).body == b"two"
    assert (bodies(), len(backend.requests)) == ([b"two"] * 3, 2)
    for flushes in range(3):
        api.flush()
        backend.script("/plain", 200, (), b"flush %d" % flushes)
        answer = kept_by(redis, lambda caller=callers[flushes]: caller.get("/prod/plain"))  # type: ignore[misc]
        assert answer.body == b"flush %d" % flushes, "it is done when it is answered"
        assert (bodies(), len(backend.requests)) == ([b"flush %d" % flushes] * 3, 3 + flushes)


def test_a_hit_needs_a_key_and_counts(
    control: LimenProcess, gateways: list[LimenProcess], redis: RedisServer, backend: RecordingBackend
) -> None:
    api = CachedApi(control, backend.url)
    api.method("GET", "/plain", apiKeyRequired=True)
    api.deploy()
    api.cache()
    plan_id = api.client.create_usage_plan(
        name="cached", quota={"limit": 4, "period": "DAY"}, apiStages=[{"apiId": api.id, "stage": "prod"}]
    )["id"]
    key = api.client.create_api_key(name="cached", enabled=True)
    api.client.create_usage_plan_key(usagePlanId=plan_id, keyId=key["id"], keyType="API_KEY")
    callers = [gateway.caller(api.id) for gateway in gateways]

    def ask(caller: Client) -> Answer:
        return caller.get("/prod/plain", **{"x-api-key": key["value"]})

    statuses = [kept_by(redis, lambda: ask(callers[0])).status]
    statuses += [ask(caller).status for caller in (*callers[1:], *callers)]
    assert sorted(statuses) == [200] * 4 + [429] * 2
    assert len(backend.requests) == 1
    assert [caller.get("/prod/plain").status for caller in callers] == [403] * 3


# --- as users do it


def test_it_is_done_on_nodes_as_on_one_machine(
    control: LimenProcess, gateways: list[LimenProcess], tmp_path: Path
) -> None:
    walk_through(tmp_path, control, gateways[1], DOCUMENT)


# --- all nodes are replaced


def test_all_nodes_are_replaced_under_load_with_limits(
    nodes: Nodes, redis: RedisServer, control: LimenProcess, gateways: list[LimenProcess]
) -> None:
    product = Product(control, throttle={"rateLimit": RATE, "burstLimit": BURST})

    with PacedLoad(gateways, product.api_id, PATH, OVERLOAD, headers=product.headers, is_balanced=True) as load:
        time.sleep(0.5)
        for node in (control, gateways[0]):  # new code in the same place
            before = set(node.control_pids() + node.worker_pids())
            node.signal(signal.SIGHUP)
            wait_until(lambda: not before & set(node.control_pids() + node.worker_pids()), 30, lambda: node.log)  # noqa: B023
            node.wait_until_ready()
        for name in ("g2", "g3"):  # a node stops, and comes back
            assert nodes.running[name].stop() == 0
            start(nodes, redis, name)
        time.sleep(0.5)

    assert load.failures == []
    assert admitted_beyond(load.calls, RATE, BURST) < BEYOND
    assert load.admitted >= 0.98 * due(load.calls, RATE, BURST)
    wait_until(lambda: product.used() == load.admitted, 5, lambda: f"{product.used()} of {load.admitted}")
    assert product.verify()["differences"] == []
