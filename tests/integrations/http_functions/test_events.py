"""Events of HTTP APIs, beginning with the documented ones: what a request becomes in either version."""

import base64
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.caller import Caller, IamIdentity
from limen.gateway.exchange import Client, Exchange
from limen.integrations.http_functions.event_headers import event_headers
from limen.integrations.http_functions.events import MakeEvent, compile_event_v1, compile_event_v2
from limen.integrations.http_functions.scope import FunctionScope
from limen.wire import Headers
from tests.integrations.http_functions.calling import routed_request

TRACE = b"Root=1-5e6722a7-cc56xmpl46db7ae02d4da47e"
HOST = "id.execute-api.us-east-1.amazonaws.com"


def event_of(
    version: str, request: Exchange, key: str = "$default", stage: str = "$default", **variables: str
) -> dict[str, Any]:
    compile_event = {"1.0": compile_event_v1, "2.0": compile_event_v2}[version]
    make: MakeEvent = compile_event(FunctionScope("123456789012", "eu-west-1", "api-id", stage, key, variables))
    headers = event_headers(request.headers, request.host)
    event: dict[str, Any] = orjson.loads(make(request, headers, request.path, request.query, TRACE))
    return event


def sample() -> Exchange:
    """The request behind the guide's samples."""
    request = routed_request(
        "POST /my/path?parameter1=value1&parameter1=value2&parameter2=value",
        None,
        [
            ("Header1", "value1"),
            ("header2", "value1"),
            ("HEADER2", "value2"),
            ("Cookie", "cookie1; cookie2"),
            ("User-Agent", "agent"),
            ("Content-Type", "text/plain"),
        ],
        b"Hello from Lambda",
        host=HOST,
    )
    request.client = Client("192.0.2.1", 50000, 443)
    request.request_id = b"id="
    request.started_at = 1583348638.390
    return request


OWN = {
    "host": HOST,
    "user-agent": "agent",
    "content-type": "text/plain",
    "content-length": "17",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
    "x-amzn-trace-id": TRACE.decode(),
}


def test_the_sample_of_version_2() -> None:
    request = sample()
    request.path_parameters = {"parameter1": "value1"}

    assert event_of("2.0", request, stageVariable1="value1", stageVariable2="value2") == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/my/path",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
        "cookies": ["cookie1", "cookie2"],
        "headers": {"header1": "value1", "header2": "value1,value2", **OWN},
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": HOST,
            "domainPrefix": "id",
            "http": {
                "method": "POST",
                "path": "/my/path",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "id=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1583348638390,
        },
        "body": "Hello from Lambda",
        "pathParameters": {"parameter1": "value1"},
        "isBase64Encoded": False,
        "stageVariables": {"stageVariable1": "value1", "stageVariable2": "value2"},
    }


def test_the_sample_of_version_1() -> None:
    headers = {"header1": "value1", "header2": "value2", "cookie": "cookie1; cookie2", "content-type": "text/plain"}
    own = {
        "Host": HOST,
        "User-Agent": "agent",
        "Content-Length": "17",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        "X-Amzn-Trace-Id": TRACE.decode(),
    }
    multi = {name: [value] for name, value in {**headers, **own}.items()}

    assert event_of("1.0", sample(), "ANY /my/path") == {
        "version": "1.0",
        "resource": "/my/path",
        "path": "/my/path",
        "httpMethod": "POST",
        "headers": {**headers, **own},
        "multiValueHeaders": {**multi, "header2": ["value1", "value2"]},
        "queryStringParameters": {"parameter1": "value2", "parameter2": "value"},  # not the guide's value1: see docs
        "multiValueQueryStringParameters": {"parameter1": ["value1", "value2"], "parameter2": ["value"]},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "authorizer": {"claims": None, "scopes": None},
            "domainName": HOST,
            "domainPrefix": "id",
            "extendedRequestId": "id=",
            "httpMethod": "POST",
            "identity": {
                **dict.fromkeys(
                    (
                        "accessKey",
                        "accountId",
                        "caller",
                        "cognitoAuthenticationProvider",
                        "cognitoAuthenticationType",
                        "cognitoIdentityId",
                        "cognitoIdentityPoolId",
                        "principalOrgId",
                        "user",
                        "userArn",
                    )
                ),
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "path": "/my/path",
            "protocol": "HTTP/1.1",
            "requestId": "id=",
            "requestTime": "04/Mar/2020:19:03:58 +0000",
            "requestTimeEpoch": 1583348638390,
            "resourceId": "ANY /my/path",
            "resourcePath": "/my/path",
            "stage": "$default",
        },
        "pathParameters": None,
        "stageVariables": None,
        "body": "Hello from Lambda",
        "isBase64Encoded": False,
    }


