"""HTTP_PROXY: what a backend is asked, and what the client is told of its answer."""

import asyncio
import gzip
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from limen.gateway.domain_match import DomainMatch
from limen.gateway.errors import GatewayError
from tests.integrations.proxying import Outcome
from tests.integrations.rest.integrating import integrate, response
from tests.support.client_certificates import SHOWN

CLIENT_HEADERS = [
    ("Accept", "text/html"),
    ("Accept-Encoding", "gzip"),
    ("Content-Encoding", "gzip"),
    ("Content-MD5", "x"),
    ("Connection", "close"),
    ("Date", "yesterday"),
    ("Expect", "100-continue"),
    ("Max-Forwards", "3"),
    ("Pragma", "no-cache"),
    ("Proxy-Authenticate", "Basic"),
    ("Range", "bytes=0-1"),
    ("Referer", "https://a"),
    ("Server", "s"),
    ("TE", "trailers"),
    ("Trailer", "X-T"),
    ("Upgrade", "h2c"),
    ("User-Agent", "curl/8"),
    ("Via", "1.1 x"),
    ("Warn", "w"),
    ("WWW-Authenticate", "Basic"),
    ("X-Custom", "1"),
]
PASSED = {"Accept", "Accept-Encoding", "Date", "Pragma", "Range", "Referer", "User-Agent", "Warn", "X-Custom"}


def failure(outcome: Outcome) -> GatewayError:
    error = outcome.exchange.failure
    assert isinstance(error, GatewayError)
    return error


def test_the_whole_request_goes_to_the_backend() -> None:
    outcome = integrate("POST /pets/7?a=1&a=2&b=%20x", {"Content-Type": "text/plain", "X-Custom": "1"}, b"hello")
    assert outcome.request_line == "POST /pets/7?a=1&a=2&b=%20x HTTP/1.1"
    assert outcome.sent("X-Custom") == ["1"]
    assert outcome.sent("Content-Type") == ["text/plain"]
    assert outcome.body == b"hello"
    assert outcome.response.status == 200
    assert outcome.response.body == b"ok"
    assert outcome.exchange.integration_status == 200


@pytest.mark.parametrize(("name", "value"), CLIENT_HEADERS)
def test_request_headers_are_passed_or_dropped_by_the_table(name: str, value: str) -> None:
    outcome = integrate(headers=[(name, value)])
    expected = {"Connection": ["keep-alive"]}.get(name, [value] if name in PASSED else [])
    assert outcome.sent(name) == expected


def test_the_gateway_says_who_it_is_and_who_called() -> None:
    outcome = integrate(
        headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Port": "1", "x_forwarded_for": "forged"}
    )
    assert outcome.sent("X-Forwarded-For") == ["203.0.113.9, 192.0.2.1"]
    assert outcome.sent("X-Forwarded-Port") == ["8443"]
    assert outcome.sent("X-Forwarded-Proto") == ["https"]
    assert outcome.sent("x_forwarded_for") == []
    assert outcome.sent("X-Amzn-Apigateway-Api-Id") == ["abc123"]
    assert outcome.sent("User-Agent") == ["AmazonAPIGateway_abc123"]
    assert outcome.sent("Accept") == ["application/json"]


def test_a_trace_id_is_made_or_its_root_kept() -> None:
    made = integrate()
    kept = integrate(headers={"X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678;Parent=53;Sampled=1"})
    assert re.fullmatch(
        r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", made.sent("X-Amzn-Trace-Id")[0]
    )
    assert made.exchange.trace_id.decode() == made.sent("X-Amzn-Trace-Id")[0]
    assert kept.sent("X-Amzn-Trace-Id")[0].startswith("Root=1-67891233-abcdef012345678912345678;Parent=")
    assert kept.sent("X-Amzn-Trace-Id")[0].endswith(";Sampled=1")
    assert made.received("X-Amzn-Trace-Id") == []


def test_a_signature_is_not_passed_but_other_authorization_is() -> None:
    assert integrate(headers={"Authorization": "Bearer x"}).sent("Authorization") == ["Bearer x"]
    for algorithm in ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"):
        assert integrate(headers={"Authorization": f"{algorithm} Credential=x"}).sent("Authorization") == []
    signed = integrate(headers={"Authorization": "Bearer x"}, method={"authorizationType": "AWS_IAM"})
    assert signed.sent("Authorization") == []


