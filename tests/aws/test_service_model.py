"""Service models, read from botocore's data without the rest of botocore."""

import subprocess
import sys

import pytest

from limen.aws.service_model import NoSuchServiceError, load_service

V2 = load_service("apigatewayv2")


def test_an_operation_as_its_model_has_it():
    operation = V2.operation("GetRoute")

    assert (operation.method, operation.uri, operation.status) == ("GET", "/v2/apis/{apiId}/routes/{routeId}", 200)
    assert operation.needs_signature and not operation.allows_unsigned_body
    assert list(operation.input.members) == ["apiId", "routeId"]
    assert {member.location for member in operation.input.members.values()} == {"uri"}
    assert V2.signing_name == "apigateway"


def test_lengths_are_read_from_names_of_shapes():
    members = V2.operation("CreateApi").input.members

    assert (members["name"].shape.most, members["name"].shape.least_when_required) == (128, 1)
    assert members["description"].shape.most == 1024
    assert V2.operation("CreateModel").input.members["schema"].shape.most == 32 * 1024


def test_a_log_format_is_longer_than_the_name_of_its_shape_says():
    settings = V2.operation("CreateStage").input.members["accessLogSettings"].shape

    assert settings.members["format"].shape.most is None
    assert V2.operation("CreateIntegration").input.members["connectionId"].shape.most == 1024


def test_a_reference_may_narrow_its_shape():
    export, get = V2.operation("ExportApi").input.members, V2.operation("GetApi").input.members

    assert export["outputType"].shape.enum == ("YAML", "JSON")
    assert get["apiId"].shape.enum == ()


@pytest.mark.parametrize("name", ["apigateway", "apigatewayv2", "lambda", "cognito-idp", "iam", "sts", "lexv2-models"])
def test_every_operation_of_a_model_is_built_recursive_shapes_included(name: str):
    service = load_service(name)

    built = [service.operation(operation) for operation in service.operation_names]

    assert len(built) == len(service.operation_names) > 0


def test_operations_without_signature():
    assert not load_service("cognito-idp").operation("InitiateAuth").needs_signature
    assert load_service("cognito-idp").operation("AdminInitiateAuth").needs_signature


def test_a_service_without_model_is_named():
    with pytest.raises(NoSuchServiceError, match="no model of a service named nonsense"):
        load_service("nonsense")


def test_neither_botocore_nor_a_web_framework_is_imported():
    program = """
import sys
from limen.aws import server
server.load_service("apigatewayv2")
print(sorted({name.partition(".")[0] for name in sys.modules} & {"botocore", "boto3", "starlette", "uvicorn"}))
"""

    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[]"


def test_quotas_may_be_of_hours_too() -> None:
    quota = load_service("apigateway").operation("CreateUsagePlan").input.members["quota"].shape
    assert quota.members["period"].shape.enum == ("DAY", "WEEK", "MONTH", "HOUR")
