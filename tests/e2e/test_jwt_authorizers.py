"""Authorizers that take tokens, end to end: boto3, a real issuer over HTTPS, its rotation and outage."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.apis import create_api
from tests.support.client import Client
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.oidc_issuer import OidcIssuer
from tests.support.recording_backend import RecordingBackend

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OidcIssuer]:
    running = OidcIssuer(tmp_path_factory.mktemp("issuer"), "1")
    yield running
    running.close()


@pytest.fixture(scope="module")
def limen(tmp_path_factory: pytest.TempPathFactory, issuer: OidcIssuer) -> Iterator[LimenProcess]:
    """It trusts the authority of the issuer."""
    folder = tmp_path_factory.mktemp("limen")
    (folder / "limen.toml").write_text(f'upstream_ca = "{issuer.ca}"\nexplain = 20\n')
    running = LimenProcess(folder)
    yield running
    running.stop()


class Guarded:
    """An HTTP API with `GET /orders` behind a JWT authorizer, and `GET /admin` that asks for a scope."""

    def __init__(self, limen: LimenProcess, backend: RecordingBackend, issuer: OidcIssuer) -> None:
        client = limen.client()
        self.limen = limen
        self.api_id = create_api(client, {"GET /orders": backend.url, "GET /admin": backend.url})
        authorizer = client.create_authorizer(
            ApiId=self.api_id,
            Name="tokens",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": issuer.url, "Audience": ["shop"]},
        )
        scopes = {"GET /admin": ["shop/admin"]}
        for route in client.get_routes(ApiId=self.api_id)["Items"]:
            client.update_route(
                ApiId=self.api_id,
                RouteId=route["RouteId"],
                AuthorizationType="JWT",
                AuthorizerId=authorizer["AuthorizerId"],
                AuthorizationScopes=scopes.get(route["RouteKey"], []),
            )
        self.caller: Client = limen.caller(self.api_id)
        wait_until(lambda: self.get("/orders").status == 401, 5, lambda: "it passes without its authorizer")

    def get(self, path: str, token: str | None = None) -> Any:
        return self.caller.get(path, **({} if token is None else {"Authorization": f"Bearer {token}"}))


@pytest.fixture
def guarded(limen: LimenProcess, backend: RecordingBackend, issuer: OidcIssuer) -> Guarded:
    return Guarded(limen, backend, issuer)


def test_tokens_open_routes_of_http_apis(guarded: Guarded, issuer: OidcIssuer, backend: RecordingBackend) -> None:
    missing = guarded.get("/orders")
    assert (missing.status, missing.body) == (401, b'{"message":"Unauthorized"}')
    assert missing.header("www-authenticate") == "Bearer" and missing.header("apigw-requestid")
    assert backend.requests == []
    assert guarded.get("/orders", issuer.token()).status == 200
    wrong = guarded.get("/orders", issuer.token(aud="other"))
    assert (wrong.status, wrong.header("www-authenticate")) == (
        401,
        'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"',
    )
    narrow = guarded.get("/admin", issuer.token(scope="shop/read"))
    assert (narrow.status, narrow.body) == (403, b'{"message":"Forbidden"}')
    assert 'scope="shop/admin" error="insufficient_scope"' in (narrow.header("www-authenticate") or "")
    assert guarded.get("/admin", issuer.token(scope="shop/read shop/admin")).status == 200


def test_what_was_decided_is_explained(guarded: Guarded, issuer: OidcIssuer) -> None:
    token = issuer.token(exp=1)
    answered = guarded.get("/orders", token)
    told = guarded.limen.command("explain", answered.header("apigw-requestid") or "").stdout
    assert "authorizer 'tokens'" in told
    assert "token refused: the token has expired" in told
    assert token not in told


def test_an_issuer_may_be_away_and_may_change_its_keys(guarded: Guarded, issuer: OidcIssuer) -> None:
    known = issuer.token()
    assert guarded.get("/orders", known).status == 200
    issuer.stop()
    try:
        assert guarded.get("/orders", known).status == 200
        assert guarded.get("/orders", issuer.token(sub="ben")).status == 200  # its key is known
        assert guarded.get("/orders", issuer.token("2")).status == 401
    finally:
        issuer.key_ids = ("2",)
        issuer.start()
    try:
        # An unknown key is looked for again after some seconds.
        wait_until(lambda: guarded.get("/orders", issuer.token("2")).status == 200, 20, lambda: "never rotated")
        assert guarded.get("/orders", known).status == 401
    finally:
        issuer.key_ids = ("1",)
    wait_until(lambda: guarded.get("/orders", known).status == 200, 20, lambda: "never rotated back")


def test_claims_and_refusals_reach_the_access_log(limen: LimenProcess, issuer: OidcIssuer, guarded: Guarded) -> None:
    client = limen.client()
    client.update_stage(
        ApiId=guarded.api_id,
        StageName="$default",
        AccessLogSettings={
            "DestinationArn": f"arn:aws:logs:us-east-1:000000000000:log-group:{guarded.api_id}",
            "Format": '{"id":"$context.requestId","sub":"$context.authorizer.claims.sub",'
            '"error":"$context.authorizer.error"}',
        },
    )
    file = limen.data_directory / "logs" / f"{guarded.api_id}.log"

    def logged() -> list[tuple[str, str]]:
        guarded.get("/orders", issuer.token(sub="ana"))
        guarded.get("/orders", issuer.token(exp=1))
        lines = file.read_text().splitlines() if file.exists() else []
        return [(line["sub"], line["error"]) for line in map(json.loads, lines)]

    expected = {("ana", "-"), ("-", "invalid_token: the token has expired")}
    wait_until(lambda: expected <= set(logged()), 10, lambda: f"not in {file}: {logged()}")


# --- REST APIs


def rest_api(client: Any, authorizer: dict[str, Any], *, scopes: list[str] | None = None) -> tuple[str, dict[str, Any]]:
    """The id of a REST API with a MOCK method GET / behind that authorizer, deployed as prod; and the authorizer."""
    api_id = client.create_rest_api(name="shop")["id"]
    root = client.get_resources(restApiId=api_id)["items"][0]["id"]
    made = client.create_authorizer(
        restApiId=api_id, identitySource="method.request.header.Authorization", **authorizer
    )
    method = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    client.put_method(
        **method, authorizationType=authorizer["type"], authorizerId=made["id"], authorizationScopes=scopes or []
    )
    client.put_method_response(**method, statusCode="200")
    client.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_integration_response(**method, statusCode="200", responseTemplates={"application/json": TEMPLATE})
    client.create_deployment(restApiId=api_id, stageName="prod")
    return api_id, made


TEMPLATE = '{"sub": "$context.authorizer.claims.sub"}'


def jwt_authorizer(issuer: str) -> dict[str, Any]:
    trusted = {
        "issuer": issuer,
        "audiences": ["shop"],
        "additionalClaims": [{"claimName": "tenant", "format": "SINGLE_STRING", "required": True}],
    }
    configuration = {"issuers": [trusted], "defaultAlgorithms": ["RS256"]}
    return {"name": "jwt", "type": "JWT", "jwtConfiguration": configuration}


def test_tokens_open_methods_of_rest_apis(limen: LimenProcess, issuer: OidcIssuer) -> None:
    client = limen.client("apigateway")
    api_id, made = rest_api(client, jwt_authorizer(issuer.url), scopes=["read"])
    assert made["jwtConfiguration"]["issuers"][0]["jwksUri"] == issuer.url + "/keys"
    caller = limen.caller(api_id)

    def get(token: str | None) -> Any:
        return caller.get("/prod", **({} if token is None else {"Authorization": token}))

    assert (get(None).status, get(None).body) == (401, b'{"message":"Unauthorized"}')
    good = get(issuer.token(tenant="a", scope="read"))
    assert (good.status, good.json) == (200, {"sub": "ana"})
    assert get(issuer.token(scope="read")).status == 401
    forbidden = get(issuer.token(tenant="a", scope="write"))
    assert (forbidden.status, forbidden.json) == (403, {"message": "Forbidden"})
    tested = client.test_invoke_authorizer(
        restApiId=api_id, authorizerId=made["id"], headers={"Authorization": issuer.token(tenant="a")}
    )
    assert tested["clientStatus"] == 0 and tested["claims"]["tenant"] == "a"


def test_an_issuer_that_does_not_answer_is_not_trusted(limen: LimenProcess, issuer: OidcIssuer) -> None:
    client = limen.client("apigateway")
    with pytest.raises(ClientError) as refused:
        rest_api(client, jwt_authorizer(issuer.url + "/nowhere"))
    error = refused.value.response["Error"]
    assert error["Code"] == "BadRequestException"
    assert error["Message"].startswith(f"Invalid issuer: {issuer.url}/nowhere. Issuer must have a valid discovery")


def test_a_file_that_asks_for_tokens_is_served(limen: LimenProcess, issuer: OidcIssuer, tmp_path: Path) -> None:
    document = {
        "openapi": "3.0.1",
        "info": {"title": "shop", "version": "1"},
        "components": {
            "securitySchemes": {
                "tokens": {
                    "type": "oauth2",
                    "x-amazon-apigateway-authorizer": {
                        "type": "jwt",
                        "identitySource": "$request.header.Authorization",
                        "jwtConfiguration": {"issuer": issuer.url, "audience": ["shop"]},
                    },
                }
            }
        },
        "paths": {
            "/orders": {
                "get": {
                    "security": [{"tokens": ["read"]}],
                    "x-amazon-apigateway-integration": {
                        "type": "http_proxy",
                        "httpMethod": "GET",
                        "uri": "http://127.0.0.1:9/",
                        "payloadFormatVersion": "1.0",
                    },
                }
            }
        },
    }
    file = tmp_path / "api.json"
    file.write_text(json.dumps(document))
    checked = limen.command("check", file)
    assert checked.stdout.startswith("enforced: 12 ") and "security" in checked.stdout.splitlines()[0]
    api_id = limen.client().import_api(Body=file.read_text())["ApiId"]
    limen.client().create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    caller = limen.caller(api_id)
    wait_until(lambda: caller.get("/orders").status == 401, 5, lambda: "it passes without a token")
    assert caller.get("/orders", Authorization=issuer.token()).status == 403
    assert caller.get("/orders", Authorization=issuer.token(scope="read")).status == 503


def test_an_issuer_on_this_machine_may_speak_http(
    limen: LimenProcess, backend: RecordingBackend, tmp_path: Path
) -> None:
    issuer = OidcIssuer(tmp_path, "1", path="/realms/shop", is_plain=True)
    try:
        guarded = Guarded(limen, backend, issuer)

        answers = [
            guarded.caller.get("/orders", Authorization=f"Bearer {token}") for token in (issuer.token(), "not.a.token")
        ]

        assert [answer.status for answer in answers] == [200, 401]
    finally:
        issuer.close()
