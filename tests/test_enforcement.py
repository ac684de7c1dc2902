"""Every stored setting that says who may call: enforced, and seen to be.

Each row is a request that its setting refuses. With that one setting skipped where plans are compiled the same request
has to pass: so it is the setting that refuses it, and a version that forgets to enforce it fails here.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from msgspec import structs

from limen.features.authorizers.compile import OF_METHODS, OF_ROUTES
from limen.features.authorizers.guarded import Guarded
from limen.features.domain_names.domains import DomainNames
from limen.features.domain_names.records import MAPPINGS_ONLY, DomainChanges, DomainRecord, MappingRecord
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange, Response
from limen.plan import http, rest
from limen.plan.freeze import full_updates
from limen.plan.http import HttpAssembly
from limen.plan.rest import RestAssembly
from limen.store.store import Store
from tests.features.authorizers.asking import URI, Functions, policy
from tests.plan.rest_stored import RestStored
from tests.plan.stored import Stored, Worker
from tests.support.client_certificates import Party, bundle, make_client, make_root
from tests.support.exchanges import answer, exchange
from tests.support.tokens import ISSUER, key_set, token

REST, HTTP = "rest1", "api1"
OTHER = "https://other.example"
POOL, OTHER_POOL = "us-east-1_A1", "us-east-1_B2"
ROOT = "arn:aws:execute-api:us-east-1:000000000000"
SIMPLE = {"isAuthorized": True}


def pool_issuer(pool: str) -> str:
    return f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"


def pool_arn(pool: str) -> str:
    return f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}"


@dataclass
class Row:
    """`skip`: members as they are compiled instead, None for those that are left out; `told`: what the client reads."""

    setting: str
    skip: dict[str, dict[str, Any]]
    method: dict[str, Any] = field(default_factory=dict)
    authorizer: dict[str, Any] | None = None
    api: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    outputs: list[Any] = field(default_factory=list)
    """Of the function, one for each time that it is asked."""
    asked_before: int = 0
    """Requests that pass, before the one that does not."""
    told: int = 401

    @property
    def is_rest(self) -> bool:
        return self.setting.startswith("rest")


def lasting_token(**claims: Any) -> str:
    """Rows are made when tests are collected, which may be long before they run."""
    return token(**{"exp": int(time.time()) + 7200, **claims})


def bearer(**claims: Any) -> dict[str, str]:
    return {"Authorization": lasting_token(**claims)}


TOKEN = {"type": "TOKEN", "identitySource": "method.request.header.Authorization", "authorizerUri": URI}
REQUEST = {**TOKEN, "type": "REQUEST"}
POOLS = {"type": "COGNITO_USER_POOLS", "identitySource": "method.request.header.Authorization"}
POOLS["providerARNs"] = [pool_arn(POOL)]  # type: ignore[assignment]
OF_POOL = bearer(iss=pool_issuer(POOL), token_use="id")


def rest_jwt(algorithms: list[str] | None = None, **issuer: Any) -> dict[str, Any]:
    issuers = [{"issuer": ISSUER, "audiences": ["shop"], **issuer}]
    configuration = {"issuers": issuers, "defaultAlgorithms": algorithms or ["RS256"]}
    return {"type": "JWT", "identitySource": "method.request.header.Authorization", "jwtConfiguration": configuration}


def http_jwt(issuer: str = ISSUER, audience: str = "shop") -> dict[str, Any]:
    configuration = {"issuer": issuer, "audience": [audience]}
    source = ["$request.header.Authorization"]
    return {"authorizerType": "JWT", "identitySource": source, "jwtConfiguration": configuration}


def http_request(**members: Any) -> dict[str, Any]:
    source = ["$request.header.Authorization"]
    shape = {"authorizerPayloadFormatVersion": "2.0", "enableSimpleResponses": True}
    return {"authorizerType": "REQUEST", "authorizerUri": URI, "identitySource": source, **shape, **members}


def of(kind: str) -> dict[str, Any]:
    return {"authorizationType": kind, "authorizerId": "a1"}


def without(place: str, *names: str) -> dict[str, dict[str, Any]]:
    return {place: dict.fromkeys(names)}


def instead(place: str, **members: Any) -> dict[str, dict[str, Any]]:
    return {place: members}


DENY_ALL = '{"Statement":[{"Effect":"Deny","Principal":"*","Action":"execute-api:*","Resource":"*"}]}'
NO_TYPE = without("method", "authorizationType")
SCOPES = {"authorizationScopes": ["orders/write"]}
CLAIM = [{"claimName": "tenant", "required": True, "expectedValues": ["acme"]}]
YES, NO = policy("Allow", f"{ROOT}:*"), policy("Deny", f"{ROOT}:*")
ELSEWHERE = policy("Allow", f"{ROOT}:*/*/POST/*")
ANY_TOKEN = {"Authorization": "t"}

ROWS = [
    Row("rest Method.authorizationType AWS_IAM", NO_TYPE, of("AWS_IAM"), told=403),
    Row("rest Method.authorizationType CUSTOM", NO_TYPE, of("CUSTOM"), TOKEN),
    Row("rest Method.authorizationType COGNITO_USER_POOLS", NO_TYPE, of("COGNITO_USER_POOLS"), POOLS),
    Row("rest Method.authorizationType JWT", NO_TYPE, of("JWT"), rest_jwt()),
    Row("rest Method.authorizationType NEWER", NO_TYPE, of("NEWER"), TOKEN, told=500),
    Row("rest Method.authorizerId", NO_TYPE, of("CUSTOM"), told=500),
    Row("rest Method.authorizationScopes", without("method", "authorizationScopes"),
        {**of("JWT"), **SCOPES}, rest_jwt(), headers=bearer(scope="orders/read"), told=403),
    Row("rest Method.authorizationScopes of pools", instead("method", authorizationScopes=["orders/read"]),
        {**of("COGNITO_USER_POOLS"), **SCOPES}, POOLS,
        headers=bearer(iss=pool_issuer(POOL), token_use="access", scope="orders/read")),
    Row("rest Method.apiKeyRequired", without("method", "apiKeyRequired"), {"apiKeyRequired": True}, told=403),
    Row("rest RestApi.policy", {"policy": {}}, api={"policy": DENY_ALL}, told=403),
    Row("rest RestApi.policy that is none", {"policy": {}}, api={"policy": "{}"}, told=403),
    Row("rest RestApi.policy behind an authorizer", {"policy": {}}, of("CUSTOM"), TOKEN, api={"policy": DENY_ALL},
        outputs=[YES, YES], headers=ANY_TOKEN, told=403),
    Row("rest RestApi.disableExecuteApiEndpoint", {"endpoint": {}}, api={"disableExecuteApiEndpoint": True}, told=403),
    Row("rest Authorizer.type", instead("authorizer", **REQUEST), of("CUSTOM"), {**TOKEN, "type": "NEWER"},
        outputs=[YES], headers=ANY_TOKEN, told=500),
    Row("rest Authorizer.authorizerUri", instead("authorizer", authorizerUri=URI.replace(":f/", ":yes/")),
        of("CUSTOM"), TOKEN, outputs=[NO], headers=ANY_TOKEN, told=403),
    Row("rest Authorizer.providerARNs", instead("authorizer", providerARNs=[pool_arn(OTHER_POOL)]),
        of("COGNITO_USER_POOLS"), POOLS, headers=bearer(iss=pool_issuer(OTHER_POOL), token_use="id")),
    Row("rest Authorizer.identitySource", instead("authorizer", identitySource="method.request.header.X-Mine"),
        of("CUSTOM"), TOKEN, outputs=[YES], headers={"X-Mine": "t"}),
    Row("rest Authorizer.identitySource of pools", instead("authorizer", identitySource="method.request.header.X-Mine"),
        of("COGNITO_USER_POOLS"), POOLS, headers={"X-Mine": OF_POOL["Authorization"]}),
    Row("rest Authorizer.identityValidationExpression", without("authorizer", "identityValidationExpression"),
        of("CUSTOM"), {**TOKEN, "identityValidationExpression": "good-.*"}, outputs=[YES], headers=ANY_TOKEN),
    Row("rest Authorizer.identityValidationExpression of pools", without("authorizer", "identityValidationExpression"),
        of("COGNITO_USER_POOLS"), {**POOLS, "identityValidationExpression": "other"}, headers=OF_POOL),
    Row("rest Authorizer.authorizerResultTtlInSeconds", instead("authorizer", authorizerResultTtlInSeconds=300),
        of("CUSTOM"), {**TOKEN, "authorizerResultTtlInSeconds": 0}, outputs=[YES, NO], headers=ANY_TOKEN,
        asked_before=1, told=403),
    Row("rest Authorizer.jwtConfiguration issuer", instead("authorizer", **rest_jwt(issuer=OTHER)),
        of("JWT"), rest_jwt(), headers=bearer(iss=OTHER)),
    Row("rest Authorizer.jwtConfiguration audiences", instead("authorizer", **rest_jwt(audiences=["other"])),
        of("JWT"), rest_jwt(), headers=bearer(aud="other")),
    Row("rest Authorizer.jwtConfiguration additionalClaims", instead("authorizer", **rest_jwt()),
        of("JWT"), rest_jwt(additionalClaims=CLAIM), headers=bearer(tenant="evil")),
    Row("rest Authorizer.jwtConfiguration defaultAlgorithms", instead("authorizer", **rest_jwt()),
        of("JWT"), rest_jwt(["RS512"]), headers=bearer()),
    Row("rest what a function allows", instead("authorizer", authorizerUri=URI.replace(":f/", ":yes/")),
        of("CUSTOM"), REQUEST, outputs=[ELSEWHERE], headers=ANY_TOKEN, told=403),

    Row("http Route.authorizationType AWS_IAM", NO_TYPE, of("AWS_IAM"), told=403),
    Row("http Route.authorizationType CUSTOM", NO_TYPE, of("CUSTOM"), http_request()),
    Row("http Route.authorizationType JWT", NO_TYPE, of("JWT"), http_jwt()),
    Row("http Route.authorizationType NEWER", NO_TYPE, of("NEWER"), http_jwt(), told=500),
    Row("http Route.authorizerId", NO_TYPE, of("JWT"), told=500),
    Row("http Route.authorizationScopes", without("method", "authorizationScopes"),
        {**of("JWT"), **SCOPES}, http_jwt(), headers=bearer(scope="orders/read"), told=403),
    Row("http Route.apiKeyRequired", without("method", "apiKeyRequired"), {"apiKeyRequired": True}, told=500),
    Row("http Api.disableExecuteApiEndpoint", {"endpoint": {}}, api={"disableExecuteApiEndpoint": True}, told=404),
    Row("http Authorizer.authorizerType", instead("authorizer", **http_request()),
        of("CUSTOM"), {**http_request(), "authorizerType": "NEWER"}, outputs=[SIMPLE], headers=ANY_TOKEN, told=500),
    Row("http Authorizer.authorizerUri", instead("authorizer", authorizerUri=URI.replace(":f/", ":simple/")),
        of("CUSTOM"), http_request(), outputs=[{"isAuthorized": False}], headers=ANY_TOKEN, told=403),
    Row("http Authorizer.identitySource", instead("authorizer", identitySource=["$request.header.X-Mine"]),
        of("CUSTOM"), http_request(), outputs=[SIMPLE], headers={"X-Mine": "t"}),
    Row("http Authorizer.identitySource of tokens", instead("authorizer", identitySource=["$request.header.X-Mine"]),
        of("JWT"), http_jwt(), headers={"X-Mine": lasting_token()}),
    Row("http Authorizer.authorizerPayloadFormatVersion", instead("authorizer", authorizerPayloadFormatVersion="2.0"),
        of("CUSTOM"), http_request(authorizerPayloadFormatVersion="1.0"), outputs=[SIMPLE], headers=ANY_TOKEN,
        told=500),
    Row("http Authorizer.enableSimpleResponses", instead("authorizer", enableSimpleResponses=True),
        of("CUSTOM"), http_request(enableSimpleResponses=False), outputs=[SIMPLE], headers=ANY_TOKEN, told=500),
    Row("http Authorizer.authorizerResultTtlInSeconds", instead("authorizer", authorizerResultTtlInSeconds=300),
        of("CUSTOM"), http_request(authorizerResultTtlInSeconds=0), outputs=[SIMPLE, {"isAuthorized": False}],
        headers=ANY_TOKEN, asked_before=1, told=403),
    Row("http Authorizer.jwtConfiguration issuer", instead("authorizer", **http_jwt(issuer=OTHER)),
        of("JWT"), http_jwt(), headers=bearer(iss=OTHER)),
    Row("http Authorizer.jwtConfiguration audience", instead("authorizer", **http_jwt(audience="other")),
        of("JWT"), http_jwt(), headers=bearer(aud="other")),
]  # fmt: skip

ELSEWHERE_TESTED = {
    "rest Authorizer.authorizerCredentials": "who asks the function: tests/e2e/test_lambda_authorizers.py",
    "http Authorizer.authorizerCredentialsArn": "as above",
    "rest RestApi.apiKeySource": "where a key is looked for: tests/features/usage_plans/test_step.py",
    "http Api.apiKeySelectionExpression": "of WebSocket APIs",
    "http Authorizer.identityValidationExpression": "of no HTTP API (model: 'This parameter is not used')",
    "rest Authorizer.authType": "a text for documents",
    "rest RestApi.securityPolicy": "versions of TLS: tests/downstream/test_listener.py",
    "rest DomainName.securityPolicy": "versions of TLS: tests/downstream/test_security_policies.py",
    "rest DomainName.policy": "of private domain names, which are refused",
    "rest DomainName.managementPolicy": "of private domain names, which are refused",
    "rest DomainName.mutualTlsAuthentication": "the last test here",
    "http DomainName.mutualTlsAuthentication": "the last test here",
}


class Served:
    """A worker that serves one method or route, with the functions and the issuers of the rows."""

    def __init__(self, row: Row, store: Store) -> None:
        self.functions = _Functions(row.outputs)
        self.worker = Worker()
        tools = self.worker.state.authorizers
        tools.functions = self.functions
        for issuer in (ISSUER, OTHER, pool_issuer(POOL), pool_issuer(OTHER_POOL)):
            tools.issuers.put_local(issuer, key_set("1"))
        self.row = row
        (self._store_rest if row.is_rest else self._store_http)(store)
        with store.reader() as reader, contextlib.suppress(PlanError):  # told to control; what it names answers 500
            asyncio.run(self.worker.apply(full_updates(reader)))

    def _store_rest(self, store: Store) -> None:
        self.worker.state.table.put_api(REST, "us-east-1", is_rest=True)
        self.worker.state.table.first_api = REST
        api = RestStored(store, REST)
        api.change(**self.row.api)
        if self.row.authorizer is not None:
            api.put("Authorizer", "a1", {"id": "a1", "name": "guard", **self.row.authorizer})
        api.method("GET /a", **self.row.method)
        api.deploy()

    def _store_http(self, store: Store) -> None:
        api = Stored(store, HTTP)
        api.change(**self.row.api)
        api.integration("i1", "https://one.test")
        if self.row.authorizer is not None:
            api.put("Authorizer", "a1", {"authorizerId": "a1", "name": "guard", **self.row.authorizer})
        api.route("r1", "GET /prod/a", **self.row.method)
        api.deploy()

    def ask(self) -> int:
        asked = exchange("GET /prod/a", self.row.headers)
        self.worker.state.table.dispatch(asked)
        return answer(asked).status


class _Functions(Functions):
    """Function `f` answers what a row says, `yes` and `simple` always let pass."""

    def __init__(self, outputs: list[Any]) -> None:
        super().__init__()
        self._outputs = iter(outputs)

    def compile(self, use: Any) -> Any:
        standing = {"yes": YES, "simple": SIMPLE}.get(use.uri.rpartition(":")[2].partition("/")[0])

        def ask(exchange: Exchange, arn: str, identity: list[str], hear: Callable[..., None]) -> None:
            self.output = standing or next(self._outputs)
            Functions.compile(self, use)(exchange, arn, identity, hear)

        return ask


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def served_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(exchange: Exchange) -> None:
        exchange.response = Response(200, [], b"served")

    monkeypatch.setattr(rest, "compile_answer", lambda *_: serve)
    monkeypatch.setattr(http, "compile_integration", lambda *_: serve)


def skip(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiles as if the setting of the row were another, wherever it is stored."""
    if "endpoint" in row.skip:
        for assembly in (RestAssembly, HttpAssembly):
            read = assembly.read_settings
            monkeypatch.setattr(
                assembly,
                "read_settings",
                lambda *given, read=read: structs.replace(read(*given), endpoint_is_disabled=False),
            )

    if "apiKeyRequired" in row.skip.get("method", {}):
        limit = rest.compile_limiting
        monkeypatch.setattr(
            rest, "compile_limiting", lambda each, *tools: limit(structs.replace(each, find_key=None), *tools)
        )

    def changed(guarded: Guarded) -> Guarded:
        method = merged(guarded.method, row.skip.get("method", {}))
        authorizer = guarded.authorizer and merged(guarded.authorizer, row.skip.get("authorizer", {}))
        return structs.replace(
            guarded, method=method, authorizer=authorizer, policy=None if "policy" in row.skip else guarded.policy
        )

    for module, name in ((rest, "compile_method_authorization"), (http, "compile_route_authorization")):
        compile_steps = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda guarded, tools, compile_steps=compile_steps: compile_steps(changed(guarded), tools)
        )


