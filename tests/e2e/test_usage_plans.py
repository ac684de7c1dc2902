"""Usage plans as users meet them: boto3 makes them, clients are let in, refused and counted."""

import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.conftest import StartLimen
from tests.support.client import Answer, Client
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.rest_apis import body, operation, swagger

FORBIDDEN = (403, b'{"message":"Forbidden"}', "ForbiddenException")
THROTTLED = (429, b'{"message":"Too Many Requests"}', "TooManyRequestsException")
OVER_QUOTA = (429, b'{"message":"Limit Exceeded"}', "LimitExceededException")

names = itertools.count(1)


class Product:
    """A REST API with a plan of its own and a key in it."""

    def __init__(self, limen: LimenProcess, *, keyed: bool = True, **plan: Any) -> None:
        self.limen = limen
        self.apigateway = limen.client("apigateway")
        paths = {"/pets": operation(security=[{"key": []}] if keyed else []), "/free": operation()}
        document = swagger({}) | {
            "paths": {path: {"get": each, "post": each} for path, each in paths.items()},
            "securityDefinitions": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        }
        self.api_id: str = self.apigateway.import_rest_api(body=body(document))["id"]
        self.apigateway.create_deployment(restApiId=self.api_id, stageName="prod")
        stages = [{"apiId": self.api_id, "stage": "prod", **plan.pop("stage", {})}]
        self.plan_id: str = self.apigateway.create_usage_plan(name=f"gold-{next(names)}", apiStages=stages, **plan)[
            "id"
        ]
        self.key_id, self.value = self.make_key()
        self.client: Client = limen.caller(self.api_id)

    def make_key(self, *, enabled: bool = True) -> tuple[str, str]:
        value = f"a value of more than twenty {next(names):06}-{os.urandom(4).hex()}"
        key_id = self.apigateway.create_api_key(name=f"acme-{next(names)}", enabled=enabled, value=value)["id"]
        self.apigateway.create_usage_plan_key(usagePlanId=self.plan_id, keyId=key_id, keyType="API_KEY")
        return key_id, value

    def get(self, path: str = "/prod/pets", value: str | None = None) -> Answer:
        sent = self.value if value is None else value
        return self.client.get(path, **({"x-api-key": sent} if sent else {}))

    def statuses(self, count: int, **more: Any) -> list[int]:
        return [self.get(**more).status for _ in range(count)]

    def stage(self, *operations: tuple[str, str]) -> None:
        patches = [{"op": "replace", "path": path, "value": value} for path, value in operations]
        self.apigateway.update_stage(restApiId=self.api_id, stageName="prod", patchOperations=patches)

    def patch_plan(self, **values: str) -> None:
        patches = [
            {"op": "replace", "path": path.replace("__", "/").join(("/", "")), "value": value}
            for path, value in values.items()
        ]
        self.apigateway.update_usage_plan(usagePlanId=self.plan_id, patchOperations=patches)


def told(answer: Answer) -> tuple[int, bytes, str]:
    return answer.status, answer.body, answer.header("x-amzn-errortype") or ""


@pytest.fixture
def make(limen: LimenProcess) -> Iterator[Callable[..., Product]]:
    made: list[Product] = []

    def make_product(**plan: Any) -> Product:
        made.append(Product(limen, **plan))
        return made[-1]

    yield make_product
    for product in made:
        product.client.close()


def test_without_a_good_key_nobody_comes_in(make: Callable[..., Product]) -> None:
    product = make()
    other = make()
    _, disabled = product.make_key(enabled=False)
    stranger = product.apigateway.create_api_key(name="stranger", enabled=True, value="in no usage plan at all")

    assert product.get().status == 200
    assert told(product.get(value="")) == FORBIDDEN
    assert told(product.get(value="nobody has ever seen this one")) == FORBIDDEN
    assert told(product.get(value=disabled)) == FORBIDDEN
    assert told(product.get(value=stranger["value"])) == FORBIDDEN
    assert told(product.get(value=other.value)) == FORBIDDEN
    assert product.get("/prod/free", value="").status == 200
    assert product.get("/prod/free", value="nobody has ever seen this one").status == 200, "it is not looked at"


