"""APIs written into a store by hand, the way operations leave them there."""

from collections.abc import Iterator
from typing import Any

from limen.gateway.exchange import Exchange, Response
from limen.gateway.route_plan import Step
from limen.plan.follow import Follower
from limen.plan.snapshot import StageUpdate
from limen.plan.state import WorkerState
from limen.store.store import Store
from tests.support.exchanges import answer, exchange

SCOPE = "000000000000/us-east-1"
ARN = "arn:aws:logs:us-east-1:000000000000:log-group:orders"


class Stored:
    """An API in a store."""

    def __init__(self, store: Store, api_id: str = "api1", created: str = "2026-01-01T00:00:00Z") -> None:
        self.store = store
        self.api_id = api_id
        self.deployments = 0
        self.api: dict[str, Any] = {
            "apiId": api_id,
            "name": "orders",
            "protocolType": "HTTP",
            "createdDate": created,
            "_account": "000000000000",
            "_region": "us-east-1",
        }
        self.change()

    @property
    def revision(self) -> int:
        with self.store.reader() as reader:
            return reader.revision

    def change(self, **settings: Any) -> None:
        self.api |= settings
        with self.store.transaction() as tx:
            tx.put("Api", SCOPE, self.api_id, self.api)

    def integration(self, key: str, uri: str, **settings: Any) -> None:
        document = {"integrationId": key, "integrationType": "HTTP_PROXY", "integrationUri": uri, **settings}
        self.put("Integration", key, document)

    def route(self, key: str, route_key: str, target: str | None = "i1", **settings: Any) -> None:
        document = {"routeId": key, "routeKey": route_key, **settings}
        if target is not None:
            document["target"] = f"integrations/{target}"
        self.put("Route", key, document)

    def put(self, noun: str, key: str, document: dict[str, Any]) -> None:
        with self.store.transaction() as tx:
            tx.put(noun, self.api_id, key, document)

    def delete(self, noun: str, key: str) -> None:
        with self.store.transaction() as tx:
            tx.delete(noun, self.api_id, key)

    def deploy(self, stage_name: str = "$default", **settings: Any) -> str:
        """Freezes the API as it is and points a stage to it."""
        self.deployments += 1
        deployment_id = f"d{self.deployments}"
        with self.store.transaction() as tx:
            deployment = {"deploymentId": deployment_id, "_revision": tx.revision}
            tx.put("Deployment", self.api_id, deployment_id, deployment)
        self.point(stage_name, deployment_id, **settings)
        return deployment_id

    def point(self, stage_name: str, deployment_id: str | None, **settings: Any) -> None:
        with self.store.transaction() as tx:
            stage = tx.get("Stage", self.api_id, stage_name) or {"stageName": stage_name}
            tx.put("Stage", self.api_id, stage_name, stage | {"deploymentId": deployment_id} | settings)


class Worker:
    """A follower and its table, with a client that asks."""

    def __init__(self, state: WorkerState | None = None) -> None:
        self.state = state or WorkerState.dry()
        self.state.table.first_api = "api1"
        self.follower = Follower(self.state)

    async def apply(self, updates: "list[StageUpdate] | Iterator[StageUpdate]") -> None:
        for update in updates:
            await self.follower.apply(update)

    def ask(self, request_line: str, **headers: str) -> str:
        asked = exchange(request_line, {name.replace("_", "-"): value for name, value in headers.items()})
        self.state.table.dispatch(asked)
        response = answer(asked)
        return f"{response.status} {response.body.decode()}"


def telling_integration(integration: Any, route: Any, stage: Any, *_: Any) -> Step:
    """Stands in for a backend: answers with the URI that would have been called."""

    def tell(exchange: Exchange) -> None:
        variables = stage.get("stageVariables") or {}
        text = f"{integration['integrationUri']} {exchange.path_parameters or ''}{variables or ''}"
        exchange.response = Response(200, [], text.strip().encode())

    return tell
