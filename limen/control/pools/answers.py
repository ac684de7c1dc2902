"""RespondToAuthChallenge and AdminRespondToAuthChallenge: what users answer to the challenges of a sign-in."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from limen.control.call import Answer, Call
from limen.control.pools import srp_sign_in
from limen.control.pools.accounts import User, change, find_account
from limen.control.pools.challenges import NewPassword, check_age, open_challenge, use_up
from limen.control.pools.credentials import check_password_policy, fingerprint, with_password
from limen.control.pools.documents import Client, find_client, find_client_of, find_pool
from limen.control.pools.errors import invalid_parameter, not_authorized, unserved
from limen.control.pools.first_factor import check_state
from limen.control.pools.guards import check_secret_hash
from limen.control.pools.schema import check_new
from limen.control.pools.sessions import begin_session
from limen.control.pools.sign_in import required

_ATTRIBUTE = "userAttributes."


def respond_to_auth_challenge(call: Call, members: dict[str, Any]) -> Answer:
    return _respond(call, find_client(call, members["ClientId"]), members)


def admin_respond_to_auth_challenge(call: Call, members: dict[str, Any]) -> Answer:
    client = find_client_of(call, find_pool(call, members["UserPoolId"]), members["ClientId"])
    return _respond(call, client, members)


def _respond(call: Call, client: Client, members: dict[str, Any]) -> Answer:
    name, responses = members["ChallengeName"], members.get("ChallengeResponses", {})
    if name not in ("PASSWORD_VERIFIER", "NEW_PASSWORD_REQUIRED"):
        raise unserved(f"the challenge {name}")
    username = required(responses, "USERNAME")
    check_secret_hash(call, client, [username], responses.get("SECRET_HASH"))
    if name == "PASSWORD_VERIFIER":
        block = required(responses, "PASSWORD_CLAIM_SECRET_BLOCK")
        signature, timestamp = required(responses, "PASSWORD_CLAIM_SIGNATURE"), required(responses, "TIMESTAMP")
        return srp_sign_in.answer(call, client, block, signature, timestamp)
    attributes = {
        name.removeprefix(_ATTRIBUTE): value for name, value in responses.items() if name.startswith(_ATTRIBUTE)
    }

    def signed_in(then: Call, user: User) -> Answer:
        return {"AuthenticationResult": begin_session(then, client, user), "ChallengeParameters": {}}

    given = NewPasswordGiven(members.get("Session"), username, required(responses, "NEW_PASSWORD"), attributes)
    return take_new_password(call, client, given, signed_in)


class NewPasswordGiven(Struct, frozen=True):
    """An answer to NEW_PASSWORD_REQUIRED."""

    session: str | None
    username: str
    password: str
    attributes: Mapping[str, str] = {}


def take_new_password(
    call: Call, client: Client, given: NewPasswordGiven, signed_in: Callable[[Call, User], Answer]
) -> Answer:
    """Goes on with the user, who has the password from then on."""
    challenge = open_challenge(call, client, given.session, NewPassword)
    user = _user_of(call, client, challenge, given.username)
    check_age(call, challenge.expires)
    check_password_policy(client.pool, given.password)
    attributes = _check_attributes(user, dict(given.attributes))
    use_up(call, given.session or "", challenge.expires)

    def go_on(then: Call, kept: str) -> Answer:
        current = _user_of(then, client, challenge, given.username)
        changed = change(
            then,
            current,
            _password=kept,
            _temporaryUntil=None,
            UserStatus="CONFIRMED",
            Attributes=current.document["Attributes"] | attributes,
        )
        return signed_in(then, changed)

    return with_password(call, client.pool, user.name, given.password, go_on)


def _user_of(call: Call, client: Client, challenge: NewPassword, username: str) -> User:
    """The user of the challenge, if it is the one that answers and the temporary password still counts."""
    user = find_account(call, client.pool, challenge.user)
    named = find_account(call, client.pool, username)
    is_same = user is not None and named is not None and named.key == user.key and challenge.client == client.id
    if not is_same or user is None or fingerprint(user) != challenge.password:
        raise not_authorized("Invalid session for the user.")
    check_state(call, user)
    if user.status != "FORCE_CHANGE_PASSWORD":
        raise not_authorized("Invalid session for the user.")
    return user


def _check_attributes(user: User, given: dict[str, str]) -> dict[str, str]:
    """Those that come with the answer; all that are required have to be there then."""
    for name in given:
        if user.document["Attributes"].get(name) and user.document["Attributes"][name] != given[name]:
            raise invalid_parameter(f"Cannot modify an already provided {name}")
        if name.endswith("_verified") or name == "sub":
            raise invalid_parameter(f"Invalid attributes given, {name} cannot be set")
    check_new(user.pool.schema, user.document["Attributes"] | given)
    return given