def test_version_2_leaves_out_what_is_not_there() -> None:
    event = event_of("2.0", routed_request("GET /", host="api.test:8443"))

    assert event.keys() == {
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    }
    assert event["rawQueryString"] == ""
    assert event["headers"]["content-length"] == "0"
    assert (event["requestContext"]["domainName"], event["requestContext"]["domainPrefix"]) == ("api.test", "api")


def test_version_1_has_null_for_what_is_not_there() -> None:
    event = event_of("1.0", routed_request("GET /"))

    absent = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "body")
    assert [event[name] for name in absent] == [None] * 5
    assert event["resource"] == "$default"


def test_the_stage_is_a_part_of_the_path() -> None:
    request = routed_request("GET /prod/pets", stage="prod")

    assert event_of("2.0", request, stage="prod")["rawPath"] == "/prod/pets"
    assert event_of("2.0", request, stage="prod")["requestContext"]["http"]["path"] == "/prod/pets"
    assert event_of("1.0", request, stage="prod")["requestContext"]["path"] == "/prod/pets"


@pytest.mark.parametrize(
    ("sent", "path"), [("/a%20b", "/a b"), ("/%C3%BC", "/ü"), ("/%FF", "/ÿ"), ("/a%2Fb", "/a/b"), ('/"\\', '/"\\')]
)
def test_paths_are_decoded_in_version_2_alone(sent: str, path: str) -> None:
    v2, v1 = (event_of(version, routed_request(f"GET {sent}")) for version in ("2.0", "1.0"))

    assert v2["rawPath"] == v2["requestContext"]["http"]["path"] == path
    assert v1["path"] == v1["requestContext"]["path"] == sent


def test_a_query_string_stays_as_sent_and_its_parameters_are_decoded() -> None:
    event = event_of("2.0", routed_request("GET /?a=%20x+y&b&c=&=d&&e=1=2&%61=z"))

    assert event["rawQueryString"] == "a=%20x+y&b&c=&=d&&e=1=2&%61=z"
    assert event["queryStringParameters"] == {"a": " x y,z", "b": "", "c": "", "": "d", "e": "1=2"}


def test_a_query_string_of_nothing_has_no_parameters() -> None:
    assert "queryStringParameters" not in event_of("2.0", routed_request("GET /?&"))
    assert event_of("1.0", routed_request("GET /?&"))["queryStringParameters"] is None


TEXTS = ["text/plain", "TEXT/HTML; charset=utf-8", "application/json", "application/problem+json", "image/svg+xml"]
BYTES = [
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "image/png",
    "application/octet-stream",
]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize(
    ("content_type", "is_text"), [*((each, True) for each in TEXTS), *((each, False) for each in BYTES), (None, False)]
)
def test_the_type_decides_what_a_body_is(version: str, content_type: str | None, is_text: bool) -> None:
    headers = [("Content-Type", content_type)] if content_type else []
    event = event_of(version, routed_request("POST /", None, headers, b'{"a":"\xc3\xbc"}'))

    assert event["isBase64Encoded"] is not is_text
    assert event["body"] == ('{"a":"ü"}' if is_text else base64.b64encode(b'{"a":"\xc3\xbc"}').decode())


def test_text_that_is_none_is_base64_whatever_its_type() -> None:
    event = event_of("2.0", routed_request("POST /", None, [("Content-Type", "text/plain")], b"\xff"))

    assert (event["isBase64Encoded"], event["body"]) == (True, "/w==")


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_what_the_gateway_says_of_itself_is_not_forged(version: str) -> None:
    forged = [
        ("X-Forwarded-Proto", "http"),
        ("X_Forwarded_For", "10.0.0.1"),
        ("X-Forwarded-Port", "1"),
        ("Content-Length", "9"),
        ("apigw-requestid", "x"),
        ("Connection", "close, X-Hop"),
        ("X-Hop", "1"),
        ("Transfer-Encoding", "chunked"),
        ("TE", "trailers"),
        ("X-Forwarded-For", "203.0.113.9"),
    ]
    request = routed_request("GET /", None, forged)
    headers = {name.lower(): value for name, value in event_of(version, request)["headers"].items()}

    assert headers == {
        "host": "localhost:8443",
        "x-forwarded-for": "203.0.113.9, 192.0.2.1",
        "x-forwarded-port": "8443",
        "x-forwarded-proto": "https",
        "x-amzn-trace-id": TRACE.decode(),
        "content-length": "0",
    }


