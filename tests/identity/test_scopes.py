"""What scopes tell of a user's attributes."""

import pytest

from limen.identity.scopes import attributes_for

ALL = {"email": "a@b", "email_verified": "true", "phone_number": "+1", "name": "A", "custom:tier": "gold"}


@pytest.mark.parametrize(
    ("scopes", "names"),
    [
        (["openid"], set(ALL)),
        (["aws.cognito.signin.user.admin"], set(ALL)),
        (["openid", "orders/read"], set(ALL)),
        (["openid", "email"], {"email", "email_verified"}),
        (["openid", "phone", "email"], {"email", "email_verified", "phone_number"}),
        (["openid", "profile"], {"name", "custom:tier"}),
    ],
)
def test_scopes_narrow_what_is_told(scopes: list[str], names: set[str]) -> None:
    assert set(attributes_for(scopes, ALL)) == names