def test_a_plan_throttles_each_of_its_keys(make: Callable[..., Product]) -> None:
    product = make(throttle={"rateLimit": 0.5, "burstLimit": 3})
    _, second = product.make_key()

    assert product.statuses(3) == [200, 200, 200]
    assert told(product.get()) == THROTTLED
    assert product.statuses(4, value=second) == [200, 200, 200, 429]
    time.sleep(2.1)
    assert product.statuses(2) == [200, 429]


def test_a_quota_ends(make: Callable[..., Product]) -> None:
    product = make(quota={"limit": 5, "period": "DAY"})

    assert product.statuses(5) == [200] * 5
    assert told(product.get()) == OVER_QUOTA
    product.apigateway.update_usage(
        usagePlanId=product.plan_id,
        keyId=product.key_id,
        patchOperations=[{"op": "replace", "path": "/remaining", "value": "2"}],
    )
    assert product.statuses(3) == [200, 200, 429]


def test_a_quota_that_is_used_up_comes_before_a_throttle(make: Callable[..., Product]) -> None:
    product = make(quota={"limit": 2, "period": "MONTH"}, throttle={"rateLimit": 0.01, "burstLimit": 2})

    assert product.statuses(2) == [200, 200]
    assert told(product.get()) == OVER_QUOTA


def test_a_plan_limits_methods(make: Callable[..., Product]) -> None:
    product = make(stage={"throttle": {"/pets/GET": {"rateLimit": 0.01, "burstLimit": 2}}})

    assert product.statuses(3) == [200, 200, 429]
    post = product.client.send("POST", "/prod/pets", {"x-api-key": product.value}, b"{}")
    assert post.status == 200


def test_a_stage_limits_methods(make: Callable[..., Product]) -> None:
    product = make()
    product.stage(
        ("/~1free/GET/throttling/rateLimit", "0.01"),
        ("/~1free/GET/throttling/burstLimit", "2"),
    )

    assert product.statuses(3, path="/prod/free", value="") == [200, 200, 429]
    assert product.get().status == 200


def test_default_settings_limit_each_method_by_itself(make: Callable[..., Product]) -> None:
    product = make()
    product.stage(("/*/*/throttling/rateLimit", "0.01"), ("/*/*/throttling/burstLimit", "1"))

    assert product.statuses(2, path="/prod/free", value="") == [200, 429]
    assert product.statuses(2) == [200, 429]

    product.stage(("/*/*/throttling/rateLimit", "1000"), ("/*/*/throttling/burstLimit", "100"))
    wait_until(lambda: product.get().status == 200, 3.0, lambda: "the new limit does not hold")


def test_changes_hold_for_the_next_request(make: Callable[..., Product]) -> None:
    product = make()
    assert product.get().status == 200
    product.apigateway.update_api_key(
        apiKey=product.key_id, patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}]
    )
    assert told(product.get()) == FORBIDDEN
    product.apigateway.update_api_key(
        apiKey=product.key_id, patchOperations=[{"op": "replace", "path": "/enabled", "value": "true"}]
    )
    assert product.get().status == 200

    product.patch_plan(throttle__rateLimit="0.01", throttle__burstLimit="1")
    assert product.statuses(2) == [200, 429]
    product.apigateway.delete_usage_plan_key(usagePlanId=product.plan_id, keyId=product.key_id)
    assert told(product.get()) == FORBIDDEN


def test_two_workers_share_one_limit(make: Callable[..., Product]) -> None:
    """The server of these tests has two; each connection is one worker's."""
    product = make(throttle={"rateLimit": 0.01, "burstLimit": 20}, quota={"limit": 30, "period": "WEEK"})
    _, second = product.make_key()
    clients = [product.limen.caller(product.api_id) for _ in range(8)]
    try:
        statuses = [client.get("/prod/pets", **{"x-api-key": second}).status for _ in range(5) for client in clients]
    finally:
        for client in clients:
            client.close()

    assert statuses.count(200) == 20
    assert statuses.count(429) == 20


