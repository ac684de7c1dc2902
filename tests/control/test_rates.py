"""How often an account may call."""

import pytest

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.rates import CallRates


class Callers:
    """Calls at times that a test sets; counts what was admitted."""

    def __init__(self) -> None:
        self.time = 0.0
        self.rates = CallRates(lambda: self.time)

    def admitted(self, operation: str, calls: int, account: str = "0", service: str = "apigatewayv2") -> int:
        count = 0
        for _ in range(calls):
            try:
                self.rates.check(AwsCall(service, operation, {}, account, "us-east-1", "key", "request"))
            except AwsError as error:
                assert (error.code, error.status) == ("TooManyRequestsException", 429)
            else:
                count += 1
        return count


@pytest.fixture
def callers():
    return Callers()


def test_all_calls_share_a_burst_and_a_rate(callers):
    assert callers.admitted("GetApis", 50) == 40
    callers.time = 1.0
    assert callers.admitted("CreateRoute", 50) == 10
    assert callers.admitted("CreateRoute", 50, account="1") == 40


def test_some_operations_are_rarer(callers):
    assert callers.admitted("CreateDeployment", 3) == 1
    callers.time = 4.9
    assert callers.admitted("CreateDeployment", 3) == 0
    callers.time = 5.1
    assert callers.admitted("CreateDeployment", 3) == 1


def test_each_service_has_rates_of_its_own(callers):
    assert callers.admitted("CreateResource", 9, service="apigateway") == 5
    assert callers.admitted("CreateDeployment", 3, service="apigateway") == 1
    assert callers.admitted("CreateDeployment", 3) == 1
    assert callers.admitted("CreateVpcLink", 3, service="apigateway") == 3


def test_a_refused_call_costs_nothing(callers):
    callers.admitted("CreateVpcLink", 39)
    assert callers.admitted("GetApis", 50) == 39
