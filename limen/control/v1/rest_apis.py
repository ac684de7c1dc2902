"""REST APIs: create, get, list, update, delete."""

from typing import Any

from limen.aws.errors import bad_request
from limen.aws.patch import (
    ADD,
    ALL,
    PLAIN,
    REMOVE,
    REPLACE,
    Elements,
    PatchPath,
    PatchPaths,
    boolean,
    enum,
    filled_text,
    integer,
    text,
)
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.domains.documents import check_no_rules, domains_of
from limen.control.tags import check_tags
from limen.control.v1 import clone, models, quotas, resources
from limen.control.v1.documents import find_rest_api, items, list_page
from limen.control.v1.endpoints import (
    ACCESS_MODES,
    SECURITY_POLICIES,
    TYPES,
    check_endpoint,
    default_security_policy,
)
from limen.control.v1.policies import answered_policy, stored_policy
from limen.control.v1.usage_plans import forget_stages
from limen.store.documents import Document

MEMBERS = (
    "apiKeySource",
    "binaryMediaTypes",
    "description",
    "disableExecuteApiEndpoint",
    "endpointAccessMode",
    "endpointConfiguration",
    "minimumCompressionSize",
    "name",
    "policy",
    "securityPolicy",
    "version",
)
LARGEST_COMPRESSION_SIZE = 10 * 1024 * 1024
"""Bytes."""
_SIZE_OUT_OF_RANGE = f"Invalid minimum compression size, must be between 0 and {LARGEST_COMPRESSION_SIZE}"
_EMPTY_DESCRIPTION = "Description cannot be an empty string"
_EMPTY_NAME = "Name cannot be an empty string"

_ENDPOINT_OPS = "Invalid patch operation specified. Must be 'add'|'remove'|'replace'"
_ENDPOINT = "/endpointConfiguration"
_ENDPOINT_TYPES = f"Invalid EndpointTypes specified. Valid options are {','.join(TYPES)}"

PATCH_PATHS = PatchPaths(
    (
        PatchPath("/name", (REPLACE,), filled_text(_EMPTY_NAME)),
        PatchPath("/description", ALL, filled_text(_EMPTY_DESCRIPTION)),
        PatchPath(
            "/apiKeySource",
            (REPLACE,),
            enum(("HEADER", "AUTHORIZER"), "Invalid ApiKeySourceType specified. Valid options are HEADER,AUTHORIZER"),
        ),
        PatchPath("/disableExecuteApiEndpoint", (REPLACE,), boolean),
        PatchPath(
            "/minimumCompressionSize",
            (REPLACE,),
            integer(0, LARGEST_COMPRESSION_SIZE, _SIZE_OUT_OF_RANGE, may_be_empty=True),
        ),
        PatchPath("/policy", (REPLACE,), text),
        PatchPath("/securityPolicy", (REPLACE,), enum(SECURITY_POLICIES, "Invalid security policy specified: {value}")),
        PatchPath(
            "/endpointAccessMode",
            (REPLACE,),
            enum(ACCESS_MODES, "endpointAccessMode must be either BASIC or STRICT.", may_be_empty=True),
        ),
        PatchPath("/binaryMediaTypes/{type}", ALL, text, Elements(("binaryMediaTypes",), "type")),
        PatchPath(
            f"{_ENDPOINT}/types/{{type}}",
            (REPLACE,),
            enum(TYPES, _ENDPOINT_TYPES),
            Elements(("endpointConfiguration", "types")),  # there is one: clients name it by its type, or by 0
            wrong_op=_ENDPOINT_OPS,
        ),
        PatchPath(
            f"{_ENDPOINT}/ipAddressType",
            (REPLACE,),
            enum(("ipv4", "dualstack"), "ipAddressType must be either ipv4 or dualstack."),
            wrong_op=_ENDPOINT_OPS,
        ),
        PatchPath(
            f"{_ENDPOINT}/vpcEndpointIds",
            (ADD, REMOVE),
            filled_text("Invalid VPC endpoint identifier specified"),
            Elements(("endpointConfiguration", "vpcEndpointIds")),
            wrong_op=_ENDPOINT_OPS,
        ),
    ),
    PLAIN,
)


