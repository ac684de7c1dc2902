"""What is served, for people: APIs with their stages, routes with callable URLs."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from limen.store.documents import Document
from limen.store.store import Reader, Store


class Endpoints(Struct, frozen=True):
    """From which parts the URLs of APIs are made."""

    suffix: str
    port: int
    public_url: str | None = None

    def of_stage(self, api_id: str, region: str, stage_name: str) -> str:
        """The URL of a stage on its API's own host, without a slash at its end."""
        base = f"https://{api_id}.execute-api.{region}.{self.suffix}:{self.port}"
        return base if stage_name == "$default" else f"{base}/{stage_name}"

    def on_bare_host(self, stage_name: str) -> str:
        base = self.public_url or f"https://localhost:{self.port}"
        return base if stage_name == "$default" else f"{base}/{stage_name}"


def apis(store: Store, endpoints: Endpoints) -> list[dict[str, Any]]:
    with store.reader() as reader:
        return [
            {
                "apiId": api_id,
                "name": api["name"],
                "protocolType": api["protocolType"],
                "region": api["_region"],
                "stages": [_stage(reader, endpoints, api, stage) for _, stage in reader.list("Stage", api_id)],
            }
            for _, api_id, api in reader.all("Api")
        ]


def has_stage(store: Store, api_id: str, stage_name: str) -> bool:
    with store.reader() as reader:
        return reader.get("Stage", api_id, stage_name) is not None


def served_routes(store: Store, endpoints: Endpoints) -> list[dict[str, Any]]:
    """A row for each route of each stage, as its deployment froze it."""
    with store.reader() as reader:
        return [
            row
            for _, api_id, api in reader.all("Api")
            for _, stage in reader.list("Stage", api_id)
            for row in _routes(reader, endpoints, api, stage)
        ]


def _stage(reader: Reader, endpoints: Endpoints, api: Document, stage: Document) -> dict[str, Any]:
    deployment = _deployment(reader, api["apiId"], stage)
    undeployed = 0
    if deployment is not None:
        changed = reader.changes(api["apiId"], deployment["_revision"], reader.revision)
        undeployed = sum(noun in ("Route", "Integration", "Authorizer") for noun, _, _ in changed)
    return {
        "stageName": stage["stageName"],
        "deploymentId": stage.get("deploymentId"),
        "autoDeploy": stage.get("autoDeploy", False),
        "url": endpoints.of_stage(api["apiId"], api["_region"], stage["stageName"]),
        "undeployed": undeployed,
        "message": stage.get("lastDeploymentStatusMessage"),
    }


def _deployment(reader: Reader, api_id: str, stage: Document) -> Document | None:
    deployment_id = stage.get("deploymentId")
    return reader.get("Deployment", api_id, deployment_id) if deployment_id else None


def _routes(reader: Reader, endpoints: Endpoints, api: Document, stage: Document) -> Iterator[dict[str, Any]]:
    deployment = _deployment(reader, api["apiId"], stage)
    if deployment is None:
        return
    frozen = reader.at(deployment["_revision"])
    integrations = dict(frozen.list("Integration", api["apiId"]))
    authorizers = dict(frozen.list("Authorizer", api["apiId"]))
    base = endpoints.of_stage(api["apiId"], api["_region"], stage["stageName"])
    for _, route in frozen.list("Route", api["apiId"]):
        integration = integrations.get(route.get("target", "").removeprefix("integrations/"))
        _, _, path = route["routeKey"].partition(" ")
        yield {
            "apiId": api["apiId"],
            "apiName": api["name"],
            "protocolType": api["protocolType"],
            "stage": stage["stageName"],
            "routeKey": route["routeKey"],
            "integration": _describe_integration(integration),
            "authorizer": _describe_authorizer(route, authorizers),
            "url": base + path,
        }


def _describe_integration(integration: Document | None) -> str:
    if integration is None:
        return "none: answers 500"
    kind = integration.get("integrationSubtype") or integration["integrationType"]
    return f"{kind} {integration.get('integrationUri', '')}".strip()


def _describe_authorizer(route: Document, authorizers: dict[str, Document]) -> str:
    kind = route.get("authorizationType", "NONE")
    authorizer = authorizers.get(route.get("authorizerId", ""))
    return f"{kind} {authorizer['name']}" if authorizer else kind
