"""What one operation of a document says as a method: parameters, models, responses, integration, who may call it."""

from typing import Any, Protocol

from msgspec import Struct

from limen.control.openapi.extensions import AUTH_NAME, AUTHORIZER_NAME, INTEGRATION_NAME
from limen.control.openapi.keywords import is_api_key_scheme, is_iam_scheme
from limen.control.openapi.rest_document import Operation, RestDocument
from limen.control.openapi.rest_extensions import INTEGRATION, INTEGRATION_RESPONSE, INTEGRATION_TYPES, VALIDATOR_NAME
from limen.control.openapi.rest_keywords import find_scheme
from limen.control.openapi.rest_schemas import Models
from limen.control.openapi.shapes import Message, items, location, member
from limen.control.openapi.source import Pointer

PLACES = {"query": "querystring", "header": "header", "path": "path"}
DEFAULT_RESPONSE = "default"


class ImportedMethod(Struct):
    path: str
    verb: str
    pointer: Pointer
    members: dict[str, Any]  # as GetMethod answers them, without authorizerId and requestValidatorId
    authorizer: str | None = None  # a name
    validator: str | None = None  # a name


class Said(Protocol):
    """Where messages go; what is known of authorizers."""

    warnings: list[Message]
    errors: list[Message]
    authorizers: dict[str, dict[str, Any]]


def read_method(
    document: RestDocument,
    operation: Operation,
    models: Models,
    said: Said,
    validators: dict[str, dict[str, Any]],
) -> ImportedMethod:
    return _MethodReader(document, operation, models, said).read(validators)


