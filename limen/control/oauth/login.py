"""/login: the page where users sign in, and choose a new password where theirs was a temporary one.

What the app asks for stays in the query, and is checked anew at each step. Whether a name exists is told to nobody.
"""

from msgspec.structs import replace

from limen.aws.errors import AwsError
from limen.control.call import Answer, Call
from limen.control.oauth import pages
from limen.control.oauth.asked import Asked, read_asked
from limen.control.oauth.errors import invalid_request
from limen.control.oauth.forms import check_form, form_cookie, form_token
from limen.control.oauth.granting import location_with_grant
from limen.control.oauth.places import pool_at
from limen.control.oauth.replies import Reply, page_reply, redirect, replied
from limen.control.oauth.requests import OAuthRequest
from limen.control.oauth.sign_ons import begin_sign_on, sign_on_cookie
from limen.control.pools.accounts import User, find_account
from limen.control.pools.answers import NewPasswordGiven, take_new_password
from limen.control.pools.challenges import NewPassword, expiry, open_challenge, seal_challenge
from limen.control.pools.credentials import fingerprint
from limen.control.pools.documents import Client, Pool
from limen.control.pools.errors import wrong_password
from limen.control.pools.first_factor import check_password, check_state, missing_attributes
from limen.identity.passwords import LONGEST

LONGEST_NAME = 128
_ATTRIBUTE = "attribute."
_STAYS = ("InvalidPasswordException", "InvalidParameterException")
"""Refusals of a new password after which another can be tried."""


def show(call: Call, request: OAuthRequest) -> Answer:
    asked = read_asked(call, pool_at(call, request.place), request.parameters)
    return replied(_sign_in_form(request, asked, asked.username))


def submit(call: Call, request: OAuthRequest) -> Answer:
    asked = read_asked(call, pool_at(call, request.place), request.parameters)
    check_form(request)
    if "session" in request.form:
        return _take_new_password(call, request, asked)
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    if not username or not password or len(username) > LONGEST_NAME or len(password) > LONGEST:
        raise wrong_password()
    return check_password(
        call, _hiding(asked.client), username, password, lambda then, user: _passed(then, request, asked, user)
    )


def show_again(call: Call, request: OAuthRequest, error: AwsError) -> Answer:
    """The page once more, with what was refused."""
    asked = read_asked(call, pool_at(call, request.place), request.parameters)
    status = 429 if error.code == "TooManyRequestsException" else 400
    form = request.form if request.method == "POST" else {}
    if "session" in form and error.code in _STAYS:
        _, user = _user_of(call, asked, form["session"])
        return replied(_new_password_form(request, asked.client.pool, user, form["session"], error.message, status))
    name = form.get("username", "")[:LONGEST_NAME]
    return replied(_sign_in_form(request, asked, name, error.message, status))


def _passed(call: Call, request: OAuthRequest, asked: Asked, user: User) -> Answer:
    """After a right password."""
    check_state(call, user)
    if user.status != "FORCE_CHANGE_PASSWORD":
        return _signed_in(call, request, asked, user)
    challenge = NewPassword(asked.client.id, user.subject, expiry(call, asked.client), fingerprint(user))
    session = seal_challenge(call, asked.client, challenge)
    return replied(_new_password_form(request, asked.client.pool, user, session))


def _take_new_password(call: Call, request: OAuthRequest, asked: Asked) -> Answer:
    form, session = request.form, request.form["session"]
    _, user = _user_of(call, asked, session)
    password = form.get("new_password", "")
    if password != form.get("new_password_again", ""):
        raise AwsError("InvalidParameterException", "The two passwords are not the same.", 400)
    given = {name.removeprefix(_ATTRIBUTE): value for name, value in form.items() if name.startswith(_ATTRIBUTE)}
    unwanted = given.keys() - set(missing_attributes(user))
    if unwanted or len(password) > LONGEST:
        raise invalid_request("This form holds what it was not asked for.")
    return take_new_password(
        call,
        asked.client,
        NewPasswordGiven(session, user.subject, password, given),
        lambda then, changed: _signed_in(then, request, asked, changed),
    )


def _user_of(call: Call, asked: Asked, session: str) -> tuple[NewPassword, User]:
    challenge = open_challenge(call, asked.client, session, NewPassword)
    user = find_account(call, asked.client.pool, challenge.user)
    if user is None or challenge.client != asked.client.id:
        raise wrong_password()
    return challenge, user


def _signed_in(call: Call, request: OAuthRequest, asked: Asked, user: User) -> Answer:
    """303: the browser asks for the next page with GET, and sends no password there."""
    location = location_with_grant(call, asked, user, call.settings.pool_tools.now())
    cookie = sign_on_cookie(request.place, begin_sign_on(call, user))
    return replied(redirect(location, [cookie], status=303))


def _sign_in_form(request: OAuthRequest, asked: Asked, username: str, error: str = "", status: int = 200) -> Reply:
    token = form_token(request)
    page = pages.sign_in_page(
        pool=_shown(asked.client.pool), action=_action(request), token=token, username=username, error=error
    )
    return page_reply(page, status, [form_cookie(token)])


def _new_password_form(
    request: OAuthRequest, pool: Pool, user: User, session: str, error: str = "", status: int = 200
) -> Reply:
    token, policy = form_token(request), pool.policy
    page = pages.new_password_page(
        pool=_shown(pool),
        action=_action(request),
        token=token,
        session=session,
        attributes=missing_attributes(user),
        hint=f"At least {policy.minimum_length} characters.",
        error=error,
    )
    return page_reply(page, status, [form_cookie(token)])


def _action(request: OAuthRequest) -> str:
    return f"{request.place.base}/login?{request.query}"


def _shown(pool: Pool) -> str:
    return str(pool.document["Name"])


def _hiding(client: Client) -> Client:
    """The client as one that tells nobody who exists."""
    return replace(client, document=client.document | {"PreventUserExistenceErrors": "ENABLED"})
