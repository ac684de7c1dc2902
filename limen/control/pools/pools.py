"""User pools: made with their keys, changed, described, and deleted with all that is in them."""

import secrets
import string
from typing import Any

from limen.control.call import Call
from limen.control.pools import groups
from limen.control.pools.documents import (
    CLIENT,
    CLIENT_PLACE,
    DOMAIN,
    EVERYWHERE,
    POOL,
    USER,
    Pool,
    arn_of,
    find_pool,
    scope_of,
)
from limen.control.pools.errors import invalid_parameter, not_found, unserved
from limen.control.pools.keys import make_keys
from limen.control.pools.pages import page
from limen.control.pools.pool_settings import AT_CREATION, KEPT, check_settings, settings_of
from limen.control.pools.schema import add_custom, schema_of
from limen.store.documents import Document

_ID_LENGTH = 9
_MFA = ("SoftwareTokenMfaConfiguration", "SmsMfaConfiguration", "EmailMfaConfiguration", "WebAuthnConfiguration")
_NOT_ENABLED = {"Enabled": False}
_ID_LETTERS = string.ascii_letters + string.digits


def create_user_pool(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    check_settings(members)
    pool_id = f"{call.aws.region}_{''.join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))}"
    document = settings_of(members, (*KEPT, *AT_CREATION)) | {
        "Id": pool_id,
        "Name": members["PoolName"],
        "LastModifiedDate": call.now,
        "CreationDate": call.now,
        "SchemaAttributes": schema_of(members.get("Schema", [])),
        "MfaConfiguration": "OFF",
        "LambdaConfig": {},
        "Arn": arn_of(call, pool_id),
    }
    call.documents.put(POOL, scope_of(call, pool_id), pool_id, document)
    make_keys(call, pool_id)
    return {"UserPool": _describe(call, Pool(pool_id, document))}


def describe_user_pool(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"UserPool": _describe(call, find_pool(call, members["UserPoolId"]))}


def list_user_pools(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    shown, token = page(call, POOL, call.scope, members, size="MaxResults")
    names = ("Id", "Name", "LambdaConfig", "LastModifiedDate", "CreationDate")
    pools = [{name: document[name] for name in names} for _, document in shown]
    return {"UserPools": pools, "NextToken": token}


def update_user_pool(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """What is not given gets its default, as on AWS."""
    pool = find_pool(call, members["UserPoolId"])
    check_settings(members)
    kept = {name: value for name, value in pool.document.items() if name not in KEPT}
    if "UserPoolTags" not in members and "UserPoolTags" in pool.document:
        kept["UserPoolTags"] = pool.document["UserPoolTags"]
    changed = kept | settings_of(members, KEPT) | {"LastModifiedDate": call.now}
    if members.get("PoolName"):
        changed["Name"] = members["PoolName"]
    put_pool(call, pool, changed)
    return {}


def delete_user_pool(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    if pool.document.get("DeletionProtection") == "ACTIVE":
        raise invalid_parameter("The user pool cannot be deleted because deletion protection is activated.")
    if find_domain(call, pool.id) is not None:
        raise invalid_parameter("User pool cannot be deleted. It has a domain configured that should be deleted first.")
    for _, user in call.documents.list(USER, pool.id):
        call.documents.delete_children(pool.sessions_parent(user["_sub"]))
    for client_id, _ in call.documents.list(CLIENT, pool.id):
        call.documents.delete(CLIENT_PLACE, EVERYWHERE, client_id)
    groups.delete_all(call, pool)
    call.documents.delete_children(pool.id)
    call.documents.delete(POOL, scope_of(call, pool.id), pool.id)
    return {}


def add_custom_attributes(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    schema = add_custom(pool.document["SchemaAttributes"], members["CustomAttributes"])
    put_pool(call, pool, pool.document | {"SchemaAttributes": schema, "LastModifiedDate": call.now})
    return {}


def get_user_pool_mfa_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find_pool(call, members["UserPoolId"])
    return {"MfaConfiguration": "OFF"}


def set_user_pool_mfa_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Off is all that there is; what another setting would need is refused by its name."""
    find_pool(call, members["UserPoolId"])
    check_settings(members)
    given = [name for name in _MFA if members.get(name, _NOT_ENABLED) != _NOT_ENABLED]
    if given:
        raise unserved(f"multi-factor authentication ({given[0]})")
    return {"MfaConfiguration": "OFF"}


def list_identity_providers(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """There are none but the pool itself, which such lists do not show."""
    find_pool(call, members["UserPoolId"])
    return {"Providers": []}


def describe_identity_provider(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find_pool(call, members["UserPoolId"])
    raise not_found(f"Identity provider {members['ProviderName']} does not exist.")


def tag_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = _pool_of_arn(call, members["ResourceArn"])
    tags = pool.document.get("UserPoolTags", {}) | members["Tags"]
    put_pool(call, pool, pool.document | {"UserPoolTags": tags})
    return {}


def untag_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = _pool_of_arn(call, members["ResourceArn"])
    tags = {
        name: value for name, value in pool.document.get("UserPoolTags", {}).items() if name not in members["TagKeys"]
    }
    put_pool(call, pool, pool.document | {"UserPoolTags": tags})
    return {}


def list_tags_for_resource(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"Tags": _pool_of_arn(call, members["ResourceArn"]).document.get("UserPoolTags", {})}


def put_pool(call: Call, pool: Pool, document: Document) -> None:
    call.documents.put(POOL, scope_of(call, pool.id), pool.id, document)


def find_domain(call: Call, pool_id: str) -> str | None:
    """The prefix of a pool's own pages."""
    owned = call.documents.get(DOMAIN, pool_id, "domain")
    return None if owned is None else str(owned["Domain"])


def _pool_of_arn(call: Call, arn: str) -> Pool:
    return find_pool(call, arn.rpartition("/")[2])


def _describe(call: Call, pool: Pool) -> dict[str, Any]:
    described: dict[str, Any] = (
        {"UserPoolTags": {}} | pool.document | {"EstimatedNumberOfUsers": call.documents.count(USER, pool.id)}
    )
    domain = find_domain(call, pool.id)
    return described if domain is None else described | {"Domain": domain}
