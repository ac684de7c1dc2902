"""A route of an HTTP API, from its documents to what a client is answered."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from limen.features.access_logs.writer import AccessLogs
from limen.gateway.domain_match import DomainMatch
from limen.gateway.run import run
from limen.plan.freeze import full_updates
from limen.plan.http import dependencies_of
from limen.store.store import Store
from tests.plan.stored import ARN, Stored, Worker
from tests.support.client_certificates import SHOWN
from tests.support.exchanges import answer, exchange, header_map

pytestmark = pytest.mark.usefixtures("tells")

SITE = "https://www.example.com"
CORS = {"allowOrigins": [SITE], "allowMethods": ["GET"], "allowHeaders": ["*"], "maxAge": 5}
PREFLIGHT = {"Origin": SITE, "Access-Control-Request-Method": "GET"}
BROKEN = '500 {"message":"Internal Server Error"}'


def serve(store: Store) -> Worker:
    worker = Worker()
    with store.reader() as reader:
        asyncio.run(worker.apply(full_updates(reader)))
    return worker


@pytest.fixture
def api(api: Stored) -> Stored:
    api.integration("i1", "https://one.test")
    return api


def respond(worker: Worker, request_line: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    asked = exchange(request_line, headers)
    worker.state.table.dispatch(asked)
    response = answer(asked)
    return response.status, header_map(response)


def test_every_response_names_its_request(store: Store, api: Stored) -> None:
    api.route("r1", "GET /a")
    api.deploy()
    worker = serve(store)
    for request_line in ("GET /a", "GET /none", "GET /..", "OPTIONS /a"):
        asked = exchange(request_line)
        worker.state.table.dispatch(asked)
        assert header_map(answer(asked))["apigw-requestid"] == asked.request_id.decode()


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"target": None}, "GET /a' has no target"),
        ({"target": "gone"}, "GET /a' has a target that does not exist, integrations/gone"),
        ({"authorizationType": "JWT", "authorizerId": "x"}, "JWT authorizer x, which does not exist"),
    ],
)
def test_a_route_that_cannot_be_served_answers_500_and_says_why(
    store: Store, api: Stored, caplog: pytest.LogCaptureFixture, settings: dict[str, Any], reason: str
) -> None:
    api.route("r1", "GET /a", **settings)
    api.deploy()
    assert serve(store).ask("GET /a") == BROKEN
    assert reason in caplog.text


def test_a_named_authorizer_is_named_in_the_log(store: Store, api: Stored, caplog: pytest.LogCaptureFixture) -> None:
    api.put("Authorizer", "z1", {"authorizerId": "z1", "name": "pool"})
    api.route("r1", "GET /a", authorizationType="NEWER", authorizerId="z1")
    api.deploy()
    assert serve(store).ask("GET /a") == BROKEN
    assert "NEWER authorizer 'pool' (z1)" in caplog.text


def test_a_preflight_is_answered_whether_a_route_matches_or_not(store: Store, api: Stored) -> None:
    api.route("r1", "GET /a")
    api.route("r2", "ANY /any")
    api.change(corsConfiguration=CORS)
    api.deploy()
    worker = serve(store)
    for request_line in ("OPTIONS /a", "OPTIONS /any", "OPTIONS /nowhere"):
        status, headers = respond(worker, request_line, PREFLIGHT)
        assert (status, headers["access-control-allow-methods"]) == (204, "GET")
        assert headers["access-control-allow-origin"] == SITE
    assert respond(worker, "OPTIONS /nowhere", {"Origin": SITE})[0] == 404
    assert respond(worker, "OPTIONS /any", {"Origin": SITE})[0] == 200


def test_an_authorizer_guards_the_preflights_that_its_route_takes(store: Store, api: Stored) -> None:
    api.route("r1", "$default", authorizationType="AWS_IAM")
    api.change(corsConfiguration=CORS)
    api.deploy()
    assert respond(serve(store), "OPTIONS /a", PREFLIGHT)[0] == 403
    api.route("r2", "OPTIONS /{proxy+}")
    api.deploy()
    assert respond(serve(store), "OPTIONS /a", PREFLIGHT)[0] == 204
    assert respond(serve(store), "GET /a", PREFLIGHT)[0] == 403


def test_an_error_can_be_read_by_an_allowed_page(store: Store, api: Stored) -> None:
    api.route("r1", "GET /a", None)
    api.change(corsConfiguration=CORS)
    api.deploy()
    worker = serve(store)
    for request_line in ("GET /a", "GET /nowhere"):
        assert respond(worker, request_line, {"Origin": SITE})[1]["access-control-allow-origin"] == SITE
        assert "access-control-allow-origin" not in respond(worker, request_line, {"Origin": "https://evil.test"})[1]


def test_a_disabled_endpoint_is_not_found_once_deployed(store: Store, api: Stored) -> None:
    api.route("r1", "GET /a")
    api.deploy()
    api.change(disableExecuteApiEndpoint=True)
    assert serve(store).ask("GET /a") == "200 https://one.test"
    api.deploy()
    assert serve(store).ask("GET /a") == '404 {"message":"Not Found"}'


def test_metrics_count_by_route(store: Store, api: Stored) -> None:
    api.route("r1", "GET /a")
    api.route("r2", "GET /b", None)
    api.deploy("dev")
    worker = serve(store)
    for request_line in ("GET /dev/a", "GET /dev/a?q=1", "GET /dev/b", "GET /dev/c"):
        worker.ask(request_line)
    rows = {(row[1], row[2]): row[3:6] for row in worker.state.metrics.snapshot()["rows"]}
    assert rows == {("dev", "GET /a"): [2, 0, 0], ("dev", "GET /b"): [1, 0, 1], ("dev", ""): [1, 1, 0]}


def test_what_a_route_is_compiled_with() -> None:
    assert dependencies_of({"routeKey": "GET /a"}) == []
    assert dependencies_of({"target": "integrations/i1", "authorizerId": "z1"}) == [
        ("Integration", "i1"),
        ("Authorizer", "z1"),
    ]


def test_settings_of_routes_limit_them_before_anybody_is_asked_who_calls(store: Store, api: Stored) -> None:
    api.route("r1", "GET /a", authorizationType="AWS_IAM")
    api.route("r2", "GET /b")
    shut = {"throttlingRateLimit": 0.0, "throttlingBurstLimit": 0}
    api.deploy(routeSettings={"GET /a": shut})
    worker = serve(store)

    assert worker.ask("GET /a") == '429 {"message":"Too Many Requests"}'
    assert worker.ask("GET /b").startswith("200")
    assert "x-amzn-errortype" not in respond(worker, "GET /a", {})[1]


def test_who_is_not_trusted_is_forbidden_and_counted(store: Store, api: Stored, tmp_path: Path) -> None:
    api.route("r1", "GET /a")
    api.deploy("dev", accessLogSettings={"destinationArn": ARN, "format": "$context.identity.clientCert.issuerDN"})
    worker = Worker()
    worker.state.access_logs = AccessLogs(tmp_path)
    with store.reader() as reader:
        asyncio.run(worker.apply(full_updates(reader)))
    asked = exchange("GET /dev/a")
    worker.state.table.dispatch(asked)
    refused = exchange("GET /dev/a")
    refused.stage, refused.route_path, refused.path_parameters = asked.stage, b"/a", {}
    refused.domain = DomainMatch("", problem="no client certificate", certificate=SHOWN)

    assert asked.stage.untrusted is not None
    run(refused, asked.stage.untrusted)
    worker.state.access_logs.close()

    answered = answer(refused)
    assert (answered.status, answered.body) == (403, b'{"message":"Forbidden"}')
    assert header_map(answered)["apigw-requestid"] == refused.request_id.decode()
    assert (tmp_path / "orders.log").read_text().splitlines() == ["-", "CN=Issuing"]
    rows = {row[2]: row[3:6] for row in worker.state.metrics.snapshot()["rows"]}
    assert rows[""] == [1, 1, 0]
