"""What botocore sends is what parse gives back, for every operation; what is of the wrong type is refused."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.loaders import Loader
from botocore.model import ServiceModel as BotocoreModel
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.aws.directory import ServiceDirectory
from limen.aws.errors import AwsError
from limen.aws.parse import parse_json_value, parse_rest_json, parse_text
from limen.aws.request import AwsRequest
from limen.aws.service_model import Member, Shape, load_service

V2 = load_service("apigatewayv2")
DIRECTORY = ServiceDirectory([V2])


@cache
def botocore_model(name: str) -> BotocoreModel:
    return BotocoreModel(Loader().load_service_model(name, "service-2"), name)


def sent_by_botocore(service: str, operation: str, parameters: dict[str, Any]) -> AwsRequest:
    model = botocore_model(service).operation_model(operation)
    serialized = create_serializer("rest-json", include_validation=False).serialize_to_request(parameters, model)
    prepare_request_dict(serialized, "https://localhost:8444")
    prepared = create_request_object(serialized).prepare()
    parts = urlsplit(prepared.url)
    headers = [
        (name.lower().encode(), name.encode(), value if isinstance(value, bytes) else str(value).encode("latin-1"))
        for name, value in prepared.headers.items()
    ]
    body = prepared.body or b""
    return AwsRequest(
        prepared.method, parts.path, parts.query, headers, body.encode() if isinstance(body, str) else body
    )


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
SCALARS = {
    "string": TEXT,
    "boolean": st.booleans(),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "blob": st.binary(max_size=12),
    "timestamp": st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
    ),
}


def values_of(shape: Shape, in_query: bool = False) -> st.SearchStrategy[tuple[Any, Any]]:
    """Pairs of a value by the SDK's names and the same by wire names."""
    if shape.type == "structure":
        return structures_of(shape)
    if shape.type == "list":
        pairs = st.lists(values_of(shape.element), min_size=int(in_query), max_size=3)
        return pairs.map(lambda each: ([one for one, _ in each], [two for _, two in each]))
    if shape.type == "map":
        pairs = st.dictionaries(TEXT, values_of(shape.element), max_size=3)
        return pairs.map(
            lambda each: ({key: one for key, (one, _) in each.items()}, {key: two for key, (_, two) in each.items()})
        )
    return SCALARS[shape.type].map(lambda value: (value, value))


def structures_of(shape: Shape) -> st.SearchStrategy[tuple[Any, Any]]:
    labels = {member.name: label_values() for member in shape.members.values() if member.location == "uri"}
    others = {
        member.name: values_of(member.shape, member.location == "querystring")
        for member in shape.members.values()
        if member.location != "uri"
    }
    names = {member.name: member.wire_name for member in shape.members.values()}
    return st.fixed_dictionaries(labels, optional=others).map(
        lambda pairs: (
            {name: one for name, (one, _) in pairs.items()},
            {names[name]: two for name, (_, two) in pairs.items()},
        )
    )


def label_values() -> st.SearchStrategy[tuple[str, str]]:
    """botocore sends no empty label."""
    text = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
    return text.map(lambda value: (value, value))


@pytest.mark.parametrize("name", V2.operation_names)
def test_what_botocore_sends_is_what_parse_returns(name: str):
    operation = V2.operation(name)

    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(structures_of(operation.input))
    def round_trip(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
        parameters, expected = pair
        request = sent_by_botocore("apigatewayv2", name, parameters)

        meant = DIRECTORY.find(request, "apigateway")

        assert meant.operation.name == name
        assert parse_rest_json(operation, request, meant.labels) == expected

    round_trip()


def request_with(body: bytes) -> AwsRequest:
    return AwsRequest("POST", "/v2/apis", "", [], body)


def refusal_of(body: bytes) -> str:
    with pytest.raises(AwsError) as raised:
        parse_rest_json(V2.operation("CreateApi"), request_with(body), {})
    assert (raised.value.code, raised.value.status) == ("SerializationException", 400)
    return raised.value.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"name": 5}', "NUMBER_VALUE can not be converted to a String"),
        (b'{"name": 5.5}', "DECIMAL_VALUE can not be converted to a String"),
        (b'{"name": true}', "TRUE_VALUE can not be converted to a String"),
        (b'{"name": false}', "FALSE_VALUE can not be converted to a String"),
        (b'{"name": {}}', "Start of structure or map found where not expected."),
        (b'{"name": []}', "Start of list found where not expected"),
        (b'{"tags": {"a": true}}', "class java.lang.Boolean can not be converted to an String"),
        (b'{"tags": {"a": 5}}', "class java.lang.Integer can not be converted to an String"),
        (b'{"corsConfiguration": {"maxAge": "5"}}', "STRING_VALUE can not be converted to an Integer"),
        (b'{"corsConfiguration": {"maxAge": 5.5}}', "DECIMAL_VALUE can not be converted to an Integer"),
        (b'{"corsConfiguration": {"maxAge": true}}', "TRUE_VALUE can not be converted to an Integer"),
        (b'{"corsConfiguration": {"maxAge": 2147483648}}', "NUMBER_VALUE can not be converted to an Integer"),
        (b'{"corsConfiguration": {"allowCredentials": "true"}}', "STRING_VALUE can not be converted to a Boolean"),
        (
            b'{"corsConfiguration": {"allowOrigins": "*"}}',
            "STRING_VALUE found where a list, map or structure was expected",
        ),
        (b'{"corsConfiguration": {"allowOrigins": {}}}', "Start of structure or map found where not expected."),
        (b'{"tags": []}', "Start of list found where not expected"),
        (b"[]", "Start of list found where not expected"),
        (b'"text"', "STRING_VALUE found where a list, map or structure was expected"),
    ],
)
def test_wrong_json_types_are_refused_in_aws_words(body: bytes, message: str):
    assert refusal_of(body) == message


