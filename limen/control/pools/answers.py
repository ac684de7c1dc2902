"""RespondToAuthChallenge and AdminRespondToAuthChallenge: what users answer to the challenges of a sign-in."""

from typing import Any

from limen.control.call import Answer, Aside, Call
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
    return _take_new_password(call, client, username, required(responses, "NEW_PASSWORD"), members)


def _take_new_password(call: Call, client: Client, username: str, password: str, members: dict[str, Any]) -> Answer:
    challenge = open_challenge(call, client, members.get("Session"), NewPassword)
    user = _user_of(call, client, challenge, username)
    check_age(call, challenge.expires)
    check_password_policy(client.pool, password)
    attributes = _attributes_given(user, members.get("ChallengeResponses", {}))
    use_up(call, members["Session"], challenge.expires)

    def go_on(then: Call, kept: str) -> Answer:
        current = _user_of(then, client, challenge, username)
        changed = change(
            then,
            current,
            _password=kept,
            _temporaryUntil=None,
            UserStatus="CONFIRMED",
            Attributes=current.document["Attributes"] | attributes,
        )
        return {"AuthenticationResult": begin_session(then, client, changed), "ChallengeParameters": {}}

    aside: Aside = with_password(call, client.pool, user.name, password, go_on)
    return aside


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


def _attributes_given(user: User, responses: dict[str, str]) -> dict[str, str]:
    """Those that come with the answer; all that are required have to be there then."""
    given = {name.removeprefix(_ATTRIBUTE): value for name, value in responses.items() if name.startswith(_ATTRIBUTE)}
    for name in given:
        if user.document["Attributes"].get(name) and user.document["Attributes"][name] != given[name]:
            raise invalid_parameter(f"Cannot modify an already provided {name}")
        if name.endswith("_verified") or name == "sub":
            raise invalid_parameter(f"Invalid attributes given, {name} cannot be set")
    check_new(user.pool.schema, user.document["Attributes"] | given)
    return given
