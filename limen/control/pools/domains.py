"""Domains of pools: the prefix under which a pool's sign-in pages are found. One for each pool, none twice."""

from typing import Any

from limen.control.call import Call
from limen.control.pools.documents import DOMAIN, EVERYWHERE, find_pool
from limen.control.pools.errors import invalid_parameter, not_found, unserved
from limen.control.pools.pools import find_domain

_RESERVED = ("aws", "amazon", "cognito")
"""Words that prefixes cannot have at AWS either."""


def create_user_pool_domain(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool, domain = find_pool(call, members["UserPoolId"]), members["Domain"]
    _check(members)
    reserved = next((word for word in _RESERVED if word in domain), None)
    if reserved is not None:
        raise invalid_parameter(f"Domain cannot contain reserved word: {reserved}")
    if find_domain(call, pool.id) is not None:
        raise invalid_parameter("The user pool already has a domain configured.")
    if call.documents.get(DOMAIN, EVERYWHERE, domain) is not None:
        raise invalid_parameter("Domain already associated with another user pool.")
    version = {"ManagedLoginVersion": members.get("ManagedLoginVersion", 1)}
    call.documents.put(DOMAIN, EVERYWHERE, domain, {"UserPoolId": pool.id} | version)
    call.documents.put(DOMAIN, pool.id, "domain", {"Domain": domain})
    return version


def describe_user_pool_domain(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """An empty description where there is none, as on AWS."""
    found = call.documents.get(DOMAIN, EVERYWHERE, members["Domain"])
    if found is None:
        return {"DomainDescription": {}}
    described = found | {"Domain": members["Domain"], "AWSAccountId": call.aws.account, "Status": "ACTIVE"}
    return {"DomainDescription": described}


def update_user_pool_domain(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool, domain = find_pool(call, members["UserPoolId"]), members["Domain"]
    _check(members)
    _check_owner(call, pool.id, domain)
    version = {"ManagedLoginVersion": members.get("ManagedLoginVersion", 1)}
    call.documents.put(DOMAIN, EVERYWHERE, domain, {"UserPoolId": pool.id} | version)
    return version


def delete_user_pool_domain(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool, domain = find_pool(call, members["UserPoolId"]), members["Domain"]
    _check_owner(call, pool.id, domain)
    call.documents.delete(DOMAIN, EVERYWHERE, domain)
    call.documents.delete(DOMAIN, pool.id, "domain")
    return {}


def _check_owner(call: Call, pool_id: str, domain: str) -> None:
    if find_domain(call, pool_id) != domain:
        raise not_found(f"No such domain or user pool exists: {domain}")


def _check(members: dict[str, Any]) -> None:
    if members.get("CustomDomainConfig") or members.get("Routing"):
        raise unserved("custom domains (CustomDomainConfig)")
