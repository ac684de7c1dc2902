"""The event of payload format 1.0: as documented, and whatever a client sends comes out of it as it went in."""

import base64
import re
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.api_key import FindApiKey, key_of_header
from limen.gateway.caller import Caller, IamIdentity
from limen.gateway.domain_match import DomainMatch
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Client
from limen.gateway.rest_failures import answer_rest_failure
from limen.gateway.route_plan import RoutePlan
from limen.integrations.rest.function_event import EventMaker
from limen.integrations.rest.scope import RestScope
from limen.wire import Headers
from tests.integrations.proxying import stage_plan
from tests.integrations.rest.invoking import invoke
from tests.support.client_certificates import SHOWN, SHOWN_IN_EVENTS
from tests.support.exchanges import exchange as make_exchange

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def make(
    request: str = "GET /",
    headers: list[tuple[bytes, bytes]] | None = None,
    body: bytes = b"",
    caller: Caller | None = None,
    find_api_key: FindApiKey | None = None,
    domain: DomainMatch | None = None,
    **scope: Any,
) -> Any:
    """The event of one request, as a function parses it."""
    exchange = make_exchange(request, None, body)
    exchange.caller, exchange.domain = caller, domain
    exchange.headers = Headers((*exchange.headers, *((name.lower(), name, value) for name, value in headers or [])))
    exchange.stage, exchange.route_path, exchange.path_parameters = stage_plan("prod"), exchange.path, {}
    exchange.plan = RoutePlan(
        "GET /", (), (), (), answer_rest_failure, resource_id="r1", resource_path="/", find_api_key=find_api_key
    )
    given = {"account": "0", "region": "r", "api_id": "a", "stage_name": "prod", "variables": {}, **scope}
    return orjson.loads(EventMaker(RestScope(**given)).make(exchange))


def test_a_whole_event() -> None:
    event = invoke(
        request="POST /prod/pets/7%208?a=1&a=2&b=x%20y+z",
        headers=[("accept", "*/*"), ("user-agent", "curl/8"), ("tEsT", "1"), ("tEsT", "2"), ("Content-Length", "2")],
        body=b"hi",
        path={"id": "7 8"},
        method={"operationName": "getPet"},
        scope={"variables": {"color": "red"}},
        exchange={"host": "abc123.execute-api.us-east-1.localhost:8443"},
    ).event
    context = event["requestContext"]
    root = event["headers"]["X-Amzn-Trace-Id"]

    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", root)
    assert re.fullmatch(UUID, context["requestId"])
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", context["requestTime"])
    assert context["requestTimeEpoch"] > 1_700_000_000_000
    assert event == {
        "resource": "/pets/{id}",
        "path": "/pets/7%208",
        "httpMethod": "POST",
        "headers": {
            "Host": "abc123.execute-api.us-east-1.localhost:8443",
            "accept": "*/*",
            "User-Agent": "curl/8",
            "tEsT": "2",
            "X-Amzn-Trace-Id": root,
            "X-Forwarded-For": "192.0.2.1",
            "X-Forwarded-Port": "8443",
            "X-Forwarded-Proto": "https",
        },
        "multiValueHeaders": {
            "Host": ["abc123.execute-api.us-east-1.localhost:8443"],
            "accept": ["*/*"],
            "User-Agent": ["curl/8"],
            "tEsT": ["1", "2"],
            "X-Amzn-Trace-Id": [root],
            "X-Forwarded-For": ["192.0.2.1"],
            "X-Forwarded-Port": ["8443"],
            "X-Forwarded-Proto": ["https"],
        },
        "queryStringParameters": {"a": "2", "b": "x y z"},
        "multiValueQueryStringParameters": {"a": ["1", "2"], "b": ["x y z"]},
        "pathParameters": {"id": "7 8"},
        "stageVariables": {"color": "red"},
        "requestContext": {
            "resourceId": "r1",
            "resourcePath": "/pets/{id}",
            "operationName": "getPet",
            "httpMethod": "POST",
            "extendedRequestId": context["extendedRequestId"],
            "requestTime": context["requestTime"],
            "path": "/prod/pets/7%208",
            "accountId": "000000000000",
            "protocol": "HTTP/1.1",
            "stage": "prod",
            "domainPrefix": "abc123",
            "requestTimeEpoch": context["requestTimeEpoch"],
            "requestId": context["requestId"],
            "identity": {
                "cognitoIdentityPoolId": None,
                "accountId": None,
                "cognitoIdentityId": None,
                "caller": None,
                "sourceIp": "192.0.2.1",
                "principalOrgId": None,
                "accessKey": None,
                "cognitoAuthenticationType": None,
                "cognitoAuthenticationProvider": None,
                "userArn": None,
                "userAgent": "curl/8",
                "user": None,
            },
            "domainName": "abc123.execute-api.us-east-1.localhost",
            "deploymentId": None,
            "apiId": "abc123",
        },
        "body": "hi",
        "isBase64Encoded": False,
    }