def create_rest_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    quotas.check_room_in_account(call, "RestApi")
    source_id = members.get("cloneFrom")
    if source_id:
        source = find_rest_api(call, source_id)
        api_id = put_rest_api(call, given(source, MEMBERS) | members)
        clone.copy_children(call, source, find_rest_api(call, api_id))
    else:
        api_id = put_rest_api(call, members)
        models.put_default_models(call, api_id)
    return _answer_new(find_rest_api(call, api_id))


def get_rest_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_rest_api(find_rest_api(call, members["restapi_id"]))


def get_rest_apis(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    found, position = list_page(call, "RestApi", call.scope, members)
    return items([_answer_new(api) for api in found], position)


def update_rest_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api = find_rest_api(call, members["restapi_id"])
    changed = PATCH_PATHS.apply(api, members.get("patchOperations"))
    _store(call, changed, api)
    return answer_rest_api(changed)


def delete_rest_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    mapped = domains_of(call, api_id)
    if mapped:
        raise bad_request(
            f"Deleting RestApi {api_id} failed. Please remove all base path mappings related to the RestApi in your "
            f"domains: {', '.join(mapped)}"
        )
    check_no_rules(call, f"RestApi {api_id}", api_id)
    remove_rest_api(call, api_id)
    return {}


def put_rest_api(call: Call, members: dict[str, Any], api_id: str | None = None, *, new_id: str | None = None) -> str:
    """Creates an API with its root resource and no models, or replaces the settings of the one with that id; its id.

    `members` as CreateRestApi has them; `warnings` are kept too. What stands below a replaced API stays.
    `new_id`: of the API where it is created, for one that was there before.
    """
    before = None if api_id is None else find_rest_api(call, api_id)
    if before is None:
        api_id = new_id or fresh_id(call, "RestApi", call.scope)
        bare: Document = {"id": api_id, "createdDate": call.now}
        bare["rootResourceId"] = resources.put_root(call, api_id)
        bare |= {"_account": call.aws.account, "_region": call.aws.region}
    else:
        kept = ("id", "createdDate", "rootResourceId", "tags", "_account", "_region")
        bare = given(before, kept)
    api = bare | {"apiKeySource": "HEADER", "disableExecuteApiEndpoint": False} | given(members, MEMBERS)
    api["endpointConfiguration"] = dict(members.get("endpointConfiguration") or {"types": ["EDGE"]})
    tags = members.get("tags")
    if tags:
        check_tags(tags)
        api["tags"] = tags
    if members.get("warnings"):
        api["warnings"] = members["warnings"]
    if members.get("description") == "":
        raise bad_request(_EMPTY_DESCRIPTION)
    _store(call, api, before)
    return str(api["id"])


def remove_rest_api(call: Call, api_id: str) -> None:
    """With all that is below it; its stages leave the usage plans that have them."""
    forget_stages(call, api_id)
    call.documents.delete_children(api_id)
    call.documents.delete_children(resources.children_of(api_id))
    call.documents.delete("RestApi", call.scope, api_id)


def answer_rest_api(api: Document) -> dict[str, Any]:
    """As all operations answer it but those that create and list."""
    return {"tags": {}, **_answer_new(api)}


def _answer_new(api: Document) -> dict[str, Any]:
    """Without tags where there are none (observed). Terraform's provider waits until an API is available."""
    answered = {"securityPolicy": default_security_policy(api), **answer(api), "apiStatus": "AVAILABLE"}
    if "policy" in answered:
        answered["policy"] = answered_policy(answered["policy"])
    return answered


def _store(call: Call, api: Document, before: Document | None) -> None:
    """Checks and stores an API, and fills in what AWS fills in, in place."""
    if not api.get("name"):
        raise bad_request(_EMPTY_NAME)
    size = api.get("minimumCompressionSize")
    if size is not None and not 0 <= size <= LARGEST_COMPRESSION_SIZE:
        raise bad_request(_SIZE_OUT_OF_RANGE)
    check_endpoint(api, before)
    if api.get("policy") and (before is None or before.get("policy") != api["policy"]):
        api["policy"] = stored_policy(call, api["id"], api["policy"])
    for name in ("binaryMediaTypes", "policy", "version"):
        if not api.get(name):
            api.pop(name, None)
    if "binaryMediaTypes" in api:
        api["binaryMediaTypes"] = list(dict.fromkeys(api["binaryMediaTypes"]))
    call.documents.put("RestApi", call.scope, api["id"], api)