def test_methods_without_a_body_send_none() -> None:
    outcome = integrate("GET /pets/7", {"Content-Type": "text/plain"}, b"ignored")
    assert outcome.body == b""
    assert outcome.sent("Content-Length") == []
    assert integrate("POST /pets/7").sent("Content-Type") == ["application/json"]


def test_the_integration_method_replaces_the_clients() -> None:
    assert integrate("GET /pets/7", httpMethod="POST").request_line == "POST /pets/7 HTTP/1.1"


def test_backend_headers_are_remapped_or_dropped() -> None:
    headers = "Server: nginx\r\nDate: now\r\nConnection: keep-alive\r\nVia: x\r\nWWW-Authenticate: Basic\r\nX-A: 1"
    outcome = integrate(answer=response(b"{}", headers))
    assert outcome.response.headers == [
        (b"x-amzn-remapped-server", b"x-amzn-Remapped-Server", b"nginx"),
        (b"x-amzn-remapped-date", b"x-amzn-Remapped-Date", b"now"),
        (b"x-amzn-remapped-connection", b"x-amzn-Remapped-Connection", b"keep-alive"),
        (b"x-amzn-remapped-www-authenticate", b"x-amzn-Remapped-WWW-Authenticate", b"Basic"),
        (b"x-a", b"X-A", b"1"),
        (b"x-amzn-remapped-content-length", b"x-amzn-Remapped-Content-Length", b"2"),
        (b"content-type", b"Content-Type", b"application/json"),
    ]


def test_an_encoded_response_is_decoded_and_says_so_no_more() -> None:
    outcome = integrate(answer=response(gzip.compress(b'{"a":1}'), "Content-Encoding: gzip\r\nContent-Type: a/b"))
    assert outcome.response.body == b'{"a":1}'
    assert outcome.received("Content-Encoding") == []
    other = integrate(answer=response(b"x", "Content-Encoding: br\r\nContent-Type: a/b"))
    assert other.received("Content-Encoding") == ["br"]


