"""/oauth2/authorize: where an app sends the browser of a user.

https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
"""

from limen.control.call import Answer, Call
from limen.control.oauth.asked import read_asked
from limen.control.oauth.granting import location_with_grant
from limen.control.oauth.places import pool_at
from limen.control.oauth.replies import redirect, replied
from limen.control.oauth.requests import OAuthRequest
from limen.control.oauth.sign_ons import find_sign_on


def authorize(call: Call, request: OAuthRequest) -> Answer:
    """Back to the app with a grant where the browser has signed in, else to the page where one does."""
    pool = pool_at(call, request.place)
    asked = read_asked(call, pool, request.parameters)
    if "none" in asked.prompts and len(asked.prompts) > 1:
        raise asked.refuse("invalid_request", "prompt=none stands alone")
    found = find_sign_on(call, pool, request.place, request.cookies)
    if found is not None and asked.max_age is not None:
        age = call.settings.pool_tools.now() - found.authenticated
        found = found if age <= asked.max_age else None
    if found is not None and not {"login", "select_account"} & asked.prompts:
        return replied(redirect(location_with_grant(call, asked, found.user, found.authenticated)))
    if "none" in asked.prompts:
        raise asked.refuse("login_required", "nobody has signed in with this browser")
    return replied(redirect(f"{request.place.base}/login?{request.query}"))
