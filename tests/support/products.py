"""A product as its owner makes it with boto3: a REST API that asks for a key, a usage plan, a key in it."""

import asyncio
import copy
import itertools
import json
import os
import time
from typing import Any

from limen.state.connect import open_state
from limen.state.messages import LedgerQuestion
from tests.support.limen_process import LimenProcess
from tests.support.rest_apis import operation, swagger

PATH = "/prod/pets"
DOCUMENT = json.dumps(
    swagger({})
    | {
        "paths": {"/pets": {"get": operation(security=[{"key": []}])}},
        "securityDefinitions": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
    }
)
names = itertools.count(1)


class Product:
    """`GET /pets` of the stage `prod` answers by itself, to whoever has the key."""

    def __init__(self, control: LimenProcess, **plan: Any) -> None:
        self.control = control
        self.apigateway = control.client("apigateway")
        self.api_id: str = self.apigateway.import_rest_api(body=DOCUMENT.encode())["id"]
        self.apigateway.create_deployment(restApiId=self.api_id, stageName="prod")
        stages = [{"apiId": self.api_id, "stage": "prod"}]
        name = f"product-{next(names)}"
        self.plan_id: str = self.apigateway.create_usage_plan(name=name, apiStages=stages, **plan)["id"]
        self.key_id, self.value = self.make_key()

    @property
    def headers(self) -> dict[str, str]:
        return {"x-api-key": self.value}

    def make_key(self) -> tuple[str, str]:
        value = f"a value of more than twenty {next(names):06}-{os.urandom(4).hex()}"
        key_id = self.apigateway.create_api_key(name=f"acme-{next(names)}", enabled=True, value=value)["id"]
        self.apigateway.create_usage_plan_key(usagePlanId=self.plan_id, keyId=key_id, keyType="API_KEY")
        return key_id, value

    def tag_stage(self, **tags: str) -> None:
        """`_` for `:`, and for `-` behind it: `limen_state_loss`."""
        named = {name.replace("_", ":", 1).replace("_", "-"): value for name, value in tags.items()}
        arn = f"arn:aws:apigateway:us-east-1::/restapis/{self.api_id}/stages/prod"
        self.apigateway.tag_resource(resourceArn=arn, tags=named)

    def on(self, control: LimenProcess) -> "Product":
        """The same, asked about elsewhere."""
        other = copy.copy(self)
        other.control, other.apigateway = control, control.client("apigateway")
        return other

    def patch_plan(self, **values: str) -> None:
        """`throttle__rateLimit="5"`."""
        patches = [
            {"op": "replace", "path": "/" + name.replace("__", "/"), "value": value} for name, value in values.items()
        ]
        self.apigateway.update_usage_plan(usagePlanId=self.plan_id, patchOperations=patches)

    def used(self) -> int:
        """As GetUsage tells it, of yesterday and today: a test may run at midnight."""
        today = day_of(time.time())
        usage = self.apigateway.get_usage(usagePlanId=self.plan_id, startDate=self.yesterday, endDate=today, limit=500)
        return sum(used for used, _ in usage["items"].get(self.key_id, []))

    @property
    def yesterday(self) -> str:
        return day_of(time.time() - 86400)

    def verify(self) -> dict[str, Any]:
        """What `limen usage verify` says; raises where counters and ledger differ."""
        return dict(json.loads(self.control.command("usage", "verify", "--start", self.yesterday, "--json").stdout))

    def exported(self) -> int:
        """The sum of what `limen usage export` tells."""
        asked = ("--key", self.key_id, "--start", self.yesterday, "--json")
        return sum(row["calls"] for row in json.loads(self.control.command("usage", "export", *asked).stdout))

    def minutes(self, state_url: str) -> dict[int, int]:
        """Calls by minute, as the ledger in a server has them."""

        async def read() -> dict[int, int]:
            state = open_state(state_url, "")
            now = int(time.time() // 60)
            page = await state.ledger(LedgerQuestion(self.plan_id, now - 1000, now + 1000))
            await state.close()
            found: dict[int, int] = {}
            for entry in page.entries:
                found[entry.minute] = found.get(entry.minute, 0) + entry.calls
            return found

        return asyncio.run(read())


def day_of(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