def test_a_head_response_tells_its_length() -> None:
    outcome = integrate("HEAD /pets/7", answer=b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
    assert outcome.received("Content-Length") == ["99"]


def test_placeholders_keep_the_encoding_of_the_client() -> None:
    outcome = integrate(
        "GET /a/b%2Fc",
        resource="/{x}/{y}",
        path={"x": "a", "y": "b/c"},
        uri="http://BACKEND/v1/{y}/{x}?k={y}",
        requestParameters={
            "integration.request.path.x": "method.request.path.x",
            "integration.request.path.y": "method.request.path.y",
        },
    )
    assert outcome.target == "/v1/b%2Fc/a?k=b%2Fc"


def test_greedy_values_lose_their_last_slash() -> None:
    outcome = integrate(
        "GET /a//b/%20c/",
        resource="/{proxy+}",
        path={"proxy": "a//b/%20c"},
        uri="http://BACKEND/x/{proxy}",
        requestParameters={"integration.request.path.proxy": "method.request.path.proxy"},
    )
    assert outcome.target == "/x/a//b/%20c"


def test_placeholders_take_other_sources() -> None:
    outcome = integrate(
        "POST /pets/7?q=1",
        {"X-Id": "a b"},
        b'{"deep":[{"n":5}]}',
        uri="http://BACKEND/{h}/{j}/{s}",
        requestParameters={
            "integration.request.path.h": "method.request.header.X-Id",
            "integration.request.path.j": "method.request.body.deep[0].n",
            "integration.request.path.s": "'fixed'",
        },
    )
    assert outcome.target == "/a%20b/5/fixed?q=1"


def test_a_placeholder_without_a_value_is_a_configuration_error() -> None:
    unmapped = integrate(uri="http://BACKEND/{x}/a", requestParameters={})
    assert failure(unmapped).failure.name == "API_CONFIGURATION_ERROR"
    assert failure(unmapped).reason.startswith("Illegal character in path at index")
    assert unmapped.requests == []


def test_mapped_headers_overwrite_and_values_are_appended() -> None:
    outcome = integrate(
        "GET /pets/7?a=1",
        {"X-A": "client", "Accept": "x/y"},
        requestParameters={
            "integration.request.path.id": "method.request.path.id",
            "integration.request.header.X-A": "'mapped'",
            "integration.request.header.User-Agent": "'mine'",
            "integration.request.header.Host": "'other.example'",
            "integration.request.querystring.a": "'2'",
            "integration.request.querystring.missing": "method.request.header.Nope",
        },
    )
    assert outcome.target == "/pets/7?a=1&a=2"
    assert outcome.sent("X-A") == ["mapped"]
    assert outcome.sent("User-Agent") == ["mine"]
    assert outcome.sent("Host") == ["other.example"]
    assert outcome.sent("Accept") == ["x/y"]


@pytest.mark.parametrize("name", ["Content-Length", "Transfer-Encoding", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id"])
def test_illegal_header_mappings_fail_at_run_time(name: str) -> None:
    outcome = integrate(requestParameters={f"integration.request.header.{name}": "'1'"}, uri="http://BACKEND/")
    assert failure(outcome).failure.status == 500


@pytest.mark.parametrize("name", ["Expect", "Proxy-Authenticate", "TE", "Via", "Trailer", "Upgrade"])
def test_headers_that_cannot_be_mapped_are_left_out(name: str) -> None:
    outcome = integrate(requestParameters={f"integration.request.header.{name}": "'x'"}, uri="http://BACKEND/")
    assert outcome.response.status == 200
    assert outcome.sent(name) == []


def test_a_line_break_in_a_mapped_value_is_refused() -> None:
    outcome = integrate(
        "POST /pets/7",
        body=b'{"a":"x\\r\\nInjected: 1"}',
        uri="http://BACKEND/",
        requestParameters={"integration.request.header.X-A": "method.request.body.a"},
    )
    assert outcome.requests == []
    assert outcome.response.status == 400


def test_a_climbing_path_is_refused() -> None:
    outcome = integrate(
        headers={"X-P": "../../admin"},
        uri="http://BACKEND/a/{p}",
        requestParameters={"integration.request.path.p": "method.request.header.X-P"},
    )
    assert outcome.requests == []
    assert failure(outcome).failure.error_type == "BadRequestException"


def test_text_bodies_become_utf8_and_binary_ones_pass() -> None:
    raw = b"\xff\x00caf\xe9"
    as_text = integrate(
        "POST /pets/7", {"Content-Type": "image/png"}, raw, answer=response(raw, "Content-Type: image/png")
    )
    assert as_text.body == as_text.response.body == b"\xef\xbf\xbd\x00caf\xef\xbf\xbd"
    headers = {"Content-Type": "image/png", "Accept": "image/png"}
    binary = integrate(
        "POST /pets/7", headers, raw, answer=response(raw, "Content-Type: image/png"), binary=("image/png",)
    )
    assert binary.body == binary.response.body == raw
    everything = integrate("POST /pets/7", {}, raw, answer=response(raw, "Content-Type: x/y"), binary=("*/*",))
    assert everything.body == everything.response.body == raw


def test_a_slow_backend_is_a_timeout() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    outcome = integrate(handler=silent, timeoutInMillis=60)
    assert failure(outcome).failure.name == "INTEGRATION_TIMEOUT"
    assert outcome.response.status == 504


def test_no_connection_is_an_integration_failure() -> None:
    outcome = integrate(uri="http://127.0.0.1:1/")
    assert failure(outcome).failure.name == "INTEGRATION_FAILURE"
    assert outcome.response.status == 504


def test_an_unknown_host_is_an_invalid_address() -> None:
    outcome = integrate(uri="http://nowhere.invalid/")
    assert failure(outcome).failure.name == "API_CONFIGURATION_ERROR"
    assert failure(outcome).reason == "Invalid endpoint address"


def test_a_trace_tells_what_was_mapped_asked_and_answered() -> None:
    outcome = integrate("POST /pets/7", {"Content-Type": "a/b"}, b"hi", traced=True)
    trace = outcome.exchange.trace
    assert trace is not None
    assert trace.find("mapped") == {
        "place": "request",
        "target": "integration.request.path.id",
        "source": "method.request.path.id",
        "value": "7",
    }
    request = trace.find("endpoint_request")
    assert request is not None
    assert request["method"] == "POST"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/pets/7", request["uri"])
    assert request["headers"]["Content-Type"] == "a/b"
    assert request["body"] == "hi"
    answered = trace.find("endpoint_response")
    assert answered is not None
    assert answered["status"] == 200
    assert answered["headers"] == {"Content-Type": "text/plain", "Content-Length": "2"}


def test_a_request_that_goes_in_circles_is_ended() -> None:
    outcome = integrate(headers={"X-Forwarded-For": ", ".join(["192.0.2.9"] * 40)})
    assert outcome.response.status == 500
    assert outcome.requests == []


def test_a_streamed_response_goes_out_as_it_comes() -> None:
    chunked = b"HTTP/1.1 201 OK\r\nServer: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"
    outcome = integrate("POST /pets/7", body=b"in", answer=chunked, responseTransferMode="STREAM", traced=True)
    assert outcome.body == b"in"
    assert outcome.response.status == 201
    assert outcome.received("x-amzn-Remapped-Server") == ["x"]
    assert outcome.received("Content-Type") == ["application/json"]
    assert outcome.received("Transfer-Encoding") == []
    assert outcome.response.stream is not None
    assert outcome.exchange.time_to_all_headers is not None


def test_mapped_forwarding_headers_replace_the_gateways_own() -> None:
    outcome = integrate(
        headers={"X-Real": "198.51.100.7"},
        uri="http://BACKEND/",
        requestParameters={"integration.request.header.X-Forwarded-For": "method.request.header.X-Real"},
    )
    assert outcome.sent("X-Forwarded-For") == ["198.51.100.7"]
    assert outcome.sent("X-Forwarded-Proto") == ["https"]


@pytest.mark.parametrize("name", ["X-User", "x-user", "X_User"])
def test_what_the_gateway_says_of_a_caller_no_client_says(name: str) -> None:
    """Not even where there is nobody to say anything of."""
    outcome = integrate(
        "GET /?user=root&us%65r=root&other=1",
        headers={name: "root"},
        uri="http://BACKEND/",
        requestParameters={
            "integration.request.header.X-User": "context.authorizer.user",
            "integration.request.querystring.user": "context.authorizer.user",
        },
    )
    assert outcome.sent(name) == []
    assert outcome.request_line == "GET /?other=1 HTTP/1.1"


def test_a_mapped_header_replaces_what_backends_read_as_the_same() -> None:
    outcome = integrate(
        headers=[("X_Tenant", "evil"), ("X-Other_", "1")],
        uri="http://BACKEND/",
        requestParameters={"integration.request.header.X-Tenant": "'acme'"},
    )
    assert (outcome.sent("X-Tenant"), outcome.sent("X_Tenant"), outcome.sent("X-Other_")) == (["acme"], [], ["1"])


def test_a_client_certificate_goes_to_the_backend_on_one_line() -> None:
    certificate, subject = "context.identity.clientCert.clientCertPem", "context.identity.clientCert.subjectDN"
    parameters = {
        "integration.request.header.X-Cert": certificate,
        "integration.request.header.X-Who": subject,
        "integration.request.querystring.cert": certificate,
    }
    forged = {"X-Cert": "forged"}
    outcome = integrate(
        headers=forged,
        uri="http://BACKEND/",
        requestParameters=parameters,
        domain=DomainMatch("", certificate=SHOWN),
    )
    nobody = integrate(headers=forged, uri="http://BACKEND/", requestParameters=parameters)

    assert outcome.sent("X-Cert") == ["-----BEGIN CERTIFICATE----- MIIB Ag== -----END CERTIFICATE-----"]
    assert outcome.sent("X-Who") == ["CN=ana,O=Shop"]
    assert parse_qs(urlsplit(outcome.request_line.split()[1]).query) == {"cert": [SHOWN.pem]}
    assert nobody.sent("X-Cert") == []
