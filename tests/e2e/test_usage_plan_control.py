"""API keys, usage plans and usage by boto3, the aws command and limen's own, on a real server."""

import asyncio
import csv
import io
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from limen.data_dir import DataDirectory
from limen.state.embedded_client import EmbeddedState
from limen.state.messages import Delivery, Used
from tests.support.aws_command import AwsCommand
from tests.support.limen_process import LimenProcess

VALUE = "acme-value-of-more-than-thirty-characters"


@pytest.fixture(scope="module")
def limen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    """May move its clock."""
    running = LimenProcess(tmp_path_factory.mktemp("usage-plans"), "--dev-clock", workers=1)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def aws(limen: LimenProcess) -> AwsCommand:
    return AwsCommand(limen, "apigateway", limen.directory)


@pytest.fixture
def rest(limen: LimenProcess) -> Any:
    return limen.client("apigateway")


class Counting:
    """Delivers calls as a worker does."""

    numbers = 0

    def __init__(self, limen: LimenProcess) -> None:
        self.socket = str(DataDirectory(limen.data_directory).state_socket())
        self.holder = f"a-test-{os.getpid()}-{time.monotonic_ns()}"

    def __call__(self, plan_id: str, key_id: str, calls: int, days_ago: int = 0, method: str = "GET /pets") -> None:
        minute = (int(time.time()) - days_ago * 86400) // 60
        Counting.numbers += 1

        async def deliver() -> None:
            state = EmbeddedState(self.socket)
            used = [Used(plan_id, key_id, "api1", "prod", method, minute, calls)]
            await state.deliver(Delivery(self.holder, Counting.numbers, used))
            await state.close()

        asyncio.run(deliver())


@pytest.fixture
def count(limen: LimenProcess) -> Counting:
    return Counting(limen)


def today(ahead: int = 0) -> str:
    return f"{datetime.now(UTC) + timedelta(days=ahead):%Y-%m-%d}"


def subscribed(rest: Any, name: str, **plan: Any) -> tuple[str, str]:
    """The ids of a new plan, and of a new key in it."""
    plan_id = rest.create_usage_plan(name=name, **plan)["id"]
    key_id = rest.create_api_key(name=f"{name}-key", enabled=True)["id"]
    rest.create_usage_plan_key(usagePlanId=plan_id, keyId=key_id, keyType="API_KEY")
    return plan_id, key_id


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


# --- keys and plans


def test_a_product_is_made_by_the_aws_command(limen: LimenProcess, aws: AwsCommand, rest: Any) -> None:
    api_id = rest.create_rest_api(name="pets")["id"]
    root = rest.get_resources(restApiId=api_id)["items"][0]["id"]
    method = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    rest.put_method(**method, authorizationType="NONE", apiKeyRequired=True)
    rest.put_integration(**method, type="MOCK")
    rest.create_deployment(restApiId=api_id, stageName="prod")

    plan = aws(
        *("create-usage-plan", "--name", "gold", "--throttle", "rateLimit=100,burstLimit=200"),
        *("--quota", "limit=10000,period=DAY", "--api-stages", f"apiId={api_id},stage=prod"),
    )
    key = aws("create-api-key", "--name", "acme", "--enabled", "--value", VALUE, "--tags", "team=a")
    added = aws("create-usage-plan-key", "--usage-plan-id", plan["id"], "--key-id", key["id"], "--key-type", "API_KEY")

    assert plan["quota"] == {"limit": 10000, "offset": 0, "period": "DAY"}
    assert (key["value"], key["enabled"], key["stageKeys"]) == (VALUE, True, [])
    assert added == {"id": key["id"], "type": "API_KEY", "value": VALUE, "name": "acme"}
    shown = aws("get-api-keys", "--name-query", "acme", "--include-values")["items"]
    assert [each["value"] for each in shown] == [VALUE]
    assert "value" not in aws("get-api-key", "--api-key", key["id"])
    assert aws("get-usage-plans", "--key-id", key["id"])["items"][0]["id"] == plan["id"]
    usage = aws("get-usage", "--usage-plan-id", plan["id"], "--start-date", today(), "--end-date", today())
    assert usage["items"] == {key["id"]: [[0, 10000]]}


