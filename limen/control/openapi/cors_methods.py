"""CORS of a REST API, as its document says it: OPTIONS methods that answer preflights, and headers on the others.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

from typing import Any

from msgspec import Struct

from limen.control.openapi.extensions import ANY_METHOD_NAME, INTEGRATION_NAME
from limen.control.openapi.keywords import METHODS
from limen.control.openapi.rest_document import Format, RestDocument
from limen.control.openapi.rest_extensions import BINARY_NAME, GATEWAY_RESPONSES_NAME
from limen.control.openapi.shapes import items, member

# What the console of AWS proposes.
ALLOW_HEADERS = "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token"
EVERY_METHOD = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
TAG = "CORS"
"""Marks an OPTIONS operation that was made here: a later run makes it again."""

PROXIES = ("AWS_PROXY", "HTTP_PROXY")
GATEWAY_RESPONSE_TYPES = ("DEFAULT_4XX", "DEFAULT_5XX")


class CorsOptions(Struct, frozen=True):
    """`methods` None: those that a resource has."""

    origin: str = "*"
    headers: str = ALLOW_HEADERS
    methods: str | None = None
    max_age: int | None = None
    has_credentials: bool = False
    has_gateway_responses: bool = False

    def problem(self) -> str | None:
        """Why browsers would not take it, or None."""
        if self.has_credentials and self.origin == "*":
            return "browsers refuse credentials from any origin: name the origin"
        texts = {"origin": self.origin, "headers": self.headers, "methods": self.methods or ""}
        for name, value in texts.items():
            if "'" in value or not value.isprintable():
                return f"{name} cannot hold a quote or a control character: {value!r}"
        return None

    def of_response(self) -> dict[str, str]:
        """Headers of every response to another origin, as literals of a mapping."""
        headers = {"Access-Control-Allow-Origin": self.origin}
        if self.has_credentials:
            headers["Access-Control-Allow-Credentials"] = "true"
        return {name: f"'{value}'" for name, value in headers.items()}

    def of_preflight(self, verbs: list[str]) -> dict[str, str]:
        """`verbs`: of the resource's methods, without OPTIONS."""
        listed = EVERY_METHOD if "ANY" in verbs else sorted({*verbs, "OPTIONS"})
        headers = {
            "Access-Control-Allow-Headers": self.headers,
            "Access-Control-Allow-Methods": self.methods or ",".join(listed),
        }
        if self.max_age is not None:
            headers["Access-Control-Max-Age"] = str(self.max_age)
        return {name: f"'{value}'" for name, value in headers.items()} | self.of_response()


def add_cors(document: dict[str, Any], options: CorsOptions) -> list[str]:
    """Changes a document of a REST API, whose shapes have been checked; what people should know of it."""
    return _Addition(document, options).run()


class _Addition:
    def __init__(self, document: dict[str, Any], options: CorsOptions) -> None:
        self._document = document
        self._view = RestDocument(document, [])
        self._options = options
        self._notes: list[str] = []

    def run(self) -> list[str]:
        for path, item in member(self._document, "paths").items():
            if path.startswith("x-") or not isinstance(item, dict):
                continue
            if "$ref" in item:
                self._notes.append(f"{path} stands elsewhere ({item['$ref']}): it is left as it is")
                continue
            self._add_to_path(path, item)
        if self._options.has_gateway_responses:
            self._add_gateway_responses()
        return self._notes

    def _add_to_path(self, path: str, item: dict[str, Any]) -> None:
        names = [name for name in (*METHODS, ANY_METHOD_NAME) if name != "options" and isinstance(item.get(name), dict)]
        if not names:
            return
        for name in names:
            self._add_headers(f"{verb_of(name)} {path}", item[name])
        existing = item.get("options")
        if isinstance(existing, dict) and TAG not in items(existing, "tags"):
            self._notes.append(f"OPTIONS {path} is there already: it is left as it is")
            return
        item["options"] = self._preflight([verb_of(name) for name in names])

    def _preflight(self, verbs: list[str]) -> dict[str, Any]:
        """The shape of the developer guide: a MOCK that answers by itself."""
        headers = self._options.of_preflight(verbs)
        integration: dict[str, Any] = {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "passthroughBehavior": "when_no_match",
            "responses": {"default": {"statusCode": "200", "responseParameters": as_parameters(headers)}},
        }
        if "*/*" in items(self._document, BINARY_NAME):
            integration["contentHandling"] = "CONVERT_TO_TEXT"  # a template takes no binary body
        operation: dict[str, Any] = {
            "summary": "CORS support",
            "tags": [TAG],
            "responses": {"200": {"description": "200 response", "headers": self._headers(headers)}},
            INTEGRATION_NAME: integration,
        }
        if self._view.format is Format.OPENAPI:
            operation["responses"]["200"]["content"] = {}
        if items(self._document, "security"):
            operation["security"] = []  # a browser asks without credentials
        return operation

    def _headers(self, names: dict[str, str]) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string"}
        is_swagger = self._view.format is Format.SWAGGER
        return {name: dict(schema) if is_swagger else {"schema": dict(schema)} for name in names}

    def _add_headers(self, where: str, operation: dict[str, Any]) -> None:
        integration = member(operation, INTEGRATION_NAME)
        if str(integration.get("type", "")).upper() in PROXIES:
            names = " and ".join(self._options.of_response())
            self._notes.append(f"{where} passes what its backend answers: the backend must send {names}")
            return
        headers = self._options.of_response()
        for response in member(integration, "responses").values():
            if isinstance(response, dict) and "statusCode" in response:
                response["responseParameters"] = member(response, "responseParameters") | as_parameters(headers)
                self._declare(operation, str(response["statusCode"]), headers)

    def _declare(self, operation: dict[str, Any], status: str, headers: dict[str, str]) -> None:
        """On the method response; one that stands elsewhere is copied, for others may share it."""
        responses = member(operation, "responses")
        given = responses.get(status)
        found = self._view.resolve((), given)[1] if isinstance(given, dict) else {"description": f"{status} response"}
        declared = {**found, "headers": {**member(found, "headers"), **self._headers(headers)}}
        operation["responses"] = {**responses, status: declared}

    def _add_gateway_responses(self) -> None:
        """Errors of the gateway itself, which no method answers."""
        parameters = {f"gatewayresponse.header.{name}": value for name, value in self._options.of_response().items()}
        responses = member(self._document, GATEWAY_RESPONSES_NAME)
        for kind in GATEWAY_RESPONSE_TYPES:
            response = member(responses, kind)
            responses[kind] = response | {"responseParameters": member(response, "responseParameters") | parameters}
        self._document[GATEWAY_RESPONSES_NAME] = responses


def verb_of(name: str) -> str:
    """Of an operation's name in a path item."""
    return "ANY" if name == ANY_METHOD_NAME else name.upper()


def as_parameters(headers: dict[str, str]) -> dict[str, str]:
    return {f"method.response.header.{name}": value for name, value in headers.items()}
