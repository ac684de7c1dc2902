"""The Query protocol: forms in, XML out."""

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.credentials import StaticCredentials
from limen.aws.directory import ServiceDirectory
from limen.aws.errors import AwsError, access_denied, internal_failure
from limen.aws.protocols import PROTOCOLS
from limen.aws.query import is_form
from limen.aws.request import AwsRequest
from limen.aws.serialise import Answer
from limen.aws.server import AwsApi
from limen.aws.service_model import load_service
from limen.wire import header
from tests.aws.conftest import ACCESS_KEY_ID, SECRET, AwsServer, Operations, serving

IAM = load_service("iam")
QUERY = PROTOCOLS[IAM.protocol]
FORM = [header(b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8")]


def form(body: bytes) -> AwsRequest:
    return AwsRequest("POST", "/", "", FORM, body)


def parse(operation: str, body: bytes) -> dict[str, Any]:
    return QUERY.parse(IAM.operation(operation), form(body), {})


def text_of(answer: Answer) -> str:
    assert isinstance(answer.body, bytes)
    return answer.body.decode()


def test_the_action_of_a_form_names_the_operation() -> None:
    directory = ServiceDirectory([IAM, load_service("apigateway")])
    assert (directory.is_named_in_body("iam"), directory.is_named_in_body("apigateway")) == (True, False)
    assert directory.find(form(b"Action=GetUser&Version=2010-05-08"), "iam").operation.name == "GetUser"
    asked = AwsRequest("GET", "/", "Action=ListRoles&Version=2010-05-08", [])
    assert directory.find(asked, "iam").operation.name == "ListRoles"
    with pytest.raises(AwsError, match="Could not find operation Fly for version 2010-05-08"):
        directory.find(form(b"Action=Fly"), "iam")


def test_flat_names_become_members() -> None:
    body = (
        b"Action=CreateRole&RoleName=a%20b&MaxSessionDuration=3600&Tags.member.2.Key=second&Tags.member.2.Value="
        b"&Tags.member.1.Key=first&Tags.member.1.Value=1&Unknown=x"
    )

    assert parse("CreateRole", body) == {
        "RoleName": "a b",
        "MaxSessionDuration": 3600,
        "Tags": [{"Key": "first", "Value": "1"}, {"Key": "second", "Value": ""}],
    }
    assert parse("CreateRole", b"Tags=") == {"Tags": []}


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"RoleName=%ff",
        b"RoleName.a=1",
        b"RoleName=1&RoleName.a=1",
        b"RoleName.a=1&RoleName=1",
        b"Tags=1",
        b"Tags.member.1=1",
        b"Tags.member.x.Key=1",
        b"Tags.member.999999999.Key=1",
        b"MaxSessionDuration=many",
        b"&".join(b"a%d=1" % number for number in range(10_001)),
    ],
)
def test_what_is_not_of_the_model_is_refused(body: bytes) -> None:
    with pytest.raises(AwsError) as raised:
        parse("CreateRole", body)
    assert raised.value.code == "SerializationException"


@given(st.dictionaries(st.text("AB.1member", max_size=12), st.text("a1=&", max_size=4), max_size=6))
def test_no_form_is_a_bug(fields: dict[str, str]) -> None:
    body = "&".join(f"Tags.{name}={value}" for name, value in fields.items()).encode()
    try:
        parse("CreateRole", body)
    except AwsError as error:
        assert error.status == 400


def test_an_output_is_xml() -> None:
    role = {
        "RoleName": "a<b>&\x00",
        "CreateDate": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "Tags": [{"Key": "k", "Value": ""}],
        "MaxSessionDuration": 3600,
        "Unknown": 1,
    }

    answer = QUERY.render(IAM.operation("GetRole"), {"Role": role})

    names = dict(answer.headers)
    assert (answer.status, names["Content-Type"]) == (200, "text/xml")
    assert text_of(answer) == (
        '<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role>'
        "<RoleName>a&lt;b&gt;&amp;\ufffd</RoleName><CreateDate>2026-01-02T03:04:05Z</CreateDate>"
        "<MaxSessionDuration>3600</MaxSessionDuration><Tags><member><Key>k</Key><Value></Value></member></Tags>"
        f"</Role></GetRoleResult><ResponseMetadata><RequestId>{names['x-amzn-RequestId']}</RequestId>"
        "</ResponseMetadata></GetRoleResponse>"
    )


def test_maps_and_booleans_are_xml() -> None:
    summary = QUERY.render(IAM.operation("GetAccountSummary"), {"SummaryMap": {"Users": 2}})
    assert "<SummaryMap><entry><key>Users</key><value>2</value></entry></SummaryMap>" in text_of(summary)
    assert "<IsTruncated>false</IsTruncated>" in text_of(
        QUERY.render(IAM.operation("ListRoles"), {"Roles": [], "IsTruncated": False})
    )
    ElementTree.fromstring(text_of(QUERY.render(IAM.operation("DeleteRole"), {})))


def test_an_error_says_whose_fault_it_is() -> None:
    refused = QUERY.render_error(access_denied("No <way>."), IAM)
    assert refused.status == 403
    assert "<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No &lt;way&gt;.</Message></Error>" in text_of(
        refused
    )
    assert "<Type>Receiver</Type><Code>InternalFailure</Code>" in text_of(QUERY.render_error(internal_failure(), None))


def test_a_form_is_told_by_its_type() -> None:
    assert is_form(form(b""))
    assert not is_form(AwsRequest("POST", "/", "", []))


def test_an_sdk_understands_answers_and_errors() -> None:
    operations = Operations()
    api = AwsApi(["sts"], StaticCredentials({ACCESS_KEY_ID: SECRET}), operations, account="123456789012")
    with serving(api) as url:
        server = AwsServer(url, operations, [0.0])
        operations.output = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:root", "UserId": "1"}
        answer = server.client(service="sts").get_caller_identity()
        assert (answer["Account"], operations.calls[0].operation) == ("123456789012", "GetCallerIdentity")
        assert answer["ResponseMetadata"]["RequestId"]

        for error, options in (
            ("MalformedInput", {}),
            ("InvalidClientTokenId", {"aws_access_key_id": "AKIDOTHER"}),
            ("SignatureDoesNotMatch", {"aws_secret_access_key": "other"}),
            ("UnknownOperationException", {"service": "iam"}),
        ):
            client = server.client(**{"service": "sts", **options})
            call = client.list_roles if "service" in options else client.assume_role
            with pytest.raises(ClientError) as raised:
                call(**({"DurationSeconds": "many"} if error == "MalformedInput" else {}))
            assert raised.value.response["Error"]["Code"] == error
