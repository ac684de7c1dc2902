"""Keys and plans as a worker knows them: found by digest, changed for the next request."""

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from limen.features.throttling.leases import Leasing
from limen.features.usage_plans import table
from limen.features.usage_plans.records import (
    ApiKeyRecord,
    PlanStageRecord,
    QuotaRecord,
    UsagePlanChanges,
    UsagePlanRecord,
    digest_of,
)
from limen.features.usage_plans.table import DigestMaker, UsagePlans

SCOPE = "000000000000/us-east-1"
PEPPER = b"p" * 32


def key(key_id: str = "k1", value: str = "a value of twenty chars", **more: Any) -> ApiKeyRecord:
    digest = digest_of(PEPPER, SCOPE, value.encode())
    return ApiKeyRecord(
        **{"id": key_id, "digest": digest, "scope": SCOPE, "is_enabled": True, "plan_ids": ("p1",), **more}
    )


def plan(plan_id: str = "p1", *stages: tuple[str, str], **more: Any) -> UsagePlanRecord:
    return UsagePlanRecord(plan_id, tuple(PlanStageRecord(*stage) for stage in stages or [("a", "s")]), **more)


def apply(plans: UsagePlans, *changes: UsagePlanChanges) -> None:
    async def all_apply() -> None:
        for change in changes:
            await plans.apply(change, PEPPER if change.is_whole else b"")

    asyncio.run(all_apply())


def make(*records: ApiKeyRecord | UsagePlanRecord) -> UsagePlans:
    plans = UsagePlans(Leasing(None))
    keys = [each for each in records if isinstance(each, ApiKeyRecord)]
    apply(plans, UsagePlanChanges(True, keys, [each for each in records if isinstance(each, UsagePlanRecord)]))
    return plans


def test_a_key_is_found_by_its_digest() -> None:
    plans = make(key(), plan())

    found = plans.find_key(digest_of(PEPPER, SCOPE, b"a value of twenty chars"))
    assert found is not None and found.id == "k1"
    assert plans.find_key(digest_of(PEPPER, "other/us-east-1", b"a value of twenty chars")) is None


def test_the_plan_is_the_one_that_opens_the_stage() -> None:
    plans = make(key(plan_ids=("gone", "p1", "p2")), plan("p1", ("a", "s")), plan("p2", ("a", "t"), ("b", "s")))
    first = key(plan_ids=("gone", "p1", "p2"))

    found = [plans.find_plan(first, *stage) for stage in (("a", "s"), ("a", "t"), ("b", "s"), ("b", "t"))]
    assert [each and each[0].id for each in found] == ["p1", "p2", "p2", None]


def test_changes_hold_for_the_next_request() -> None:
    plans = make(key(), plan())
    digest = key().digest
    apply(plans, UsagePlanChanges(False, [key(is_enabled=False)], []))
    changed = plans.find_key(digest)
    assert changed is not None and not changed.is_enabled

    apply(plans, UsagePlanChanges(False, [key(value="another value of twenty")], []))
    assert plans.find_key(digest) is None, "found by its new value alone"

    apply(plans, UsagePlanChanges(False, [], [], ["k1"], ["p1"]))
    assert plans.find_key(key(value="another value of twenty").digest) is None
    assert plans.find_plan(key(), "a", "s") is None


def test_everything_replaces_everything() -> None:
    plans = make(key(), plan())
    apply(plans, UsagePlanChanges(True, [key("k2", "second value of twenty")], [plan("p2")]))

    assert plans.find_key(key().digest) is None
    assert plans.find_plan(key(plan_ids=("p1",)), "a", "s") is None
    assert plans.find_plan(key(plan_ids=("p2",)), "a", "s") is not None


def test_many_keys_are_applied_while_requests_go_on(monkeypatch: Any) -> None:
    monkeypatch.setattr(table, "SLICE", 0.0)
    turns = 0

    async def play() -> None:
        nonlocal turns
        plans = UsagePlans(Leasing(None))
        many = [key(f"k{number}", f"value {number}") for number in range(2000)]
        applying = asyncio.ensure_future(plans.apply(UsagePlanChanges(True, many, [plan()]), PEPPER))
        while not applying.done():
            turns += 1
            await asyncio.sleep(0)
        assert plans.find_key(many[-1].digest) is many[-1]

    asyncio.run(play())
    assert turns > 5


def test_an_extended_quota_is_asked_about_again() -> None:
    leasing = Leasing(None)
    plans = UsagePlans(leasing)
    quota = QuotaRecord(10, "DAY", 0, 0)
    apply(plans, UsagePlanChanges(True, [key()], [plan(quota=quota)]))
    bucket = leasing.quota("p1", "k1", 10, "DAY", 0, 0)
    bucket.retry_at = float("inf")
    bucket.held = 1
    apply(plans, UsagePlanChanges(False, [key(extended=1)], []))

    assert leasing.quota("p1", "k1", 10, "DAY", 0, 0) is bucket
    assert bucket.retry_at == 0.0


@given(st.binary(max_size=200), st.text(st.characters(codec="utf-8"), max_size=40), st.binary(max_size=300))
def test_digests_are_those_of_the_records(pepper: bytes, scope: str, value: bytes) -> None:
    if pepper:
        assert DigestMaker(pepper, scope).digest(value) == digest_of(pepper, scope, value)
