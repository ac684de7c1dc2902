"""Answers of the Query protocol against botocore's own parser, for services of AWS that speak it."""

from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel as BotoModel
from botocore.parsers import create_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.errors import AwsError, access_denied, internal_failure
from limen.aws.query_xml import render_query, render_query_error
from limen.aws.service_model import Shape, load_service
from tests.aws.query_values import values_of

LOADER = Loader()
NAMES = ("iam", "sts", "rds", "elbv2", "autoscaling", "sns", "cloudformation")
SERVICES = {name: load_service(name) for name in NAMES}
BOTO = {name: BotoModel(LOADER.load_service_model(name, "service-2")) for name in NAMES}
OPERATIONS = [
    (name, each)
    for name, service in SERVICES.items()
    for each in service.operation_names
    if service.operation(each).output is not None
]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_what_is_rendered_is_what_botocore_reads(data: st.DataObject):
    service, name = data.draw(st.sampled_from(OPERATIONS))
    operation = SERVICES[service].operation(name)
    output = data.draw(values_of(operation.output, wire=True))

    answer = render_query(operation, output, "the-request")

    response = {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body}
    parsed = create_parser("query").parse(response, BOTO[service].operation_model(name).output_shape)
    assert parsed.pop("ResponseMetadata")["RequestId"] == "the-request"
    assert without_empty(operation.output, parsed) == without_empty(operation.output, output)


def without_empty(shape: Shape | None, value: Any) -> Any:
    """Empty lists and maps that are flattened are not there at all; names are those of the model on both sides."""
    assert shape is not None
    if shape.type == "structure":
        named = {member.name: member.shape for member in shape.members.values()} | {
            wire: member.shape for wire, member in shape.members.items()
        }
        wires = {member.name: wire for wire, member in shape.members.items()}
        kept = {wires.get(name, name): without_empty(named[name], each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in ({}, [])}
    if shape.type == "list":
        return [without_empty(shape.element, each) for each in value]
    if shape.type == "map":
        return {key: without_empty(shape.element, each) for key, each in value.items()}
    return value


def test_an_answer_without_output_names_the_request():
    answer = render_query(SERVICES["iam"].operation("DeleteUser"), {}, "id-1")

    assert answer.body == (
        b'<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata>'
        b"<RequestId>id-1</RequestId></ResponseMetadata></DeleteUserResponse>"
    )
    assert answer.headers == [("Content-Type", "text/xml")]


def test_errors_say_whose_fault_it_was():
    error = AwsError("NoSuchEntity", "The user with name <ci> cannot be found.", 404)

    answer = render_query_error(error, SERVICES["iam"], "id-1")

    assert answer.status == 404
    assert answer.body == (
        b'<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
        b"<Code>NoSuchEntity</Code><Message>The user with name &lt;ci&gt; cannot be found.</Message></Error>"
        b"<RequestId>id-1</RequestId></ErrorResponse>"
    )
    assert b"<Type>Receiver</Type>" in render_query_error(internal_failure(), None, "id-1").body


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (access_denied("No."), "AccessDenied"),
        (AwsError("InvalidSignatureException", "No.", 403), "SignatureDoesNotMatch"),
        (AwsError("UnrecognizedClientException", "No.", 403), "InvalidClientTokenId"),
    ],
)
def test_errors_of_all_services_have_names_of_their_own(error: AwsError, code: str):
    assert f"<Code>{code}</Code>".encode() in render_query_error(error, SERVICES["sts"], "id").body


@given(st.text(max_size=50))
def test_any_text_is_well_formed_xml(text: str):
    from xml.etree import ElementTree

    answer = render_query_error(AwsError("Code", text, 400), None, "id")

    told = ElementTree.fromstring(answer.body).findtext("Error/Message")
    allowed = all(
        each in "\t\n\r" or " " <= each < "\ud800" or "\ue000" <= each < "\ufffe" or each > "\uffff" for each in text
    )
    assert told == text if allowed else "\ufffd" in str(told)
