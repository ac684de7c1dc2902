"""Which backend runs a function: patterns in their order, with and without qualifiers."""

import pytest

from limen.budget import Budget
from limen.clock import Clock
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.functions.name import FunctionName
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.upstream.client import Upstream

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:pets"


def backends(targets: dict[str, str]) -> FunctionBackends:
    return FunctionBackends(ServiceEndpoints(Upstream(Clock(), Budget(0))), socket="/s", targets=targets)


@pytest.mark.parametrize(
    ("targets", "qualifier", "chosen"),
    [
        ({}, "", "local"),
        ({"*": "aws"}, "", "aws"),
        ({"*:pets": "aws"}, "prod", "aws"),
        ({"*:pets:prod": "aws"}, "prod", "aws"),
        ({"*:pets:prod": "aws"}, "", "local"),
        ({"*:pets": "http://127.0.0.1:9000", "*": "aws"}, "", "http://127.0.0.1:9000"),
        ({"*": "aws", "*:pets": "http://127.0.0.1:9000"}, "", "aws"),
        ({"arn:aws:lambda:us-*:*:function:*": "aws"}, "", "local"),
        ({"pets": "aws"}, "", "local"),
    ],
)
def test_the_first_pattern_that_matches_decides(targets: dict[str, str], qualifier: str, chosen: str) -> None:
    assert backends(targets).choose(FunctionName(ARN, "eu-west-1", qualifier)) == chosen
