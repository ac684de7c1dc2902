"""Tags of functions."""

from typing import Any

from limen.control.call import Call
from limen.control.functions.documents import FUNCTION, find_function
from limen.control.functions.errors import invalid_parameter, nothing_there
from limen.control.functions.names import FunctionId, read_function_id
from limen.store.documents import Document

MOST_TAGS = 50
MOST_KEY, MOST_VALUE = 128, 256


def tag_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function, document = _find(call, members)
    tags = document["Tags"] | members["Tags"]
    check_tags(tags)
    call.documents.put(FUNCTION, call.scope, function.name, document | {"Tags": tags})
    return {}


def untag_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function, document = _find(call, members)
    tags = {name: value for name, value in document["Tags"].items() if name not in members["tagKeys"]}
    call.documents.put(FUNCTION, call.scope, function.name, document | {"Tags": tags})
    return {}


def list_tags(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"Tags": _find(call, members)[1]["Tags"]}


def check_tags(tags: dict[str, str]) -> None:
    if len(tags) > MOST_TAGS:
        raise invalid_parameter(f"The number of tags exceeds the limit of {MOST_TAGS}")
    for key, value in tags.items():
        if not 1 <= len(key) <= MOST_KEY or len(value) > MOST_VALUE:
            raise invalid_parameter(f"Tag keys have 1 to {MOST_KEY} characters, values up to {MOST_VALUE}: {key}")
        if key.lower().startswith("aws:"):
            raise invalid_parameter(f"Tag keys cannot start with 'aws:': {key}")


def _find(call: Call, members: dict[str, Any]) -> tuple[FunctionId, Document]:
    """Versions and aliases have no tags of their own."""
    if ":function:" not in members["Resource"]:
        raise nothing_there()  # event source mappings and the like: there are none
    function = read_function_id(call, members["Resource"])
    if function.qualifier is not None:
        raise invalid_parameter(
            "Tags on function aliases and versions are not supported. Please specify a function ARN."
        )
    return function, find_function(call, function)
