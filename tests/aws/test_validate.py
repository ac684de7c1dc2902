"""Every limit of the model, in AWS's words."""

from typing import Any

import pytest

from limen.aws.errors import AwsError
from limen.aws.service_model import Member, Operation, Shape, load_service
from limen.aws.validate import validate

V1, V2 = load_service("apigateway"), load_service("apigatewayv2")


def refusal(operation: Operation, members: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(AwsError) as raised:
        validate(operation, members)
    assert raised.value.status == 400
    return raised.value.code, raised.value.message


def test_good_input_passes():
    validate(V2.operation("CreateApi"), {"name": "n" * 128, "protocolType": "HTTP", "tags": {"a": "b"}})


def test_a_missing_member():
    assert refusal(V2.operation("CreateApi"), {"protocolType": "HTTP"}) == (
        "BadRequestException",
        "1 validation error detected: Value null at 'createApiInput.name' failed to satisfy constraint: "
        "Member must not be null",
    )


def test_v1_calls_it_a_validation_exception():
    operations = [{"op": "add", "path": "/name"}, {"op": "fly", "path": "/name"}]
    members = {"restapi_id": "a", "patchOperations": operations}

    code, message = refusal(V1.operation("UpdateRestApi"), members)

    assert code == "ValidationException"
    assert message == (
        "1 validation error detected: Value 'fly' at 'updateRestApiInput.patchOperations.2.member.op' failed to "
        "satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]"
    )


def test_large_limits_are_told_in_digits():
    rule = {"domainName": "a.example.com", "actions": [], "conditions": [], "priority": 1_000_001}

    _, message = refusal(V2.operation("CreateRoutingRule"), rule)

    assert message.endswith("Member must have value less than or equal to 1000000")


def test_all_violations_are_told():
    members = {"name": "n" * 129, "protocolType": "TCP", "corsConfiguration": {"maxAge": 86401}}

    _, message = refusal(V2.operation("CreateApi"), members)

    assert message == (
        "3 validation errors detected: "
        "Value '86401' at 'createApiInput.corsConfiguration.maxAge' failed to satisfy constraint: "
        "Member must have value less than or equal to 86400; "
        f"Value '{'n' * 129}' at 'createApiInput.name' failed to satisfy constraint: "
        "Member must have length less than or equal to 128; "
        "Value 'TCP' at 'createApiInput.protocolType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [WEBSOCKET, HTTP]"
    )


def test_an_unknown_protocol_alone_has_a_text_of_its_own():
    assert refusal(V2.operation("CreateApi"), {"name": "n", "protocolType": "TCP"}) == (
        "BadRequestException",
        "Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]",
    )


@pytest.mark.parametrize(
    ("operation", "members", "end"),
    [
        (
            "CreateIntegration",
            {"apiId": "a", "integrationType": "HTTP_PROXY", "timeoutInMillis": 49},
            "Member must have value greater than or equal to 50",
        ),
        (
            "CreateModel",
            {"apiId": "a", "name": "m", "schema": "s" * 32769},
            "Member must have length less than or equal to 32768",
        ),
        ("CreateApi", {"name": "", "protocolType": "HTTP"}, "Member must have length greater than or equal to 1"),
        (
            "CreateApi",
            {"name": "n", "protocolType": "HTTP", "tags": {"a": "v" * 1601}},
            "Map value must satisfy constraint: [Member must have length less than or equal to 1600]",
        ),
        (
            "CreateRoute",
            {"apiId": "a", "routeKey": "$default", "authorizationScopes": ["ok", "s" * 65]},
            "Member must satisfy constraint: [Member must have length less than or equal to 64]",
        ),
        (
            "CreateRoute",
            {"apiId": "a", "routeKey": "$default", "authorizationScopes": [None]},
            "Member must satisfy constraint: [Member must not be null]",
        ),
        (
            "ExportApi",
            {"apiId": "a", "outputType": "XML", "specification": "OAS30"},
            "Value 'XML' at 'exportApiInput.outputType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [YAML, JSON]",
        ),
        (
            "CreateStage",
            {"apiId": "a", "stageName": "s", "routeSettings": {"GET /": {"loggingLevel": "LOUD"}}},
            "Value 'LOUD' at 'createStageInput.routeSettings.GET /.member.loggingLevel' failed to satisfy constraint: "
            "Member must satisfy enum value set: [ERROR, INFO, OFF]",
        ),
    ],
)
def test_limits_of_v2(operation: str, members: dict[str, Any], end: str):
    code, message = refusal(V2.operation(operation), members)

    assert code == "BadRequestException"
    assert message.endswith(end)


def test_an_empty_string_clears_what_is_not_required():
    validate(V2.operation("UpdateApi"), {"apiId": "a", "version": "", "description": ""})
    validate(V2.operation("TagResource"), {"resource-arn": "arn", "tags": {"a": ""}})


def operation_with(shape: Shape, service: str = "sts") -> Operation:
    member = Member("Name", "name", shape, None, True)
    return Operation(
        load_service(service), "Do", "POST", "/", 200, True, False, Shape("In", "structure", {"name": member}), None
    )


def test_patterns_match_the_whole_value():
    operation = operation_with(Shape("S", "string", pattern="[a-z]+"))

    validate(operation, {"name": "abc"})

    assert refusal(operation, {"name": "abc1"}) == (
        "ValidationException",
        "1 validation error detected: Value 'abc1' at 'name' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-z]+",
    )


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"[\u0009\u000A\u000D\u0020-\u00FF]+", "ä b", "\u0100"),
        (r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)", "a1", "11"),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "Größe 1", "a;b"),
    ],
)
def test_patterns_in_javas_dialect(pattern: str, good: str, bad: str):
    operation = operation_with(Shape("S", "string", pattern=pattern))

    validate(operation, {"name": good})

    assert refusal(operation, {"name": bad})[0] == "ValidationException"


