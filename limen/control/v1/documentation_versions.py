"""Documentation versions: the documentation parts of an API frozen at a revision of the store, as deployments are."""

from typing import Any

from limen.aws.errors import bad_request, conflict
from limen.aws.patch import PLAIN, REPLACE, PatchPath, PatchPaths, text
from limen.control.call import Call
from limen.control.documents import answer, given
from limen.control.v1.documents import answer_page, find, find_child, find_rest_api
from limen.store.documents import Document

LONGEST_VERSION = 64

PATCH_PATHS = PatchPaths([PatchPath("/description", (REPLACE,), text)], PLAIN)


def create_documentation_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    stage_name = members.get("stageName")
    stage = find(call, "Stage", api_id, stage_name) if stage_name else None
    version = put_documentation_version(call, api_id, members["documentationVersion"], given(members, ("description",)))
    if stage is not None:
        changed = stage | {"documentationVersion": version["version"], "lastUpdatedDate": call.now}
        call.documents.put("Stage", api_id, stage["stageName"], changed)
    return answer(version)


def get_documentation_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_documentation_versions(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "DocumentationVersion", find_rest_api(call, members["restapi_id"])["id"], members)


def update_documentation_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = PATCH_PATHS.apply(_find(call, members), members.get("patchOperations"))
    call.documents.put("DocumentationVersion", members["restapi_id"], changed["version"], changed)
    return answer(changed)


def delete_documentation_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Stages that show it show none from then on."""
    version, api_id = _find(call, members)["version"], members["restapi_id"]
    for stage_name, stage in call.documents.list("Stage", api_id):
        if stage.get("documentationVersion") == version:
            del stage["documentationVersion"]
            call.documents.put("Stage", api_id, stage_name, stage)
    call.documents.delete("DocumentationVersion", api_id, version)
    return {}


def put_documentation_version(call: Call, api_id: str, version: str, others: dict[str, Any]) -> Document:
    """Freezes the documentation as it is; `others`: the members that describe the version."""
    if not 1 <= len(version) <= LONGEST_VERSION or not version.isprintable():
        raise bad_request(f"Invalid Documentation version specified: it must have 1 to {LONGEST_VERSION} characters")
    if call.documents.get("DocumentationVersion", api_id, version) is not None:
        raise conflict(f"Documentation version {version} already exists")
    document: Document = {
        "version": version,
        "createdDate": call.now,
        **others,
        "_revision": call.documents.revision,
    }
    call.documents.put("DocumentationVersion", api_id, version, document)
    return document


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find_child(call, "DocumentationVersion", members, members["doc_version"])
