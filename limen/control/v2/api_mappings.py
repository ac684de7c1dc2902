"""API mappings: which stage of which API answers below a path of a custom domain name."""

import re
from typing import Any

from limen.aws.errors import bad_request, conflict, not_found
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.domains.documents import find_domain, mappings_of
from limen.control.domains.mappings import check_may_map, put_mapping
from limen.control.v2 import quotas
from limen.control.v2.documents import answer_page, find, merge
from limen.store.documents import Document

LONGEST_KEY = 300
_KEY = re.compile(r"[A-Za-z0-9$_.+!*'()/-]*")


def create_api_mapping(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    domain = find_domain(call, members["domainName"])
    check_may_map(domain)
    parent = mappings_of(domain["domainName"])
    quotas.check_count(
        call,
        "API mappings",
        "this domain name",
        call.documents.count("ApiMapping", parent) + 1,
        quotas.MAPPINGS_PER_DOMAIN,
    )
    bare: Document = {
        "apiMappingId": fresh_id(call, "ApiMapping", parent),
        "_domainName": members["domainName"],
    }
    mapping = merge(bare, given(members, ("apiId", "apiMappingKey", "stage")))
    return answer(_store(call, domain, mapping))


def get_api_mapping(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_api_mappings(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "ApiMapping", mappings_of(find_domain(call, members["domainName"])["domainName"]), members)


def update_api_mapping(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    mapping = merge(_find(call, members), given(members, ("apiId", "apiMappingKey", "stage")))
    return answer(_store(call, find_domain(call, members["domainName"]), mapping))


def delete_api_mapping(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    mapping = _find(call, members)
    call.documents.delete("ApiMapping", mappings_of(members["domainName"]), mapping["apiMappingId"])
    return {}


def _store(call: Call, domain: Document, mapping: Document) -> Document:
    api_id = mapping.get("apiId", "")
    if call.documents.get("RestApi", call.scope, api_id) is None:
        find(call, "Api", call.scope, api_id)
    if not mapping.get("stage") or call.documents.get("Stage", api_id, mapping["stage"]) is None:
        raise bad_request("Invalid stage identifier specified")
    _check_key(mapping.get("apiMappingKey", ""))
    put_mapping(call, domain, mapping, conflict("ApiMapping key already exists for this domain name"))
    return mapping


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise bad_request("An ApiMapping key may contain only letters, numbers and one of $-_.+!*'()/")
    if len(key) > LONGEST_KEY:
        raise bad_request(f"An ApiMapping key may not be longer than {LONGEST_KEY} characters")
    if key and not all(key.split("/")):
        raise bad_request("An ApiMapping key may not start or end with a slash, or have two in a row")


def _find(call: Call, members: dict[str, Any]) -> Document:
    parent = mappings_of(find_domain(call, members["domainName"])["domainName"])
    mapping = call.documents.get("ApiMapping", parent, members["apiMappingId"])
    if mapping is None:
        raise not_found("The api mapping resource specified in the request was not found.", "ApiMapping")
    return mapping
