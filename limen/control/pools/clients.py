"""App clients: who may ask a pool for tokens, in which ways, and for how long these are good."""

import secrets
import string
from typing import Any

from limen.aws.ids import new_id
from limen.control.call import Call
from limen.control.pools.callbacks import check_callbacks
from limen.control.pools.documents import (
    CLIENT,
    CLIENT_PLACE,
    EVERYWHERE,
    RESOURCE_SERVER,
    Client,
    Pool,
    find_client_of,
    find_pool,
)
from limen.control.pools.errors import invalid_parameter, refused, unserved
from limen.control.pools.pages import page
from limen.identity.tokens import validity_of
from limen.store.documents import Document

_PURPOSE = "client secret"
_SECRET_LENGTH = 51
_ID_LENGTH = 26
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
OWN_SCOPES = ("phone", "email", "openid", "profile", "aws.cognito.signin.user.admin")

_KEPT = (
    "ClientName",
    "RefreshTokenValidity",
    "AccessTokenValidity",
    "IdTokenValidity",
    "TokenValidityUnits",
    "ReadAttributes",
    "WriteAttributes",
    "ExplicitAuthFlows",
    "SupportedIdentityProviders",
    "CallbackURLs",
    "LogoutURLs",
    "DefaultRedirectURI",
    "AllowedOAuthFlows",
    "AllowedOAuthScopes",
    "AllowedOAuthFlowsUserPoolClient",
    "PreventUserExistenceErrors",
    "EnableTokenRevocation",
    "EnablePropagateAdditionalUserContextData",
    "AuthSessionValidity",
)
_DEFAULTS: dict[str, Any] = {
    "RefreshTokenValidity": 30,
    "AllowedOAuthFlowsUserPoolClient": False,
    "EnableTokenRevocation": True,
    "EnablePropagateAdditionalUserContextData": False,
    "AuthSessionValidity": 3,
}


