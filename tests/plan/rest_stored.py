"""REST APIs written into a store by hand, the way operations leave them there."""

from typing import Any

from limen.store.store import Store

SCOPE = "000000000000/us-east-1"


class RestStored:
    """A REST API in a store; resources are made with the methods on them."""

    def __init__(self, store: Store, api_id: str = "rest1") -> None:
        self.store = store
        self.api_id = api_id
        self.deployments = 0
        self.api: dict[str, Any] = {
            "id": api_id,
            "name": "shop",
            "createdDate": "2026-01-01T00:00:00Z",
            "_account": "000000000000",
            "_region": "us-east-1",
        }
        self.change()

    def change(self, **settings: Any) -> None:
        self.api |= settings
        with self.store.transaction() as tx:
            tx.put("RestApi", SCOPE, self.api_id, self.api)

    def method(self, key: str, **settings: Any) -> None:
        """`GET /pets/{id}`, with a mock integration unless `methodIntegration` says otherwise."""
        verb, _, path = key.partition(" ")
        resource_id = path.strip("/").replace("/", "-") or "root"
        self.put("Resource", resource_id, {"id": resource_id, "path": path})
        document = {
            "httpMethod": verb,
            "authorizationType": "NONE",
            "apiKeyRequired": False,
            "methodIntegration": {"type": "MOCK"},
            "_resourceId": resource_id,
            **settings,
        }
        self.put("Method", f"{resource_id}/{verb}", document)

    def put(self, noun: str, key: str, document: dict[str, Any]) -> None:
        with self.store.transaction() as tx:
            tx.put(noun, self.api_id, key, document)

    def delete(self, noun: str, key: str) -> None:
        with self.store.transaction() as tx:
            tx.delete(noun, self.api_id, key)

    def freeze(self) -> str:
        self.deployments += 1
        deployment_id = f"d{self.deployments}"
        with self.store.transaction() as tx:
            tx.put("Deployment", self.api_id, deployment_id, {"id": deployment_id, "_revision": tx.revision})
        return deployment_id

    def stage(self, name: str = "prod", **settings: Any) -> None:
        with self.store.transaction() as tx:
            stage = tx.get("Stage", self.api_id, name) or {"stageName": name}
            tx.put("Stage", self.api_id, name, stage | settings)

    def deploy(self, name: str = "prod", **settings: Any) -> str:
        """Freezes the API as it is and points a stage to it."""
        deployment_id = self.freeze()
        self.stage(name, deploymentId=deployment_id, **settings)
        return deployment_id
