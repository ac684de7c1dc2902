"""RateLimit and RateLimit-Policy, where somebody asked for them."""

from limen.features.metrics.counting import Series
from limen.features.throttling.admission import Admission
from limen.features.throttling.bucket import METHOD, Bucket, Limits, Quota
from limen.features.throttling.headers import compile_limit_failures, compile_limit_headers, limit_headers
from limen.features.throttling.leases import Leasing
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Response
from limen.gateway.rest_errors import QUOTA_EXCEEDED, THROTTLED
from limen.gateway.rest_failures import answer_rest_failure
from tests.support.exchanges import exchange, header_map


def limited(*buckets: Bucket) -> Admission:
    return Admission(Limits(buckets), Leasing(None), Series(), THROTTLED, QUOTA_EXCEEDED, journal=None, is_open=True)


def test_each_limit_is_an_item_of_both() -> None:
    method = Bucket("m", METHOD, 10.0, 25)
    method.hear(5, 1, 0.0, 0, lapsed=True, now=0.0)
    quota = Quota("quota/p/k", "p", "k", 1000, "DAY", 0, 0)

    told = {lower.decode(): value.decode() for lower, _, value in limit_headers(limited(quota, method), exchange())}

    assert told == {
        "ratelimit-policy": '"quota";q=1000;w=86400, "method";q=25;w=3',
        "ratelimit": '"quota";r=1000, "method";r=5;t=2',
    }


def test_a_month_has_no_fixed_length() -> None:
    told = limit_headers(limited(Quota("q", "p", "k", 5, "MONTH", 0, 0)), exchange())

    assert told[0][2] == b'"quota";q=5'


def test_answers_and_refusals_tell_them() -> None:
    admission = limited(Bucket("m", METHOD, 10.0, 10))
    made = exchange()
    made.response = Response(200, [])
    compile_limit_headers(admission)(made)
    refused = compile_limit_failures(admission, answer_rest_failure)(exchange(), GatewayError(THROTTLED))

    assert header_map(made.response)["ratelimit"] == '"method";r=10;t=0'
    assert header_map(refused)["ratelimit-policy"] == '"method";q=10;w=1'


def test_where_nothing_limits_nothing_is_told() -> None:
    assert limit_headers(limited(), exchange()) == []
