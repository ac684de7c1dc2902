"""Resource servers: APIs with scopes of their own, which tokens may carry."""

from typing import Any

from limen.control.call import Call
from limen.control.pools.documents import RESOURCE_SERVER, find_pool
from limen.control.pools.errors import invalid_parameter, not_found
from limen.control.pools.pages import page
from limen.store.documents import Document

MOST_SHOWN = 50


def create_resource_server(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool, identifier = find_pool(call, members["UserPoolId"]), members["Identifier"]
    if call.documents.get(RESOURCE_SERVER, pool.id, identifier) is not None:
        raise invalid_parameter(f"{identifier} already exists in user pool {pool.id}.")
    document = _document(pool.id, members)
    call.documents.put(RESOURCE_SERVER, pool.id, identifier, document)
    return {"ResourceServer": document}


def describe_resource_server(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    return {"ResourceServer": _find(call, pool.id, members["Identifier"])}


def list_resource_servers(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    sized = {"MaxResults": MOST_SHOWN} | members
    shown, token = page(call, RESOURCE_SERVER, pool.id, sized, size="MaxResults")
    return {"ResourceServers": [document for _, document in shown], "NextToken": token}


def update_resource_server(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    _find(call, pool.id, members["Identifier"])
    document = _document(pool.id, members)
    call.documents.put(RESOURCE_SERVER, pool.id, members["Identifier"], document)
    return {"ResourceServer": document}


def delete_resource_server(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    _find(call, pool.id, members["Identifier"])
    call.documents.delete(RESOURCE_SERVER, pool.id, members["Identifier"])
    return {}


def _find(call: Call, pool_id: str, identifier: str) -> Document:
    found = call.documents.get(RESOURCE_SERVER, pool_id, identifier)
    if found is None:
        raise not_found(f"Resource server {identifier} does not exist.")
    return found


def _document(pool_id: str, members: dict[str, Any]) -> Document:
    names = ("Identifier", "Name", "Scopes")
    return {"UserPoolId": pool_id} | {name: members[name] for name in names if members.get(name) is not None}