def test_calls_are_counted_once(make: Callable[..., Product]) -> None:
    product = make(quota={"limit": 5, "period": "DAY"})
    product.statuses(8)
    today = time.strftime("%Y-%m-%d", time.gmtime())

    def usage() -> list[list[int]]:
        answer = product.apigateway.get_usage(usagePlanId=product.plan_id, startDate=today, endDate=today)
        return list(answer["items"].get(product.key_id, []))

    wait_until(lambda: usage() == [[5, 0]], 5.0, lambda: f"used {usage()}")


def test_headers_tell_what_is_left_where_a_stage_asks_for_them(make: Callable[..., Product]) -> None:
    product = make(throttle={"rateLimit": 0.5, "burstLimit": 4}, quota={"limit": 100, "period": "DAY"})
    assert product.get().header("ratelimit") is None
    product.apigateway.tag_resource(
        resourceArn=f"arn:aws:apigateway:us-east-1::/restapis/{product.api_id}/stages/prod",
        tags={"limen:rate-limit-headers": "on"},
    )
    answers = [product.get() for _ in range(5)]

    assert answers[0].header("ratelimit-policy") == '"quota";q=100;w=86400, "plan";q=4;w=8'
    assert str(answers[0].header("ratelimit")).startswith('"quota";r=98;t=')
    assert answers[-1].status == 429
    assert '"plan";r=0;t=8' in str(answers[-1].header("ratelimit"))


def test_routes_of_http_apis_are_throttled(limen: LimenProcess) -> None:
    apis = limen.client("apigatewayv2")
    api_id = apis.create_api(
        Name="quick", ProtocolType="HTTP", Target="https://backend.invalid/", RouteKey="GET /pets"
    )["ApiId"]
    apis.update_stage(
        ApiId=api_id,
        StageName="$default",
        RouteSettings={"GET /pets": {"ThrottlingRateLimit": 0.01, "ThrottlingBurstLimit": 2}},
    )
    client = limen.caller(api_id)
    try:
        answers = [client.get("/pets") for _ in range(4)]
    finally:
        client.close()

    assert [answer.status for answer in answers[:2]] == [503, 503], "they reach the backend that is not there"
    assert [(answer.status, answer.body) for answer in answers[2:]] == [(429, b'{"message":"Too Many Requests"}')] * 2
    assert answers[2].header("x-amzn-errortype") is None


def test_a_killed_worker_loses_no_count_and_grants_nothing_twice(start_limen: StartLimen) -> None:
    limen = start_limen()
    product = Product(limen, quota={"limit": 10, "period": "DAY"})
    assert product.statuses(6) == [200] * 6
    (worker,) = limen.worker_pids()
    os.kill(worker, signal.SIGKILL)
    product.client.close()
    wait_until(lambda: limen.worker_pids() not in ([], [worker]), 10.0, lambda: "no new worker")
    limen.wait_until_ready()
    product.client = limen.caller(product.api_id)

    time.sleep(1.0)
    statuses = product.statuses(12)

    assert statuses.count(200) == 4
    product.client.close()


def test_closed_stages_refuse_and_open_ones_go_on_without_the_state(start_limen: StartLimen) -> None:
    limen = start_limen()
    product = Product(limen, throttle={"rateLimit": 0.01, "burstLimit": 4})
    assert product.get().status == 200
    (host,) = limen.pids_of("limen.state_host")
    os.kill(host, signal.SIGSTOP)
    try:
        statuses = product.statuses(6)
        assert 200 in statuses
        assert statuses[-1] == 429
        product.apigateway.tag_resource(
            resourceArn=f"arn:aws:apigateway:us-east-1::/restapis/{product.api_id}/stages/prod",
            tags={"limen:state-loss": "closed"},
        )
        _, fresh = product.make_key()
        wait_until(lambda: product.get(value=fresh).status == 429, 5.0, lambda: "it is not closed")
    finally:
        os.kill(host, signal.SIGCONT)
    limen.wait_for_log("the shared state is back")
    assert limen.log.count("limits are kept by each worker alone") == 1
    product.client.close()
