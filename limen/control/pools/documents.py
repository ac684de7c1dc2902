"""Documents of user pools, as operations find them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from limen.aws.arn import new_arn
from limen.control.call import Call
from limen.control.pools.errors import not_found
from limen.identity.passwords import PasswordPolicy
from limen.store.documents import Document

POOL = "UserPool"
KEYS = "UserPoolKeys"
CLIENT = "UserPoolClient"
CLIENT_PLACE = "UserPoolClientPlace"
USER = "PoolUser"
ALIAS = "PoolAlias"
GROUP = "PoolGroup"
MEMBER = "PoolGroupMember"
SESSION = "PoolSession"
SIGN_ON = "PoolSignOn"
"""A browser that has signed in; beside sessions, and gone with them."""
CODE = "PoolCode"
"""An authorization code; beside sessions too."""
RESOURCE_SERVER = "PoolResourceServer"
DOMAIN = "UserPoolDomain"

EVERYWHERE = "user-pools"
"""The parent of what has one space of names for all pools: ids of clients, prefixes of domains."""


class Pool(Struct, frozen=True):
    id: str
    document: Document

    @property
    def region(self) -> str:
        return self.id.partition("_")[0]

    @property
    def policy(self) -> PasswordPolicy:
        return msgspec.convert(self.document["Policies"]["PasswordPolicy"], PasswordPolicy)

    @property
    def is_case_sensitive(self) -> bool:
        return bool(self.document.get("UsernameConfiguration", {}).get("CaseSensitive", True))

    @property
    def username_attributes(self) -> list[str]:
        """What users have instead of a name of their own: email, phone_number."""
        return list(self.document.get("UsernameAttributes", []))

    @property
    def alias_attributes(self) -> list[str]:
        return list(self.document.get("AliasAttributes", []))

    @property
    def auto_verified(self) -> list[str]:
        return list(self.document.get("AutoVerifiedAttributes", []))

    @property
    def recovery_attributes(self) -> list[str]:
        """Where codes for forgotten passwords go, the preferred first; empty where the pool says nothing of it."""
        mechanisms = self.document.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", [])
        names = [each["Name"] for each in sorted(mechanisms, key=lambda each: int(each["Priority"]))]
        return [name.removeprefix("verified_") for name in names if name.startswith("verified_")]

    @property
    def is_recovery_for_admins(self) -> bool:
        mechanisms = self.document.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", [])
        return any(each["Name"] == "admin_only" for each in mechanisms)

    @property
    def schema(self) -> dict[str, Mapping[str, Any]]:
        """Attributes by name, custom ones with their prefix."""
        return {attribute["Name"]: attribute for attribute in self.document["SchemaAttributes"]}

    @property
    def groups_parent(self) -> str:
        return f"{self.id}/groups"

    def members_parent(self, group: str) -> str:
        return f"{self.id}/groups/{group}"

    def sessions_parent(self, subject: str) -> str:
        return f"{self.id}/sessions/{subject}"


class Client(Struct, frozen=True):
    id: str
    pool: Pool
    document: Document

    @property
    def flows(self) -> list[str]:
        """ExplicitAuthFlows, with what AWS takes where none is given."""
        return list(self.document.get("ExplicitAuthFlows") or DEFAULT_FLOWS)

    @property
    def hides_users(self) -> bool:
        return self.document.get("PreventUserExistenceErrors") == "ENABLED"

    @property
    def can_revoke(self) -> bool:
        return bool(self.document.get("EnableTokenRevocation", True))


DEFAULT_FLOWS = ("ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH")


def scope_of(call: Call, pool_id: str) -> str:
    """The parent of a pool: its region is in its id, for calls without a signature tell of none."""
    return f"{call.aws.account}/{pool_id.partition('_')[0]}"


def find_pool(call: Call, pool_id: str) -> Pool:
    document = call.documents.get(POOL, scope_of(call, pool_id), pool_id)
    if document is None or call.aws.region not in ("", pool_id.partition("_")[0]):
        raise not_found(f"User pool {pool_id} does not exist.")
    return Pool(pool_id, document)


def find_client(call: Call, client_id: str) -> Client:
    """By its id alone, as calls without a signature name it."""
    place = call.documents.get(CLIENT_PLACE, EVERYWHERE, client_id)
    if place is None:
        raise no_client(client_id)
    return find_client_of(call, find_pool(call, place["UserPoolId"]), client_id)


def find_client_of(call: Call, pool: Pool, client_id: str) -> Client:
    document = call.documents.get(CLIENT, pool.id, client_id)
    if document is None:
        raise no_client(client_id)
    return Client(client_id, pool, document)


def no_client(client_id: str) -> Exception:
    return not_found(f"User pool client {client_id} does not exist.")


def arn_of(call: Call, pool_id: str) -> str:
    return str(new_arn("cognito-idp", pool_id.partition("_")[0], call.aws.account, f"userpool/{pool_id}"))
