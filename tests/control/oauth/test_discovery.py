"""What others find out about a pool as an issuer."""

from tests.control.oauth.conftest import Portal


def test_an_issuer_tells_where_everything_is(portal: Portal) -> None:
    portal.host = "cognito-idp.us-east-1.localhost"

    answer = portal.get(f"/{portal.shop.id}/.well-known/openid-configuration")

    found = answer.json()
    assert found["issuer"] == f"https://cognito-idp.us-east-1.localhost:8443/{portal.shop.id}"
    assert found["token_endpoint"] == "https://shop.auth.us-east-1.localhost:8443/oauth2/token"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert portal.get(f"/{portal.shop.id}/.well-known/jwks.json").headers["cache-control"] == "public, max-age=3600"


def test_a_pool_without_a_domain_is_below_the_bare_host(portal: Portal) -> None:
    portal.pools("DeleteUserPoolDomain", UserPoolId=portal.shop.id, Domain="shop")
    portal.host = "evil.example.com"

    found = portal.get(f"/_auth/{portal.shop.id}/.well-known/openid-configuration").json()

    assert found["authorization_endpoint"] == f"https://localhost:8443/_auth/{portal.shop.id}/oauth2/authorize"


def test_keys_are_public_halves_alone(portal: Portal) -> None:
    keys = portal.get("/.well-known/jwks.json").json()["keys"]

    assert [set(key) for key in keys] == [{"kty", "use", "alg", "kid", "n", "e"}] * 2
