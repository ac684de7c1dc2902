"""What is served, for people: APIs with their stages, routes with callable URLs."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from limen.control.domain_urls import is_closed, urls_of_stages
from limen.plan.freeze import all_apis
from limen.plan.snapshot import API_NOUNS, NOUNS, Protocol
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


class _Api(Struct, frozen=True):
    """An API of either noun, as both lists show it."""

    noun: str
    id: str
    document: Document

    @property
    def region(self) -> str:
        return str(self.document["_region"])

    @property
    def protocol(self) -> Protocol:
        return API_NOUNS[self.noun]


_Urls = Mapping[tuple[str, str], list[str]]
"""On domain names, by API and stage."""


def apis(store: Store, endpoints: Endpoints) -> list[dict[str, Any]]:
    with store.reader() as reader:
        urls = urls_of_stages(reader, endpoints.port)
        return [
            {
                "apiId": api.id,
                "name": api.document["name"],
                "protocolType": api.protocol,
                "region": api.region,
                "stages": [_stage(reader, endpoints, api, stage, urls) for _, stage in reader.list("Stage", api.id)],
            }
            for api in _all(reader)
        ]


def has_stage(store: Store, api_id: str, stage_name: str) -> bool:
    with store.reader() as reader:
        return reader.get("Stage", api_id, stage_name) is not None


def served_routes(store: Store, endpoints: Endpoints) -> list[dict[str, Any]]:
    """A row for each route or method of each stage, as its deployment froze it."""
    with store.reader() as reader:
        urls = urls_of_stages(reader, endpoints.port)
        return [
            row
            for api in _all(reader)
            for _, stage in reader.list("Stage", api.id)
            for row in _rows(reader, endpoints, api, stage, urls)
        ]


def _all(reader: Reader) -> Iterator[_Api]:
    for noun, api_id, document in all_apis(reader):
        yield _Api(noun, api_id, document)


def _stage(reader: Reader, endpoints: Endpoints, api: _Api, stage: Document, urls: _Urls) -> dict[str, Any]:
    deployment = _deployment(reader, api.id, stage)
    undeployed = 0
    if deployment is not None:
        changed = reader.changes(api.id, deployment["_revision"], reader.revision)
        undeployed = sum(noun in NOUNS[api.protocol] for noun, _, _ in changed)
    return {
        "stageName": stage["stageName"],
        "deploymentId": stage.get("deploymentId"),
        "autoDeploy": stage.get("autoDeploy", False),
        "url": endpoints.of_stage(api.id, api.region, stage["stageName"]),
        "domainUrls": urls.get((api.id, stage["stageName"]), []),
        "endpointDisabled": is_closed(reader, api.id, stage["stageName"]),
        "undeployed": undeployed,
        "message": stage.get("lastDeploymentStatusMessage"),
    }


def _deployment(reader: Reader, api_id: str, stage: Document) -> Document | None:
    deployment_id = stage.get("deploymentId")
    return reader.get("Deployment", api_id, deployment_id) if deployment_id else None


def _rows(reader: Reader, endpoints: Endpoints, api: _Api, stage: Document, urls: _Urls) -> Iterator[dict[str, Any]]:
    deployment = _deployment(reader, api.id, stage)
    if deployment is None:
        return
    frozen = reader.at(deployment["_revision"])
    base = endpoints.of_stage(api.id, api.region, stage["stageName"])
    closed = is_closed(reader, api.id, stage["stageName"])
    for row in (_methods if api.noun == "RestApi" else _routes)(frozen, api.id):
        _, _, path = row["routeKey"].partition(" ")
        yield {
            "apiId": api.id,
            "apiName": api.document["name"],
            "protocolType": api.protocol,
            "stage": stage["stageName"],
            **row,
            "url": base + path,
            "domainUrls": [url + path for url in urls.get((api.id, stage["stageName"]), [])],
            "endpointDisabled": closed,
        }


def _routes(frozen: Reader, api_id: str) -> Iterator[dict[str, Any]]:
    integrations = dict(frozen.list("Integration", api_id))
    authorizers = dict(frozen.list("Authorizer", api_id))
    for _, route in frozen.list("Route", api_id):
        integration = integrations.get(route.get("target", "").removeprefix("integrations/"))
        yield {
            "routeKey": route["routeKey"],
            "integration": _describe_integration(integration),
            "authorizer": _describe_authorizer(route, authorizers),
        }


def _methods(frozen: Reader, api_id: str) -> Iterator[dict[str, Any]]:
    """By path, as people look for them."""
    paths = {key: resource["path"] for key, resource in frozen.list("Resource", api_id)}
    authorizers = dict(frozen.list("Authorizer", api_id))
    methods = [(paths[method["_resourceId"]], method) for _, method in frozen.list("Method", api_id)]
    for path, method in sorted(methods, key=lambda item: (item[0], item[1]["httpMethod"])):
        integration = method.get("methodIntegration")
        described = (
            "none: answers 500" if integration is None else f"{integration['type']} {integration.get('uri', '')}"
        )
        key = " and an API key" if method.get("apiKeyRequired") else ""
        yield {
            "routeKey": f"{method['httpMethod']} {path}",
            "integration": described.strip(),
            "authorizer": _describe_authorizer(method, authorizers) + key,
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
