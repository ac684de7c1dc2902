"""Requests of actions, compared with those that botocore makes of the service models."""

from typing import Any
from urllib.parse import parse_qsl

import botocore.serialize
import botocore.session
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.integrations.subtypes.actions import ACTIONS, REGION, Kind
from limen.integrations.subtypes.requests import headers_of, method_of, render_request

SERVICES = {"events": "events", "sqs": "sqs", "appconfig": "appconfig", "kinesis": "kinesis", "states": "stepfunctions"}
SAMPLES: dict[Kind, Any] = {
    Kind.TEXT: "a b/c?&ü",
    Kind.TIME: 1583348638,
    Kind.LIST: ["a b", "c,d"],
    Kind.MAP: {"color": {"DataType": "String", "StringValue": "r&d"}},
}
INTEGERS = frozenset({"DelaySeconds", "MaxNumberOfMessages", "VisibilityTimeout", "WaitTimeSeconds"})


def asked_of_botocore(subtype: str) -> Any:
    """What botocore sends for the same parameters, in the protocol of the table."""
    action = ACTIONS[subtype]
    model = botocore.session.get_session().get_service_model(SERVICES[action.service])
    members: dict[str, Any] = {}
    for name, parameter in action.parameters.items():
        if name != REGION:
            member = name if action.protocol != "json" else parameter.member
            members[member] = 3 if name in INTEGERS else SAMPLES[parameter.kind]
    if action.service == "kinesis":
        members["Data"] = b"raw"
    protocol = {"json": "json", "query": "query", "rest": "rest-json"}[action.protocol]
    given_members = {action.entries: [members]} if action.entries else members
    return botocore.serialize.create_serializer(protocol, False).serialize_to_request(
        given_members, model.operation_model(action.operation)
    )


def values_of(subtype: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, parameter in ACTIONS[subtype].parameters.items():
        if name != REGION:
            values[parameter.member] = "3" if name in INTEGERS else SAMPLES[parameter.kind]
    if subtype == "Kinesis-PutRecord":
        values["Data"] = "cmF3"
    return values


@pytest.mark.parametrize("subtype", [name for name, action in ACTIONS.items() if action.protocol == "json"])
def test_json_is_what_botocore_sends(subtype: str) -> None:
    expected = asked_of_botocore(subtype)
    path, query, body = render_request(ACTIONS[subtype], values_of(subtype))

    assert (path, query) == ("/", "")
    assert orjson.loads(body) == orjson.loads(expected["body"])
    target, content_type = headers_of(ACTIONS[subtype])
    assert target[2].decode() == expected["headers"]["X-Amz-Target"]
    assert content_type[2].decode() == expected["headers"]["Content-Type"]


@pytest.mark.parametrize("subtype", [name for name, action in ACTIONS.items() if action.protocol == "query"])
def test_a_form_has_every_parameter_of_the_model(subtype: str) -> None:
    action = ACTIONS[subtype]
    model = botocore.session.get_session().get_service_model("sqs").operation_model(action.operation)
    _, _, body = render_request(action, values_of(subtype))
    fields = dict(parse_qsl(body.decode(), strict_parsing=True))

    assert (fields.pop("Action"), fields.pop("Version")) == (action.operation, "2012-11-05")
    for name, parameter in action.parameters.items():
        if name == REGION:
            continue
        assert name in model.input_shape.members
        if parameter.kind is Kind.TEXT:
            assert fields.pop(name) == ("3" if name in INTEGERS else SAMPLES[Kind.TEXT])
    assert all(value in ("a b", "c,d", "color", "String", "r&d") for value in fields.values())


def test_lists_and_maps_are_numbered() -> None:
    lists = render_request(ACTIONS["SQS-ReceiveMessage"], {"AttributeName": ["All", "SentTimestamp"]})[2]
    maps = render_request(ACTIONS["SQS-SendMessage"], {"MessageAttribute": SAMPLES[Kind.MAP]})[2]

    assert lists.endswith(b"&AttributeName.1=All&AttributeName.2=SentTimestamp")
    assert maps.endswith(
        b"&MessageAttribute.1.Name=color&MessageAttribute.1.Value.DataType=String"
        b"&MessageAttribute.1.Value.StringValue=r%26d"
    )


def test_rest_is_what_botocore_sends() -> None:
    subtype = "AppConfig-GetConfiguration"
    expected = asked_of_botocore(subtype)
    path, query, body = render_request(ACTIONS[subtype], values_of(subtype))

    assert (method_of(ACTIONS[subtype]), body) == (b"GET", b"")
    assert path == expected["url_path"]
    assert dict(parse_qsl(query)) == expected["query_string"]


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text not in (".", "..")))
def test_no_value_leaves_its_place(value: str) -> None:
    action = ACTIONS["AppConfig-GetConfiguration"]
    values = {**dict.fromkeys(("Application", "Environment", "Configuration"), value), "client_id": value}
    path, query, _ = render_request(action, values)

    assert len(path.split("/")) == 7
    assert path.isascii() and path.isprintable() and " " not in path
    assert parse_qsl(query, keep_blank_values=True) == [("client_id", value)]


def test_every_parameter_is_in_the_service_model() -> None:
    for action in ACTIONS.values():
        model = botocore.session.get_session().get_service_model(SERVICES[action.service])
        shape = model.operation_model(action.operation).input_shape
        if action.entries:
            shape = shape.members[action.entries].member
        names = {parameter.member for name, parameter in action.parameters.items() if name != REGION}
        known = set(shape.members) | {
            member.serialization.get("name") for member in shape.members.values() if member.serialization
        }
        if action.protocol != "query":
            assert names <= known
