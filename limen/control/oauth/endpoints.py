"""Every endpoint below a pool, by path and method."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from msgspec import Struct

from limen.aws.errors import AwsError
from limen.control.call import Answer, Call
from limen.control.oauth import authorize, discovery, login, logout, revoke, token, user_info
from limen.control.oauth.requests import OAuthRequest

Handler: TypeAlias = Callable[[Call, OAuthRequest], Answer]


class ShowAgain(Protocol):
    def __call__(self, call: Call, request: OAuthRequest, error: AwsError) -> Answer: ...


class Endpoint(Struct, frozen=True, kw_only=True):
    methods: Mapping[str, Handler]
    is_page: bool = False
    """People see it. Others are for programs, and scripts of any origin may read what they answer."""
    is_of_issuer: bool = False
    """On the issuer's host too; such are free of limits."""
    show_again: ShowAgain | None = None
    """A page that also says what of a form was refused."""


ENDPOINTS: dict[str, Endpoint] = {
    "/.well-known/openid-configuration": Endpoint(methods={"GET": discovery.describe_issuer}, is_of_issuer=True),
    "/.well-known/jwks.json": Endpoint(methods={"GET": discovery.show_keys}, is_of_issuer=True),
    "/oauth2/authorize": Endpoint(methods={"GET": authorize.authorize}, is_page=True),
    "/login": Endpoint(methods={"GET": login.show, "POST": login.submit}, is_page=True, show_again=login.show_again),
    "/logout": Endpoint(methods={"GET": logout.logout}, is_page=True),
    "/oauth2/token": Endpoint(methods={"POST": token.token}),
    "/oauth2/revoke": Endpoint(methods={"POST": revoke.revoke}),
    "/oauth2/userInfo": Endpoint(methods={"GET": user_info.user_info, "POST": user_info.user_info}),
}