def test_no_value_is_in_any_file(limen: LimenProcess, rest: Any) -> None:
    value = "a-value-that-nobody-finds-in-files"
    rest.create_api_key(name="hidden", value=value)
    rest.import_api_keys(format="csv", body=f"name,key\nann,{value}-imported".encode())
    files = [path for path in limen.data_directory.rglob("*") if path.is_file()]
    assert files and [path for path in files if value.encode() in path.read_bytes()] == []


def test_a_quota_of_hours_is_taken_from_any_client(aws: AwsCommand, rest: Any) -> None:
    plan = aws("create-usage-plan", "--name", "hourly", "--quota", "limit=5,period=HOUR")
    changed = rest.update_usage_plan(
        usagePlanId=plan["id"], patchOperations=[{"op": "add", "path": "/productCode", "value": "p1"}]
    )
    assert (changed["quota"]["period"], changed["productCode"]) == ("HOUR", "p1")


# --- usage


def test_usage_is_told_by_day_and_extended(limen: LimenProcess, rest: Any, count: Counting) -> None:
    plan_id, key_id = subscribed(rest, "silver", quota={"limit": 100, "period": "DAY"})
    count(plan_id, key_id, 7, days_ago=1)
    count(plan_id, key_id, 3)

    def items() -> dict[str, list[list[int]]]:
        dates = {"startDate": today(-1), "endDate": today()}
        return dict(rest.get_usage(usagePlanId=plan_id, **dates)["items"])

    assert items() == {key_id: [[7, 93], [3, 97]]}
    extended = rest.update_usage(
        usagePlanId=plan_id,
        keyId=key_id,
        patchOperations=[{"op": "replace", "path": "/remaining", "value": "500"}],
    )
    assert extended["items"] == {key_id: [[3, 500]]}
    count(plan_id, key_id, 2)
    assert items() == {key_id: [[7, 93], [5, 498]]}


def test_usage_outlives_the_server(rest: Any, count: Counting, limen: LimenProcess) -> None:
    plan_id, key_id = subscribed(rest, "lasting", quota={"limit": 100, "period": "MONTH"})
    count(plan_id, key_id, 3)
    for pid in limen.pids_of("limen.state_host"):
        os.kill(pid, 9)
    usage = rest.get_usage(usagePlanId=plan_id, startDate=today(), endDate=today())
    assert usage["items"] == {key_id: [[3, 97]]}


def test_counters_of_a_deleted_plan_are_forgotten_and_the_ledger_stays(
    rest: Any, count: Counting, limen: LimenProcess
) -> None:
    plan_id, key_id = subscribed(rest, "short")
    count(plan_id, key_id, 3)
    rest.delete_usage_plan(usagePlanId=plan_id)
    assert refusal(lambda: rest.get_usage(usagePlanId=plan_id, startDate=today(), endDate=today())) == (
        "NotFoundException",
        "Invalid Usage Plan ID specified",
    )
    assert json.loads(limen.command("usage", "verify", "--json").stdout)["callsOfGonePlans"] >= 3


# --- limen's own commands