class _MethodReader:
    def __init__(self, document: RestDocument, operation: Operation, models: Models, said: Said) -> None:
        self._document = document
        self._operation = operation
        self._models = models
        self._said = said

    def read(self, validators: dict[str, dict[str, Any]]) -> ImportedMethod:
        operation = self._operation
        members: dict[str, Any] = {"httpMethod": operation.verb, "authorizationType": "NONE", "apiKeyRequired": False}
        method = ImportedMethod(operation.path, operation.verb, operation.pointer, members)
        self._read_security(method)
        if operation.members.get("operationId"):
            members["operationName"] = str(operation.members["operationId"])
        if parameters := self._request_parameters():
            members["requestParameters"] = parameters
        if models := self._request_models():
            members["requestModels"] = models
        if responses := self._method_responses():
            members["methodResponses"] = responses
        if INTEGRATION_NAME in operation.members:
            self._read_integration(method, operation.members[INTEGRATION_NAME])
        self._read_validator(method, validators)
        return method

    def _fail(self, message: str, *parts: str) -> None:
        self._said.errors.append(Message(message, (*self._operation.pointer, *parts)))

    def _warn(self, message: str, *parts: str, is_loss: bool = False) -> None:
        self._said.warnings.append(Message(message, (*self._operation.pointer, *parts), is_loss))

    @property
    def _where(self) -> str:
        return f"'{self._operation.verb}' for resource at path '{self._operation.path}'"

    # What a request must have, what a response may have

    def _request_parameters(self) -> dict[str, bool]:
        parameters = {}
        for _, parameter in self._operation.parameters:
            place, name = PLACES.get(str(parameter.get("in"))), parameter.get("name")
            if place is not None and isinstance(name, str):
                is_required = place == "path" or parameter.get("required") is True
                parameters[f"method.request.{place}.{name}"] = is_required
        return parameters

    def _request_models(self) -> dict[str, str]:
        models = {}
        for body in self._document.request_bodies(self._operation):
            if name := self._models.of_body(body.schema, body.pointer):
                models[body.media_type] = name
        return models

    def _method_responses(self) -> dict[str, dict[str, Any]]:
        found = {}
        for status, pointer, response in self._document.responses(self._operation):
            described: dict[str, Any] = {"statusCode": status}
            headers = member(response, "headers")
            if headers:
                described["responseParameters"] = {f"method.response.header.{name}": False for name in headers}
            models = {}
            for body in self._document.response_bodies(self._operation, pointer, response):
                if name := self._models.of_response(body.schema, body.pointer):
                    models[body.media_type] = name
            if models:
                described["responseModels"] = models
            found[status] = described
        return found

    def _read_validator(self, method: ImportedMethod, validators: dict[str, dict[str, Any]]) -> None:
        """An operation's own validator replaces that of the document."""
        is_own = VALIDATOR_NAME in self._operation.members
        owner = self._operation.members if is_own else self._document.members
        name = owner.get(VALIDATOR_NAME)
        if not name:
            return
        if str(name) in validators:
            method.validator = str(name)
            return
        pointer = (*self._operation.pointer, VALIDATOR_NAME) if is_own else (VALIDATOR_NAME,)
        text = f"Unable to put method '{method.verb}' on resource at path '{method.path}': "
        self._said.errors.append(Message(f"{text}Invalid Request Validator identifier specified: {name}", pointer))

    # The integration

    def _read_integration(self, method: ImportedMethod, value: Any) -> None:
        if not isinstance(value, dict):
            self._fail(f"Unable to put integration on {self._where}: it must be an object", INTEGRATION_NAME)
            return
        try:
            members = INTEGRATION.read(value)
        except ValueError as error:
            self._fail(f"Unable to put integration on {self._where}: {error}", INTEGRATION_NAME)
            return
        if members.get("type") not in INTEGRATION_TYPES:
            given = value.get("type", "left out")
            self._fail(
                f"Unable to put integration on {self._where}: Invalid integration type {given}", INTEGRATION_NAME
            )
            return
        if members["type"] in ("HTTP", "HTTP_PROXY"):
            members.setdefault("connectionType", "INTERNET")
        members.setdefault("passthroughBehavior", "WHEN_NO_MATCH")
        if "requestParameters" in members:
            members["requestParameters"] = self._texts_of(members["requestParameters"])
        for name in ("requestParameters", "requestTemplates"):
            if not members.get(name, True):
                del members[name]
        if responses := self._integration_responses(value):
            members["integrationResponses"] = responses
        method.members["methodIntegration"] = members

    def _texts_of(self, parameters: dict[str, Any]) -> dict[str, str]:
        texts = {}
        for name, value in parameters.items():
            if isinstance(value, str):
                texts[name] = value
                continue
            given = str(value).lower() if isinstance(value, bool | None) else str(value)
            self._warn(
                f"Invalid format for 'requestParameters'. Expected type string for property '{name}' of resource "
                f"'{self._operation.path}' and method '{self._operation.verb}' but got '{given}'",
                *(INTEGRATION_NAME, "requestParameters", name),
                is_loss=True,
            )
        return texts

    def _integration_responses(self, integration: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """By status code, as AWS keeps them: of two patterns with the same status code the later one counts."""
        found: dict[str, dict[str, Any]] = {}
        for pattern, response in member(integration, "responses").items():
            place = (INTEGRATION_NAME, "responses", pattern)
            try:
                members = INTEGRATION_RESPONSE.read(response if isinstance(response, dict) else {})
            except ValueError as error:
                self._fail(f"Unable to put integration response on {self._where}: {error}", *place)
                continue
            status = members.get("statusCode")
            if status is None:
                self._fail(f"Unable to put integration response on {self._where}: statusCode is missing", *place)
                continue
            if status in found:
                message = f"Integration responses of {self._where}: '{pattern}' replaces another for status {status}"
                self._warn(message, *place, is_loss=True)
            if pattern != DEFAULT_RESPONSE:
                members["selectionPattern"] = pattern
            found[status] = {name: value for name, value in members.items() if value != {}}
        return found

    # Who may call it

    def _read_security(self, method: ImportedMethod) -> None:
        """An operation's own security replaces that of the document; its extension replaces the authorizer."""
        operation = self._operation.members
        is_own = "security" in operation
        owner = operation if is_own else self._document.members
        for requirement in items(owner, "security"):
            if isinstance(requirement, dict):
                for name, scopes in requirement.items():
                    self._require(method, name, scopes if isinstance(scopes, list) else [])
        if "security" in owner and not isinstance(owner["security"], list):
            pointer = (*self._operation.pointer, "security") if is_own else ("security",)
            message = f"attribute {location(pointer)} is not of type `array`"
            self._said.errors.append(Message(message, pointer))
        if AUTH_NAME in operation:
            self._read_auth(method)

    def _read_auth(self, method: ImportedMethod) -> None:
        kind = str(member(self._operation.members, AUTH_NAME).get("type") or "").upper()
        if kind not in ("NONE", "AWS_IAM"):
            self._fail(f"attribute {AUTH_NAME} of {self._where}: the type must be NONE or AWS_IAM", AUTH_NAME)
            return
        method.members["authorizationType"] = kind
        method.members.pop("authorizationScopes", None)
        method.authorizer = None

    def _require(self, method: ImportedMethod, name: str, scopes: list[Any]) -> None:
        scheme = find_scheme(self._document.members, name)
        if scheme is None:
            self._warn(
                f"Method {self._where} is open: security scheme '{name}' is not defined", "security", is_loss=True
            )
        elif AUTHORIZER_NAME in scheme:
            self._authorize(method, name, scopes)
        elif is_iam_scheme(scheme):
            if method.authorizer is not None:
                self._fail(f"Unable to put method {self._where}: a method has one authorizer", "security")
            method.members["authorizationType"] = "AWS_IAM"
        elif is_api_key_scheme(scheme):
            method.members["apiKeyRequired"] = True
        else:
            self._warn(f"Method {self._where} is open: {name} has no {AUTHORIZER_NAME}", "security")

    def _authorize(self, method: ImportedMethod, name: str, scopes: list[Any]) -> None:
        if method.authorizer not in (None, name) or method.members.get("authorizationType") == "AWS_IAM":
            self._fail(f"Unable to put method {self._where}: a method has one authorizer", "security")
            return
        kind = self._said.authorizers.get(name, {}).get("type")
        is_named = kind in ("COGNITO_USER_POOLS", "JWT")
        method.authorizer = name
        method.members["authorizationType"] = kind if is_named else "CUSTOM"
        if is_named and scopes:
            method.members["authorizationScopes"] = [str(scope) for scope in scopes]
