"""Base path mappings: API mappings of one level as the first API shows them; the documents are those of the second."""

import re
from typing import Any

from limen.aws.errors import bad_request, conflict, not_found
from limen.aws.patch import PLAIN, REPLACE, Member, PatchPath, PatchPaths, any_text, text
from limen.control.call import Call
from limen.control.documents import fresh_id
from limen.control.domains.documents import mappings_of
from limen.control.domains.mappings import check_may_map, put_mapping
from limen.control.v1 import domain_names, quotas
from limen.control.v1.documents import UNKNOWN, items, list_page
from limen.control.v2.api_mappings import LONGEST_KEY
from limen.store.documents import Document

NONE = "(none)"
"""How the path of a mapping is called that has none."""

MAPPINGS_PER_DOMAIN = 200
SLASH = (
    "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path "
    "mapping, use API Gateway V2."
)
_BASE_PATH = re.compile(rf"[A-Za-z0-9$_.+!*'()-]{{1,{LONGEST_KEY}}}")

PATCH_PATHS = PatchPaths(
    [
        PatchPath("/basepath", (REPLACE,), any_text, Member(("apiMappingKey",))),
        PatchPath("/basePath", (REPLACE,), any_text, Member(("apiMappingKey",))),
        PatchPath("/restapiId", (REPLACE,), any_text, Member(("apiId",))),
        PatchPath("/restApiId", (REPLACE,), any_text, Member(("apiId",))),
        PatchPath("/stage", (REPLACE,), text),
    ],
    PLAIN,
)


def create_base_path_mapping(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    domain = domain_names.find(call, members)
    check_may_map(domain)
    parent = mappings_of(domain["domainName"])
    count = call.documents.count("ApiMapping", parent) + 1
    quotas.check_count(call, "base path mappings", "this domain name", count, MAPPINGS_PER_DOMAIN)
    mapping: Document = {
        "apiMappingId": fresh_id(call, "ApiMapping", parent),
        "apiId": members["restApiId"],
        "apiMappingKey": members.get("basePath") or NONE,
        "_domainName": members["domain_name"],
    }
    if members.get("stage"):
        mapping["stage"] = members["stage"]
    return _answer(_store(call, domain, mapping))


def get_base_path_mapping(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _answer(_find(call, members))


def get_base_path_mappings(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    found, position = list_page(call, "ApiMapping", _parent(call, members), members)
    return items([_answer(mapping) for mapping in found], position)


def update_base_path_mapping(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    mapping = _find(call, members)
    changed = PATCH_PATHS.apply({"apiMappingKey": NONE, **mapping}, members.get("patchOperations"))
    return _answer(_store(call, domain_names.find(call, members), changed))


def delete_base_path_mapping(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    mapping = _find(call, members)
    call.documents.delete("ApiMapping", _parent(call, members), mapping["apiMappingId"])
    return {}


def _store(call: Call, domain: Document, mapping: Document) -> Document:
    key = mapping["apiMappingKey"]
    if "/" in key:
        raise bad_request(SLASH)
    if key in ("", NONE):
        del mapping["apiMappingKey"]
    elif not _BASE_PATH.fullmatch(key):
        raise bad_request(f"Invalid base path specified: {key}")
    if call.documents.get("RestApi", call.scope, mapping["apiId"]) is None:
        raise bad_request("Invalid REST API identifier specified")
    if "stage" in mapping and call.documents.get("Stage", mapping["apiId"], mapping["stage"]) is None:
        raise bad_request("Invalid stage identifier specified")
    put_mapping(call, domain, mapping, conflict("Base path already exists for this domain name"))
    return mapping


def _answer(mapping: Document) -> dict[str, Any]:
    shown = {"basePath": mapping.get("apiMappingKey", NONE), "restApiId": mapping["apiId"]}
    return shown | ({"stage": mapping["stage"]} if "stage" in mapping else {})


def _find(call: Call, members: dict[str, Any]) -> Document:
    for _, mapping in call.documents.list("ApiMapping", _parent(call, members)):
        if mapping.get("apiMappingKey", NONE) == members["base_path"]:
            return mapping
    raise not_found(UNKNOWN["ApiMapping"])


def _parent(call: Call, members: dict[str, Any]) -> str:
    return mappings_of(domain_names.find(call, members)["domainName"])
