"""What keeps an integration with a subtype from being served."""

from typing import Any

import pytest

from limen.integrations.compile import find_integration_problems
from tests.integrations.subtypes.calling import ROLE

SQS: dict[str, Any] = {
    "integrationType": "AWS_PROXY",
    "integrationSubtype": "SQS-SendMessage",
    "credentialsArn": ROLE,
    "requestParameters": {"QueueUrl": "$request.header.queueUrl", "MessageBody": "$request.body.message"},
}


def test_the_example_of_the_guide_has_no_problem() -> None:
    assert find_integration_problems(SQS, ["POST /"]) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"integrationSubtype": "SQS-Nothing"}, "there is no integration subtype 'SQS-Nothing'"),
        ({"credentialsArn": ""}, "SQS-SendMessage needs credentials: the ARN of a role"),
        ({"requestParameters": {"QueueUrl": "q"}}, "SQS-SendMessage needs the parameter MessageBody"),
        (
            {"requestParameters": {**SQS["requestParameters"], "Color": "red"}},
            "SQS-SendMessage has no parameter Color",
        ),
        (
            {"requestParameters": {**SQS["requestParameters"], "Region": "mars"}},
            "SQS-SendMessage: 'mars' is not a region",
        ),
        (
            {"requestParameters": {**SQS["requestParameters"], "MessageGroupId": "$x.y"}},
            "SQS-SendMessage: MessageGroupId: $x.y is not a variable of requests",
        ),
    ],
)
def test_problems_are_named(change: dict[str, Any], problem: str) -> None:
    assert find_integration_problems(SQS | change, ["POST /"]) == [problem]
