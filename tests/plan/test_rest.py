"""What a worker serves of a REST API: methods, canaries, and the gateway's own answers."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from limen.features.access_logs.writer import AccessLogs
from limen.gateway import table as table_module
from limen.gateway.domain_match import DomainMatch
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.route_plan import Step
from limen.gateway.run import run
from limen.plan import rest
from limen.plan.freeze import find_rest_problems, full_updates, updates_since
from limen.store.store import Store
from tests.plan.rest_stored import RestStored
from tests.plan.stored import Worker
from tests.support.client_certificates import SHOWN
from tests.support.exchanges import answer, exchange, header_map


class Following:
    """A worker that is told what happens in a store, and a client of its REST API."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.worker = Worker()
        self.worker.state.table.put_api("rest1", "us-east-1", is_rest=True)
        self.worker.state.table.first_api = "rest1"
        self.revision: int | None = None

    def catch_up(self) -> None:
        with self.store.reader() as reader:
            since, self.revision = self.revision, reader.revision
            told = list(full_updates(reader)) if since is None else updates_since(reader, since, self.revision)
        asyncio.run(self.worker.apply(told))

    def ask(self, request_line: str, **parts: Any) -> str:
        response = self.answer(request_line, **parts)
        return f"{response.status} {response.body.decode()}"

    def answer(self, request_line: str, *, is_too_large: bool = False, **parts: Any) -> Response:
        asked = exchange(request_line, **parts)
        asked.is_too_large = is_too_large
        self.worker.state.table.dispatch(asked)
        return answer(asked)


@pytest.fixture
def api(store: Store) -> RestStored:
    return RestStored(store)


@pytest.fixture
def following(store: Store) -> Following:
    return Following(store)


