"""Documentation parts: what an API's owner says of one of its entities, each at a place of its own."""

from collections.abc import Iterator
from typing import Any

import orjson

from limen.aws.errors import AwsError, bad_request, conflict
from limen.aws.pages import V1, page
from limen.aws.patch import LISTING, REPLACE, PatchPath, PatchPaths, any_text
from limen.control.call import Call
from limen.control.documents import answer, fresh_id
from limen.control.openapi.read import read_source
from limen.control.openapi.rest_documentation import DEFAULT_PLACES, PLACES_OF, is_json_object
from limen.control.openapi.rest_extensions import DOCUMENTATION_NAME
from limen.control.openapi.source import SourceError
from limen.control.v1 import quotas
from limen.control.v1.documents import find_child, find_rest_api, items
from limen.store.documents import Document

PLACES = "DocumentationPlace"
"""Noun of an index: the id of a part by its location."""
_NO_IMPORTER = "Unable to build importer with provided input."

PATCH_PATHS = PatchPaths([PatchPath("/properties", (REPLACE,), any_text)], LISTING)


def create_documentation_part(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    quotas.check_room_in_api(call, "DocumentationPart", api_id)
    return answer(put_documentation_part(call, api_id, members["location"], members["properties"]))


def get_documentation_part(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_documentation_parts(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Those of a type, of a name, and below a path; or, where the caller asks for it, what could have a part."""
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    parts = call.documents.list("DocumentationPart", api_id)
    if members.get("locationStatus") == "UNDOCUMENTED":
        taken = {_key_of(part["location"]) for _, part in parts}
        places = (location for location in _entities(call, api_id) if _key_of(location) not in taken)
        parts = [(str(number), {"location": location}) for number, location in enumerate(places)]
    found = [(key, part) for key, part in parts if _is_asked_for(part["location"], members)]
    shown, position = page(found, members.get("limit"), members.get("position"), V1)
    return items([answer(part) for part in shown], position)


def update_documentation_part(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = PATCH_PATHS.apply(_find(call, members), members.get("patchOperations"))
    check_properties(changed["properties"])
    call.documents.put("DocumentationPart", members["restapi_id"], changed["id"], changed)
    return answer(changed)


def delete_documentation_part(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    remove_documentation_part(call, members["restapi_id"], _find(call, members))
    return {}


def import_documentation_parts(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    parts = _read_parts(members["body"])
    if members.get("mode") == "overwrite":
        for _, part in call.documents.list("DocumentationPart", api_id):
            remove_documentation_part(call, api_id, part)
    ids, warnings = import_parts(call, api_id, parts)
    if warnings and members.get("failonwarnings"):
        raise bad_request("; ".join(warnings))
    return {"ids": ids, "warnings": warnings}


def import_parts(call: Call, api_id: str, parts: list[Any]) -> tuple[list[str], list[str]]:
    """Ids of what was stored of the parts of a document, and warnings of what was not."""
    ids: list[str] = []
    warnings: list[str] = []
    for number, part in enumerate(parts):
        try:
            location, properties = part["location"], part["properties"]
            text = properties if isinstance(properties, str) else orjson.dumps(properties).decode()
            ids.append(put_documentation_part(call, api_id, location, text, replaces=True)["id"])
        except (KeyError, TypeError, AttributeError):
            warnings.append(f"Documentation part {number} needs location and properties")
        except AwsError as error:
            warnings.append(f"Documentation part {number}: {error.message}")
    return ids, warnings


def put_documentation_part(
    call: Call, api_id: str, location: dict[str, Any], properties: str, *, replaces: bool = False
) -> Document:
    """`replaces`: a part that is there already gets the new properties; else it is in the way."""
    place = complete_location(location)
    check_properties(properties)
    known = call.documents.get(PLACES, api_id, _key_of(place))
    if known is not None and not replaces:
        shown = ", ".join(f"{name} '{value}'" for name, value in place.items())
        raise conflict(f"Documentation part already exists for the specified location: {shown}.")
    part_id = fresh_id(call, "DocumentationPart", api_id) if known is None else known["id"]
    return store_documentation_part(call, api_id, {"id": part_id, "location": place, "properties": properties})


def store_documentation_part(call: Call, api_id: str, part: Document) -> Document:
    """Nothing is checked: the location is complete, and that of no other part."""
    call.documents.put("DocumentationPart", api_id, part["id"], part)
    call.documents.put(PLACES, api_id, _key_of(part["location"]), {"id": part["id"]})
    return part


def remove_documentation_part(call: Call, api_id: str, part: Document) -> None:
    call.documents.delete(PLACES, api_id, _key_of(part["location"]))
    call.documents.delete("DocumentationPart", api_id, part["id"])


def complete_location(location: dict[str, Any]) -> dict[str, str]:
    """With the defaults of its type; refused where it has what its type does not have.

    An empty field is one that is not given: Terraform sends all five of every location.
    """
    kind = location.get("type")
    names = PLACES_OF.get(kind or "")
    if names is None:
        raise bad_request(f"Invalid Documentation part type specified: {kind}")
    place = {"type": str(kind)} | {name: DEFAULT_PLACES[name] for name in names if name in DEFAULT_PLACES}
    for name, value in location.items():
        if not value or name == "type":
            continue
        if name not in names:
            raise bad_request(f"Invalid location specified: {name} is not valid for type {kind}")
        place[name] = str(value)
    if "name" in names and not place.get("name"):
        raise bad_request(f"Invalid location specified: name is required for type {kind}")
    return place


def check_properties(properties: str) -> None:
    if not is_json_object(properties):
        raise bad_request("Invalid properties specified: they must be a JSON object")


def _key_of(place: dict[str, str]) -> str:
    return orjson.dumps(place, option=orjson.OPT_SORT_KEYS).decode()


def _is_asked_for(location: dict[str, str], members: dict[str, Any]) -> bool:
    return all(
        members.get(name) is None or location.get(name) == members[name] for name in ("type", "name")
    ) and location.get("path", "").startswith(members.get("path") or "")


def _entities(call: Call, api_id: str) -> Iterator[dict[str, str]]:
    """The location of everything in the API that a part can be about, once each."""
    yield {"type": "API"}
    for noun, kind in (("Authorizer", "AUTHORIZER"), ("Model", "MODEL")):
        for _, document in call.documents.list(noun, api_id):
            yield {"type": kind, "name": document["name"]}
    paths = {}
    for key, resource in call.documents.list("Resource", api_id):
        paths[key] = resource["path"]
        yield {"type": "RESOURCE", "path": resource["path"]}
    for _, method in call.documents.list("Method", api_id):
        yield from _entities_of_method(paths[method["_resourceId"]], method)


def _entities_of_method(path: str, method: Document) -> Iterator[dict[str, str]]:
    place = {"path": path, "method": "*" if method["httpMethod"] == "ANY" else method["httpMethod"]}
    yield {"type": "METHOD", **place}
    kinds = {"path": "PATH_PARAMETER", "querystring": "QUERY_PARAMETER", "header": "REQUEST_HEADER"}
    for parameter in method.get("requestParameters", {}):
        _, _, kind, name = parameter.split(".", 3)
        yield {"type": kinds[kind], **place, "name": name}
    if method.get("requestModels"):
        yield {"type": "REQUEST_BODY", **place}
    for code, response in method.get("methodResponses", {}).items():
        yield {"type": "RESPONSE", **place, "statusCode": code}
        for parameter in response.get("responseParameters", {}):
            yield {"type": "RESPONSE_HEADER", **place, "statusCode": code, "name": parameter.split(".", 3)[3]}
        if response.get("responseModels"):
            yield {"type": "RESPONSE_BODY", **place, "statusCode": code}


def _read_parts(body: bytes) -> list[Any]:
    try:
        document = read_source(body).document
        described = document.get(DOCUMENTATION_NAME, {}).get("documentationParts", [])
    except (SourceError, AttributeError):
        raise bad_request(_NO_IMPORTER) from None
    if not isinstance(described, list) or not {"swagger", "openapi", DOCUMENTATION_NAME} & document.keys():
        raise bad_request(_NO_IMPORTER)
    return described


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find_child(call, "DocumentationPart", members, members["part_id"])
