"""Models: JSON schemas of an API by name, which may refer to each other by URL.

Developer guide, Working with models and mapping templates; schemas are of JSON Schema draft 4.
"""

import re
from typing import Any

import jsonschema_rs
import orjson

from limen.aws.errors import AwsError, bad_request, conflict, not_found
from limen.aws.patch import LISTING, REPLACE, PatchPath, PatchPaths, any_text, text
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.model_templates import render_template
from limen.control.v1.documents import answer_page, find_rest_api
from limen.control.v1.method_documents import label_of
from limen.control.v1.model_references import depth_of, find_references, flatten, model_of
from limen.store.documents import Document

MEMBERS = ("contentType", "description", "name", "schema")
LARGEST_SCHEMA = 400 * 1024
"""Bytes."""
DEEPEST_SCHEMA = 256
"""Values inside values: what is walked later does not go deeper than Python does."""

PATCH_PATHS = PatchPaths(
    (PatchPath("/description", (REPLACE,), text), PatchPath("/schema", (REPLACE,), any_text)), LISTING
)

DEFAULT_MODELS: tuple[Document, ...] = (
    {
        "name": "Empty",
        "contentType": "application/json",
        "description": "This is a default empty schema model",
        "schema": '{\n  "$schema": "http://json-schema.org/draft-04/schema#",\n  "title" : "Empty Schema",\n'
        '  "type" : "object"\n}',
    },
    {
        "name": "Error",
        "contentType": "application/json",
        "description": "This is a default error schema model",
        "schema": '{\n  "$schema" : "http://json-schema.org/draft-04/schema#",\n  "title" : "Error Schema",\n'
        '  "type" : "object",\n  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}',
    },
)

_NAME = re.compile(r"[A-Za-z0-9]+")
_EMPTY_SCHEMA = "Model schema must have at least 1 property or array items defined"


def create_model(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    name = members["name"]
    if call.documents.get("Model", api_id, name) is not None:
        raise conflict("Model name already exists for this REST API")
    model = put_model(call, api_id, members)
    check_references(call, api_id, model)
    return answer(model)


def get_model(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    model = _find(call, members)
    if not members.get("flatten"):
        return answer(model)
    return answer(model) | {"schema": orjson.dumps(_flattened(call, members["restapi_id"], model)).decode()}


def get_models(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "Model", find_rest_api(call, members["restapi_id"])["id"], members)


def get_model_template(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"value": render_template(_flattened(call, members["restapi_id"], _find(call, members)))}


def update_model(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = members["restapi_id"]
    changed = PATCH_PATHS.apply(_find(call, members), members.get("patchOperations"))
    _store(call, api_id, changed)
    check_references(call, api_id, changed)
    return answer(changed)


def delete_model(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id, name = members["restapi_id"], _find(call, members)["name"]
    _refuse_if_used(call, api_id, name)
    remove_model(call, api_id, name)
    return {}


def put_default_models(call: Call, api_id: str) -> None:
    for model in DEFAULT_MODELS:
        put_model(call, api_id, model)


def put_model(call: Call, api_id: str, members: dict[str, Any]) -> Document:
    """Creates a model, or replaces the one of that name whole and keeps its id.

    Models that it refers to may come later: `check_references` when all are there.
    """
    model = given(members, MEMBERS)
    name = model.get("name", "")
    if not name:
        raise bad_request("Model name must be non-empty")
    if not _NAME.fullmatch(name):
        raise bad_request(f"Model name must be alphanumeric: {name}")
    before = call.documents.get("Model", api_id, name)
    model["id"] = before["id"] if before is not None else fresh_id(call, "Model", api_id)
    if not model.get("description"):
        model.pop("description", None)
    _store(call, api_id, model)
    return model


def remove_model(call: Call, api_id: str, name: str) -> None:
    """Whatever refers to it."""
    call.documents.delete("Model", api_id, name)


def check_references(call: Call, api_id: str, model: Document) -> None:
    """Refuses a model that refers to one which is not there."""
    for reference in find_references(orjson.loads(model["schema"])):
        name = model_of(reference)
        if name is not None and call.documents.get("Model", api_id, name) is None:
            raise _invalid(f"Invalid model reference specified: {reference}")


def _store(call: Call, api_id: str, model: Document) -> None:
    schema = model.get("schema")
    if not schema:
        raise bad_request(_EMPTY_SCHEMA)
    if len(schema.encode("utf-8", "surrogatepass")) > LARGEST_SCHEMA:
        raise bad_request(f"Model schema is too large: it must not exceed {LARGEST_SCHEMA} bytes")
    _check_schema(schema)
    call.documents.put("Model", api_id, model["name"], model)


def _check_schema(text: str) -> None:
    try:
        schema = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _invalid("Invalid model schema specified") from None
    if not isinstance(schema, dict) or depth_of(schema) > DEEPEST_SCHEMA or not _is_draft_4(schema):
        raise _invalid("Invalid model schema specified")
    for reference in find_references(schema):
        if not reference.startswith("#") and model_of(reference) is None:
            raise _invalid("Invalid model schema specified, Model reference must be in canonical form")


def _is_draft_4(schema: dict[str, Any]) -> bool:
    """By draft 4's own schema, whatever the schema says of itself: API Gateway knows that draft alone."""
    try:
        return bool(jsonschema_rs.meta.is_valid(schema | {"$schema": "http://json-schema.org/draft-04/schema#"}))
    except ValueError:
        return False


def _flattened(call: Call, api_id: str, model: Document) -> dict[str, Any]:
    def find_schema(name: str) -> Any:
        found = call.documents.get("Model", api_id, name)
        return None if found is None else orjson.loads(found["schema"])

    return flatten(orjson.loads(model["schema"]), find_schema)


def _refuse_if_used(call: Call, api_id: str, name: str) -> None:
    for _, method in call.documents.list("Method", api_id):
        if name in method.get("requestModels", {}).values():
            raise _used(name, "method request", label_of(call, api_id, method))
        for code, response in method.get("methodResponses", {}).items():
            if name in response.get("responseModels", {}).values():
                raise _used(name, "method response", f"{label_of(call, api_id, method)}/{code}")
    for key, other in call.documents.list("Model", api_id):
        if key != name and any(model_of(each) == name for each in find_references(orjson.loads(other["schema"]))):
            raise _used(name, "model", key)


def _used(name: str, where: str, label: str) -> AwsError:
    return conflict(f"Cannot delete model '{name}', is referenced in {where}: {label}")


def _find(call: Call, members: dict[str, Any]) -> Document:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    model = call.documents.get("Model", api_id, members["model_name"])
    if model is None:
        raise not_found(f"Invalid model name specified: {members['model_name']}")
    return model


def _invalid(error: str) -> AwsError:
    return bad_request(f"Invalid model specified: Validation Result: warnings : [], errors : [{error}]")