def test_headers_are_written_once_for_requests_that_repeat_them() -> None:
    request = routed_request("GET /", None, [("A", "b")])
    first = event_headers(request.headers, request.host)

    assert event_headers(request.headers, request.host) is first
    assert event_headers(request.headers, b"other.test") is not first
    assert first.of_v2 is first.of_v2


NAMES = st.from_regex(r"x-[a-z]{1,5}", fullmatch=True)
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12).map(str.strip)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8))
def test_every_header_comes_through(headers: list[tuple[str, str]]) -> None:
    expected: dict[str, list[str]] = {}
    for name, value in headers:
        expected.setdefault(name, []).append(value)

    request = routed_request("GET /", None, headers)
    v2, v1 = event_of("2.0", request)["headers"], event_of("1.0", request)

    for name, values in expected.items():
        assert v2[name] == ",".join(values)
        assert v1["multiValueHeaders"][name] == values
        assert v1["headers"][name] == values[-1]


@given(st.lists(st.from_regex(r"[A-Za-z0-9_.=-]{1,10}", fullmatch=True), min_size=1, max_size=6))
def test_every_cookie_comes_through(cookies: list[str]) -> None:
    half = len(cookies) // 2
    headers = [("Cookie", "; ".join(part)) for part in (cookies[:half], cookies[half:]) if part]
    event = event_of("2.0", routed_request("GET /", None, headers))

    assert event["cookies"] == cookies
    assert "cookie" not in event["headers"]


@given(st.binary(max_size=40).map(lambda raw: bytes(byte for byte in raw if byte > 32 and byte != 35)))
def test_any_query_string_makes_an_event(raw: bytes) -> None:
    request = routed_request("GET /")
    request.query = raw
    event = event_of("2.0", request)

    assert event["rawQueryString"].encode("latin-1" if not _is_utf8(raw) else "utf-8") == raw
    if raw.isascii() and b"%" not in raw:
        expected: dict[str, list[str]] = {}
        for name, value in parse_qsl(raw.decode(), keep_blank_values=True):
            expected.setdefault(name, []).append(value)
        assert event.get("queryStringParameters", {}) == {name: ",".join(values) for name, values in expected.items()}
        assert (event_of("1.0", request)["multiValueQueryStringParameters"] or {}) == expected


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.binary(max_size=64), st.sampled_from([*TEXTS, *BYTES]))
def test_any_body_comes_through(body: bytes, content_type: str) -> None:
    event = event_of("2.0", routed_request("POST /", None, [("Content-Type", content_type)], body))
    text = event.get("body", "")

    assert (base64.b64decode(text) if event["isBase64Encoded"] else text.encode()) == body


@given(st.binary(max_size=20).map(lambda raw: bytes(byte for byte in raw if byte not in (10, 13))))
def test_any_header_value_makes_an_event(value: bytes) -> None:
    request = routed_request("GET /")
    request.headers = Headers((*request.headers, (b"x-any", b"X-Any", value)))

    assert isinstance(event_of("2.0", request)["headers"]["x-any"], str)


def test_parameters_with_bytes_that_are_no_text_make_an_event() -> None:
    event = event_of("2.0", routed_request("GET /", {"id": "\udcff"}))

    assert event["pathParameters"] == {"id": "ÿ"}


SIGNED = Caller("iam", iam=IamIdentity("AKIA1", "123456789012", "AIDA1", "arn:aws:iam::123456789012:user/ana"))


def test_version_2_tells_who_calls() -> None:
    request = sample()
    assert "authorizer" not in event_of("2.0", request)["requestContext"]
    request.caller = Caller("lambda", context={"tags": ["a"]})
    assert event_of("2.0", request)["requestContext"]["authorizer"] == {"lambda": {"tags": ["a"]}}
    request.caller = SIGNED
    assert event_of("2.0", request)["requestContext"]["authorizer"]["iam"]["userId"] == "AIDA1"


def test_version_1_tells_who_calls() -> None:
    request = sample()
    request.caller = Caller("jwt", claims={"sub": "s1"}, scopes=["a"])
    assert event_of("1.0", request)["requestContext"]["authorizer"] == {"claims": {"sub": "s1"}, "scopes": ["a"]}
    request.caller = SIGNED
    identity = event_of("1.0", request)["requestContext"]["identity"]
    assert (identity["accessKey"], identity["user"], identity["cognitoIdentityId"]) == ("AKIA1", "AIDA1", None)
    assert (identity["sourceIp"], identity["userAgent"]) == ("192.0.2.1", "agent")
