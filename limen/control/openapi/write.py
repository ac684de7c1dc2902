"""An HTTP API as an OpenAPI 3.0.1 document, in the shape in which AWS exports it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-export.html
"""

import json
import re
from collections import Counter
from typing import Any

import yaml

from limen.control.openapi.extensions import (
    ANY_METHOD_NAME,
    AUTH_NAME,
    AUTHORIZER,
    AUTHORIZER_NAME,
    CORS,
    CORS_NAME,
    ENDPOINT_NAME,
    INTEGRATION,
    INTEGRATION_NAME,
    INTEGRATIONS_NAME,
    TAG_VALUE_NAME,
    VERSION_NAME,
)
from limen.control.openapi.keyword import Kind
from limen.store.documents import Document

_VARIABLE = re.compile(r"\{([^}]+)\}")


def write_document(
    api: Document,
    routes: list[Document],
    integrations: dict[str, Document],
    authorizers: dict[str, Document],
    *,
    stage_name: str | None = None,
    has_extensions: bool = True,
) -> dict[str, Any]:
    """`api` with its endpoint, as it is answered; `stage_name` becomes the base path."""
    writer = _Writer(routes, integrations, authorizers, has_extensions)
    document: dict[str, Any] = {"openapi": "3.0.1", "info": _info(api)}
    document["servers"] = [_server(api, stage_name, has_extensions)]
    if api.get("tags"):
        document["tags"] = [_tag(name, value, has_extensions) for name, value in api["tags"].items()]
    document["paths"] = writer.paths()
    components = writer.components()
    if components:
        document["components"] = components
    if has_extensions:
        if "corsConfiguration" in api:
            document[CORS_NAME] = described(CORS, api["corsConfiguration"])
        document[VERSION_NAME] = "1.0"
    return document


def write_text(document: dict[str, Any], output_type: str) -> bytes:
    """`output_type` is JSON or YAML."""
    if output_type == "JSON":
        return json.dumps(document, indent=2, ensure_ascii=False).encode()
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, explicit_start=True, width=120)
    return text.encode()


def _info(api: Document) -> dict[str, Any]:
    """OpenAPI asks for a version; AWS gives the time of creation where the API has none."""
    info = {"title": api["name"]}
    if api.get("description"):
        info["description"] = api["description"]
    created = str(api.get("createdDate", ""))
    info["version"] = api.get("version") or created.replace("T", " ").replace("Z", "UTC")
    return info


def _server(api: Document, stage_name: str | None, has_extensions: bool) -> dict[str, Any]:
    base_path = "" if stage_name in (None, "$default") else stage_name
    server: dict[str, Any] = {
        "url": f"{api['apiEndpoint']}/{{basePath}}",
        "variables": {"basePath": {"default": base_path}},
    }
    if has_extensions and api.get("disableExecuteApiEndpoint"):
        server[ENDPOINT_NAME] = {"disableExecuteApiEndpoint": True}
    return server


def _tag(name: str, value: str, has_extensions: bool) -> dict[str, Any]:
    return {"name": name, TAG_VALUE_NAME: value} if has_extensions and value else {"name": name}


def described(kind: Kind, members: dict[str, Any]) -> dict[str, Any]:
    """A noun's members under the names that they have in a document, in the order of the table."""
    return {name: members[member] for member, name in kind.members.items() if member in members}


class _Writer:
    def __init__(
        self,
        routes: list[Document],
        integrations: dict[str, Document],
        authorizers: dict[str, Document],
        has_extensions: bool,
    ) -> None:
        self._routes = routes
        self._integrations = integrations
        self._authorizers = authorizers
        self._has_extensions = has_extensions
        users = Counter(_integration_id(route) for route in routes)
        self._shared = {integration_id for integration_id, count in users.items() if count > 1} & set(integrations)

    def paths(self) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        for route in self._routes:
            method, _, path = route["routeKey"].rpartition(" ")
            item = paths.setdefault(_path_of(route["routeKey"]), {})
            is_any = method in ("", "ANY")
            item[ANY_METHOD_NAME if is_any else method.lower()] = self._operation(route, is_default=not method)
            names = _VARIABLE.findall(path)
            if names:
                item["parameters"] = item.pop("parameters", None) or [_parameter(name) for name in names]
        return paths

    def components(self) -> dict[str, Any]:
        components: dict[str, Any] = {}
        if self._authorizers:
            schemes = {authorizer["name"]: self._scheme(authorizer) for authorizer in self._authorizers.values()}
            components["securitySchemes"] = schemes
        if self._shared and self._has_extensions:
            integrations = sorted(self._shared)
            components[INTEGRATIONS_NAME] = {key: _integration(self._integrations[key]) for key in integrations}
        return components

    def _operation(self, route: Document, *, is_default: bool) -> dict[str, Any]:
        operation: dict[str, Any] = {}
        if "operationName" in route:
            operation["operationId"] = route["operationName"]
        operation["responses"] = {"default": {"description": f"Default response for {route['routeKey']}"}}
        authorizer = self._authorizers.get(route.get("authorizerId", ""))
        if authorizer is not None:
            operation["security"] = [{authorizer["name"]: route.get("authorizationScopes", [])}]
        if self._has_extensions:
            self._extend(operation, route, is_default)
        return operation

    def _extend(self, operation: dict[str, Any], route: Document, is_default: bool) -> None:
        if route.get("authorizationType") == "AWS_IAM":
            operation[AUTH_NAME] = {"type": "AWS_IAM"}
        if is_default:
            operation["isDefaultRoute"] = True
        key = _integration_id(route)
        if key in self._shared:
            operation[INTEGRATION_NAME] = {"$ref": f"#/components/{INTEGRATIONS_NAME}/{key}"}
        elif key in self._integrations:
            operation[INTEGRATION_NAME] = _integration(self._integrations[key])

    def _scheme(self, authorizer: Document) -> dict[str, Any]:
        is_jwt = authorizer["authorizerType"] == "JWT"
        scheme: dict[str, Any] = {"type": "oauth2"} if is_jwt else _api_key(authorizer.get("identitySource", []))
        if self._has_extensions:
            extension = described(AUTHORIZER, authorizer)
            extension["type"] = extension["type"].lower()
            if "identitySource" in extension:
                extension["identitySource"] = ",".join(extension["identitySource"])
            scheme[AUTHORIZER_NAME] = extension
        return scheme


def _integration(integration: Document) -> dict[str, Any]:
    written = described(INTEGRATION, integration)
    return {**written, "type": written["type"].lower()}


def _api_key(identity_source: list[str]) -> dict[str, Any]:
    """The scheme of a Lambda authorizer: where its one source is, or "Unused" where OpenAPI cannot say it."""
    places = {"$request.header.": "header", "$request.querystring.": "query"}
    if len(identity_source) == 1:
        for prefix, place in places.items():
            if identity_source[0].startswith(prefix):
                return {"type": "apiKey", "name": identity_source[0].removeprefix(prefix), "in": place}
    return {"type": "apiKey", "name": "Unused", "in": "header"}


def _integration_id(route: Document) -> str:
    return str(route.get("target", "")).removeprefix("integrations/")


def _path_of(route_key: str) -> str:
    return "/$default" if route_key == "$default" else route_key.partition(" ")[2]


def _parameter(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "description": f"Generated path parameter for {name}",
        "required": True,
        "schema": {"type": "string"},
    }
