"""What keeps an integration with a function from being served."""

from typing import Any

import pytest

from limen.integrations.compile import find_integration_problems
from tests.integrations.http_functions.calling import FUNCTION

LAMBDA: dict[str, Any] = {"integrationType": "AWS_PROXY", "integrationUri": FUNCTION, "payloadFormatVersion": "2.0"}
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


@pytest.mark.parametrize("uri", [FUNCTION, f"{FUNCTION}:live", INVOCATION, f"{FUNCTION}${{stageVariables.suffix}}"])
def test_functions_are_named_by_arn_or_uri(uri: str) -> None:
    assert find_integration_problems(LAMBDA | {"integrationUri": uri}, ["GET /"]) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"integrationUri": "https://backend.test"}, "does not name a Lambda function"),
        ({"payloadFormatVersion": "3.0"}, "there is no payload format version '3.0'"),
        ({"requestParameters": {"append:header.via": "x"}}, "Operations on header via are restricted"),
        ({"responseParameters": {"99": {}}}, "Invalid status code '99'"),
    ],
)
def test_problems_are_named(change: dict[str, Any], problem: str) -> None:
    (found,) = find_integration_problems(LAMBDA | change, ["GET /"])

    assert problem in found
