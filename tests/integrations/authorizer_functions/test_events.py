"""The events of authorizer functions, as documented: what is asked, and the request without its body."""

from typing import Any

import orjson
import pytest

from limen.gateway.domain_match import DomainMatch
from limen.gateway.exchange import Client
from limen.gateway.ports import AuthorizerUse
from limen.gateway.rest_failures import answer_rest_failure
from limen.gateway.route_plan import RoutePlan
from limen.integrations.authorizer_functions.events import compile_authorizer_event
from limen.wire import Headers
from tests.integrations.proxying import stage_plan
from tests.support.client_certificates import SHOWN, SHOWN_IN_EVENTS
from tests.support.exchanges import exchange as make_exchange

ARN = "arn:aws:execute-api:us-east-1:123456789012:api1/prod/POST/pets/7"


def event(kind: Any, identity: list[str], domain: DomainMatch | None = None, **variables: str) -> dict[str, Any]:
    use = AuthorizerUse(
        kind=kind,
        uri="",
        authorizer_id="au1",
        account="123456789012",
        region="us-east-1",
        api_id="api1",
        stage_name="prod",
        route_key="POST /pets/{id}",
        variables=variables,
        timeout=10,
    )
    made = make_exchange("POST /pets/7?q=1&q=2", None, b'{"secret":true}', host="api1.example")
    fields = [(b"content-type", b"Content-Type", b"application/json"), (b"x-a", b"X-A", b"1"), (b"x-a", b"X-A", b"2")]
    made.headers = Headers((*made.headers, *fields))
    made.client, made.domain = Client("192.0.2.1", 50000, 443), domain
    made.stage, made.route_path, made.path_parameters = stage_plan("prod"), made.path, {"id": "7"}
    made.plan = RoutePlan("k", (), (), (), answer_rest_failure, resource_id="r1", resource_path="/pets/{id}")
    found: dict[str, Any] = orjson.loads(compile_authorizer_event(use)(made, ARN, identity))
    return found


def test_a_token() -> None:
    assert event("TOKEN", ["allow"]) == {"type": "TOKEN", "authorizationToken": "allow", "methodArn": ARN}


def test_a_request_to_a_rest_api() -> None:
    found = event("REQUEST", ["1"], color="red")
    assert list(found) == [
        "type",
        "methodArn",
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
    ]
    assert (found["type"], found["methodArn"], found["resource"], found["path"]) == (
        "REQUEST",
        ARN,
        "/pets/{id}",
        "/pets/7",
    )
    assert (found["headers"]["X-A"], found["multiValueHeaders"]["X-A"]) == ("2", ["1", "2"])
    assert found["multiValueQueryStringParameters"] == {"q": ["1", "2"]}
    assert (found["pathParameters"], found["stageVariables"]) == ({"id": "7"}, {"color": "red"})
    context = found["requestContext"]
    assert {"resourceId", "resourcePath", "requestId", "identity", "apiId", "stage", "path"} <= context.keys()
    assert "authorizer" not in context
    assert context["identity"]["sourceIp"] == "192.0.2.1"


def test_format_2_of_http_apis() -> None:
    found = event("2.0", ["user1", "123"], color="red")
    assert list(found) == [
        "version",
        "type",
        "routeArn",
        "identitySource",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "queryStringParameters",
        "requestContext",
        "pathParameters",
        "stageVariables",
    ]
    assert (found["version"], found["type"], found["routeArn"]) == ("2.0", "REQUEST", ARN)
    assert found["identitySource"] == ["user1", "123"]
    assert found["headers"]["x-a"] == "1,2"
    assert found["headers"]["content-length"] == "15"
    assert found["requestContext"]["http"]["method"] == "POST"
    assert "authorizer" not in found["requestContext"]


def test_format_1_of_http_apis() -> None:
    found = event("1.0", ["user1", "123"])
    assert (found["version"], found["type"], found["methodArn"]) == ("1.0", "REQUEST", ARN)
    assert found["identitySource"] == found["authorizationToken"] == "user1,123"
    assert (found["resource"], found["path"], found["httpMethod"]) == ("/pets/{id}", "/pets/7", "POST")
    assert found["stageVariables"] is None
    assert found["requestContext"]["identity"]["sourceIp"] == "192.0.2.1"
    assert not {"body", "isBase64Encoded"} & found.keys()
    assert "authorizer" not in found["requestContext"]


@pytest.mark.parametrize(
    ("kind", "names"), [("1.0", ["identitySource", "authorizationToken"]), ("2.0", ["identitySource"])]
)
def test_without_sources_there_is_no_identity(kind: str, names: list[str]) -> None:
    found = event(kind, [])
    assert [found[name] for name in names] == [None] * len(names)


def test_what_is_no_text_becomes_some() -> None:
    assert "authorizationToken" in event("TOKEN", ["\udcff"])


def test_an_authorizer_is_told_the_certificate_of_a_client() -> None:
    domain = DomainMatch("", certificate=SHOWN)

    for kind in ("REQUEST", "1.0"):
        assert event(kind, ["1"], domain)["requestContext"]["identity"]["clientCert"] == SHOWN_IN_EVENTS
        assert "clientCert" not in event(kind, ["1"])["requestContext"]["identity"]
    assert event("2.0", ["1"], domain)["requestContext"]["authentication"] == {"clientCert": SHOWN_IN_EVENTS}
    assert "authentication" not in event("2.0", ["1"])["requestContext"]
