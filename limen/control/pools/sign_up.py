"""Users that sign up by themselves: SignUp, and codes that confirm them."""

from typing import Any

from limen.control.call import Answer, Call
from limen.control.pools.accounts import User, change, find_account, get_account, put_account
from limen.control.pools.codes import SIGN_UP, VERIFIABLE, delivery_details, find_reachable, send_code, take_code
from limen.control.pools.credentials import check_password_policy, with_password
from limen.control.pools.documents import Client, find_client, find_pool
from limen.control.pools.errors import expired_code, invalid_parameter, not_authorized, refused
from limen.control.pools.guards import check_secret_hash
from limen.control.pools.new_users import Names, add_account
from limen.control.pools.own_user import check_writable
from limen.control.pools.schema import as_map, check_new


def sign_up(call: Call, members: dict[str, Any]) -> Answer:
    client = find_client(call, members["ClientId"])
    pool = client.pool
    check_secret_hash(call, client, [members["Username"]], members.get("SecretHash"))
    if pool.document["AdminCreateUserConfig"].get("AllowAdminCreateUserOnly"):
        raise not_authorized("SignUp is not permitted for this user pool")
    if not members.get("Password"):
        raise invalid_parameter("Password is required")
    check_password_policy(pool, members["Password"])
    given = as_map(members.get("UserAttributes"))
    check_writable(client, given)
    names = Names(pool, members["Username"], given)
    check_new(pool.schema, names.attributes)
    names.attributes |= {f"{name}_verified": "false" for name in VERIFIABLE if names.attributes.get(name)}

    def go_on(then: Call, kept: str) -> Answer:
        user = add_account(then, pool, names, exists="User already exists", UserStatus="UNCONFIRMED", _password=kept)
        answer = {"UserConfirmed": False, "UserSub": user.subject}
        attribute = find_reachable(pool, user.attributes)
        if attribute is None:
            return answer
        return answer | {"CodeDeliveryDetails": send_code(then, user, SIGN_UP, attribute)}

    return with_password(call, pool, names.name, members["Password"], go_on)


def confirm_sign_up(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    client = find_client(call, members["ClientId"])
    check_secret_hash(call, client, [members["Username"]], members.get("SecretHash"))
    user = find_account(call, client.pool, members["Username"])
    if user is None:
        raise expired_code() if client.hides_users else no_combination()
    if user.status != "UNCONFIRMED":
        if client.hides_users:
            raise expired_code()
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")
    attribute, left = take_code(call, user, SIGN_UP, members["ConfirmationCode"])
    attributes = dict(user.document["Attributes"])
    if attribute:
        attributes[f"{attribute}_verified"] = "true"
    document = user.document | {"Attributes": attributes, "_codes": left, "UserStatus": "CONFIRMED"}
    confirmed = User(user.pool, user.key, document | {"UserLastModifiedDate": call.now})
    put_account(call, confirmed, user, takes_aliases=bool(members.get("ForceAliasCreation")))
    return {}


def admin_confirm_sign_up(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    user = get_account(call, find_pool(call, members["UserPoolId"]), members["Username"])
    if user.status != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")
    change(call, user, UserStatus="CONFIRMED")
    return {}


def resend_confirmation_code(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    client = find_client(call, members["ClientId"])
    check_secret_hash(call, client, [members["Username"]], members.get("SecretHash"))
    user = find_account(call, client.pool, members["Username"])
    if user is None or (client.hides_users and user.status != "UNCONFIRMED"):
        if client.hides_users:
            return {"CodeDeliveryDetails": imagined_delivery(call, client, members["Username"])}
        raise no_combination()
    if user.status != "UNCONFIRMED":
        raise invalid_parameter("User is already confirmed.")
    attribute = find_reachable(user.pool, user.attributes)
    if attribute is None:
        raise invalid_parameter("Cannot resend codes. Auto verification not turned on.")
    return {"CodeDeliveryDetails": send_code(call, user, SIGN_UP, attribute)}


def imagined_delivery(call: Call, client: Client, username: str) -> dict[str, Any]:
    """Where a code would have gone, for somebody who does not exist: the same each time."""
    content = f"{client.pool.id}\0{username}".encode("utf-8", "surrogatepass")
    letters = call.settings.pool_tools.sealer.mac(content, "imagined address")
    name, domain = (chr(ord("a") + letter % 26) for letter in letters[:2])
    return delivery_details("email", f"{name}@{domain}")


def no_combination() -> Exception:
    return refused("UserNotFoundException", "Username/client id combination not found.")
