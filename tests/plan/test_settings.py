"""What all routes of a stage share, read from documents."""

from typing import Any

import pytest

from limen.gateway.errors import PlanError
from limen.plan.settings import read_settings

API: dict[str, Any] = {"apiId": "a", "_account": "0", "_region": "us-east-1", "name": "x"}
STAGE: dict[str, Any] = {"stageName": "dev"}


def test_what_is_not_enforced_does_not_compile_a_stage_again() -> None:
    again = STAGE | {"description": "new", "lastUpdatedDate": "2026-01-01T00:00:00Z"}
    assert read_settings(API | {"description": "new"}, again) == read_settings(API, STAGE)


@pytest.mark.parametrize(
    ("api", "stage"),
    [
        ({}, {"stageVariables": {"a": "b"}}),
        ({}, {"accessLogSettings": {"destinationArn": "arn", "format": "x"}}),
        ({"corsConfiguration": {"allowOrigins": ["*"]}}, {}),
        ({"disableExecuteApiEndpoint": True}, {}),
        ({}, {"defaultRouteSettings": {"throttlingBurstLimit": 1}}),
        ({}, {"routeSettings": {"GET /a": {"throttlingRateLimit": 1.0}}}),
        ({}, {"tags": {"limen:state-loss": "closed"}}),
    ],
)
def test_what_is_served_differently_compares_differently(api: dict[str, Any], stage: dict[str, Any]) -> None:
    assert read_settings(API | api, STAGE | stage) != read_settings(API, STAGE)


@pytest.mark.parametrize("api", [{"corsConfiguration": {"allowOrigins": "*"}}, {"corsConfiguration": {"maxAge": "x"}}])
def test_a_document_of_another_shape_is_refused(api: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="stage dev of API a"):
        read_settings(API | api, STAGE)