def test_keys_live_by_the_limen_command(limen: LimenProcess, rest: Any) -> None:
    plan_id = rest.create_usage_plan(name="bronze")["id"]
    created = limen.command("keys", "create", "shop", "--plan", "bronze", "--tag", "team=b", "--customer", "c9")
    value = created.stdout.strip()

    def listed(*options: str) -> list[dict[str, Any]]:
        found = json.loads(limen.command("keys", "list", "--name", "shop", "--json", *options).stdout)
        assert isinstance(found, list)
        return found

    (key,) = listed("--values", "--plan", "bronze")
    assert (key["value"], key["customerId"], key["plans"]) == (value, "c9", [{"id": plan_id, "name": "bronze"}])
    assert "shop" in limen.command("keys", "list").stdout

    rotated = json.loads(limen.command("keys", "rotate", "shop", "--grace", "2h", "--json").stdout)
    old, new = listed("--values")
    assert (old["id"], old["value"], old["expires"] is not None) == (key["id"], value, True)
    assert (new["id"], new["value"]) == (rotated["id"], rotated["value"])
    assert (new["plans"], new["tags"], new["customerId"]) == (key["plans"], {"team": "b"}, "c9")

    limen.command("keys", "revoke", new["id"])
    assert [each["id"] for each in listed()] == [old["id"]]
    missing = limen.command("keys", "revoke", "nobody", check=False)
    assert (missing.returncode, missing.stderr) == (1, "limen: there is no key nobody\n")
    unknown = limen.command("keys", "create", "x", "--plan", "none", check=False)
    assert (unknown.returncode, unknown.stderr) == (1, "limen: no usage plans have the name or id none\n")


def test_usage_is_shown_and_exported(limen: LimenProcess, rest: Any, count: Counting) -> None:
    plan_id, key_id = subscribed(rest, "metered", quota={"limit": 100, "period": "DAY"})
    count(plan_id, key_id, 4)
    count(plan_id, key_id, 2, method="POST /pets")

    shown = limen.command("usage", "show", "--plan", "metered").stdout.splitlines()
    assert [line.split() for line in shown] == [
        ["DAY", "PLAN", "KEY", "CUSTOMER", "USED", "LEFT"],
        [today(), "metered", "metered-key", "-", "6", "94"],
    ]
    exported = limen.command("usage", "export", "--plan", "metered", "--by", "hour").stdout
    rows = list(csv.DictReader(io.StringIO(exported)))
    assert [(row["method"], row["calls"], row["keyId"]) for row in rows] == [
        ("GET /pets", "4", key_id),
        ("POST /pets", "2", key_id),
    ]
    assert len(rows[0]["time"]) == len("2026-01-01T00")
    assert json.loads(limen.command("usage", "export", "--key", key_id, "--json").stdout)[0]["calls"] == 4


def test_a_counter_that_was_changed_is_found(limen: LimenProcess, rest: Any, count: Counting) -> None:
    plan_id, key_id = subscribed(rest, "checked")
    count(plan_id, key_id, 4)
    agreed = limen.command("usage", "verify")
    assert agreed.stdout.endswith("counters and ledger agree\n")

    def change(by: int) -> None:
        database = sqlite3.connect(limen.data_directory / "usage.db", timeout=10)
        with database:
            database.execute(
                "UPDATE counters SET calls = calls + ? WHERE subject IN (SELECT id FROM subjects WHERE plan = ?)",
                (by, plan_id),
            )
        database.close()

    change(-1)
    differs = limen.command("usage", "verify", check=False)
    change(+1)
    assert (differs.returncode, differs.stderr) == (1, "limen: counters and ledger differ in 1 places\n")
    assert [plan_id, key_id] == differs.stdout.splitlines()[1].split()[1:3]
    assert differs.stdout.splitlines()[1].split()[-2:] == ["3", "4"]


