"""What users do with an access token: see and change what is theirs, sign out, go."""

from collections.abc import Mapping
from typing import Any

from limen.control.call import Answer, Call
from limen.control.pools.accounts import User, change, delete_account, find_account
from limen.control.pools.changes import changed_attributes
from limen.control.pools.codes import attribute_purpose, send_code, take_code
from limen.control.pools.credentials import check_password_policy, when_checked, with_password
from limen.control.pools.documents import Client, find_client
from limen.control.pools.errors import invalid_parameter, not_authorized, refused
from limen.control.pools.first_factor import settle
from limen.control.pools.guards import check_client_secret, check_may_try
from limen.control.pools.schema import as_list, as_map, check_changed
from limen.control.pools.sessions import bearer_of, end_all_sessions, end_session


def get_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    bearer = bearer_of(call, members["AccessToken"])
    readable = bearer.client.document.get("ReadAttributes")
    shown = {
        name: value
        for name, value in bearer.user.attributes.items()
        if name == "sub" or readable is None or name in readable
    }
    return {"Username": bearer.user.name, "UserAttributes": as_list(shown)}


def update_user_attributes(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    bearer = bearer_of(call, members["AccessToken"])
    given = as_map(members["UserAttributes"])
    check_writable(bearer.client, given)
    user, delivered = changed_attributes(call, bearer.user, given, is_admin=False)
    return {"CodeDeliveryDetailsList": [send_code(call, user, attribute_purpose(name), name) for name in delivered]}


def delete_user_attributes(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    bearer = bearer_of(call, members["AccessToken"])
    check_writable(bearer.client, dict.fromkeys(members["UserAttributeNames"], ""))
    without_attributes(call, bearer.user, members["UserAttributeNames"])
    return {}


def without_attributes(call: Call, user: User, names: list[str]) -> None:
    """Takes attributes away; those that are required stay."""
    schema = user.pool.schema
    check_changed(schema, dict.fromkeys((name for name in names if name in schema and not _is_typed(schema[name])), ""))
    unknown = [name for name in names if name not in schema or schema[name]["Required"] or name == "sub"]
    if unknown:
        raise invalid_parameter(f"Attribute {unknown[0]} does not exist or cannot be deleted.")
    gone = {*names, *(f"{name}_verified" for name in names)}
    left = {name: value for name, value in user.document["Attributes"].items() if name not in gone}
    change(call, user, Attributes=left)


def _is_typed(attribute: Mapping[str, Any]) -> bool:
    return bool(attribute["AttributeDataType"] != "String")


def get_user_attribute_verification_code(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    user, name = bearer_of(call, members["AccessToken"]).user, members["AttributeName"]
    if name not in ("email", "phone_number") or not user.attributes.get(name):
        raise invalid_parameter(f"User does not have an attribute {name} that can be verified.")
    return {"CodeDeliveryDetails": send_code(call, user, attribute_purpose(name), name)}


def verify_user_attribute(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    user, name = bearer_of(call, members["AccessToken"]).user, members["AttributeName"]
    attribute, left = take_code(call, user, attribute_purpose(name), members["Code"])
    if attribute != name:
        raise refused("ExpiredCodeException", "Invalid code provided, please request a code again.")
    change(call, user, _codes=left, Attributes=user.document["Attributes"] | {f"{name}_verified": "true"})
    return {}


def change_password(call: Call, members: dict[str, Any]) -> Answer:
    bearer = bearer_of(call, members["AccessToken"])
    user, new = bearer.user, members["ProposedPassword"]
    if not members.get("PreviousPassword"):
        raise invalid_parameter("PreviousPassword is required")
    check_password_policy(user.pool, new)
    check_may_try(call, (user.pool.id, user.key))

    def put(then: Call, kept: str) -> Answer:
        current = find_account(then, user.pool, user.subject)
        if current is None:
            raise not_authorized("Invalid Access Token")
        change(then, current, _password=kept)
        return {}

    def checked(then: Call, is_right: bool) -> Answer:
        settle(then, user, is_right)
        return with_password(then, user.pool, user.name, new, put)

    return when_checked(call, user, members["PreviousPassword"], checked)


def global_sign_out(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    sign_out(call, bearer_of(call, members["AccessToken"]).user)
    return {}


def sign_out(call: Call, user: User) -> None:
    """Ends all sessions; access tokens that belong to none are old from now on."""
    end_all_sessions(call, user)
    change(call, user, _signedOut=call.settings.pool_tools.now())


def delete_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    delete_account(call, bearer_of(call, members["AccessToken"]).user)
    return {}


def revoke_token(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    client = find_client(call, members["ClientId"])
    check_client_secret(call, client, members.get("ClientSecret"))
    if not client.can_revoke:
        raise refused("UnsupportedOperationException", "Token revocation is not enabled for this client.")
    if members["Token"].count(".") == 2:
        raise refused("UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
    end_session(call, client, members["Token"])
    return {}


def check_writable(client: Client, attributes: Mapping[str, str]) -> None:
    """Raises where a client's user may not write one of these."""
    writable = client.document.get("WriteAttributes")
    verified = [name for name in attributes if name.endswith("_verified") or name.startswith("dev:")]
    if verified or any(writable is not None and name not in writable for name in attributes):
        raise not_authorized("A client attempted to write unauthorized attribute")
