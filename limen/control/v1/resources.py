"""Resources: the tree of paths of an API.

Beside each resource stands an entry that its parent finds it by, so that a tree of a thousand costs as much a resource
as one of ten.
"""

import re
from typing import Any

from limen.aws.errors import AwsError, bad_request, conflict, not_found
from limen.aws.patch import LISTING, REPLACE, PatchPath, PatchPaths, any_text
from limen.control.call import Call
from limen.control.documents import answer, fresh_id
from limen.control.v1 import quotas
from limen.control.v1.documents import UNKNOWN, find, find_rest_api, items, list_page
from limen.control.v1.method_answers import show_method
from limen.store.documents import Document

ROOT_ID_LENGTH = 10
"""The root resource alone has a longer id than other resources."""
METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY")

PATCH_PATHS = PatchPaths(
    (PatchPath("/parentId", (REPLACE,), any_text), PatchPath("/pathPart", (REPLACE,), any_text)), LISTING
)

_PART = re.compile(r"[a-zA-Z0-9._,:-]+|\{[a-zA-Z0-9._:-]+\+?\}")


def create_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_api_of_resources(call, members)
    parent = find(call, "Resource", api_id, members["parent_id"])
    quotas.check_room_in_api(call, "Resource", api_id)
    return answer(put_child(call, api_id, parent, members["pathPart"]))


def get_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    resource = find_resource(call, members)
    api_id = members["restapi_id"]
    keys = ((verb, f"{resource['id']}/{verb}") for verb in METHODS)
    found = ((verb, call.documents.get("Method", api_id, key)) for verb, key in keys)
    return _answer(resource, {verb: method for verb, method in found if method is not None}, _embeds(members))


