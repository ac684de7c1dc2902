"""Tokens of local user pools let through by gateways of all kinds, under either name of their issuer."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.test_user_pools import PASSWORD, Pool
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend


@pytest.fixture(scope="module")
def pool(limen: LimenProcess) -> Iterator[Pool]:
    made = Pool(limen)
    made.admin.admin_set_user_password(UserPoolId=made.id, Username="ana", Password=PASSWORD, Permanent=True)
    yield made
    made.admin.delete_user_pool(UserPoolId=made.id)


@pytest.fixture(scope="module")
def tokens(pool: Pool) -> dict[str, str]:
    result: dict[str, str] = pool.sign_in("ana", PASSWORD)["AuthenticationResult"]
    return result


@pytest.mark.parametrize("host", ["amazonaws.com", "localhost:{port}"])
def test_a_jwt_authorizer_takes_tokens_by_either_name(
    limen: LimenProcess, pool: Pool, tokens: dict[str, str], backend: RecordingBackend, host: str
) -> None:
    issuer = f"https://cognito-idp.us-east-1.{host.format(port=limen.port)}/{pool.id}"
    api = make_http_api(limen, backend.url, issuer, pool.client)

    with_access = limen.caller(api).get("/", Authorization=f"Bearer {tokens['AccessToken']}")
    with_id = limen.caller(api).get("/", Authorization=f"Bearer {tokens['IdToken']}")
    altered = limen.caller(api).get("/", Authorization=f"Bearer {tokens['IdToken'][:-8]}AAAAAAAA")

    assert (with_access.status, with_id.status, altered.status) == (200, 200, 401)
    assert limen.caller(api).get("/").status == 401


def test_an_authorizer_of_user_pools_takes_id_tokens(
    limen: LimenProcess, pool: Pool, tokens: dict[str, str], backend: RecordingBackend
) -> None:
    api = make_rest_api(limen, backend.url, f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool.id}")

    taken = limen.caller(api).get("/prod/", Authorization=tokens["IdToken"])
    refused = limen.caller(api).get("/prod/", Authorization=tokens["AccessToken"])

    assert (taken.status, refused.status) == (200, 401)
    assert json.loads(refused.body) == {"message": "Unauthorized"}


def test_tokens_of_a_pool_that_is_gone_are_refused_at_once(limen: LimenProcess, backend: RecordingBackend) -> None:
    gone = Pool(limen)
    gone.admin.admin_set_user_password(UserPoolId=gone.id, Username="ana", Password=PASSWORD, Permanent=True)
    issuer = f"https://cognito-idp.us-east-1.localhost:{limen.port}/{gone.id}"
    api = make_http_api(limen, backend.url, issuer, gone.client)
    token = gone.sign_in("ana", PASSWORD)["AuthenticationResult"]["IdToken"]
    assert limen.caller(api).get("/", Authorization=token).status == 200

    gone.admin.delete_user_pool(UserPoolId=gone.id)

    assert limen.caller(api).get("/", Authorization=token).status == 401


def test_pools_outlive_a_restart(start_limen: Any, backend: RecordingBackend) -> None:
    limen = start_limen()
    pool = Pool(limen)
    pool.admin.admin_set_user_password(UserPoolId=pool.id, Username="ana", Password=PASSWORD, Permanent=True)
    api = make_http_api(limen, backend.url, f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}", pool.client)
    limen.stop()

    limen = start_limen()
    token = limen.command("token", "--user", "ana").stdout.strip()

    wait_until(
        lambda: limen.caller(api).get("/", Authorization=token).status == 200, 10, lambda: f"not let in: {limen.log}"
    )


def make_http_api(limen: LimenProcess, backend_url: str, issuer: str, client: str) -> str:
    """The id of an API whose every path asks for a token."""
    v2 = limen.client()
    api = v2.create_api(Name="guarded", ProtocolType="HTTP")["ApiId"]
    authorizer = v2.create_authorizer(
        ApiId=api,
        Name="users",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer, "Audience": [client]},
    )["AuthorizerId"]
    integration = v2.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri=backend_url,
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    v2.create_route(
        ApiId=api,
        RouteKey="$default",
        Target=f"integrations/{integration}",
        AuthorizationType="JWT",
        AuthorizerId=authorizer,
    )
    v2.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return str(api)


def make_rest_api(limen: LimenProcess, backend_url: str, pool_arn: str) -> str:
    """The id of an API whose GET of / asks for an id token; stage prod."""
    v1 = limen.client("apigateway")
    api = v1.create_rest_api(name="guarded")
    root = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    authorizer = v1.create_authorizer(
        restApiId=api["id"],
        name="users",
        type="COGNITO_USER_POOLS",
        providerARNs=[pool_arn],
        identitySource="method.request.header.Authorization",
    )["id"]
    v1.put_method(**root, authorizationType="COGNITO_USER_POOLS", authorizerId=authorizer)
    v1.put_integration(**root, type="HTTP_PROXY", integrationHttpMethod="GET", uri=backend_url)
    v1.create_deployment(restApiId=api["id"], stageName="prod")
    return str(api["id"])
