"""A password checked, and what follows from a right one: tokens, a new password that is needed, or a refusal."""

from collections.abc import Callable

import orjson

from limen.control.call import Answer, Aside, Call
from limen.control.pools.accounts import User, find_account, fold
from limen.control.pools.challenges import NewPassword, expiry, seal_challenge
from limen.control.pools.credentials import fingerprint, when_checked
from limen.control.pools.documents import Client
from limen.control.pools.errors import no_user, not_authorized, refused, wrong_password
from limen.control.pools.guards import check_may_try, note_failure
from limen.control.pools.sessions import begin_session
from limen.identity.passwords import waste_time

DAY = 24 * 3600


def check_password(
    call: Call, client: Client, username: str, password: str, go_on: Callable[[Call, User], Answer]
) -> Answer:
    """Goes on with the user whose password it is. Who does not exist fails as slowly, where clients hide that."""
    pool = client.pool
    user = find_account(call, pool, username)
    if user is None and not client.hides_users:
        raise no_user()
    who = (pool.id, fold(pool, username) if user is None else user.key)
    check_may_try(call, who)
    if user is None:

        def fail(then: Call, _: object) -> Answer:
            note_failure(then, who)
            raise wrong_password()

        return Aside(lambda: waste_time(password), fail)

    def checked(then: Call, is_right: bool) -> Answer:
        return go_on(then, settle(then, user, is_right))

    return when_checked(call, user, password, checked)


def settle(call: Call, user: User, is_right: bool) -> User:
    """The user as it is now; raises where the answer was wrong, or the password has changed since it was checked."""
    who = (user.pool.id, user.key)
    current = find_account(call, user.pool, user.subject)
    has_changed = current is None or fingerprint(current) != fingerprint(user)
    # Answers that were being checked while others failed are not looked at either: a burst is no way around.
    check_may_try(call, who)
    if not is_right or has_changed or current is None:
        note_failure(call, who)
        raise wrong_password()
    call.settings.pool_tools.passwords.succeed(who)
    return current


def passed(call: Call, client: Client, user: User) -> Answer:
    """What InitiateAuth answers to a right password."""
    check_state(call, user)
    if user.status != "FORCE_CHANGE_PASSWORD":
        return {"AuthenticationResult": begin_session(call, client, user), "ChallengeParameters": {}}
    challenge = NewPassword(client.id, user.subject, expiry(call, client), fingerprint(user))
    own = {name: value for name, value in user.document["Attributes"].items() if not name.startswith("dev:")}
    missing = [f"userAttributes.{name}" for name in missing_attributes(user)]
    return {
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": seal_challenge(call, client, challenge),
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": user.name,
            "requiredAttributes": orjson.dumps(missing).decode(),
            "userAttributes": orjson.dumps(own).decode(),
        },
    }


def check_state(call: Call, user: User) -> None:
    """Raises for a user who knows the password and may not sign in."""
    if not user.is_enabled:
        raise not_authorized("User is disabled.")
    if user.status == "UNCONFIRMED":
        raise refused("UserNotConfirmedException", "User is not confirmed.")
    if user.status == "RESET_REQUIRED":
        raise refused("PasswordResetRequiredException", "Password reset required for the user")
    if user.status == "FORCE_CHANGE_PASSWORD":
        expires = user.document.get("_temporaryUntil")
        if expires is not None and expires <= call.settings.pool_tools.now():
            raise not_authorized("Temporary password has expired and must be reset by an administrator.")


def missing_attributes(user: User) -> list[str]:
    return [
        name
        for name, attribute in user.pool.schema.items()
        if attribute["Required"] and name != "sub" and not user.document["Attributes"].get(name)
    ]
