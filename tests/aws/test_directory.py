"""Which service and protocol a call is for."""

import pytest

from limen.aws.directory import ServiceDirectory, UnknownProtocolError
from limen.aws.errors import AwsError
from limen.aws.request import AwsRequest
from limen.aws.service_model import ServiceModel, load_service
from limen.wire import header

BOTH = ServiceDirectory([load_service("apigatewayv2"), load_service("apigateway")])


def found(method: str, path: str, service: str | None = "apigateway", target: str | None = None) -> str:
    headers = [header(b"X-Amz-Target", target.encode())] if target else []
    meant = BOTH.find(AwsRequest(method, path, "", headers), service)
    return f"{meant.operation.service.name}.{meant.operation.name}"


def test_one_signing_name_serves_two_services():
    assert found("GET", "/v2/apis") == "apigatewayv2.GetApis"
    assert found("GET", "/restapis") == "apigateway.GetRestApis"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("GET", "/v2/apis", "s3"), "UnknownOperationException", "Limen does not serve the AWS service 's3'"),
        (("GET", "/v2/apis", None), "", ""),
        (("GET", "/v3", "apigateway"), "AccessDeniedException", "Unable to determine service/operation name"),
        (("GET", "/v3", None), "MissingAuthenticationTokenException", "Missing Authentication Token"),
        (("GET", "/%ff", None), "MissingAuthenticationTokenException", "Missing Authentication Token"),
        (("GET", "/v2/apis/%ff", "apigateway"), "SerializationException", "The path is not UTF-8"),
        (
            ("POST", "/", "apigateway", "DynamoDB_20120810.ListTables"),
            "UnknownOperationException",
            "Limen does not serve the operation 'DynamoDB_20120810.ListTables' named by X-Amz-Target",
        ),
    ],
)
def test_what_is_not_there_is_named(arguments: tuple[str, ...], code: str, message: str):
    if not code:
        assert found(*arguments) == "apigatewayv2.GetApis"
        return
    with pytest.raises(AwsError) as raised:
        found(*arguments)
    assert raised.value.code == code
    assert raised.value.message.startswith(message)


def test_a_protocol_that_is_not_spoken_is_refused_at_start():
    with pytest.raises(
        UnknownProtocolError, match=r"service ec2 speaks ec2; Limen has .*: json-1\.0, json-1\.1, query, rest"
    ):
        ServiceDirectory([load_service("ec2")])


def service_with_target(signing_name: str) -> ServiceModel:
    operation = {"http": {"method": "POST", "requestUri": "/"}}
    metadata = {
        "protocol": "rest-json",
        "endpointPrefix": signing_name,
        "targetPrefix": "PoolService",
        "apiVersion": "2026-01-01",
    }
    return ServiceModel("pools", {"metadata": metadata, "operations": {"SignUp": operation}, "shapes": {}})


def test_x_amz_target_names_the_operation():
    directory = ServiceDirectory([service_with_target("pools"), load_service("apigatewayv2")])
    request = AwsRequest("POST", "/", "", [header(b"X-Amz-Target", b"PoolService.SignUp")])

    assert directory.find(request, "pools").operation.name == "SignUp"
    assert directory.find(request, None).operation.name == "SignUp"
    with pytest.raises(AwsError, match="Credential should be scoped to correct service: 'pools'"):
        directory.find(request, "apigateway")