def test_map_keys_and_nested_lists():
    key = Shape("K", "string", most=1)
    inner = Shape("L", "list", element=Shape("S", "string", most=1), most=1)
    operation = operation_with(Shape("M", "map", key=key, element=inner))

    _, message = refusal(operation, {"name": {"ab": ["x", "yz"]}})

    assert message == (
        "3 validation errors detected: "
        "Value '{ab=[x, yz]}' at 'name' failed to satisfy constraint: "
        "Map keys must satisfy constraint: [Member must have length less than or equal to 1]; "
        "Value '[x, yz]' at 'name.ab.member' failed to satisfy constraint: "
        "Member must have length less than or equal to 1; "
        "Value '[x, yz]' at 'name.ab.member' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 1]"
    )


def test_long_values_are_cut():
    _, message = refusal(V2.operation("CreateModel"), {"apiId": "a", "name": "m", "schema": "s" * 40000})

    assert len(message) < 1300


def test_members_are_told_by_the_names_of_the_model():
    members = {"restapi_id": "a", "resource_id": "b", "http_method": "GET", "status_code": "2001"}

    assert refusal(V1.operation("PutMethodResponse"), members)[1] == (
        "1 validation error detected: Value '2001' at 'putMethodResponseInput.statusCode' failed to satisfy "
        r"constraint: Member must satisfy regular expression pattern: [1-5]\d\d"
    )


def test_what_an_operation_checks_itself_passes():
    lambda_model = load_service("lambda")
    validate(lambda_model.operation("UpdateFunctionConfiguration"), {"FunctionName": "f", "Runtime": "none"})
    layer = {"LayerName": "l", "Content": {"ZipFile": b""}, "CompatibleRuntimes": ["none"]}
    code, message = refusal(lambda_model.operation("PublishLayerVersion"), layer)
    assert code == "ValidationException"
    assert message.startswith(
        "1 validation error detected: Value '[none]' at 'compatibleRuntimes' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must satisfy enum value set: [nodejs, "
    )


def test_a_secret_is_not_told_again() -> None:
    operation = load_service("cognito-idp").operation("SignUp")

    with pytest.raises(AwsError) as raised:
        validate(operation, {"ClientId": "client", "Username": "ana", "Password": "my secret"})

    assert raised.value.message == (
        "1 validation error detected: Value at 'password' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\S]+"
    )
