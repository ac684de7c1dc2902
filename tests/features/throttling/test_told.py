"""What whoever looks is told of limits."""

from limen.features.throttling.bucket import ACCOUNT, METHOD, PLAN, Bucket, Limits, Quota
from limen.features.throttling.told import explain_limits, tell_refusal
from limen.features.usage_plans.journal import MethodUse
from limen.gateway.exchange import Exchange
from limen.gateway.trace import Trace
from tests.features.throttling.calls import STAGE, plan_of
from tests.support.exchanges import exchange


def called(*, keyed: bool = True) -> Exchange:
    made = exchange()
    made.stage = STAGE
    made.plan = plan_of(lambda _: None)
    made.key_use = MethodUse("k1", "nnpegc", "a", "s", "GET /", Limits(())) if keyed else None
    return made


def test_refusals_are_told_as_by_aws() -> None:
    """The texts of AWS's knowledge center; those of methods and accounts are made like them."""
    quota = Quota("quota/nnpegc/k1", "nnpegc", "k1", 500, "DAY", 0, 0)
    assert tell_refusal(called(), quota) == (
        "Key quota exhausted for Usage Plan ID nnpegc. Quota Limit: 500 Period: DAY"
    )
    assert tell_refusal(called(), Bucket("x", PLAN, 5.0, 10)) == (
        "Key throttle limit exceeded for Usage Plan ID nnpegc, RestApi a, Stage s, Resource abc123, HttpMethod GET. "
        "Limit: 5.00 Burst: 10"
    )
    assert tell_refusal(called(keyed=False), Bucket("x", METHOD, 5.0, 10)).startswith("Method throttle limit exceeded")
    assert tell_refusal(called(), Bucket("x", ACCOUNT, 5.0, 10)).startswith("Account throttle limit exceeded.")


def test_each_limit_tells_what_is_left() -> None:
    trace = Trace()
    quota = Quota("quota/p/k", "p", "k", 500, "DAY", 0, 0)
    quota.hear(3, 1, 0.0, 100, lapsed=True, now=0.0)
    explain_limits(trace, (quota, Bucket("x", PLAN, 5.0, 10)), 0.0015, False)

    assert trace.find("limits") == {
        "outcome": "admitted",
        "refused_by": None,
        "reason": "",
        "limits": [
            {"limit": "quota", "name": "quota/p/k", "quota": 500, "period": "DAY", "in_hand": 3, "level": 103},
            {"limit": "plan", "name": "x", "rate": 5.0, "burst": 10, "in_hand": 0, "level": 10},
        ],
        "waited_ms": 1.5,
        "alone": False,
    }