def test_what_is_not_there_is_null() -> None:
    event = invoke(request="GET /prod/", resource="/", path={}).event

    names = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    assert [event[name] for name in names] == [None] * 5
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize(
    ("binary", "content_type", "body", "expected", "is_encoded"),
    [
        ((), "image/png", "é".encode(), "é", False),
        ((), "image/png", b"\xff", "�", False),
        (("image/png",), "image/png", b"\xff", "/w==", True),
        (("image/png",), "image/png; a=b", b"\xff", "/w==", True),
        (("image/png",), "text/plain", b"hi", "hi", False),
        (("image/*",), "image/gif", b"\xff", "/w==", True),
        (("*/*",), "application/json", b"{}", "e30=", True),
        (("*/*",), "application/json", b"", None, False),
    ],
)
def test_bodies_are_text_unless_their_type_is_binary(
    binary: tuple[str, ...], content_type: str, body: bytes, expected: str | None, is_encoded: bool
) -> None:
    event = make("POST /", [(b"Content-Type", content_type.encode())], body, binary_media_types=binary)

    assert (event["body"], event["isBase64Encoded"]) == (expected, is_encoded)


def test_what_the_gateway_says_cannot_be_forged() -> None:
    event = make(
        "GET /",
        [
            (b"X-Forwarded-For", b"203.0.113.7"),
            (b"X-Forwarded-Proto", b"http"),
            (b"x_forwarded_for", b"1.1.1.1"),
            (b"X_Amzn_Trace_Id", b"Root=forged"),
            (b"X-Amzn-Trace-Id", b"Self=1;Root=1-67891233-abcdef012345678912345678;Sampled=1"),
            (b"Authorization", b"AWS4-HMAC-SHA256 Credential=x"),
        ],
    )
    assert event["headers"]["X-Forwarded-For"] == "203.0.113.7, 192.0.2.1"
    assert event["headers"]["X-Forwarded-Proto"] == "https"
    assert event["headers"]["X-Amzn-Trace-Id"] == "Root=1-67891233-abcdef012345678912345678"
    assert not {"x_forwarded_for", "X_Amzn_Trace_Id", "Authorization"} & event["headers"].keys()
    assert event["requestContext"]["identity"]["sourceIp"] == "192.0.2.1"


def test_a_request_that_goes_in_circles_is_ended() -> None:
    with pytest.raises(GatewayError, match="an API calls itself"):
        make("GET /", [(b"X-Forwarded-For", b", ".join([b"10.0.0.1"] * 40))])


def test_headers_that_are_shared_are_not_changed() -> None:
    headers = Headers([(b"accept", b"Accept", b"*/*")])
    maker = EventMaker(RestScope("0", "r", "a", "prod", {}))
    events = []
    for address in ("192.0.2.1", "192.0.2.2"):
        exchange = make_exchange("GET /")
        exchange.headers, exchange.client = headers, Client(address, 1, 443)
        exchange.stage, exchange.route_path, exchange.path_parameters = stage_plan("prod"), b"/", {}
        exchange.plan = RoutePlan("GET /", (), (), (), answer_rest_failure)
        events.append(maker.make(exchange))

    assert b'"X-Forwarded-For":"192.0.2.1"' in events[0]
    assert b'"X-Forwarded-For":"192.0.2.2"' in events[1]
    assert b"192.0.2.1" not in events[1]


