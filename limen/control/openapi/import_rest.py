"""What a document, Swagger 2.0 or OpenAPI 3.0, says as nouns of a REST API: settings, resources, methods, models ...

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

import json
from typing import Any

from msgspec import Struct

from limen.control.openapi.base_path import BasePath, path_prefix, whole_path
from limen.control.openapi.extensions import AUTHORIZER_NAME, AUTHTYPE_NAME, ENDPOINT_NAME
from limen.control.openapi.inspect import Finding, inspect
from limen.control.openapi.keyword import UNEXPECTED, Notice
from limen.control.openapi.rest_document import RestDocument
from limen.control.openapi.rest_documentation import ImportedPart, read_documentation
from limen.control.openapi.rest_extensions import (
    API_SETTINGS,
    AUTHORIZER,
    AUTHORIZER_TYPES,
    ENDPOINT,
    ENDPOINT_ACCESS_NAME,
    GATEWAY_RESPONSE,
    GATEWAY_RESPONSES_NAME,
    POLICY_NAME,
    SECURITY_POLICY_NAME,
    VALIDATOR,
    VALIDATORS_NAME,
)
from limen.control.openapi.rest_keywords import INFO, find_root, find_schemes, scheme_pointer
from limen.control.openapi.rest_methods import ImportedMethod, read_method
from limen.control.openapi.rest_schemas import ImportedModel, Models
from limen.control.openapi.shapes import Message, items, location, member
from limen.control.openapi.source import Pointer


class ImportedRest(Struct):
    """Members are those of the v1 API, without the ids that only an API has."""

    api: dict[str, Any] = {}
    resources: dict[str, Pointer] = {}  # by path, parents first
    methods: dict[tuple[str, str], ImportedMethod] = {}  # by path and verb
    models: dict[str, ImportedModel] = {}
    validators: dict[str, dict[str, Any]] = {}
    gateway_responses: dict[str, dict[str, Any]] = {}
    authorizers: dict[str, dict[str, Any]] = {}
    authorizer_pointers: dict[str, Pointer] = {}
    parts: list[ImportedPart] = []
    warnings: list[Message] = []
    errors: list[Message] = []
    findings: list[Finding] = []  # what the table says of every property


def import_rest_document(document: dict[str, Any], base_path: BasePath = "ignore") -> ImportedRest:
    """Reads everything; what stands in `errors` makes the document unusable, what stands in `warnings` is left out."""
    imported = ImportedRest()
    if (message := wrong_rest_version(document)) is not None:
        imported.errors.append(Message(message, ("swagger" if "swagger" in document else "openapi",)))
        return imported
    _Importer(document, imported).run(path_prefix(document, base_path))
    return imported


def wrong_rest_version(document: dict[str, Any]) -> str | None:
    """Why the document is neither Swagger 2.0 nor OpenAPI 3.0, or None."""
    versions = {"swagger": "2.0", "openapi": "3.0"}
    for name, expected in versions.items():
        if name in document:
            given = str(document[name])
            if given == expected or given.startswith(expected + "."):
                return None
            return f"REST APIs support Swagger 2.0 and OpenAPI 3.0, not {name} {given}."
    return "The property swagger or openapi is missing. REST APIs support Swagger 2.0 and OpenAPI 3.0."


class _Importer:
    def __init__(self, document: dict[str, Any], imported: ImportedRest) -> None:
        self._members = document
        self._imported = imported
        self._document = RestDocument(document, imported.warnings)

    def run(self, prefix: str) -> None:
        imported = self._imported
        self._report_notices()
        self._read_api()
        self._read_named(VALIDATORS_NAME, VALIDATOR, imported.validators)
        self._read_named(GATEWAY_RESPONSES_NAME, GATEWAY_RESPONSE, imported.gateway_responses)
        self._read_authorizers()
        models = Models(self._document.schemas, self._document.format.schema_prefix, imported.warnings, imported.errors)
        models.read_named()
        self._read_paths(prefix, models)
        imported.models = models.found
        imported.parts = read_documentation(self._members, prefix, imported.warnings)

    def _report_notices(self) -> None:
        self._imported.findings = inspect(self._members, find_root(self._members))
        for finding in self._imported.findings:
            if finding.verdict is UNEXPECTED:
                self._warn(f"Parse issue: attribute {location(finding.pointer)} is unexpected", finding.pointer)
            elif finding.verdict.notice is Notice.WARNING:
                self._warn(f"attribute {location(finding.pointer)}: {finding.verdict.reason}", finding.pointer)

    def _warn(self, message: str, pointer: Pointer, *, is_loss: bool = False) -> None:
        self._imported.warnings.append(Message(message, pointer, is_loss))

    def _fail(self, message: str, pointer: Pointer) -> None:
        self._imported.errors.append(Message(message, pointer))

    def _read(self, read: Any, value: dict[str, Any], pointer: Pointer) -> dict[str, Any]:
        try:
            members: dict[str, Any] = read(value)
        except ValueError as error:
            where = f"{location(pointer)}: " if pointer else ""
            self._fail(f"Parse issue: {where}{error}", pointer)
            return {}
        return members

    # The API

    def _read_api(self) -> None:
        api = self._read(INFO.read, member(self._members, "info"), ("info",))
        if not api.get("name"):
            self._fail("attribute info.title is missing", ("info",))
        if not api.get("description"):
            api.pop("description", None)
        api |= self._read(API_SETTINGS.read, self._members, ())
        api |= self._read_servers()
        policy = self._members.get(POLICY_NAME)
        if isinstance(policy, dict):
            api["policy"] = json.dumps(policy, separators=(",", ":"), ensure_ascii=False)
        self._imported.api = api

    def _read_servers(self) -> dict[str, Any]:
        """Swagger 2.0 has the endpoint at its root, OpenAPI 3.0 in its servers; either place means the same."""
        settings: dict[str, Any] = {}
        servers = items(self._members, "servers")
        places: list[tuple[Pointer, Any]] = [((), self._members)]
        places += [(("servers", str(index)), server) for index, server in enumerate(servers)]
        for pointer, owner in places:
            endpoint = member(owner, ENDPOINT_NAME)
            read = self._read(ENDPOINT.read, endpoint, (*pointer, ENDPOINT_NAME))
            if "vpcEndpointIds" in read:
                settings["vpcEndpointIds"] = read.pop("vpcEndpointIds")
            settings |= read | self._read(API_SETTINGS.read, _server_policies(owner), pointer)
        return settings

    def _read_named(self, name: str, kind: Any, found: dict[str, dict[str, Any]]) -> None:
        for key, value in member(self._members, name).items():
            if isinstance(value, dict):
                found[key] = self._read(kind.read, value, (name, key))
            else:
                self._fail(f"attribute {name}.{key} is not of type `object`", (name, key))

    # Authorizers

    def _read_authorizers(self) -> None:
        for name, scheme in find_schemes(self._members).items():
            extension = scheme.get(AUTHORIZER_NAME) if isinstance(scheme, dict) else None
            if not isinstance(extension, dict):
                continue
            pointer = (*scheme_pointer(self._members), name, AUTHORIZER_NAME)
            members = self._read(AUTHORIZER.read, extension, pointer)
            if members.get("type") in AUTHORIZER_TYPES:
                self._imported.authorizers[name] = _complete_authorizer(name, members, scheme)
                self._imported.authorizer_pointers[name] = pointer
            else:
                kind = extension.get("type", "left out")
                self._fail(f"Unable to create authorizer '{name}': Invalid authorizer type {kind}", pointer)

    # Resources and methods

    def _read_paths(self, prefix: str, models: Models) -> None:
        self._add_resource("/", ("paths",))
        if prefix:
            self._add_resource(prefix, ("paths",))
        for path, pointer, item in self._document.path_items():
            if not path.startswith("/"):
                self._fail(f"Parse issue: attribute paths. Resource {path} should start with /", pointer)
                continue
            whole = whole_path(prefix, path)
            self._add_resource(whole, pointer)
            for operation in self._document.operations(whole, pointer, item):
                key = (whole, operation.verb)
                if key in self._imported.methods:
                    what = f"put method '{operation.verb}' on resource at path '{whole}'"
                    self._fail(f"Unable to {what}: it occurs twice", pointer)
                else:
                    self._imported.methods[key] = read_method(
                        self._document, operation, models, self._imported, self._imported.validators
                    )

    def _add_resource(self, path: str, pointer: Pointer) -> None:
        """With the resources above it."""
        parts = path.strip("/").split("/") if path != "/" else []
        for depth in range(len(parts) + 1):
            self._imported.resources.setdefault("/" + "/".join(parts[:depth]), pointer)


def _server_policies(owner: Any) -> dict[str, Any]:
    names = (SECURITY_POLICY_NAME, ENDPOINT_ACCESS_NAME)
    return {name: owner[name] for name in names if name in owner} if isinstance(owner, dict) else {}


def _complete_authorizer(name: str, members: dict[str, Any], scheme: dict[str, Any]) -> dict[str, Any]:
    """What the scheme says in place of the extension."""
    completed = {"name": name, **members}
    if scheme.get(AUTHTYPE_NAME):
        completed["authType"] = str(scheme[AUTHTYPE_NAME])
    if "identitySource" not in completed and scheme.get("name", "Unused") != "Unused":
        source = {"header": "header", "query": "querystring"}.get(str(scheme.get("in")))
        if source:
            completed["identitySource"] = f"method.request.{source}.{scheme['name']}"
    return completed