def merged(document: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**document, **members}.items() if value is not None}


@pytest.mark.parametrize("row", ROWS, ids=[row.setting.replace(" ", "-") for row in ROWS])
def test_a_setting_refuses_what_passes_without_it(row: Row, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    served = Served(row, store)
    assert [served.ask() for _ in range(row.asked_before)] == [200] * row.asked_before
    assert served.ask() == row.told

    skip(row, monkeypatch)
    served = Served(row, store)
    assert [served.ask() for _ in range(row.asked_before + 1)] == [200] * (row.asked_before + 1)


MARKS = ("auth", "identity", "policy", "apikey", "executeapi", "provider", "jwt", "simple", "payloadformat")


def members_of(service: str, api_type: str, shapes: tuple[str, ...]) -> Iterator[str]:
    model = botocore.session.get_session().get_service_model(service)
    for shape in shapes:
        for name in model.shape_for(shape).members:
            if name.lower() != "authorizerid" or shape != "Authorizer":
                noun = shape.removeprefix("Get").removesuffix("Response")
                yield f"{api_type} {noun}.{name[0].lower()}{name[1:]}"


def test_every_setting_of_the_models_has_its_row() -> None:
    """Also those that AWS adds later: whatever sounds like a setting of who may call."""
    members = [
        *members_of("apigateway", "rest", ("Method", "RestApi", "Authorizer", "DomainName")),
        *members_of("apigatewayv2", "http", ("Route", "Api", "Authorizer", "GetDomainNameResponse")),
    ]
    known = {" ".join(row.setting.split(" ")[:2]) for row in ROWS} | ELSEWHERE_TESTED.keys()
    assert [
        name for name in members if any(mark in name.split(".")[1].lower() for mark in MARKS) and name not in known
    ] == []


def test_every_type_of_authorization_has_its_row() -> None:
    named = {row.setting for row in ROWS}
    assert {f"rest Method.authorizationType {kind}" for kind in OF_METHODS} <= named
    assert {f"http Route.authorizationType {kind}" for kind in OF_ROUTES} <= named


@pytest.mark.parametrize(("kind", "api_id"), [("rest", REST), ("http", HTTP)])
def test_mutual_tls_refuses_what_passes_without_it(kind: str, api_id: str, store: Store) -> None:
    served = Served(Row(f"{kind} of a domain name", {}, {"authorizationType": "NONE"}), store)
    domains = DomainNames(served.worker.state.table, time.time)
    stage = "prod" if kind == "rest" else "$default"

    def ask(truststore: str, party: Party | None) -> int:
        mappings = (MappingRecord("shop" if kind == "rest" else "", api_id, stage),)
        record = DomainRecord("a.test", MAPPINGS_ONLY, mappings, (), "TLS_1_2", "", "", truststore)
        domains.apply(DomainChanges(True, [record]))
        asked = exchange("GET /shop/a" if kind == "rest" else "GET /prod/a", host="a.test")
        asked.client.certificate = b"" if party is None else party.der
        served.worker.state.table.dispatch(asked)
        return answer(asked).status

    root = make_root()
    clients = (None, make_client(make_root()), make_client(root))
    assert [ask(bundle(root), party) for party in clients] == [403, 403, 200]
    assert [ask("", party) for party in clients] == [200] * 3
