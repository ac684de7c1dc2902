"""From documents to the records by which workers admit calls: all of them when a worker starts, then what changed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from limen.control.usage_plans.documents import KEY, PLAN
from limen.control.usage_plans.values import KeyValues
from limen.features.usage_plans.records import (
    ApiKeyRecord,
    PlanStageRecord,
    QuotaRecord,
    ThrottleRecord,
    UsagePlanChanges,
    UsagePlanRecord,
)
from limen.store.documents import Document
from limen.store.reader import Reader


class UsagePlans:
    """What the publisher tells of keys and plans, of every account and region."""

    def __init__(self, values: KeyValues) -> None:
        self.pepper = values.pepper

    def changes(self, reader: Reader, since: int | None) -> UsagePlanChanges | None:
        """What differs from revision `since`, None where nothing does; everything where that is None.

        Costs what has changed: a key names its plans, so that a key in a plan is a change of that key.
        """
        if since is None:
            keys = [key_record(scope, key) for scope, _, key in reader.all(KEY)]
            return UsagePlanChanges(True, keys, [plan_record(plan) for _, _, plan in reader.all(PLAN)])
        touched = reader.changed_parents(since, reader.revision)
        scopes = {parent for noun, parent, _ in touched if noun in (KEY, PLAN)}
        changes = UsagePlanChanges(False, [], [], [], [])
        for scope in sorted(scopes):
            for noun, key, document in reader.changes(scope, since, reader.revision):
                _note(changes, scope, noun, key, document)
        return changes if any((changes.keys, changes.plans, changes.gone_keys, changes.gone_plans)) else None


def _note(changes: UsagePlanChanges, scope: str, noun: str, key: str, document: Document | None) -> None:
    if noun == KEY:
        if document is None:
            changes.gone_keys.append(key)
        else:
            changes.keys.append(key_record(scope, document))
    elif noun == PLAN:
        if document is None:
            changes.gone_plans.append(key)
        else:
            changes.plans.append(plan_record(document))


def key_record(scope: str, key: Document) -> ApiKeyRecord:
    return ApiKeyRecord(
        id=key["id"],
        digest=bytes.fromhex(key["_digest"]),
        scope=scope,
        is_enabled=key.get("enabled", False),
        plan_ids=tuple(key.get("_plans", ())),
        name=key.get("name", ""),
        customer_id=key.get("customerId", ""),
        extended=key.get("_extended", 0),
    )


def plan_record(plan: Document) -> UsagePlanRecord:
    return UsagePlanRecord(
        id=plan["id"],
        stages=tuple(_stage_records(plan["apiStages"])),
        throttle=_throttle_record(plan["throttle"]) if plan.get("throttle") else None,
        quota=quota_record(plan),
        product_code=plan.get("productCode", ""),
    )


def quota_record(plan: Document) -> QuotaRecord | None:
    quota = plan.get("quota")
    if not quota:
        return None
    began = plan.get("_quotaBegan")  # absent from plans that were stored before quotas were counted
    return QuotaRecord(
        quota["limit"], quota["period"], quota.get("offset", 0), 0 if began is None else seconds_of(began)
    )


def seconds_of(time: str) -> int:
    """Seconds since 1970 of a time as documents have it."""
    return int(datetime.fromisoformat(time).timestamp())


def _stage_records(stages: Iterable[dict[str, Any]]) -> Iterable[PlanStageRecord]:
    for stage in stages:
        methods = {method: _throttle_record(limits) for method, limits in stage.get("throttle", {}).items()}
        yield PlanStageRecord(stage["apiId"], stage["stage"], methods)


def _throttle_record(throttle: dict[str, Any]) -> ThrottleRecord:
    rate, burst = throttle.get("rateLimit"), throttle.get("burstLimit")
    return ThrottleRecord(None if rate is None else float(rate), burst)
