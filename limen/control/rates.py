"""How often an account may call, enforced where the settings ask for it (developer guide, quotas)."""

import time
from collections.abc import Callable

from msgspec import Struct

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError


class Rate(Struct, frozen=True):
    """Calls per second over time, and at once."""

    per_second: float
    burst: int


ALL_TOGETHER = Rate(10, 40)
OF_OPERATION: dict[str, dict[str, Rate]] = {
    "apigateway": {
        "CreateApiKey": Rate(5, 5),
        "CreateDeployment": Rate(1 / 5, 1),
        "CreateDocumentationVersion": Rate(1 / 20, 1),
        "CreateDomainName": Rate(1 / 30, 1),
        "CreateResource": Rate(5, 5),
        "CreateRestApi": Rate(1 / 3, 1),
        "DeleteDomainName": Rate(1 / 30, 1),
        "DeleteResource": Rate(5, 5),
        "DeleteRestApi": Rate(1 / 30, 1),
        "GetResources": Rate(5 / 2, 5),
        "ImportDocumentationParts": Rate(1 / 30, 1),
        "ImportRestApi": Rate(1 / 3, 1),
        "PutRestApi": Rate(1, 1),
        "UpdateAccount": Rate(1 / 20, 1),
        "UpdateDomainName": Rate(1 / 30, 1),
        "UpdateUsagePlan": Rate(1 / 20, 1),
    },
    "apigatewayv2": {
        "CreateDeployment": Rate(1 / 5, 1),
        "CreateDomainName": Rate(1 / 30, 1),
        "UpdateDomainName": Rate(1 / 30, 1),
        "DeleteDomainName": Rate(1 / 30, 1),
        "CreateVpcLink": Rate(1 / 15, 1),
        "DeleteVpcLink": Rate(1 / 30, 1),
    },
}
"""By service; its operations not named here have the rate of all together only, other services none."""
MOST_BUCKETS = 10_000
"""Buckets that are kept; past it the oldest goes, which is full again long since."""


class CallRates:
    """Token buckets by account, region, service and operation; owned by whoever invokes, one thread at a time."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets: dict[tuple[str, str, str], tuple[float, float]] = {}

    def check(self, call: AwsCall) -> None:
        """Raises TooManyRequestsException where one more call is one too many; a refused call costs nothing."""
        if call.service not in OF_OPERATION:
            return
        limits = [("", ALL_TOGETHER)]
        rare = OF_OPERATION.get(call.service, {}).get(call.operation)
        if rare is not None:
            limits.append((f"{call.service}/{call.operation}", rare))
        now = self._now()
        filled = {(call.account, call.region, name): self._filled(call, name, rate, now) for name, rate in limits}
        if any(tokens < 1 for tokens in filled.values()):
            # The first API has a header for it; the second, whose model has none, leaves it out.
            raise AwsError("TooManyRequestsException", "Too Many Requests", 429, {"Retry-After": "1"})
        for key, tokens in filled.items():
            self._buckets.pop(key, None)
            self._buckets[key] = (tokens - 1, now)
        while len(self._buckets) > MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]

    def _filled(self, call: AwsCall, name: str, rate: Rate, now: float) -> float:
        tokens, since = self._buckets.get((call.account, call.region, name), (float(rate.burst), now))
        return min(float(rate.burst), tokens + (now - since) * rate.per_second)
