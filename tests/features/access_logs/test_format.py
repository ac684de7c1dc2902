"""Lines of access logs: the guide's four samples, values without which nothing breaks, values that try to break it."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.features.access_logs import format as formats
from limen.gateway.caller import Caller
from limen.gateway.context import find_variable
from limen.gateway.errors import NOT_FOUND, GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import failure_plan
from limen.gateway.rest_context import find_rest_variable
from limen.gateway.rest_errors import BAD_REQUEST_PARAMETERS
from limen.wire import Headers
from tests.gateway.test_table import stage
from tests.support.exchanges import exchange

CLF = (
    '$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey $context.protocol" '
    "$context.status $context.responseLength $context.requestId"
)
JSON = (
    '{ "requestId":"$context.requestId", "ip": "$context.identity.sourceIp", "requestTime":"$context.requestTime", '
    '"httpMethod":"$context.httpMethod","routeKey":"$context.routeKey", "status":"$context.status",'
    '"protocol":"$context.protocol", "responseLength":"$context.responseLength" }'
)
XML = (
    '<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <requestTime>$context.requestTime'
    "</requestTime> <httpMethod>$context.httpMethod</httpMethod> <routeKey>$context.routeKey</routeKey> "
    "<status>$context.status</status> <protocol>$context.protocol</protocol> "
    "<responseLength>$context.responseLength</responseLength> </request>"
)
CSV = (
    "$context.identity.sourceIp,$context.requestTime,$context.httpMethod,$context.routeKey,$context.protocol,"
    "$context.status,$context.responseLength,$context.requestId"
)


def compile_format(text: str) -> formats.Line:
    return formats.compile_format(text, find_variable)


def ended(user_agent: str = "curl", route_key: str = "GET /pets/{id}") -> Exchange:
    made = exchange("GET /pets/1", {"User-Agent": user_agent})
    made.started_at = 1583348638.0
    made.request_id = b"JKJaXmPLvHcESHA="
    made.stage = stage("abc", "prod")
    made.plan = failure_plan(NOT_FOUND, route_key)
    made.response = Response(200, [], b"hello")
    return made


def test_the_common_log_format() -> None:
    assert compile_format(CLF)(ended()) == (
        '192.0.2.1 - - [04/Mar/2020:19:03:58 +0000] "GET GET /pets/{id} HTTP/1.1" 200 5 JKJaXmPLvHcESHA=\n'
    )


def test_json() -> None:
    assert json.loads(compile_format(JSON)(ended())) == {
        "requestId": "JKJaXmPLvHcESHA=",
        "ip": "192.0.2.1",
        "requestTime": "04/Mar/2020:19:03:58 +0000",
        "httpMethod": "GET",
        "routeKey": "GET /pets/{id}",
        "status": "200",
        "protocol": "HTTP/1.1",
        "responseLength": "5",
    }


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        ("$context.authorizer.claims.cognito:groups", "[admins]"),
        ("$context.authorizer.claims['cognito:groups']", "[admins]"),
        ("$context.authorizer.claims['sub']", "ana"),
        ("$context.authorizer.claims['https://x.example/y.z']", "yes"),
        ("$context.authorizer.claims['cognito:roles']", "-"),
        ("$context.authorizer.claims.sub:$context.status", "ana:200"),
        ("$context.authorizer.claims.sub: x", "ana: x"),
        ("$context.authorizer.claims[0]", "-[0]"),
        ("$context.status['x']", "200['x']"),
    ],
)
def test_claims_whose_names_have_colons(reference: str, shown: str) -> None:
    made = ended()
    claims = {"cognito:groups": "[admins]", "sub": "ana", "https://x.example/y.z": "yes"}
    made.caller = Caller("jwt", claims=claims)

    assert compile_format(reference)(made) == f"{shown}\n"


def test_xml() -> None:
    root = ElementTree.fromstring(compile_format(XML)(ended()))
    assert (root.attrib["id"], root.findtext("routeKey"), root.findtext("status")) == (
        "JKJaXmPLvHcESHA=",
        "GET /pets/{id}",
        "200",
    )


def test_csv() -> None:
    (row,) = csv.reader(io.StringIO(compile_format(CSV)(ended())))
    assert row == ["192.0.2.1", "04/Mar/2020:19:03:58 +0000", "GET", "GET /pets/{id}", "HTTP/1.1", "200", "5",
                   "JKJaXmPLvHcESHA="]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("$context.requestId", "JKJaXmPLvHcESHA=\n"),
        ("$context.requestId.", "JKJaXmPLvHcESHA=.\n"),
        ("$context.requestId\n", "JKJaXmPLvHcESHA=\n"),
        ("$context.error.message|$context.authorizer.claims.sub|$context.nothing", "-|-|-\n"),
        ("100% $context.status %s $other.status", "100% 200 %s $other.status\n"),
        ("nothing to fill", "nothing to fill\n"),
        ("$context.status$context.status", "200200\n"),
    ],
)
def test_variables_are_filled_in_and_the_rest_is_left(text: str, line: str) -> None:
    assert compile_format(text)(ended()) == line


NASTY = "x\"} \\ <a>&' \r\n\x00\x1b[31m ,\u2028é"


def test_a_json_format_stays_json() -> None:
    line = compile_format('{"agent":"$context.identity.userAgent","id":"$context.requestId"}')(ended(NASTY))
    assert line.count("\n") == 1
    assert json.loads(line)["agent"] == NASTY


def test_an_error_message_can_be_quoted_by_itself() -> None:
    failed = ended()
    from limen.gateway.errors import GatewayError

    failed.failure = GatewayError(NOT_FOUND)
    line = compile_format('{"message":$context.error.messageString,"id":"$context.requestId"}')(failed)
    assert json.loads(line)["message"] == "Not Found"


def test_an_xml_format_stays_xml() -> None:
    line = compile_format('<a b="$context.identity.userAgent">$context.identity.userAgent</a>')(ended(NASTY))
    assert line.count("\n") == 1
    assert ElementTree.fromstring(line).text == "x\"} \\ <a>&' \\u000d\\u000a\\u0000\\u001b[31m ,\\u2028é"


def test_a_csv_format_keeps_its_columns() -> None:
    line = compile_format("$context.requestId,$context.identity.userAgent,$context.status")(ended(NASTY))
    assert line.count("\n") == 1
    (row,) = csv.reader(io.StringIO(line))
    assert (len(row), row[2]) == (3, "200")


def test_a_line_of_text_stays_one_line() -> None:
    line = compile_format('$context.requestId "$context.identity.userAgent"')(ended('a" 200\nforged "line'))
    assert line == 'JKJaXmPLvHcESHA= "a\\" 200\\u000aforged \\"line"\n'


@given(st.text(), st.sampled_from(['{"a":"$context.identity.userAgent"}', "$context.identity.userAgent"]))
def test_no_value_makes_a_second_line(value: str, text: str) -> None:
    made = ended()
    made.headers = [(b"user-agent", b"User-Agent", value.encode("utf-8", "surrogatepass"))]
    line = compile_format(text)(made)
    assert line.splitlines(keepends=True) == [line]
    if text.startswith("{"):
        json.loads(line)


def test_the_quoted_message_of_an_error_keeps_json_whole_with_and_without_other_quotes() -> None:
    failed = ended()
    failed.failure = GatewayError(NOT_FOUND)
    line = compile_format('{"bare":$context.error.messageString,"quoted":"$context.error.messageString"}')

    assert json.loads(line(failed)) == {"bare": "Not Found", "quoted": '"Not Found"'}
    assert line(ended()) == '{"bare":-,"quoted":"-"}\n'


def test_a_message_that_names_what_a_client_sent_is_quoted_once() -> None:
    failed = ended()
    failed.failure = GatewayError(BAD_REQUEST_PARAMETERS, message='Missing required request parameters: ["]')
    bare = formats.compile_format('{"bare":$context.error.messageString}', find_rest_variable)
    text = formats.compile_format("$context.error.messageString", find_rest_variable)

    assert json.loads(bare(failed)) == {"bare": failed.failure.message}
    assert text(failed) == '"Missing required request parameters: [\\"]"\n'


def test_bytes_that_are_no_text_are_replaced() -> None:
    asked = ended()
    asked.headers = Headers([(b"user-agent", b"User-Agent", b"caf\xc3 \xc3\xa9")])
    line = compile_format('{"agent":"$context.identity.userAgent"}')(asked)

    assert json.loads(line.encode()) == {"agent": "caf\ufffd \u00e9"}
