"""What workers are told of API keys and usage plans."""

import pytest

from limen.control.usage_plans.records import UsagePlans, seconds_of
from limen.features.usage_plans.records import PlanStageRecord, QuotaRecord, ThrottleRecord

VALUE = "a-value-of-twenty-characters-or-more"


class Told:
    """`told()` gives what changed since it was asked before."""

    def __init__(self, control) -> None:
        self.control = control
        self.source = UsagePlans(control.settings.key_values)
        self.revision = None

    def __call__(self):
        with self.control.store.reader() as reader:
            changes = self.source.changes(reader, self.revision)
            self.revision = reader.revision
        return changes


@pytest.fixture
def told(control):
    return Told(control)


def subscribe(control, plan_id, key_id):
    control("CreateUsagePlanKey", usageplanId=plan_id, keyId=key_id, keyType="API_KEY")


def test_a_worker_that_starts_is_told_everything(control, told):
    stage = control.deployed()
    throttle = {"/pets/GET": {"rateLimit": 1, "burstLimit": 2}, "//GET": {"burstLimit": 3}}
    plan = control(
        "CreateUsagePlan",
        name="gold",
        apiStages=[{"apiId": stage["restapi_id"], "stage": "prod", "throttle": throttle}],
        throttle={"rateLimit": 100.0, "burstLimit": 200},
        quota={"limit": 10, "offset": 3, "period": "HOUR"},
    )
    key = control("CreateApiKey", name="acme", customerId="c1", value=VALUE, enabled=True)
    subscribe(control, plan["id"], key["id"])

    changes = told()
    assert changes.is_whole
    (record,) = changes.keys
    assert record.digest.hex() == control.settings.key_values.digest("000000000000/us-east-1", VALUE)
    assert (record.id, record.plan_ids, record.is_enabled) == (key["id"], (plan["id"],), True)
    assert (record.scope, record.name, record.customer_id) == ("000000000000/us-east-1", "acme", "c1")
    (record,) = changes.plans
    methods = {"/pets/GET": ThrottleRecord(1.0, 2), "//GET": ThrottleRecord(None, 3)}
    assert record.stages == (PlanStageRecord(stage["restapi_id"], "prod", methods),)
    assert record.throttle == ThrottleRecord(100.0, 200)
    began = record.quota.began
    assert record.quota == QuotaRecord(10, "HOUR", 3, began) and began > 1_700_000_000


def test_after_that_it_is_told_what_changed(control, told):
    plan_id = control("CreateUsagePlan", name="gold")["id"]
    for name in ("ann", "bob"):
        control("CreateApiKey", name=name)
    told()
    assert told() is None
    ann = control.items("GetApiKeys", name="ann")[0]["id"]
    subscribe(control, plan_id, ann)

    changes = told()
    assert (changes.is_whole, changes.plans) == (False, [])
    assert [(record.id, record.plan_ids) for record in changes.keys] == [(ann, (plan_id,))]
    control("DeleteUsagePlanKey", usageplanId=plan_id, keyId=ann)
    assert [record.plan_ids for record in told().keys] == [()]
    control.patch("UpdateUsagePlan", ("add", "/productCode", "p1"), usageplanId=plan_id)
    assert [record.product_code for record in told().plans] == ["p1"]


def test_what_is_gone_is_told_by_its_id(control, told):
    plan_id, key_id = control("CreateUsagePlan", name="gold")["id"], control("CreateApiKey")["id"]
    subscribe(control, plan_id, key_id)
    told()
    control("DeleteUsagePlan", usageplanId=plan_id)
    changes = told()
    assert (changes.gone_plans, changes.keys) == ([plan_id], [])
    control("DeleteApiKey", api_Key=key_id)
    assert told().gone_keys == [key_id]


def test_a_stage_that_goes_leaves_its_plans(control, told):
    stage = control.deployed()
    control("CreateUsagePlan", name="gold", apiStages=[{"apiId": stage["restapi_id"], "stage": "prod"}])
    told()
    control("DeleteStage", **stage)
    assert [record.stages for record in told().plans] == [()]


def test_an_offset_counts_from_when_it_was_set(control, told):
    plan_id = control("CreateUsagePlan", name="gold", quota={"limit": 10, "period": "DAY"})["id"]
    first = told().plans[0].quota.began
    with control.store.transaction() as documents:
        plan = documents.get("UsagePlan", "000000000000/us-east-1", plan_id)
        documents.put("UsagePlan", "000000000000/us-east-1", plan_id, plan | {"_quotaBegan": "2020-01-01T00:00:00Z"})
    named = {"usageplanId": plan_id}
    control.patch("UpdateUsagePlan", ("replace", "/quota/limit", "20"), **named)
    assert told().plans[0].quota.began == seconds_of("2020-01-01T00:00:00Z") == 1577836800
    control.patch("UpdateUsagePlan", ("replace", "/quota/offset", "2"), **named)
    assert told().plans[0].quota.began >= first
    assert "_quotaBegan" not in control("GetUsagePlan", **named)