def get_resources(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    found, position = list_page(call, "Resource", api_id, members)
    methods: dict[str, dict[str, Document]] = {}
    for _, method in call.documents.list("Method", api_id):
        methods.setdefault(method["_resourceId"], {})[method["httpMethod"]] = method
    embeds = _embeds(members)
    return items([_answer(resource, methods.get(resource["id"], {}), embeds) for resource in found], position)


def update_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    resource = find_resource(call, members)
    changed = PATCH_PATHS.apply(resource, members.get("patchOperations"))
    for name in ("parentId", "pathPart"):
        if "parentId" not in resource and name in changed:
            raise bad_request(f"Root resource cannot update its {name}.")
    if changed != resource:
        changed = _move(call, members["restapi_id"], resource, changed)
    return get_resource(call, members | {"resource_id": changed["id"]})


def delete_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    resource = find_resource(call, members)
    if "parentId" not in resource:
        raise bad_request("Root resource cannot be deleted")
    remove_resource(call, members["restapi_id"], resource)
    return {}


def put_root(call: Call, api_id: str) -> str:
    """The root resource of a new API; its id."""
    resource_id = fresh_id(call, "Resource", api_id, ROOT_ID_LENGTH)
    call.documents.put("Resource", api_id, resource_id, {"id": resource_id, "path": "/"})
    return resource_id


def enter_resource(call: Call, api_id: str, resource: Document) -> None:
    """Stores a resource, and that its parent finds it; nothing is checked."""
    call.documents.put("Resource", api_id, resource["id"], resource)
    for key in _entry_keys(resource):
        call.documents.put("ResourceEntry", children_of(api_id), key, {"resourceId": resource["id"]})


def remove_resource(call: Call, api_id: str, resource: Document) -> None:
    """With its methods and all that is below it."""
    for each in (resource, *_descendants(call, api_id, resource)):
        remove_leaf(call, api_id, each)


def remove_leaf(call: Call, api_id: str, resource: Document) -> None:
    """With its methods; nothing is below it, or that goes too."""
    for verb in METHODS:
        call.documents.delete("Method", api_id, f"{resource['id']}/{verb}")
    _forget(call, api_id, resource)
    call.documents.delete("Resource", api_id, resource["id"])


def find_resource(call: Call, members: dict[str, Any]) -> Document:
    return find(call, "Resource", find_api_of_resources(call, members), members["resource_id"])


def find_api_of_resources(call: Call, members: dict[str, Any]) -> str:
    """Its id; where it is not there, AWS speaks of the resource."""
    return str(find_rest_api(call, members["restapi_id"], not_found(UNKNOWN["Resource"]))["id"])


def children_of(api_id: str) -> str:
    """The parent of the entries that say which resource stands where in an API."""
    return f"{api_id}/children"


# --- the tree


def put_child(call: Call, api_id: str, parent: Document, part: str) -> Document:
    """A new resource below another, by the rules of AWS."""
    resource_id = fresh_id(call, "Resource", api_id)
    resource: Document = {
        "id": resource_id,
        "parentId": parent["id"],
        "pathPart": part,
        "path": _path_below(parent, part),
    }
    _check_place(call, api_id, resource, parent)
    enter_resource(call, api_id, resource)
    return resource


def _check_place(call: Call, api_id: str, resource: Document, parent: Document) -> None:
    part = resource["pathPart"]
    if not _PART.fullmatch(part):
        raise bad_request(
            "Resource's path part only allow a-zA-Z0-9._- and curly braces at the beginning and the end and an "
            "optional plus sign before the closing brace."
        )
    if _is_greedy(parent.get("pathPart", "")):
        raise _below_greedy(parent["pathPart"])
    same = _entry(call, api_id, parent["id"], part)
    if same is not None and same["resourceId"] != resource["id"]:
        raise conflict(f"Another resource with the same parent already has this name: {part}")
    variable = _entry(call, api_id, parent["id"], _VARIABLE) if part.startswith("{") else None
    if variable is not None and variable["resourceId"] != resource["id"]:
        sibling = find(call, "Resource", api_id, variable["resourceId"])["pathPart"]
        raise bad_request(
            f"A sibling ({sibling}) of this resource already has a variable path part -- only one is allowed"
        )


def _move(call: Call, api_id: str, before: Document, resource: Document) -> Document:
    parent = find(call, "Resource", api_id, resource["parentId"])
    below = _descendants(call, api_id, before)
    if parent["id"] == before["id"] or any(each["id"] == parent["id"] for each in below):
        raise bad_request("Resources cannot be cyclical.")
    _check_place(call, api_id, resource, parent)
    if below and _is_greedy(resource["pathPart"]):
        raise _below_greedy(resource["pathPart"])
    _forget(call, api_id, before)
    resource["path"] = _path_below(parent, resource["pathPart"])
    enter_resource(call, api_id, resource)
    for each in below:
        path = resource["path"] + each["path"].removeprefix(before["path"])
        call.documents.put("Resource", api_id, each["id"], each | {"path": path})
    return resource


def _forget(call: Call, api_id: str, resource: Document) -> None:
    for key in _entry_keys(resource):
        call.documents.delete("ResourceEntry", children_of(api_id), key)


def _entry_keys(resource: Document) -> list[str]:
    if "parentId" not in resource:
        return []
    names = [resource["pathPart"]] + ([_VARIABLE] if resource["pathPart"].startswith("{") else [])
    return [f"{resource['parentId']}/{name}" for name in names]


def _entry(call: Call, api_id: str, parent_id: str, part: str) -> Document | None:
    return call.documents.get("ResourceEntry", children_of(api_id), f"{parent_id}/{part}")


def _descendants(call: Call, api_id: str, resource: Document) -> list[Document]:
    """Parents before their children."""
    children: dict[str, list[Document]] = {}
    for _, each in call.documents.list("Resource", api_id):
        children.setdefault(each.get("parentId", ""), []).append(each)
    found = list(children.get(resource["id"], ()))
    for each in found:  # which grows meanwhile
        found.extend(children.get(each["id"], ()))
    return found


def _path_below(parent: Document, part: str) -> str:
    return f"{parent['path'].rstrip('/')}/{part}"


def _is_greedy(part: str) -> bool:
    return part.endswith("+}")


def _below_greedy(part: str) -> AwsError:
    return bad_request(f"Cannot create a child of a resource with a greedy path variable: {part}")


_VARIABLE = "{}"
"""Names the entry of a parent's variable child, whatever that is called."""


# --- answers


def _embeds(members: dict[str, Any]) -> bool:
    return "methods" in (members.get("embed") or ())


def _answer(resource: Document, methods: dict[str, Document], embeds: bool) -> dict[str, Any]:
    answered = answer(resource)
    if methods:
        answered["resourceMethods"] = {
            verb: show_method(methods[verb]) if embeds else {} for verb in METHODS if verb in methods
        }
    return answered