@pytest.mark.parametrize(
    "body",
    [b"{", b"{'name': 1}", b'{"name": NaN}', b'{"name": "\\ud800"}', b'{"name": "\xff"}', b"{}{}", b"[" * 100_000],
)
def test_what_is_not_json_is_refused(body: bytes):
    assert refusal_of(body).startswith("Could not parse request body into json: ")


def test_null_is_absent_and_unknown_members_are_left_out():
    body = b'{"name": "n", "description": null, "nonsense": 1, "corsConfiguration": {"maxAge": null, "x": 1}}'

    members = parse_rest_json(V2.operation("CreateApi"), request_with(body), {})

    assert members == {"name": "n", "corsConfiguration": {}}


def test_whole_numbers_may_come_with_a_point():
    body = b'{"corsConfiguration": {"maxAge": 60.0}}'

    parsed = parse_rest_json(V2.operation("CreateApi"), request_with(body), {})

    assert parsed["corsConfiguration"]["maxAge"] == 60
    assert type(parsed["corsConfiguration"]["maxAge"]) is int


def test_the_first_of_two_query_values_counts():
    request = AwsRequest("GET", "/v2/apis", "maxResults=5&maxResults=6&other=1", [])

    assert parse_rest_json(V2.operation("GetApis"), request, {}) == {"maxResults": "5"}


def test_plus_in_a_query_is_a_space():
    request = AwsRequest("GET", "/v2/apis", "nextToken=a+b%2Bc", [])

    assert parse_rest_json(V2.operation("GetApis"), request, {}) == {"nextToken": "a b+c"}


def test_a_query_that_is_not_utf_8_is_refused():
    with pytest.raises(AwsError, match="SerializationException"):
        parse_rest_json(V2.operation("GetApis"), AwsRequest("GET", "/v2/apis", "nextToken=%ff", []), {})


def test_payload_blobs_headers_and_query_maps_of_other_services():
    v1 = load_service("apigateway")
    request = sent_by_botocore(
        "apigateway", "ImportRestApi", {"body": b"\x00swagger", "parameters": {"ignore": "documentation", "a b": "c"}}
    )

    meant = ServiceDirectory([v1]).find(request, "apigateway")

    assert meant.operation.name == "ImportRestApi"
    assert parse_rest_json(meant.operation, request, meant.labels) == {
        "body": b"\x00swagger",
        "parameters": {"ignore": "documentation", "a b": "c"},
    }


def test_headers_and_base64_blobs_of_lambda():
    functions = load_service("lambda")
    directory = ServiceDirectory([functions])
    invocation = sent_by_botocore(
        "lambda", "Invoke", {"FunctionName": "f", "InvocationType": "Event", "Payload": b"{}", "Qualifier": "1"}
    )
    creation = sent_by_botocore("lambda", "UpdateFunctionCode", {"FunctionName": "f", "ZipFile": b"PK\x03"})

    invoked, created = directory.find(invocation, "lambda"), directory.find(creation, "lambda")

    assert parse_rest_json(invoked.operation, invocation, invoked.labels) == {
        "FunctionName": "f",
        "X-Amz-Invocation-Type": "Event",
        "Payload": b"{}",
        "Qualifier": "1",
    }
    assert parse_rest_json(created.operation, creation, created.labels) == {"FunctionName": "f", "ZipFile": b"PK\x03"}


def test_timestamps_in_each_format():
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    shape = Shape("Time", "timestamp")

    assert parse_json_value(shape, moment.timestamp()) == moment
    assert parse_text(shape, "2026-01-02T03:04:05Z", "iso8601") == moment
    assert parse_text(shape, "Fri, 02 Jan 2026 03:04:05 GMT", "rfc822") == moment
    for wrong in ("soon", 1e300, True, {}):
        with pytest.raises(AwsError):
            parse_json_value(shape, wrong)


@pytest.mark.parametrize(
    ("kind", "text"), [("boolean", "yes"), ("integer", "x"), ("integer", "true"), ("double", "NaN"), ("blob", "*")]
)
def test_wrong_text_in_a_query_or_header_is_refused(kind: str, text: str):
    with pytest.raises(AwsError, match="can not be converted to"):
        parse_text(Shape("S", kind), text, "iso8601")


def test_a_document_shape_takes_any_json():
    shape = Shape("D", "structure", is_document=True)

    assert parse_json_value(shape, {"a": [1, None]}) == {"a": [1, None]}


def test_a_structure_payload_is_the_whole_body():
    inner = Shape("Inner", "structure", members={"n": Member("N", "n", Shape("I", "integer"), None, False)})
    payload = Member("Body", "body", inner, None, False)
    operation = V2.operation("CreateApi")
    changed = replace(operation, input=Shape("In", "structure", members={"body": payload}, payload=payload))

    assert parse_rest_json(changed, request_with(b'{"n": 3}'), {}) == {"body": {"n": 3}}
