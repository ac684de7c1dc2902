"""`RateLimit` and `RateLimit-Policy` response headers: how much a client may do, and what is left of it.

An extension, off by default. As draft-ietf-httpapi-ratelimit-headers-11 has them: lists of structured fields (RFC
9651), one item for each limit of the call: `q` its size, `w` the seconds in which it fills, `r` what is left, `t` the
seconds until all of it is there again. What is left is what this worker knows of.
"""

from math import ceil
from time import monotonic

from limen.features.throttling.admission import Admission
from limen.features.throttling.bucket import Bucket, Quota
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.route_plan import FailureResponse, Step
from limen.wire import Header

_SECONDS = {"HOUR": 3600, "DAY": 86_400, "WEEK": 604_800}
"""By period; a month has no fixed number of them, so that its policy tells none."""


def compile_limit_headers(admission: Admission) -> Step:
    """An outbound step."""

    def tell_limits(exchange: Exchange) -> None:
        if exchange.response is not None:
            exchange.response.headers += limit_headers(admission, exchange)

    return tell_limits


def compile_limit_failures(admission: Admission, answer: FailureResponse) -> FailureResponse:
    """The same for what the gateway answers itself, refusals by a limit first of all."""

    def answer_with_limits(exchange: Exchange, error: GatewayError) -> Response:
        response = answer(exchange, error)
        response.headers += limit_headers(admission, exchange)
        return response

    return answer_with_limits


def limit_headers(admission: Admission, exchange: Exchange) -> list[Header]:
    """None where nothing limits the call."""
    buckets = admission.limits_of(exchange).buckets
    if not buckets:
        return []
    now = monotonic()
    policies = ", ".join([_policy(bucket) for bucket in buckets])
    levels = ", ".join([_level(bucket, now) for bucket in buckets])
    return [
        (b"ratelimit-policy", b"RateLimit-Policy", policies.encode()),
        (b"ratelimit", b"RateLimit", levels.encode()),
    ]


def _policy(bucket: Bucket) -> str:
    window = None
    if isinstance(bucket, Quota):
        window = _SECONDS.get(bucket.period)
    elif bucket.rate > 0.0:
        window = max(1, ceil(bucket.burst / bucket.rate))
    return f'"{bucket.kind}";q={bucket.burst}' + ("" if window is None else f";w={window}")


def _level(bucket: Bucket, now: float) -> str:
    left = max(0, min(bucket.level(), bucket.burst))
    seconds = None
    if isinstance(bucket, Quota):
        seconds = ceil(bucket.period_ends - now) if bucket.period_ends > now else None
    elif bucket.rate > 0.0:
        seconds = ceil((bucket.burst - left) / bucket.rate)
    return f'"{bucket.kind}";r={left}' + ("" if seconds is None else f";t={seconds}")
