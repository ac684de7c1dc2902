"""Forms of the Query protocol against botocore's own serializer, for every service of AWS that speaks it."""

from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel as BotoModel
from botocore.serialize import create_serializer
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.errors import AwsError
from limen.aws.query import MOST_PARAMETERS, check_action, find_action, parse_query
from limen.aws.request import AwsRequest
from limen.aws.service_model import Operation, Shape, load_service
from tests.aws.query_values import values_of

LOADER = Loader()
SERIALIZER = create_serializer("query", include_validation=False)
NAMES = ("iam", "sts", "rds", "elbv2", "autoscaling", "sns", "cloudformation", "elasticache", "redshift")
SERVICES = {name: load_service(name) for name in NAMES}
BOTO = {name: BotoModel(LOADER.load_service_model(name, "service-2")) for name in NAMES}
OPERATIONS = [(name, each) for name, service in SERVICES.items() for each in service.operation_names]


def form(operation: Operation, members: dict[str, Any]) -> AwsRequest:
    sent = SERIALIZER.serialize_to_request(members, BOTO[operation.service.name].operation_model(operation.name))
    return AwsRequest("POST", "/", "", [], urlencode(sent["body"]).encode())


def parse(body: str, operation: str = "TagUser", service: str = "iam") -> dict[str, Any]:
    return parse_query(SERVICES[service].operation(operation), AwsRequest("POST", "/", "", [], body.encode()), {})


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_what_botocore_writes_is_read_as_it_was_meant(data: st.DataObject):
    service, name = data.draw(st.sampled_from(OPERATIONS))
    operation = SERVICES[service].operation(name)
    members = data.draw(values_of(operation.input)) if operation.input is not None else {}

    request = form(operation, members)

    assert find_action(request) == (name, operation.service.api_version)
    assert parse_query(operation, request, {}) == by_wire_name(operation.input, members)


def by_wire_name(shape: Shape | None, value: Any) -> Any:
    """botocore takes the names of the model."""
    if shape is None or value is None:
        return {}
    if shape.type == "structure":
        named = {member.name: (wire, member.shape) for wire, member in shape.members.items()}
        pairs = [(named[name], each) for name, each in value.items()]
        return {wire: by_wire_name(member, each) for (wire, member), each in pairs if written(member, each)}
    if shape.type == "list":
        return [by_wire_name(shape.element, each) for each in value if written(shape.element, each)]
    if shape.type == "map":
        return {key: by_wire_name(shape.element, each) for key, each in value.items()}
    return value


def written(shape: Shape | None, value: Any) -> bool:
    """Whether anything of it stands in the form."""
    assert shape is not None
    if shape.type == "map":
        return bool(value)
    if shape.type == "list":
        return not value or any(written(shape.element, each) for each in value)
    if shape.type == "structure":
        named = {member.name: member.shape for member in shape.members.values()}
        return any(written(named[name], each) for name, each in value.items())
    return True


def test_lists_of_structures_are_read_in_the_order_of_their_numbers():
    body = "UserName=ci&Tags.member.10.Key=b&Tags.member.10.Value=2&Tags.member.2.Value=1&Tags.member.2.Key=a&Other=1"

    assert parse(body) == {"UserName": "ci", "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}


def test_an_empty_value_is_an_empty_list():
    assert parse("UserName=ci&Tags=") == {"UserName": "ci", "Tags": []}


def test_a_presigned_call_stands_in_the_query():
    request = AwsRequest("GET", "/", "Action=GetUser&Version=2010-05-08&UserName=a%20b&X-Amz-Signature=x", [])

    assert find_action(request) == ("GetUser", "2010-05-08")
    assert parse_query(SERVICES["iam"].operation("GetUser"), request, {}) == {"UserName": "a b"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("UserName=a&UserName=b", "MalformedQueryString"),
        ("%ff=a", "MalformedQueryString"),
        ("." * 40 + "=a", "MalformedQueryString"),
        ("Tags.member.x.Key=a", "MalformedInput"),
        ("Tags.member.1.Key.more=a", "MalformedInput"),
        ("UserName.member.1=a", "MalformedInput"),
        ("&".join(f"a{number}=" for number in range(MOST_PARAMETERS + 1)), "MalformedQueryString"),
    ],
)
def test_broken_forms_are_refused(body: str, code: str):
    with pytest.raises(AwsError) as raised:
        parse(body)

    assert (raised.value.code, raised.value.status) == (code, 400)


@given(st.text(max_size=200))
def test_any_text_is_a_form_or_refused(text: str):
    try:
        parse(text)
    except AwsError as error:
        assert error.status == 400


@pytest.mark.parametrize(
    ("action", "version", "code", "message"),
    [
        ("", "", "MissingAction", "Missing Action"),
        ("Nope", "2010-05-08", "InvalidAction", "Could not find operation Nope for version 2010-05-08"),
        ("GetUser", "2000-01-01", "InvalidAction", "Could not find operation GetUser for version 2000-01-01"),
    ],
)
def test_unknown_actions_are_refused_in_the_words_of_aws(action: str, version: str, code: str, message: str):
    with pytest.raises(AwsError) as raised:
        check_action(SERVICES["iam"], action, version)

    assert (raised.value.code, raised.value.message) == (code, message)