def test_a_test_invocation_shows_what_was_given_alone() -> None:
    maker = EventMaker(RestScope("0", "r", "a", "test-invoke-stage", {}))
    exchange = make_exchange("GET /")
    exchange.headers = Headers()
    exchange.stage, exchange.route_path, exchange.path_parameters = stage_plan("test-invoke-stage"), b"/", {}
    exchange.plan = RoutePlan("GET /", (), (), (), answer_rest_failure)
    event = maker.make(exchange)

    assert b'"headers":null,"multiValueHeaders":null' in event
    assert b'"apiKey":"test-invoke-api-key","apiKeyId":"test-invoke-api-key-id"' in event


TOKENS = st.from_regex(rb"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True).map(lambda name: b"X-T-" + name)
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.lists(st.tuples(TOKENS, VALUES), max_size=8))
def test_headers_come_out_as_they_went_in(headers: list[tuple[bytes, str]]) -> None:
    event = make("GET /", [(name, value.encode()) for name, value in headers])
    expected: dict[str, list[str]] = {}
    for name, value in headers:
        expected.setdefault(name.decode(), []).append(value)

    assert {name: value for name, value in event["multiValueHeaders"].items() if name in expected} == expected
    assert {name: event["headers"][name] for name in expected} == {name: each[-1] for name, each in expected.items()}


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_query_strings_come_out_as_they_went_in(pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    event = make(f"GET /?{query}")
    expected: dict[str, list[str]] = {}
    for name, value in pairs:
        expected.setdefault(name, []).append(value)

    assert event["multiValueQueryStringParameters"] == expected
    assert event["queryStringParameters"] == {name: each[-1] for name, each in expected.items()}


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_no_bytes_of_a_client_keep_an_event_from_being_made(name: bytes, body: bytes) -> None:
    event = make(
        f"GET /?{quote(name, safe='')}", [(b"X-A", name.replace(b"\n", b""))], body, binary_media_types=("*/*",)
    )

    assert base64.b64decode(event["body"] or "") == body


def test_it_tells_who_calls() -> None:
    assert "authorizer" not in make()["requestContext"]
    context = make(caller=Caller("lambda", principal_id="ana", context={"level": "3"}))["requestContext"]
    assert context["authorizer"] == {"principalId": "ana", "level": "3", "integrationLatency": 0}
    assert context["identity"]["user"] is None
    context = make(caller=Caller("cognito", claims={"sub": "s1"}))["requestContext"]
    assert context["authorizer"] == {"claims": {"sub": "s1"}}


def test_it_tells_who_signed() -> None:
    signed = Caller("iam", iam=IamIdentity("AKIA1", "123456789012", "AIDA1", "arn:aws:iam::123456789012:user/ana"))
    context = make(caller=signed)["requestContext"]
    assert "authorizer" not in context
    assert context["identity"]["userArn"] == "arn:aws:iam::123456789012:user/ana"
    assert context["identity"]["accountId"] == "123456789012"
    assert context["identity"]["sourceIp"] == "192.0.2.1"


def test_the_api_key_is_told_where_the_method_requires_one() -> None:
    headers = [(b"x-api-key", b"k1")]
    assert "apiKey" not in make(headers=headers)["requestContext"]["identity"]
    identity = make(headers=headers, find_api_key=key_of_header)["requestContext"]["identity"]
    assert identity["apiKey"] == "k1"


def test_a_client_certificate_is_told() -> None:
    identity = make(domain=DomainMatch("", certificate=SHOWN))["requestContext"]["identity"]

    assert identity.pop("clientCert") == SHOWN_IN_EVENTS
    assert identity == make(domain=DomainMatch(""))["requestContext"]["identity"]
    assert identity == make()["requestContext"]["identity"]