def create_user_pool_client(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    client_id = new_id(_ID_LENGTH)
    has_secret = bool(members.get("ClientSecret") is not None or members.get("GenerateSecret"))
    document = _settings(call, pool, members, has_secret=has_secret) | {
        "UserPoolId": pool.id,
        "ClientId": client_id,
        "LastModifiedDate": call.now,
        "CreationDate": call.now,
    }
    secret = members.get("ClientSecret")
    if secret is None and members.get("GenerateSecret"):
        letters = string.ascii_lowercase + string.digits
        secret = "".join(secrets.choice(letters) for _ in range(_SECRET_LENGTH))
    if secret is not None:
        document["_secret"] = call.settings.pool_tools.sealer.seal(secret.encode(), f"{_PURPOSE} {client_id}")
    client = Client(client_id, pool, document)
    _put(call, client)
    call.documents.put(CLIENT_PLACE, EVERYWHERE, client_id, {"UserPoolId": pool.id})
    return {"UserPoolClient": _described(call, client)}


def describe_user_pool_client(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    client = find_client_of(call, find_pool(call, members["UserPoolId"]), members["ClientId"])
    return {"UserPoolClient": _described(call, client)}


def list_user_pool_clients(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    shown, token = page(call, CLIENT, pool.id, members, size="MaxResults")
    names = ("ClientId", "UserPoolId", "ClientName")
    clients = [{name: document[name] for name in names} for _, document in shown]
    return {"UserPoolClients": clients, "NextToken": token}


def update_user_pool_client(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """What is not given gets its default, as on AWS; the secret stays."""
    pool = find_pool(call, members["UserPoolId"])
    client = find_client_of(call, pool, members["ClientId"])
    kept = {name: value for name, value in client.document.items() if name not in _KEPT}
    named = {"ClientName": client.document["ClientName"]} | members
    document = kept | _settings(call, pool, named, has_secret="_secret" in kept) | {"LastModifiedDate": call.now}
    _put(call, Client(client.id, pool, document))
    return {"UserPoolClient": _described(call, Client(client.id, pool, document))}


def delete_user_pool_client(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    client = find_client_of(call, find_pool(call, members["UserPoolId"]), members["ClientId"])
    call.documents.delete(CLIENT, client.pool.id, client.id)
    call.documents.delete(CLIENT_PLACE, EVERYWHERE, client.id)
    return {}


def secret_of(call: Call, client: Client) -> str | None:
    """None where the client has none."""
    sealed = client.document.get("_secret")
    if sealed is None:
        return None
    return call.settings.pool_tools.sealer.open(sealed, f"{_PURPOSE} {client.id}").decode()


def _put(call: Call, client: Client) -> None:
    call.documents.put(CLIENT, client.pool.id, client.id, client.document)


def _described(call: Call, client: Client) -> Document:
    secret = secret_of(call, client)
    return client.document if secret is None else client.document | {"ClientSecret": secret}


def _settings(call: Call, pool: Pool, members: dict[str, Any], *, has_secret: bool) -> dict[str, Any]:
    if members.get("RefreshTokenRotation", {}).get("Feature") == "ENABLED":
        raise unserved("rotation of refresh tokens (RefreshTokenRotation)")
    document = _DEFAULTS | {name: members[name] for name in _KEPT if members.get(name) is not None}
    document["RefreshTokenValidity"] = document["RefreshTokenValidity"] or _DEFAULTS["RefreshTokenValidity"]
    _check_validity(document)
    _check_flows(document)
    _check_oauth(call, pool, document, has_secret=has_secret)
    for name in ("ReadAttributes", "WriteAttributes"):
        unknown = [each for each in document.get(name, []) if each not in pool.schema]
        if unknown:
            raise invalid_parameter(f"Invalid {name} specified while creating a client: {', '.join(unknown)}")
    return document


def _check_validity(document: Document) -> None:
    validity = validity_of(document)
    if not 5 * _MINUTE <= validity.access <= _DAY or not 5 * _MINUTE <= validity.id <= _DAY:
        raise invalid_parameter("Invalid range for token validity.")
    if not _HOUR <= validity.refresh <= 3650 * _DAY or validity.refresh < max(validity.access, validity.id):
        raise invalid_parameter("Invalid range for token validity.")


def _check_flows(document: Document) -> None:
    flows = document.get("ExplicitAuthFlows", [])
    unserved_flows = [flow for flow in flows if "TOKEN_EXCHANGE" in flow]
    if unserved_flows:
        raise unserved(f"the flow {unserved_flows[0]}")
    if any(flow.startswith("ALLOW_") for flow in flows) and not all(flow.startswith("ALLOW_") for flow in flows):
        message = "Cannot mix the legacy ExplicitAuthFlows with those that start with ALLOW_"
        raise invalid_parameter(message)


def _check_oauth(call: Call, pool: Pool, document: Document, *, has_secret: bool) -> None:
    flows, scopes = document.get("AllowedOAuthFlows", []), document.get("AllowedOAuthScopes", [])
    others = [name for name in document.get("SupportedIdentityProviders", []) if name != "COGNITO"]
    if others:
        raise invalid_parameter(f"The provider {others[0]} does not exist for User Pool {pool.id}.")
    if "client_credentials" in flows and len(flows) > 1:
        message = "client_credentials flow can not be selected along with code flow or implicit flow."
        raise refused("InvalidOAuthFlowException", message)
    if "client_credentials" in flows and not has_secret:
        message = "client_credentials flow can not be selected if client does not have a client secret."
        raise refused("InvalidOAuthFlowException", message)
    if document["AllowedOAuthFlowsUserPoolClient"] and not (flows and scopes):
        message = (
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
        )
        raise refused("InvalidOAuthFlowException", message)
    known = known_scopes(call, pool) if scopes else set()
    unknown = [scope for scope in scopes if scope not in known]
    if unknown:
        raise refused("ScopeDoesNotExistException", f"Invalid scope requested: {', '.join(unknown)}")
    for name in ("CallbackURLs", "LogoutURLs"):
        check_callbacks(name, document.get(name, []))
    callbacks = document.get("CallbackURLs", [])
    if document.get("DefaultRedirectURI") and document["DefaultRedirectURI"] not in callbacks:
        raise invalid_parameter("DefaultRedirectURI must be in the CallbackURLs list.")
    if {"code", "implicit"} & set(flows) and document["AllowedOAuthFlowsUserPoolClient"] and not callbacks:
        raise refused(
            "InvalidOAuthFlowException", "At least one CallbackURL is needed for the flows code and implicit."
        )


def known_scopes(call: Call, pool: Pool) -> set[str]:
    """What tokens of a pool may be asked to carry."""
    custom = {
        f"{identifier}/{scope['ScopeName']}"
        for identifier, server in call.documents.list(RESOURCE_SERVER, pool.id)
        for scope in server.get("Scopes", [])
    }
    return custom | set(OWN_SCOPES)