def test_the_clock_goes_ahead_for_quotas_and_keys(limen: LimenProcess, rest: Any, count: Counting) -> None:
    plan_id, key_id = subscribed(rest, "daily", quota={"limit": 10, "period": "DAY"})
    count(plan_id, key_id, 10)
    old = json.loads(limen.command("keys", "create", "leaving", "--json").stdout)["id"]
    limen.command("keys", "rotate", old, "--grace", "12h")

    moved = json.loads(limen.command("clock", "advance", "1d", "--json").stdout)

    assert 86399 < moved["ahead"] < 86401
    assert json.loads(limen.command("clock", "show", "--json").stdout)["ahead"] == pytest.approx(86400, abs=2)
    usage = rest.get_usage(usagePlanId=plan_id, startDate=today(), endDate=today(1))
    assert usage["items"] == {key_id: [[10, 0], [0, 10]]}
    deadline = time.monotonic() + 10
    while any(key["id"] == old for key in rest.get_api_keys(limit=500)["items"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    shown = limen.command("clock", "reset").stdout
    assert shown.endswith(" (+0 s)\n")
    assert abs(json.loads(limen.command("clock", "show", "--json").stdout)["ahead"]) < 1
    assert rest.get_usage(usagePlanId=plan_id, startDate=today(), endDate=today())["items"] == {key_id: [[10, 0]]}


def test_the_clock_stays_where_nobody_allowed_it(start_limen: Callable[..., LimenProcess]) -> None:
    limen = start_limen()
    for arguments in (("advance", "1d"), ("reset",)):
        refused = limen.command("clock", *arguments, check=False)
        assert refused.returncode == 1
        assert "The clock of this server stays: see limen serve --dev-clock" in refused.stderr


# --- templates and documents

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Auth:
        ApiKeyRequired: true
        UsagePlan:
          CreateUsagePlan: PER_API
          UsagePlanName: shop-plan
          Throttle: {RateLimit: 100, BurstLimit: 50}
          Quota: {Limit: 2, Period: DAY}
      DefinitionBody:
        openapi: "3.0.1"
        info: {title: shop, version: "1"}
        x-amazon-apigateway-api-key-source: HEADER
        paths:
          /a:
            get:
              responses: {"200": {description: ok}}
              x-amazon-apigateway-integration:
                type: mock
                requestTemplates: {application/json: '{"statusCode": 200}'}
                responses: {default: {statusCode: "200", responseTemplates: {application/json: '{"a": 1}'}}}
Outputs:
  Api: {Value: !Ref Shop}
"""


def test_a_usage_plan_of_a_template_is_enforced(start_limen: Callable[..., LimenProcess], tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(SAM)
    limen = start_limen("template.yaml")
    rest = limen.client("apigateway")
    [plan] = rest.get_usage_plans()["items"]
    [key] = rest.get_usage_plan_keys(usagePlanId=plan["id"])["items"]
    api_id = plan["apiStages"][0]["apiId"]

    assert (plan["name"], plan["quota"]["limit"], plan["throttle"]["rateLimit"]) == ("shop-plan", 2, 100.0)
    caller = limen.caller(api_id)
    assert caller.get("/prod/a").status == 403
    statuses = [caller.get("/prod/a", **{"x-api-key": key["value"]}).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    rest.update_usage(
        usagePlanId=plan["id"], keyId=key["id"], patchOperations=[{"op": "replace", "path": "/remaining", "value": "1"}]
    )
    statuses = [caller.get("/prod/a", **{"x-api-key": key["value"]}).status for _ in range(2)]
    assert statuses == [200, 429]
    rest.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    assert caller.get("/prod/a", **{"x-api-key": key["value"]}).status == 403


def test_a_document_may_ask_for_keys(limen: LimenProcess, rest: Any) -> None:
    document = {
        "openapi": "3.0.1",
        "info": {"title": "keys", "version": "1"},
        "x-amazon-apigateway-api-key-source": "AUTHORIZER",
        "components": {"securitySchemes": {"api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}},
        "paths": {"/a": {"get": {"security": [{"api_key": []}], "responses": {"200": {"description": "ok"}}}}},
    }
    api = rest.import_rest_api(body=json.dumps(document).encode())
    assert api["apiKeySource"] == "AUTHORIZER"
    found = rest.get_resources(restApiId=api["id"], embed=["methods"])["items"]
    assert [each["resourceMethods"]["GET"]["apiKeyRequired"] for each in found if "resourceMethods" in each] == [True]
