"""What is said of limits: to whoever explains a request, and in execution logs."""

from typing import Any

from limen.features.throttling.bucket import ACCOUNT, METHOD, Bucket, Quota
from limen.gateway.exchange import Exchange
from limen.gateway.trace import Trace


def explain_limits(
    trace: Trace,
    buckets: tuple[Bucket, ...],
    waited: float,
    is_alone: bool,
    refused_by: Bucket | None = None,
    reason: str = "",
) -> None:
    """`waited`: seconds; `is_alone`: the shared state is away."""
    trace.note(
        "limits",
        outcome="admitted" if refused_by is None else "refused",
        refused_by=None if refused_by is None else refused_by.kind,
        reason=reason,
        limits=[_describe(bucket) for bucket in buckets],
        waited_ms=round(waited * 1000, 3),
        alone=is_alone,
    )


def _describe(bucket: Bucket) -> dict[str, Any]:
    described: dict[str, Any] = {"limit": bucket.kind, "name": bucket.name}
    if isinstance(bucket, Quota):
        described |= {"quota": bucket.burst, "period": bucket.period}
    else:
        described |= {"rate": bucket.rate, "burst": bucket.burst}
    return described | {"in_hand": bucket.tokens, "level": bucket.level()}


def tell_refusal(exchange: Exchange, bucket: Bucket) -> str:
    """As execution logs of API Gateway have it (AWS's knowledge center on 429 of API Gateway)."""
    stage, use = exchange.stage, exchange.key_use
    if isinstance(bucket, Quota):
        return (
            f"Key quota exhausted for Usage Plan ID {bucket.plan_id}. "
            f"Quota Limit: {bucket.burst} Period: {bucket.period}"
        )
    limit = f"Limit: {bucket.rate:.2f} Burst: {bucket.burst}"
    where = (
        f"RestApi {stage.api_id}, Stage {stage.name}, Resource {exchange.plan.resource_id}, "
        f"HttpMethod {exchange.plan.http_method}"
    )
    if bucket.kind == ACCOUNT:
        return f"Account throttle limit exceeded. {limit}"
    if bucket.kind == METHOD or use is None:
        return f"Method throttle limit exceeded for {where}. {limit}"
    return f"Key throttle limit exceeded for Usage Plan ID {use.plan_id}, {where}. {limit}"