@pytest.fixture(autouse=True)
def tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Integrations answer with what they are and see instead of calling a backend."""

    def telling(method: dict[str, Any], *_: Any) -> Step:
        says = method["methodIntegration"].get("says", "")

        def tell(exchange: Exchange) -> None:
            seen = [str(each) for each in (exchange.path_parameters, exchange.stage.variables) if each]
            exchange.response = Response(200, [], " ".join([says, *seen]).encode())

        return tell

    monkeypatch.setattr(rest, "compile_answer", telling)


def says(text: str) -> dict[str, Any]:
    return {"type": "MOCK", "says": text}


NO_TOKEN = '403 {"message":"Missing Authentication Token"}'
FORBIDDEN = '403 {"message":"Forbidden"}'


def test_methods_of_a_deployed_stage_answer(api: RestStored, following: Following) -> None:
    api.method("GET /pets/{id}", methodIntegration=says("pet"))
    api.method("ANY /{proxy+}", methodIntegration=says("rest"))
    api.deploy()
    following.catch_up()
    assert following.ask("GET /prod/pets/7") == "200 pet {'id': '7'}"
    assert following.ask("GET //prod/pets/7/") == "200 pet {'id': '7'}"
    assert following.ask("PUT /prod/a/b") == "200 rest {'proxy': 'a/b'}"
    assert following.ask("PUT /prod/pets/7") == "200 rest {'proxy': 'pets/7'}"
    assert following.ask("PUT /prod/") == NO_TOKEN
    assert following.ask("OPTIONS /prod/") == NO_TOKEN


def test_what_no_stage_answers_is_forbidden(api: RestStored, following: Following) -> None:
    api.method("GET /")
    api.deploy()
    following.catch_up()
    assert following.ask("GET /other/") == FORBIDDEN
    assert following.ask("GET /") == FORBIDDEN
    answered = following.answer("GET /", host="rest1.execute-api.us-east-1.localhost")
    assert header_map(answered)["x-amzn-errortype"] == "ForbiddenException"


def test_a_change_is_served_when_it_is_deployed(api: RestStored, following: Following) -> None:
    api.method("GET /a", methodIntegration=says("one"))
    api.deploy()
    following.catch_up()
    api.method("GET /a", methodIntegration=says("two"))
    api.method("GET /b", methodIntegration=says("new"))
    following.catch_up()
    assert (following.ask("GET /prod/a"), following.ask("GET /prod/b")) == ("200 one", NO_TOKEN)
    api.deploy()
    following.catch_up()
    assert (following.ask("GET /prod/a"), following.ask("GET /prod/b")) == ("200 two", "200 new")


def test_a_moved_resource_takes_its_methods_along(api: RestStored, following: Following) -> None:
    api.method("GET /a", methodIntegration=says("here"))
    api.deploy()
    following.catch_up()
    api.put("Resource", "a", {"id": "a", "path": "/b/a"})
    api.deploy()
    following.catch_up()
    assert (following.ask("GET /prod/a"), following.ask("GET /prod/b/a")) == (NO_TOKEN, "200 here")


def test_stage_variables_are_live(api: RestStored, following: Following) -> None:
    api.method("GET /a", methodIntegration=says("a"))
    api.deploy(variables={"x": "1"})
    following.catch_up()
    api.stage(variables={"x": "2"})
    following.catch_up()
    assert following.ask("GET /prod/a") == "200 a {'x': '2'}"


class TestCanary:
    @pytest.fixture(autouse=True)
    def half(self, api: RestStored, following: Following) -> None:
        """A stage with a canary that takes half of the requests."""
        api.method("GET /a", methodIntegration=says("old"))
        api.deploy(variables={"x": "1", "y": "1"})
        api.method("GET /a", methodIntegration=says("new"))
        canary = {"deploymentId": api.freeze(), "percentTraffic": 50.0, "stageVariableOverrides": {"y": "2"}}
        api.stage(canarySettings=canary)
        following.catch_up()

    def test_a_share_of_the_requests_goes_to_it(self, following: Following, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(table_module, "random", lambda: 0.5)
        assert following.ask("GET /prod/a") == "200 old {'x': '1', 'y': '1'}"
        monkeypatch.setattr(table_module, "random", lambda: 0.49)
        assert following.ask("GET /prod/a") == "200 new {'x': '1', 'y': '2'}"

    def test_its_share_changes_at_once(
        self, api: RestStored, following: Following, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        api.stage(canarySettings={"deploymentId": "d2", "percentTraffic": 10.5})
        following.catch_up()
        monkeypatch.setattr(table_module, "random", lambda: 0.2)
        assert following.ask("GET /prod/a") == "200 old {'x': '1', 'y': '1'}"
        monkeypatch.setattr(table_module, "random", lambda: 0.1)
        assert following.ask("GET /prod/a") == "200 new {'x': '1', 'y': '1'}"

    def test_without_it_all_is_as_before(
        self, api: RestStored, following: Following, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table_module, "random", lambda: 0.0)
        api.stage(canarySettings=None)
        following.catch_up()
        assert following.ask("GET /prod/a") == "200 old {'x': '1', 'y': '1'}"

    def test_a_new_worker_serves_it_too(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(table_module, "random", lambda: 0.0)
        late = Following(store)
        late.catch_up()
        assert late.ask("GET /prod/a") == "200 new {'x': '1', 'y': '2'}"


def test_gateway_responses_are_those_of_the_deployment(api: RestStored, following: Following) -> None:
    api.method("GET /a")
    api.put("GatewayResponse", "DEFAULT_4XX", {"responseType": "DEFAULT_4XX", "statusCode": "418"})
    api.deploy()
    following.catch_up()
    assert following.ask("GET /prod/b").startswith("418 ")
    api.delete("GatewayResponse", "DEFAULT_4XX")
    following.catch_up()
    assert following.ask("GET /prod/b").startswith("418 ")
    api.deploy()
    following.catch_up()
    assert following.ask("GET /prod/b") == NO_TOKEN


def test_what_cannot_be_checked_never_passes(api: RestStored, following: Following) -> None:
    api.method("GET /a", authorizationType="CUSTOM", authorizerId="a1")
    api.deploy()
    following.catch_up()
    assert following.ask("GET /prod/a") == '500 {"message":null}'


def test_limits_are_answered_by_the_stage(api: RestStored, following: Following) -> None:
    api.method("POST /a")
    api.deploy()
    following.catch_up()
    assert following.ask("POST /prod/a", head_size=20_481) == '431 {"message":"Request Header Fields Too Large"}'
    assert following.ask("POST /prod/a", is_too_large=True) == "413 HTTP content length exceeded 10485760 bytes."
    assert following.ask("POST /prod/%zz") == '400 {"message":"Bad Request"}'


def test_an_endpoint_that_is_switched_off_forbids(api: RestStored, following: Following) -> None:
    api.change(disableExecuteApiEndpoint=True)
    api.method("GET /a")
    api.deploy()
    following.catch_up()
    assert following.ask("GET /prod/a") == FORBIDDEN


def test_bodies_are_coded_both_ways(api: RestStored, following: Following) -> None:
    api.change(minimumCompressionSize=0)
    api.method("GET /a", methodIntegration=says("a"))
    api.deploy()
    following.catch_up()
    answered = following.answer("GET /prod/a", headers={"Accept-Encoding": "gzip"})
    assert header_map(answered)["content-encoding"] == "gzip"
    assert following.ask("GET /prod/a", headers={"Content-Encoding": "br"}, body=b"x").startswith("415 ")


def test_problems_of_a_deployment_are_named(api: RestStored, store: Store) -> None:
    api.method("GET /a")
    api.put("Method", "gone/GET", {"httpMethod": "GET", "_resourceId": "gone", "methodIntegration": {"type": "MOCK"}})
    responses = {"responseParameters": {"gatewayresponse.header.a": "nothing"}}
    with store.reader() as reader:
        assert find_rest_problems(reader, "rest1", reader.revision) == [
            "method GET is on a resource that does not exist, gone"
        ]
    uri = "http://${stageVariables.backend}/a"
    broken = {"type": "HTTP", "uri": uri, "requestTemplates": {"application/json": "#if("}}
    api.delete("Method", "gone/GET")
    api.method("GET /b", methodIntegration=broken)
    with store.reader() as reader:
        (problem,) = find_rest_problems(reader, "rest1", reader.revision)
    assert problem.startswith("method GET /b: the template for application/json")
    api.put("GatewayResponse", "DEFAULT_4XX", responses)
    with store.reader() as reader:
        (problem,) = find_rest_problems(reader, "rest1", reader.revision)
    assert "gatewayresponse.header.a" in problem


@pytest.mark.parametrize("uri", ["http://e.example/a", "http://${stageVariables.backend}/a"])
def test_templates_that_are_none_need_not_keep_a_deployment_back(api: RestStored, store: Store, uri: str) -> None:
    responses = {"200": {"statusCode": "200", "responseTemplates": {"text/html": "#else"}}}
    broken = {"application/json": "#if("}
    api.method(
        "GET /b",
        methodIntegration={
            "type": "HTTP", "uri": uri, "requestTemplates": broken, "integrationResponses": responses
        },
    )  # fmt: skip
    with store.reader() as reader:
        assert len(find_rest_problems(reader, "rest1", reader.revision)) == 2
        assert find_rest_problems(reader, "rest1", reader.revision, templates=False) == []


SHUT = {"throttlingRateLimit": 0.0, "throttlingBurstLimit": 0}


def test_a_method_that_requires_a_key_lets_nobody_in_without_one(api: RestStored, following: Following) -> None:
    api.method("GET /a", apiKeyRequired=True)
    api.method("GET /b")
    api.deploy()
    following.catch_up()

    assert following.ask("GET /prod/a") == FORBIDDEN
    assert following.ask("GET /prod/a", headers={"x-api-key": "some key"}) == FORBIDDEN
    assert following.ask("GET /prod/b", headers={"x-api-key": "some key"}).startswith("200")


def test_settings_of_a_method_limit_it(api: RestStored, following: Following) -> None:
    api.method("GET /a")
    api.method("GET /b")
    api.deploy(methodSettings={"a/GET": SHUT})
    following.catch_up()

    assert following.ask("GET /prod/a") == '429 {"message":"Too Many Requests"}'
    assert following.answer("GET /prod/a").headers[0][2] == b"application/json"
    assert following.ask("GET /prod/b").startswith("200")

    api.stage(methodSettings={"*/*": SHUT, "a/GET": {"throttlingRateLimit": -1, "throttlingBurstLimit": -1}})
    following.catch_up()
    assert following.ask("GET /prod/a").startswith("200")
    assert following.ask("GET /prod/b") == '429 {"message":"Too Many Requests"}'


def test_settings_of_a_verb_hold_for_a_method_any(api: RestStored, following: Following) -> None:
    api.method("ANY /{proxy+}")
    api.deploy(methodSettings={"{proxy+}/GET": SHUT, "*/*": {"throttlingRateLimit": -1}})
    following.catch_up()

    assert following.ask("GET /prod/a") == '429 {"message":"Too Many Requests"}'
    assert following.ask("GET /prod/a", headers={"X-HTTP-Method-Override": "PUT"}).startswith("200")
    assert following.ask("PUT /prod/a").startswith("200")

    api.stage(methodSettings={"{proxy+}/PUT": SHUT})
    following.catch_up()
    assert following.ask("GET /prod/a").startswith("200")
    assert following.ask("PUT /prod/a") == '429 {"message":"Too Many Requests"}'


def test_a_tag_that_means_nothing_leaves_the_stage_as_it_is(api: RestStored, following: Following) -> None:
    api.method("GET /a")
    api.deploy()
    following.catch_up()
    api.stage(tags={"limen:state-loss": "maybe"})

    with pytest.raises(PlanError, match="limen:state-loss"):
        following.catch_up()
    assert following.ask("GET /prod/a").startswith("200")


def test_who_is_not_trusted_is_forbidden_whatever_gateway_responses_say(
    api: RestStored, following: Following, tmp_path: Path
) -> None:
    following.worker.state.access_logs = AccessLogs(tmp_path)
    api.method("GET /a", methodIntegration=says("a"))
    for kind in ("DEFAULT_4XX", "ACCESS_DENIED"):
        api.put("GatewayResponse", kind, {"responseType": kind, "statusCode": "418"})
    line = "$context.status $context.identity.clientCert.subjectDN $context.error.message"
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:shop"
    api.deploy(
        accessLogSettings={"destinationArn": arn, "format": line},
        methodSettings={"*/*": {"loggingLevel": "ERROR"}},
    )
    following.catch_up()
    asked = exchange("GET /prod/a")
    following.worker.state.table.dispatch(asked)
    refused = exchange("GET /prod/a")
    refused.stage, refused.route_path, refused.path_parameters = asked.stage, b"/a", {}
    refused.domain = DomainMatch("", problem="self signed certificate", certificate=SHOWN)

    assert asked.stage.untrusted is not None
    run(refused, asked.stage.untrusted)
    following.worker.state.access_logs.close()

    answered = answer(refused)
    assert (answered.status, answered.body) == (403, b'{"message":"Forbidden"}')
    assert header_map(answered)["x-amzn-errortype"] == "ForbiddenException"
    assert (tmp_path / "shop.log").read_text().splitlines()[-1] == "403 CN=ana,O=Shop Forbidden"
    lines = (tmp_path / "API-Gateway-Execution-Logs_rest1/prod.log").read_text().splitlines()
    assert [line.partition(") ")[2] for line in lines] == [
        "Access denied. Reason: self signed certificate",
        "Method completed with status: 403",
    ]
