"""/logout: ends what a browser has signed in to, and goes on to a page of the app or to sign in anew.

https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
"""

from limen.control.call import Answer, Call
from limen.control.oauth.asked import find_app, read_asked
from limen.control.oauth.errors import OAuthError
from limen.control.oauth.pages import message_page
from limen.control.oauth.places import pool_at
from limen.control.oauth.replies import page_reply, redirect, replied, with_parameters
from limen.control.oauth.requests import OAuthRequest
from limen.control.oauth.sign_ons import end_sign_on, sign_on_cookie
from limen.control.pools.callbacks import is_among


def logout(call: Call, request: OAuthRequest) -> Answer:
    """`post_logout_redirect_uri` and `state` are OpenID Connect's words (RP-Initiated Logout 1.0)."""
    pool, parameters = pool_at(call, request.place), request.parameters
    gone = [sign_on_cookie(request.place, "")]
    target = parameters.get("logout_uri") or parameters.get("post_logout_redirect_uri")
    if target is not None:
        client = find_app(call, pool, parameters.get("client_id"))
        if not is_among(target, client.document.get("LogoutURLs", [])):
            raise OAuthError("invalid_request", "logout_uri is not one of the sign-out URLs of the app.")
        state = parameters.get("state")
        location = with_parameters(target, {"state": state}) if state else target
        end_sign_on(call, pool, request.place, request.cookies)
        return replied(redirect(location, gone))
    if "redirect_uri" in parameters:
        read_asked(call, pool, parameters)
        end_sign_on(call, pool, request.place, request.cookies)
        return replied(redirect(f"{request.place.base}/login?{request.query}", gone))
    end_sign_on(call, pool, request.place, request.cookies)
    return replied(page_reply(message_page("Signed out", "You have signed out of this browser."), 200, gone))
