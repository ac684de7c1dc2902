"""What has to end, ends."""

import asyncio

from limen.control.usage_plans.records import seconds_of
from limen.control.usage_plans.rotation import rotate_key
from limen.control.usage_plans.sweeper import LONGEST_SLEEP, RETRY, UsagePlanSweeper


def sweeper_at(control, now):
    async def in_operations(function):
        return function()

    return UsagePlanSweeper(control.store, in_operations, control.state, lambda: now)


def test_a_rotated_key_ends_when_its_time_is_over(control):
    old = control("CreateApiKey", name="acme")
    new = control.run(lambda call: rotate_key(call, old["id"], 30))
    with control.store.reader() as reader:
        ends = seconds_of(reader.get("ApiKey", "000000000000/us-east-1", old["id"])["_expires"])

    def ids():
        return {key["id"] for key in control.items("GetApiKeys")}

    assert asyncio.run(sweeper_at(control, ends - 20).sweep()) == 20
    assert ids() == {old["id"], new["id"]}
    assert asyncio.run(sweeper_at(control, ends).sweep()) == LONGEST_SLEEP
    assert ids() == {new["id"]}


def test_counters_of_a_plan_that_is_gone_are_forgotten_once(control):
    plan_id = control("CreateUsagePlan", name="gold")["id"]
    control("DeleteUsagePlan", usageplanId=plan_id)
    control.state.is_away = True
    assert asyncio.run(sweeper_at(control, 0).sweep()) == RETRY
    control.state.is_away = False
    for _ in range(2):
        assert asyncio.run(sweeper_at(control, 0).sweep()) == LONGEST_SLEEP
    assert control.state.forgotten == [plan_id]


def test_a_commit_is_enough_to_begin(control):
    async def main():
        sweeper = sweeper_at(control, 0)
        sweeper.start()
        plan_id = await asyncio.to_thread(lambda: control("CreateUsagePlan", name="gold")["id"])
        await asyncio.to_thread(control, "DeleteUsagePlan", usageplanId=plan_id)
        async with asyncio.timeout(10):
            while control.state.forgotten != [plan_id]:
                await asyncio.sleep(0.01)
        await sweeper.stop()

    asyncio.run(main())
