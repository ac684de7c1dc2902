"""Models: JSON schemas that an API keeps by name."""

import re
from typing import Any

import orjson

from limen.aws.errors import bad_request, conflict
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.model_templates import render_template
from limen.control.v2.checks import check_lengths
from limen.control.v2.documents import answer_page, find, find_api, merge
from limen.store.documents import Document

MEMBERS = ("contentType", "description", "name", "schema")
LARGEST_SCHEMA = 32 * 1024
"""Characters."""

_NAME = re.compile(r"[A-Za-z0-9]+")


def create_model(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_api(call, members)["apiId"]
    return answer(find(call, "Model", api_id, put_model(call, api_id, members)))


def get_model(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_models(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "Model", find_api(call, members)["apiId"], members)


def get_model_template(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"value": render_template(orjson.loads(_find(call, members)["schema"]))}


def update_model(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = merge(_find(call, members), given(members, MEMBERS))
    _store(call, members["apiId"], changed)
    return answer(changed)


def delete_model(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    remove_model(call, members["apiId"], _find(call, members)["modelId"])
    return {}


def put_model(call: Call, api_id: str, members: dict[str, Any], model_id: str | None = None) -> str:
    """Creates a model, or replaces the one with that id whole; its id."""
    bare: Document = {"contentType": "application/json", "modelId": model_id or fresh_id(call, "Model", api_id)}
    model = merge(bare, given(members, MEMBERS))
    _store(call, api_id, model)
    return str(model["modelId"])


def remove_model(call: Call, api_id: str, model_id: str) -> None:
    call.documents.delete("Model", api_id, model_id)


def _store(call: Call, api_id: str, model: Document) -> None:
    check_lengths(model)
    name = model.get("name", "")
    if not _NAME.fullmatch(name):
        raise bad_request(f"Model name must be alphanumeric: {name}")
    schema = model.get("schema", "")
    if len(schema) > LARGEST_SCHEMA:
        raise bad_request(f"Model schema is too large: it must not exceed {LARGEST_SCHEMA} characters")
    try:
        is_schema = isinstance(orjson.loads(schema), dict)
    except orjson.JSONDecodeError:
        is_schema = False
    if not is_schema:
        raise bad_request("Invalid model schema specified: it must be a JSON object")
    for key, other in call.documents.list("Model", api_id):
        if other["name"] == name and key != model["modelId"]:
            raise conflict("Model name already exists for this API")
    call.documents.put("Model", api_id, model["modelId"], model)


def _find(call: Call, members: dict[str, Any]) -> Document:
    find_api(call, members)
    return find(call, "Model", members["apiId"], members["modelId"])
