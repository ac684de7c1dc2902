"""A method as an operation of an exported document."""

import re
from typing import Any, Protocol

from limen.aws.errors import bad_request
from limen.control.openapi.extensions import INTEGRATION_NAME
from limen.control.openapi.rest_document import Format
from limen.control.openapi.rest_extensions import INTEGRATION, INTEGRATION_RESPONSE, VALIDATOR_NAME
from limen.control.openapi.rest_schemas import MEDIA_TYPE
from limen.control.openapi.write import described
from limen.control.openapi.write_rest_security import Secured, write_security
from limen.control.v1.integration_checks import BUFFERED_MS
from limen.store.documents import Document

_PLACES = {"querystring": "query", "header": "header", "path": "path"}
_VARIABLE = re.compile(r"\{([^}+]+)\+?\}")


class Documents(Secured, Protocol):
    @property
    def validators(self) -> dict[str, Document]: ...


class Target(Protocol):
    @property
    def format(self) -> Format: ...

    @property
    def extensions(self) -> frozenset[str]: ...

    @property
    def host(self) -> str: ...


def write_operation(documents: Documents, method: Document, resource: Document, target: Target) -> dict[str, Any]:
    operation: dict[str, Any] = {}
    if method.get("operationName"):
        operation["operationId"] = method["operationName"]
    models = method.get("requestModels") or {}
    if models and MEDIA_TYPE not in models:
        where = f"{method['httpMethod']} {resource['path']}"
        raise bad_request(f"Only found non-JSON body models for {where}: {', '.join(models)}")
    write = _write_swagger if target.format is Format.SWAGGER else _write_openapi
    operation |= write(method, resource, models)
    if security := write_security(documents, method):
        operation["security"] = security
    validator = documents.validators.get(method.get("requestValidatorId", ""))
    if "integrations" in target.extensions:
        if validator is not None:
            operation[VALIDATOR_NAME] = validator["name"]
        if "methodIntegration" in method:
            operation[INTEGRATION_NAME] = _integration(method["methodIntegration"], resource["id"])
    if "postman" in target.extensions and method.get("authorizationType") == "AWS_IAM":
        operation["x-postman-meta"] = _postman_signature(target.host)
    return operation


def _write_swagger(method: Document, resource: Document, models: dict[str, str]) -> dict[str, Any]:
    produced: dict[str, None] = {}
    responses = {}
    for status, response in _method_responses(method):
        responses[status] = _response(status)
        response_models = response.get("responseModels") or {}
        produced |= dict.fromkeys(response_models)
        for name in list(response_models.values())[:1]:  # Swagger has one schema for all media types
            responses[status]["schema"] = _reference(name, Format.SWAGGER)
        if headers := _headers(response):
            responses[status]["headers"] = {name: {"type": "string"} for name in headers}
    operation: dict[str, Any] = {"consumes": list(models)} if models else {}
    operation["produces"] = list(produced) or [MEDIA_TYPE]
    parameters = [{**parameter, "type": "string"} for parameter in _parameters(method, resource)]
    if models:
        name = models[MEDIA_TYPE]
        schema = _reference(name, Format.SWAGGER)
        parameters.append({"in": "body", "name": name, "required": True, "schema": schema})
    if parameters:
        operation["parameters"] = parameters
    operation["responses"] = responses or _no_responses(method, resource)
    return operation


def _write_openapi(method: Document, resource: Document, models: dict[str, str]) -> dict[str, Any]:
    operation: dict[str, Any] = {}
    parameters = [{**parameter, "schema": {"type": "string"}} for parameter in _parameters(method, resource)]
    if parameters:
        operation["parameters"] = parameters
    if models:
        operation["requestBody"] = {"content": _contents(models), "required": True}
    responses = {}
    for status, response in _method_responses(method):
        responses[status] = _response(status)
        if headers := _headers(response):
            responses[status]["headers"] = {name: {"schema": {"type": "string"}} for name in headers}
        responses[status]["content"] = _contents(response.get("responseModels") or {})
    operation["responses"] = responses or _no_responses(method, resource)
    return operation


def _method_responses(method: Document) -> list[tuple[str, Document]]:
    return sorted((method.get("methodResponses") or {}).items())


def _response(status: str) -> dict[str, Any]:
    return {"description": f"{status} response"}


def _no_responses(method: Document, resource: Document) -> dict[str, Any]:
    """OpenAPI asks for at least one response."""
    return {"default": {"description": f"Default response for {method['httpMethod']} {resource['path']}"}}


def _headers(response: Document) -> list[str]:
    prefix = "method.response.header."
    return [name.removeprefix(prefix) for name in response.get("responseParameters") or {}]


def _contents(models: dict[str, str]) -> dict[str, Any]:
    return {media_type: {"schema": _reference(name, Format.OPENAPI)} for media_type, name in models.items()}


def _reference(name: str, format_: Format) -> dict[str, str]:
    return {"$ref": format_.schema_prefix + name}


def _parameters(method: Document, resource: Document) -> list[dict[str, Any]]:
    """Those of the method, and the variables of its path: OpenAPI asks for each."""
    parameters = []
    missing = dict.fromkeys(_VARIABLE.findall(resource["path"]))
    for key, is_required in (method.get("requestParameters") or {}).items():
        place, _, name = key.removeprefix("method.request.").partition(".")
        if place not in _PLACES:
            continue
        parameter: dict[str, Any] = {"name": name, "in": _PLACES[place]}
        if is_required or place == "path":
            parameter["required"] = True
        if place == "path":
            missing.pop(name, None)
        parameters.append(parameter)
    return [*parameters, *({"name": name, "in": "path", "required": True} for name in missing)]


def _integration(integration: Document, resource_id: str) -> dict[str, Any]:
    members = dict(integration)
    members["passthroughBehavior"] = str(members.get("passthroughBehavior", "WHEN_NO_MATCH")).lower()
    members["type"] = str(members["type"]).lower()
    # What an import fills in by itself is left out.
    filled_in = {
        "timeoutInMillis": BUFFERED_MS[1],
        "cacheNamespace": resource_id,
        "cacheKeyParameters": [],
        "connectionType": "INTERNET",
        "responseTransferMode": "BUFFERED",
        "requestParameters": {},
        "requestTemplates": {},
    }
    written = described(INTEGRATION, {key: item for key, item in members.items() if filled_in.get(key) != item})
    responses = {
        response.get("selectionPattern") or "default": _integration_response(response)
        for response in (integration.get("integrationResponses") or {}).values()
    }
    return {"responses": responses, **written} if responses else written


def _integration_response(response: Document) -> dict[str, Any]:
    written = described(INTEGRATION_RESPONSE, response)
    return {name: value for name, value in written.items() if value not in ({}, None)}


def _postman_signature(host: str) -> dict[str, Any]:
    """What Postman signs requests by."""
    _, _, rest = host.partition(".execute-api.")
    attributes = {"id": "awsSigV4", "service": "execute-api", "region": rest.split(".")[0], "saveToRequest": True}
    return {"currentHelper": "awsSigV4", "helperAttributes": attributes}
