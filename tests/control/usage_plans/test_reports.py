"""What is told to those who run the server, and what is found where counters and ledger differ."""

import asyncio
from datetime import date

import pytest

from limen.control.usage_plans.reports import (
    Asked,
    Difference,
    hour_text,
    read_used,
    rows_by_day,
    rows_by_method,
    verify_usage,
)
from limen.state.messages import LedgerPage, Used
from tests.support.counters import NOW, Counters

TODAY = date(2026, 9, 21)
HOUR = int(NOW) // 3600


@pytest.fixture
def names(control):
    """Ids by name: two plans, two keys that used some."""
    gold = control("CreateUsagePlan", name="gold", quota={"limit": 100, "period": "DAY"})["id"]
    control.patch("UpdateUsagePlan", ("add", "/productCode", "p1"), usageplanId=gold)
    free = control("CreateUsagePlan", name="free")["id"]
    ann, bob = (control("CreateApiKey", name=name, customerId=f"c-{name}")["id"] for name in ("ann", "bob"))
    for key_id in (ann, bob):
        control("CreateUsagePlanKey", usageplanId=gold, keyId=key_id, keyType="API_KEY")
    control.state.count(gold, ann, 5)
    control.state.count(gold, ann, 2, seconds_ago=7200, method="POST /pets")
    control.state.count(gold, bob, 1, seconds_ago=86400)
    control.state.count(free, "gone", 3)
    return {"gold": gold, "free": free, "ann": ann, "bob": bob}


def rows(control, asked, make):
    return [row for used in asyncio.run(read_used(control.store, control.state, asked)) for row in make(used)]


def test_days_are_told_by_key_with_what_is_left(control, names):
    asked = Asked(date(2026, 9, 20), TODAY)
    told = rows(control, asked, lambda used: rows_by_day(used, asked))
    shown = {(row["plan"], row["key"] or row["keyId"], row["day"]): (row["used"], row["remaining"]) for row in told}
    assert shown == {
        ("gold", "ann", "2026-09-21"): (7, 93),
        ("gold", "bob", "2026-09-20"): (1, 99),
        ("free", "gone", "2026-09-21"): (3, None),
    }


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({"plan": "gold"}, {"ann"}),
        ({"plan": "free"}, {None}),
        ({"key": "ann"}, {"ann"}),
        ({"key": "nobody"}, set()),
        ({"region": "eu-west-1"}, set()),
        ({"region": "us-east-1", "plan": "gold"}, {"ann"}),
    ],
)
def test_plans_and_keys_are_chosen_by_name_or_id(control, names, question, found):
    asked = Asked(TODAY, TODAY, **question)
    assert {row["key"] for row in rows(control, asked, lambda used: rows_by_day(used, asked))} == found
    by_id = Asked(TODAY, TODAY, **{name: names.get(value, value) for name, value in question.items()})
    assert {row["key"] for row in rows(control, by_id, lambda used: rows_by_day(used, by_id))} == found


def test_bills_are_made_of_rows_by_method(control, names):
    asked = Asked(TODAY, TODAY, plan="gold")
    told = rows(control, asked, lambda used: rows_by_method(used, asked, by_hour=True))
    assert [(row["method"], row["time"], row["calls"]) for row in told] == [
        ("GET /pets", "2026-09-21T14", 5),
        ("POST /pets", "2026-09-21T12", 2),
    ]
    assert told[0] | {"calls": 0} == {
        "planId": names["gold"],
        "plan": "gold",
        "productCode": "p1",
        "keyId": names["ann"],
        "key": "ann",
        "customerId": "c-ann",
        "apiId": "api",
        "stage": "prod",
        "method": "GET /pets",
        "time": "2026-09-21T14",
        "calls": 0,
    }
    by_day = rows(control, asked, lambda used: rows_by_method(used, asked, by_hour=False))
    assert [row["time"] for row in by_day] == ["2026-09-21", "2026-09-21"]


def test_counters_that_agree_with_the_ledger_are_fine(control, names):
    verified = asyncio.run(verify_usage(control.state, [names["gold"]], (HOUR - 24, HOUR)))
    assert (verified.calls, verified.calls_of_gone_plans, verified.differences) == (8, 3, [])


class Torn(Counters):
    """Its ledger has lost a call of one plan and gained one of another."""

    async def ledger(self, question):
        page = await super().ledger(question)
        changed = {"less": -1, "more": 1, "same": 0}
        entries = [Used(*self._members(each), each.calls + changed[each.plan_id]) for each in page.entries]
        return LedgerPage(entries, page.position)

    def _members(self, used):
        return (used.plan_id, used.key_id, used.api_id, used.stage_name, used.method, used.minute)


def test_a_difference_is_named():
    state = Torn()
    for plan_id in ("less", "more", "same"):
        state.count(plan_id, "key1", 5)
    verified = asyncio.run(verify_usage(state, ["less", "more", "same"], (HOUR, HOUR)))
    place = ("key1", "api", "prod", "GET /pets", hour_text(HOUR))
    assert verified.differences == [Difference("less", *place, 5, 4), Difference("more", *place, 5, 6)]


def test_what_is_counted_meanwhile_is_no_difference():
    class Busy(Counters):
        async def ledger(self, question):
            self.count("plan1", "key1", 1)
            return await super().ledger(question)

    state = Busy()
    state.count("plan1", "key1", 5)
    assert asyncio.run(verify_usage(state, ["plan1"], (HOUR, HOUR))).differences == []
