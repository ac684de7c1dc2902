"""Copies what stands below one REST API to another: all but what it was deployed as.

CreateRestApi with `cloneFrom`. Resources get ids of their own, as they do at AWS.
"""

from typing import Any

from limen.control.call import Call
from limen.control.v1.documents import fresh_id
from limen.control.v1.method_documents import store_method
from limen.control.v1.resources import enter_resource
from limen.store.documents import Document

KEPT_KEYS = ("Authorizer", "GatewayResponse", "RequestValidator", "DocumentationPart", "DocumentationPlace")
"""Nouns whose keys mean something within their API only: they are kept, and so are references to them."""


def copy_children(call: Call, source: Document, copy: Document) -> None:
    for noun in KEPT_KEYS:
        for key, document in call.documents.list(noun, source["id"]):
            call.documents.put(noun, copy["id"], key, document)
    for name, model in call.documents.list("Model", source["id"]):
        schema = model["schema"].replace(_models_of(source), _models_of(copy))
        call.documents.put("Model", copy["id"], name, model | {"schema": schema})
    resource_ids = _copy_resources(call, source, copy)
    for _, method in call.documents.list("Method", source["id"]):
        _copy_method(call, copy["id"], method, resource_ids)
    if "policy" in copy:
        policy = copy["policy"].replace(f":{source['id']}/", f":{copy['id']}/")
        call.documents.put("RestApi", call.scope, copy["id"], copy | {"policy": policy})


def _copy_resources(call: Call, source: Document, copy: Document) -> dict[str, str]:
    """The new ids by the old ones."""
    found = [resource for _, resource in call.documents.list("Resource", source["id"])]
    ids = {source["rootResourceId"]: copy["rootResourceId"]}
    for resource in found:
        if resource["id"] not in ids:
            ids[resource["id"]] = fresh_id(call, "Resource", copy["id"])
    for resource in found:
        if "parentId" in resource:
            moved = {"id": ids[resource["id"]], "parentId": ids[resource["parentId"]]}
            enter_resource(call, copy["id"], resource | moved)
    return ids


def _copy_method(call: Call, api_id: str, method: Document, resource_ids: dict[str, str]) -> None:
    resource_id = resource_ids[method["_resourceId"]]
    copied: dict[str, Any] = method | {"_resourceId": resource_id}
    integration = method.get("methodIntegration")
    if integration is not None:
        namespace = resource_ids.get(integration["cacheNamespace"], integration["cacheNamespace"])
        copied["methodIntegration"] = integration | {"cacheNamespace": namespace}
    store_method(call, api_id, copied)


def _models_of(api: Document) -> str:
    return f"/restapis/{api['id']}/models/"
