"""What an OpenAPI 3.0 document says as nouns of an HTTP API: its settings, routes, integrations and authorizers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from typing import Any

from msgspec import Struct

from limen.aws.patch import unescape
from limen.control.openapi.base_path import BasePath, path_prefix
from limen.control.openapi.extensions import (
    ANY_METHOD_NAME,
    AUTH_NAME,
    AUTHORIZER,
    AUTHORIZER_NAME,
    AUTHTYPE_NAME,
    CORS,
    CORS_NAME,
    ENDPOINT,
    ENDPOINT_NAME,
    INTEGRATION,
    INTEGRATION_NAME,
    INTEGRATIONS_NAME,
    TAG_VALUE_NAME,
)
from limen.control.openapi.inspect import Finding, inspect, wrong_version
from limen.control.openapi.keyword import MismatchError, Notice, text
from limen.control.openapi.keywords import INFO, METHODS, OPERATION, find_scheme, is_iam_scheme
from limen.control.openapi.shapes import Message, items, location, member
from limen.control.openapi.source import Pointer

LONGEST_OPERATION_NAME = 64
LONGEST_DESCRIPTION = 1024
INLINE = "inline "  # how integrations are told apart: "inline GET /pets", or the name of a shared one


class ImportedRoute(Struct):
    key: str
    members: dict[str, Any]  # as of CreateRoute, without target and authorizerId
    pointer: Pointer
    integration: str | None = None  # a key of `integrations`
    authorizer: str | None = None  # a key of `authorizers`


class Imported(Struct):
    api: dict[str, Any] = {}  # as of CreateApi
    routes: dict[str, ImportedRoute] = {}
    integrations: dict[str, dict[str, Any]] = {}
    integration_pointers: dict[str, Pointer] = {}
    authorizers: dict[str, dict[str, Any]] = {}
    info: list[Message] = []
    warnings: list[Message] = []
    errors: list[Message] = []
    findings: list[Finding] = []  # what the table says of every property


def import_document(document: dict[str, Any], base_path: BasePath = "ignore") -> Imported:
    """Reads everything; what stands in `errors` makes the document unusable, what stands in `warnings` is left out."""
    imported = Imported()
    if (message := wrong_version(document)) is not None:
        imported.errors.append(Message(message, ("swagger" if "swagger" in document else "openapi",)))
        return imported
    _Importer(document, imported).run(base_path)
    return imported


class _Importer:
    def __init__(self, document: dict[str, Any], imported: Imported) -> None:
        self._document = document
        self._imported = imported
        self._reusable = member(member(document, "components"), INTEGRATIONS_NAME)
        self._schemas = member(member(document, "components"), "schemas")

    def run(self, base_path: BasePath) -> None:
        self._report_notices()
        self._read_api()
        self._read_authorizers()
        prefix = path_prefix(self._document, base_path)
        for path, item in member(self._document, "paths").items():
            if isinstance(item, dict) and not path.startswith("x-"):
                self._read_path(prefix, path, item)

    def _report_notices(self) -> None:
        self._imported.findings = inspect(self._document)
        for finding in self._imported.findings:
            verdict = finding.verdict
            if verdict.notice is Notice.INFO:
                self._imported.info.append(Message(f"{location(finding.pointer)}: {verdict.reason}", finding.pointer))
            elif verdict.notice is Notice.WARNING:
                self._warn(f"attribute {location(finding.pointer)}: {verdict.reason}", finding.pointer)

    def _warn(self, message: str, pointer: Pointer, *, is_loss: bool = False) -> None:
        self._imported.warnings.append(Message(message, pointer, is_loss))

    def _fail(self, message: str, pointer: Pointer) -> None:
        self._imported.errors.append(Message(message, pointer))

    # The API

    def _read_api(self) -> None:
        api = self._read(INFO.read, member(self._document, "info"), ("info",), "the API")
        if not api.get("name"):
            self._fail("attribute info.title is missing", ("info",))
        if len(api.get("description", "")) > LONGEST_DESCRIPTION:
            message = f"attribute info.description has more than {LONGEST_DESCRIPTION} characters and is left out"
            self._warn(message, ("info", "description"))
            del api["description"]
        cors = self._document.get(CORS_NAME)
        if isinstance(cors, dict):
            api["corsConfiguration"] = self._read(CORS.read, cors, (CORS_NAME,), "the CORS configuration")
        api["disableExecuteApiEndpoint"] = self._read_endpoint().get("disableExecuteApiEndpoint", False)
        api["tags"] = self._read_tags()
        self._imported.api = api

    def _read_endpoint(self) -> dict[str, Any]:
        """AWS reads it from the servers; at the root, where Swagger 2.0 has it, it means the same."""
        servers = items(self._document, "servers")
        places: list[tuple[Pointer, Any]] = [(("servers", str(index)), server) for index, server in enumerate(servers)]
        for pointer, owner in [*places, ((), self._document)]:
            if isinstance(owner, dict) and isinstance(owner.get(ENDPOINT_NAME), dict):
                return self._read(ENDPOINT.read, owner[ENDPOINT_NAME], (*pointer, ENDPOINT_NAME), "the endpoint")
        return {}

    def _read_tags(self) -> dict[str, str]:
        tags = {}
        for index, tag in enumerate(items(self._document, "tags")):
            if not isinstance(tag, dict) or not tag.get("name"):
                self._warn(f"attribute tags.{index}.name is missing", ("tags", str(index)))
                continue
            try:
                tags[text(tag["name"])] = text(tag.get(TAG_VALUE_NAME) or "")
            except MismatchError as error:
                self._warn(f"attribute tags.{index} {error}", ("tags", str(index)))
        return tags

    def _read(self, read: Any, value: dict[str, Any], pointer: Pointer, what: str) -> dict[str, Any]:
        try:
            members: dict[str, Any] = read(value)
        except ValueError as error:
            self._warn(f"Unable to read {what}: {location(pointer)}: {error}", pointer, is_loss=True)
            return {}
        return members

    # Authorizers

    def _read_authorizers(self) -> None:
        for name, scheme in member(member(self._document, "components"), "securitySchemes").items():
            extension = scheme.get(AUTHORIZER_NAME) if isinstance(scheme, dict) else None
            if not isinstance(extension, dict):
                continue
            pointer = ("components", "securitySchemes", name, AUTHORIZER_NAME)
            try:
                members = AUTHORIZER.read(extension)
            except ValueError as error:
                self._warn(f"Unable to create Authorizer '{name}': {error}", pointer, is_loss=True)
                continue
            if members.get("authorizerType") in ("JWT", "REQUEST"):
                self._imported.authorizers[name] = _complete_authorizer(name, members, scheme)
            else:
                kind = extension.get("type", "left out")
                self._warn(f"Unable to create Authorizer '{name}': type is {kind}", pointer, is_loss=True)

    # Routes

    def _read_path(self, prefix: str, path: str, item: dict[str, Any]) -> None:
        pointer: Pointer = ("paths", path)
        if not path.startswith("/"):
            self._warn(f"Parse issue: attribute paths. Resource {path} should start with /", pointer)
        for name in (*METHODS, ANY_METHOD_NAME):
            operation = item.get(name)
            if isinstance(operation, dict):
                key = _route_key(prefix, path, name, operation)
                if key is None:
                    message = f"Unable to create a route for {location((*pointer, name))}: the path has no slash"
                    self._warn(message, (*pointer, name), is_loss=True)
                else:
                    self._read_operation(key, operation, (*pointer, name))

    def _read_operation(self, key: str, operation: dict[str, Any], pointer: Pointer) -> None:
        if key in self._imported.routes:
            self._fail(f"Route with key {key} occurs twice", pointer)
            return
        members = self._read(OPERATION.read, operation, pointer, f"route {key}")
        name = members.get("operationName", "")
        if len(name) > LONGEST_OPERATION_NAME:
            self._warn(
                f"Route {key} gets no operationName: {name} has more than {LONGEST_OPERATION_NAME} characters",
                (*pointer, "operationId"),
            )
            del members["operationName"]
        route = ImportedRoute(key, {"routeKey": key, **members}, pointer)
        self._report_missing_schemas(operation, pointer)
        self._read_security(route, operation)
        self._read_integration(route, operation)
        self._imported.routes[key] = route

    def _report_missing_schemas(self, operation: dict[str, Any], pointer: Pointer) -> None:
        bodies: dict[Pointer, Any] = {("requestBody",): operation.get("requestBody")}
        bodies |= {("responses", status): body for status, body in member(operation, "responses").items()}
        for place, body in bodies.items():
            for media_type, content in member(body, "content").items():
                reference = member(content, "schema").get("$ref")
                prefix, _, name = str(reference).rpartition("/")
                if prefix == "#/components/schemas" and name not in self._schemas:
                    where = (*pointer, *place, "content", media_type, "schema", "$ref")
                    self._warn(f"Parse issue: attribute {location(where)} is missing: {reference}", where)

    # The integration of a route

    def _read_integration(self, route: ImportedRoute, operation: dict[str, Any]) -> None:
        pointer = (*route.pointer, INTEGRATION_NAME)
        integration = operation.get(INTEGRATION_NAME)
        if not isinstance(integration, dict):
            self._warn(f"Route {route.key} has no integration: {location(pointer)} is missing", route.pointer)
            return
        name = INLINE + route.key
        if "$ref" in integration:
            name = str(integration["$ref"]).removeprefix(f"#/components/{INTEGRATIONS_NAME}/")
            name = unescape(name)
            pointer = ("components", INTEGRATIONS_NAME, name)
            integration = self._reusable.get(name)
            if not isinstance(integration, dict):
                self._fail(f"Route {route.key}: there is no {location(pointer)}", route.pointer)
                return
        if name not in self._imported.integrations:
            members = self._integration_members(integration, pointer)
            if members is None:
                return
            self._imported.integrations[name] = members
            self._imported.integration_pointers[name] = pointer
        route.integration = name

    def _integration_members(self, integration: dict[str, Any], pointer: Pointer) -> dict[str, Any] | None:
        try:
            members = INTEGRATION.read(integration)
        except ValueError as error:
            self._warn(f"Unable to create Integration {location(pointer)}: {error}", pointer, is_loss=True)
            return None
        if members.get("integrationType") not in ("HTTP_PROXY", "AWS_PROXY"):
            kind = integration.get("type", "left out")
            self._warn(f"Unable to create Integration {location(pointer)}: type is {kind}", pointer, is_loss=True)
            return None
        return members

    # Who may call a route

    def _read_security(self, route: ImportedRoute, operation: dict[str, Any]) -> None:
        """An operation's own security replaces that of the document; a route has one authorizer at most."""
        route.members["authorizationType"] = "NONE"
        if AUTH_NAME in operation:
            self._read_auth(route, str(member(operation, AUTH_NAME).get("type") or "").upper())
            return
        is_own = "security" in operation
        asked = operation["security"] if is_own else self._document.get("security", [])
        pointer: Pointer = (*route.pointer, "security") if is_own else ("security",)
        if not _is_security(asked):
            self._fail(f"attribute {location(pointer)} is not of type `array`", pointer)
            return
        named = [(name, scopes) for requirement in asked for name, scopes in requirement.items()]
        if len(named) > 1 or (named and len(asked) > 1):
            message = f"Route {route.key} has several security requirements; HTTP APIs support one for each route"
            self._fail(message, pointer)
        elif named:
            self._require(route, *named[0], pointer)

    def _read_auth(self, route: ImportedRoute, kind: str) -> None:
        if kind in ("NONE", "AWS_IAM"):
            route.members["authorizationType"] = kind
        else:
            pointer = (*route.pointer, AUTH_NAME, "type")
            self._fail(f"attribute {location(pointer)} must be NONE or AWS_IAM", pointer)

    def _require(self, route: ImportedRoute, name: str, scopes: list[Any], pointer: Pointer) -> None:
        scheme = find_scheme(self._document, name)
        if scheme is None:
            self._fail(f"Route {route.key} asks for {name}, which components.securitySchemes does not define", pointer)
        elif AUTHORIZER_NAME in scheme:
            route.authorizer = name
            kind = self._imported.authorizers.get(name, {}).get("authorizerType")
            route.members["authorizationType"] = "JWT" if kind == "JWT" else "CUSTOM"
            if kind == "JWT" and scopes:
                route.members["authorizationScopes"] = [str(scope) for scope in scopes]
        elif is_iam_scheme(scheme):
            route.members["authorizationType"] = "AWS_IAM"
        elif str(scheme.get(AUTHTYPE_NAME, "")).lower().startswith("aws"):
            self._fail(f"{AUTHTYPE_NAME} of {name} must be awsSigv4, not {scheme[AUTHTYPE_NAME]}", pointer)
        else:
            self._warn(f"Route {route.key} is open: {name} has no {AUTHORIZER_NAME}", pointer)


