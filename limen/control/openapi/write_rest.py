"""A REST API as a document, Swagger 2.0 or OpenAPI 3.0.1, in the shape in which AWS exports it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html
"""

import json
from typing import Any

from msgspec import Struct

from limen.control.openapi.extensions import ANY_METHOD_NAME, ENDPOINT_NAME
from limen.control.openapi.rest_document import Format
from limen.control.openapi.rest_extensions import (
    API_SETTINGS,
    DOCUMENTATION_NAME,
    GATEWAY_RESPONSE,
    GATEWAY_RESPONSES_NAME,
    POLICY_NAME,
    VALIDATOR,
    VALIDATORS_NAME,
)
from limen.control.openapi.write import described
from limen.control.openapi.write_rest_documentation import add_documentation
from limen.control.openapi.write_rest_methods import write_operation
from limen.control.openapi.write_rest_models import write_models
from limen.control.openapi.write_rest_security import write_schemes
from limen.gateway.rest_errors import DEFAULT_TEMPLATE
from limen.store.documents import Document
from limen.store.reader import Reader

_ALL = frozenset(("integrations", "authorizers"))
# What `extensions` of GetExport may name, and what is written then.
EXTENSIONS = {
    "integrations": frozenset(("integrations",)),
    "apigateway": _ALL,
    "authorizers": frozenset(("authorizers",)),
    "documentation": frozenset(("documentation",)),
    "postman": frozenset(("postman",)),
}
DEFAULT_EXTENSIONS = frozenset(("documentation",))


class RestApiDocuments(Struct, frozen=True):
    """All that is exported of an API, as it was at one revision."""

    api: Document
    resources: dict[str, Document]  # by id
    methods: list[Document]
    models: dict[str, Document]  # by name
    validators: dict[str, Document]  # by id
    authorizers: dict[str, Document]  # by id
    gateway_responses: list[Document]
    documentation: Document | None = None  # {version, createdDate, parts: [{location, properties}]}


class Target(Struct, frozen=True):
    """What kind of document is asked for."""

    format: Format
    host: str
    stage_name: str
    extensions: frozenset[str]


def read_rest_api(reader: Reader, api: Document, documentation: Document | None) -> RestApiDocuments:
    def listed(noun: str) -> dict[str, Document]:
        return dict(reader.list(noun, api["id"]))

    return RestApiDocuments(
        api,
        listed("Resource"),
        list(listed("Method").values()),
        listed("Model"),
        listed("RequestValidator"),
        listed("Authorizer"),
        list(listed("GatewayResponse").values()),
        documentation,
    )


def write_rest_document(documents: RestApiDocuments, target: Target) -> dict[str, Any]:
    is_swagger = target.format is Format.SWAGGER
    document: dict[str, Any] = {"swagger": "2.0"} if is_swagger else {"openapi": "3.0.1"}
    document["info"] = _info(documents.api)
    document |= _place(documents, target)
    document["paths"] = _paths(documents, target)
    schemes = write_schemes(documents, target.extensions)
    models = write_models(documents.models, document["paths"], target.format)
    document |= _components(schemes, models, target.format)
    if "integrations" in target.extensions:
        document |= _settings(documents)
    if documents.documentation is not None:
        add_documentation(document, documents.documentation, target.format)
        if "documentation" in target.extensions:
            document[DOCUMENTATION_NAME] = _documentation(documents.documentation)
    return document


def _info(api: Document) -> dict[str, Any]:
    info = {"description": api["description"]} if api.get("description") else {}
    return {**info, "version": api.get("version") or str(api.get("createdDate", "")), "title": api["name"]}


def _place(documents: RestApiDocuments, target: Target) -> dict[str, Any]:
    """Where the API is called; its endpoint where extensions may say it."""
    endpoint = _endpoint(documents.api) if "integrations" in target.extensions else {}
    if target.format is Format.SWAGGER:
        place = {"host": target.host, "basePath": f"/{target.stage_name}", "schemes": ["https"]}
        return place | ({ENDPOINT_NAME: endpoint} if endpoint else {})
    server: dict[str, Any] = {
        "url": f"https://{target.host}/{{basePath}}",
        "variables": {"basePath": {"default": target.stage_name}},
    }
    return {"servers": [server | ({ENDPOINT_NAME: endpoint} if endpoint else {})]}


def _endpoint(api: Document) -> dict[str, Any]:
    endpoint: dict[str, Any] = {}
    if api.get("disableExecuteApiEndpoint"):
        endpoint["disableExecuteApiEndpoint"] = True
    if api.get("endpointConfiguration", {}).get("vpcEndpointIds"):
        endpoint["vpcEndpointIds"] = api["endpointConfiguration"]["vpcEndpointIds"]
    return endpoint


def _paths(documents: RestApiDocuments, target: Target) -> dict[str, Any]:
    """By path; a resource without methods is named only where nothing below it says that it is there."""
    parents = {resource.get("parentId") for resource in documents.resources.values()}
    methods: dict[str, list[Document]] = {}
    for method in documents.methods:
        methods.setdefault(method["_resourceId"], []).append(method)
    paths = {}
    for resource_id, resource in sorted(documents.resources.items(), key=lambda item: item[1]["path"]):
        own = methods.get(resource_id, [])
        if own or (resource_id not in parents and resource["path"] != "/"):
            paths[resource["path"]] = {
                _operation_name(method): write_operation(documents, method, resource, target)
                for method in sorted(own, key=lambda method: str(method["httpMethod"]))
            }
    return paths


def _operation_name(method: Document) -> str:
    return ANY_METHOD_NAME if method["httpMethod"] == "ANY" else str(method["httpMethod"]).lower()


def _components(schemes: dict[str, Any], models: dict[str, Any], format_: Format) -> dict[str, Any]:
    """OpenAPI 3.0 exports of AWS always have components, if empty."""
    if format_ is Format.SWAGGER:
        found = {"securityDefinitions": schemes, "definitions": models}
        return {name: value for name, value in found.items() if value}
    found = {"schemas": models, "securitySchemes": schemes}
    return {"components": {name: value for name, value in found.items() if value}}


def _settings(documents: RestApiDocuments) -> dict[str, Any]:
    api = documents.api
    settings = described(API_SETTINGS, {name: value for name, value in api.items() if value not in ("HEADER", [])})
    if api.get("policy"):
        settings[POLICY_NAME] = json.loads(api["policy"])
    if documents.gateway_responses:
        settings[GATEWAY_RESPONSES_NAME] = {
            response["responseType"]: _gateway_response(response) for response in documents.gateway_responses
        }
    if documents.validators:
        settings[VALIDATORS_NAME] = {
            validator["name"]: described(VALIDATOR, validator) for validator in documents.validators.values()
        }
    return settings


def _gateway_response(response: Document) -> dict[str, Any]:
    """Its status as a number; those of DEFAULT_4XX and DEFAULT_5XX say nothing of a body that is as ever (observed)."""
    members = {name: value for name, value in described(GATEWAY_RESPONSE, response).items() if value not in ({}, [])}
    if "statusCode" in members:
        members["statusCode"] = int(members["statusCode"])
    elif members.get("responseTemplates") == {"application/json": DEFAULT_TEMPLATE}:
        del members["responseTemplates"]
    return members


def _documentation(documentation: Document) -> dict[str, Any]:
    parts = [
        {"location": part["location"], "properties": json.loads(part["properties"])} for part in documentation["parts"]
    ]
    version: dict[str, Any] = {
        name: documentation[name] for name in ("version", "createdDate") if name in documentation
    }
    return {**version, "documentationParts": parts}
