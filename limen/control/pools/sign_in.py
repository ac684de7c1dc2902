"""InitiateAuth and AdminInitiateAuth: the ways in which a user asks for tokens, one row each.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from limen.control.call import Answer, Call
from limen.control.pools import first_factor, srp_sign_in
from limen.control.pools.documents import Client, find_client, find_client_of, find_pool
from limen.control.pools.errors import invalid_parameter, unserved
from limen.control.pools.guards import check_client_secret, check_secret_hash
from limen.control.pools.sessions import refreshed, tokens_again

Parameters = dict[str, str]


def initiate_auth(call: Call, members: dict[str, Any]) -> Answer:
    return _initiate(call, find_client(call, members["ClientId"]), members, is_admin=False)


def admin_initiate_auth(call: Call, members: dict[str, Any]) -> Answer:
    client = find_client_of(call, find_pool(call, members["UserPoolId"]), members["ClientId"])
    return _initiate(call, client, members, is_admin=True)


def get_tokens_from_refresh_token(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    client = find_client(call, members["ClientId"])
    check_client_secret(call, client, members.get("ClientSecret"))
    _check_is_enabled(client, "REFRESH_TOKEN_AUTH", _FLOWS["REFRESH_TOKEN_AUTH"])
    user, session = refreshed(call, client, members["RefreshToken"])
    return {"AuthenticationResult": tokens_again(call, client, user, session)}


def _initiate(call: Call, client: Client, members: dict[str, Any], *, is_admin: bool) -> Answer:
    name = members["AuthFlow"]
    flow = _FLOWS.get(name)
    if flow is None:
        raise unserved(f"the flow {name}")
    if is_admin not in flow.for_admins:
        raise invalid_parameter("Initiate Auth method not supported.")
    _check_is_enabled(client, name, flow)
    return flow.begin(call, client, members.get("AuthParameters", {}))


def _by_password(call: Call, client: Client, parameters: Parameters) -> Answer:
    username, password = required(parameters, "USERNAME"), required(parameters, "PASSWORD")
    check_secret_hash(call, client, [username], parameters.get("SECRET_HASH"))
    return first_factor.check_password(
        call, client, username, password, lambda then, user: first_factor.passed(then, client, user)
    )


def _by_srp(call: Call, client: Client, parameters: Parameters) -> Answer:
    username, public = required(parameters, "USERNAME"), required(parameters, "SRP_A")
    check_secret_hash(call, client, [username], parameters.get("SECRET_HASH"))
    return srp_sign_in.begin(call, client, username, public)


def _by_refresh_token(call: Call, client: Client, parameters: Parameters) -> Answer:
    user, session = refreshed(call, client, required(parameters, "REFRESH_TOKEN"))
    names = [user.name, user.subject, *(user.attributes[name] for name in _ALIASES if name in user.attributes)]
    check_secret_hash(call, client, names, parameters.get("SECRET_HASH"))
    return {"AuthenticationResult": tokens_again(call, client, user, session), "ChallengeParameters": {}}


def required(parameters: Parameters, name: str) -> str:
    if not parameters.get(name):
        raise invalid_parameter(f"Missing required parameter {name}")
    return parameters[name]


def _check_is_enabled(client: Client, name: str, flow: "_Flow") -> None:
    """Clients of the older kind, without ALLOW_, have SRP and refresh tokens whatever else they name."""
    flows = client.flows
    is_older = not any(each.startswith("ALLOW_") for each in flows) and "CUSTOM_AUTH_FLOW_ONLY" not in flows
    if not set(flow.enabled_by) & set(flows) and not (is_older and flow.is_always_on):
        raise invalid_parameter(f"{name} flow not enabled for this client" if flow.names_itself else _NOT_ENABLED)


class _Flow(Struct, frozen=True):
    begin: Callable[[Call, Client, Parameters], Answer]
    enabled_by: tuple[str, ...]
    for_admins: tuple[bool, ...] = (True, False)
    is_always_on: bool = False
    names_itself: bool = False


_NOT_ENABLED = "Auth flow not enabled for this client"
_ALIASES = ("email", "phone_number", "preferred_username")
_ADMIN = _Flow(_by_password, ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"), (True,))
_REFRESH = _Flow(_by_refresh_token, ("ALLOW_REFRESH_TOKEN_AUTH",), is_always_on=True)
_PASSWORD = ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH")

_FLOWS = {
    "USER_PASSWORD_AUTH": _Flow(_by_password, _PASSWORD, (False,), names_itself=True),
    "ADMIN_USER_PASSWORD_AUTH": _ADMIN,
    "ADMIN_NO_SRP_AUTH": _ADMIN,
    "USER_SRP_AUTH": _Flow(_by_srp, ("ALLOW_USER_SRP_AUTH",), is_always_on=True, names_itself=True),
    "REFRESH_TOKEN_AUTH": _REFRESH,
    "REFRESH_TOKEN": _REFRESH,
}