def _complete_authorizer(name: str, members: dict[str, Any], scheme: dict[str, Any]) -> dict[str, Any]:
    """What the scheme says in place of the extension."""
    completed = {"name": name, **members}
    if completed["authorizerType"] == "JWT":
        url = str(scheme.get("openIdConnectUrl", ""))
        jwt = dict(completed.get("jwtConfiguration", {}))
        if "issuer" not in jwt and url:
            jwt["issuer"] = url.removesuffix("/.well-known/openid-configuration")
        completed["jwtConfiguration"] = jwt
        completed.setdefault("identitySource", ["$request.header.Authorization"])
    elif "identitySource" not in completed and scheme.get("name", "Unused") != "Unused":
        source = {"header": "header", "query": "querystring"}.get(str(scheme.get("in")))
        if source:
            completed["identitySource"] = [f"$request.{source}.{scheme['name']}"]
    return completed


def _route_key(prefix: str, path: str, name: str, operation: dict[str, Any]) -> str | None:
    """The key of a route, or None for a path that cannot be one."""
    if name == ANY_METHOD_NAME and (operation.get("isDefaultRoute") is True or path in ("/$default", "$default")):
        return "$default"
    if not path.startswith("/"):
        return None
    whole = (prefix + path if path != "/" else prefix) or "/"
    return f"{'ANY' if name == ANY_METHOD_NAME else name.upper()} {whole}"


def _is_security(value: Any) -> bool:
    """A list of objects that hold lists of scopes."""
    return isinstance(value, list) and all(
        isinstance(item, dict) and all(isinstance(scopes, list) for scopes in item.values()) for item in value
    )
