"""Makes a REST API what an import says: writes what differs and, where it overwrites, removes what is not named.

Resources keep their ids by path, methods by path and verb, everything else by name. What AWS refuses is told and makes
the import fail: the transaction of the call takes back what was written.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from limen.aws.errors import AwsError
from limen.aws.ids import new_id
from limen.control.call import Call
from limen.control.openapi.import_rest import ImportedRest
from limen.control.openapi.rest_documentation import location_key
from limen.control.openapi.rest_extensions import GATEWAY_RESPONSES_NAME, VALIDATORS_NAME
from limen.control.openapi.rest_methods import ImportedMethod
from limen.control.openapi.rest_schemas import MEDIA_TYPE, schema_text
from limen.control.openapi.shapes import Message
from limen.control.openapi.source import Pointer
from limen.control.v1.authorizers import put_authorizer, remove_authorizer
from limen.control.v1.documentation_parts import remove_documentation_part, store_documentation_part
from limen.control.v1.gateway_responses import put_response, remove_gateway_response
from limen.control.v1.methods import put_method_document, remove_method
from limen.control.v1.models import check_references, put_model, remove_model
from limen.control.v1.request_validators import put_request_validator, remove_request_validator
from limen.control.v1.resources import put_child, remove_leaf
from limen.store.documents import Document

T = TypeVar("T")

_REFUSALS = ("BadRequestException", "NotFoundException", "ConflictException", "LimitExceededException")


class PutMode(StrEnum):
    MERGE = "merge"
    OVERWRITE = "overwrite"


def apply_rest(call: Call, api_id: str, imported: ImportedRest, mode: PutMode) -> None:
    """Adds to `imported.errors` what AWS would refuse."""
    _Application(call, api_id, imported).run(mode)


class _Application:
    def __init__(self, call: Call, api_id: str, imported: ImportedRest) -> None:
        self._call = call
        self._api_id = api_id
        self._imported = imported
        self._validators = {item["name"]: item for item in self._existing("RequestValidator")}
        self._authorizers = {item["name"]: item for item in self._existing("Authorizer")}
        self._resources = {item["path"]: item for item in self._existing("Resource")}

    def run(self, mode: PutMode) -> None:
        self._put_authorizers()
        self._put_validators()
        self._put_models()
        self._put_resources()
        self._put_methods()
        self._put_gateway_responses()
        if self._imported.errors:
            return
        self._put_parts(mode)
        if mode is PutMode.OVERWRITE:
            self._remove_what_is_not_named()

    def _existing(self, noun: str) -> list[Document]:
        return [document for _, document in self._call.documents.list(noun, self._api_id)]

    def _try(self, what: str, pointer: Pointer, put: Callable[..., T], *arguments: Any) -> T | None:
        """What `put` gives; None, and an error that says what could not be done, where AWS refuses it."""
        try:
            return put(self._call, self._api_id, *arguments)
        except AwsError as error:
            if error.code not in _REFUSALS:
                raise
            self._imported.errors.append(Message(f"Unable to {what}: {error.message}", pointer))
            return None

    # Nouns with names

    def _put_authorizers(self) -> None:
        for name, members in self._imported.authorizers.items():
            existing = self._authorizers.get(name, {}).get("id")
            pointer = self._imported.authorizer_pointers[name]
            made = self._try(f"create authorizer '{name}'", pointer, put_authorizer, members, existing)
            if made is not None:
                self._authorizers[name] = {"id": made, "name": name}

    def _put_validators(self) -> None:
        for name, members in self._imported.validators.items():
            existing = self._validators.get(name, {}).get("id")
            what, whole = f"create request validator '{name}'", {"name": name, **members}
            made = self._try(what, (VALIDATORS_NAME, name), put_request_validator, whole, existing)
            if made is not None:
                self._validators[name] = made

    def _put_models(self) -> None:
        made = []
        for model in self._imported.models.values():
            members = {"name": model.name, "contentType": MEDIA_TYPE, "schema": schema_text(model, self._api_id)}
            what = f"create model for '{model.name}'"
            document = self._try(what, model.pointer, put_model, members)
            if document is not None:
                made.append((what, model.pointer, document))
        for what, pointer, document in made:  # when all are there: they may refer to each other
            self._try(what, pointer, check_references, document)

    def _put_gateway_responses(self) -> None:
        for kind, members in self._imported.gateway_responses.items():
            pointer = (GATEWAY_RESPONSES_NAME, kind)
            self._try(f"put gateway response '{kind}'", pointer, put_response, kind, members)

    # The tree

    def _put_resources(self) -> None:
        for path, pointer in self._imported.resources.items():
            above, _, part = path.rpartition("/")
            parent = self._resources.get(above or "/")
            if path not in self._resources and parent is not None:  # else what is above could not be made
                made = self._try(f"create resource at path '{path}'", pointer, put_child, parent, part)
                if made is not None:
                    self._resources[path] = made

    def _put_methods(self) -> None:
        for method in self._imported.methods.values():
            resource = self._resources.get(method.path)
            if resource is not None:  # else it has been told
                self._put_method(method, resource["id"], self._method_members(method))

    def _put_method(self, method: ImportedMethod, resource_id: str, members: Document) -> None:
        """AWS makes a method in three steps; where it refuses one, the steps are taken singly to name it."""
        steps = _steps(method, members)
        what = next(reversed(steps))
        known = len(self._imported.errors)
        self._try(what, method.pointer, put_method_document, resource_id, method.verb, members)
        if len(self._imported.errors) > known:
            del self._imported.errors[known:]
            for what, so_far in steps.items():
                self._try(what, method.pointer, put_method_document, resource_id, method.verb, so_far)
                if len(self._imported.errors) > known:
                    return

    def _method_members(self, method: ImportedMethod) -> Document:
        members = dict(method.members)
        if method.authorizer is not None:
            members["authorizerId"] = self._authorizers.get(method.authorizer, {}).get("id", "")
        if method.validator is not None:
            members["requestValidatorId"] = self._validators.get(method.validator, {}).get("id", "")
        return members

    # Documentation

    def _put_parts(self, mode: PutMode) -> None:
        existing = {location_key(part["location"]): part for part in self._existing("DocumentationPart")}
        taken = {part["id"] for part in existing.values()}
        for part in self._imported.parts:
            part_id = existing.pop(location_key(part.location), {}).get("id") or _fresh_id(taken)
            members = {"id": part_id, "location": part.location, "properties": part.properties}
            store_documentation_part(self._call, self._api_id, members)
        if mode is PutMode.OVERWRITE:
            for unnamed in existing.values():
                remove_documentation_part(self._call, self._api_id, unnamed)

    # What an overwriting import takes away

    def _remove_what_is_not_named(self) -> None:
        imported, call, api_id = self._imported, self._call, self._api_id
        kept = {f"{self._resources[path]['id']}/{verb}" for path, verb in imported.methods}
        for key, method in call.documents.list("Method", api_id):
            if key not in kept:
                remove_method(call, api_id, method["_resourceId"], method["httpMethod"])
        for path, resource in self._resources.items():
            if path not in imported.resources:  # nor is anything below it
                remove_leaf(call, api_id, resource)
        for model in self._existing("Model"):
            if model["name"] not in imported.models:
                remove_model(call, api_id, model["name"])
        for name, validator in self._validators.items():
            if name not in imported.validators:
                remove_request_validator(call, api_id, validator["id"])
        for name, authorizer in self._authorizers.items():
            if name not in imported.authorizers:
                remove_authorizer(call, api_id, authorizer["id"])
        for response in self._existing("GatewayResponse"):
            if response["responseType"] not in imported.gateway_responses:
                remove_gateway_response(call, api_id, response["responseType"])


def _fresh_id(taken: set[str]) -> str:
    """Of a documentation part: a document has thousands of them, and the store need not be asked for each."""
    while (part_id := new_id(6)) in taken:
        pass
    taken.add(part_id)
    return part_id


def _steps(method: ImportedMethod, members: Document) -> dict[str, Document]:
    """What AWS's importer says that it does, and the method as it is after that."""
    place = f"'{method.verb}' for resource at path '{method.path}'"
    bare = {name: value for name, value in members.items() if name != "methodIntegration"}
    integration = members.get("methodIntegration", {})
    silent = {name: value for name, value in integration.items() if name != "integrationResponses"}
    return {
        f"put method '{method.verb}' on resource at path '{method.path}'": bare,
        f"put integration on {place}": bare | ({"methodIntegration": silent} if integration else {}),
        f"put integration response on {place}": members,
    }
