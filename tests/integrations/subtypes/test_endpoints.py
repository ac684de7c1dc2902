"""Where a subtype calls its service."""

from typing import Any

import pytest

from limen.aws.credentials import AccessKey
from limen.budget import Budget
from limen.clock import Clock
from limen.gateway.errors import GatewayError
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.integrations.subtypes.actions import ACTIONS
from limen.integrations.subtypes.endpoints import Endpoints
from limen.upstream.client import Upstream
from tests.integrations.subtypes.calling import ROLE


def endpoints(subtype: str, **settings: Any) -> Endpoints:
    services = ServiceEndpoints(Upstream(Clock(), Budget(0)), **settings)
    if services.profile is not None:
        services.profile.put(AccessKey("AK", "secret"), "")
    return Endpoints(ACTIONS[subtype], ROLE, "us-east-1", {}, services)


def test_the_service_is_in_the_region_of_the_api() -> None:
    home = endpoints("SQS-SendMessage", profile="dev").home

    assert str(home.origin) == "https://sqs.us-east-1.amazonaws.com:443"
    assert (home.host, home.path, home.region) == (b"sqs.us-east-1.amazonaws.com", "", "us-east-1")


def test_synchronous_executions_have_a_host_of_their_own() -> None:
    assert endpoints("StepFunctions-StartSyncExecution", profile="dev").find("eu-west-1").host == (
        b"sync-states.eu-west-1.amazonaws.com"
    )
    assert endpoints("StepFunctions-StartExecution", profile="dev").home.host == b"states.us-east-1.amazonaws.com"


@pytest.mark.parametrize("url", ["http://localhost:5000", "https://vpce-1.states.us-east-1.vpce.amazonaws.com"])
def test_an_endpoint_that_is_set_is_the_whole_truth(url: str) -> None:
    home = endpoints("StepFunctions-StartSyncExecution", profile="dev", endpoint_url=url).home

    assert str(home.origin).startswith(url)
    assert b"sync-" not in home.host


def test_an_endpoint_may_have_a_path() -> None:
    assert endpoints("SQS-PurgeQueue", endpoint_url="http://localhost:5000/aws/").home.path == "/aws"


def test_regions_are_compiled_once_and_bounded() -> None:
    many = endpoints("SQS-PurgeQueue", endpoint_url="http://localhost:5000")
    first = many.find("eu-west-1")

    assert many.find("eu-west-1") is first
    for number in range(99):
        many.find(f"eu-west-{number}")
    assert len(many._by_region) <= 64


@pytest.mark.parametrize("region", ["", "us", "us-east-1.evil.test", "us-east-1/", "../x-y-1", "us-east-\u0661"])
def test_what_is_no_region_is_refused(region: str) -> None:
    with pytest.raises(GatewayError):
        endpoints("SQS-PurgeQueue", profile="dev").find(region)
