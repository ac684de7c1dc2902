"""Usage plans: which stages a caller's API key opens, how fast and how often."""

from typing import Any

import msgspec
from msgspec import Struct

from limen.aws.errors import AwsError, bad_request, not_found
from limen.aws.pages import V1, page
from limen.aws.patch import (
    ADD,
    ALL,
    LISTING,
    REMOVE,
    REPLACE,
    Edit,
    Member,
    PatchPath,
    PatchPaths,
    Wording,
    any_text,
    enum,
    filled_text,
    integer,
    number,
    text,
)
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.tags import checked_tags
from limen.control.usage_plans.documents import GONE_PLAN
from limen.control.v1 import quotas, usage_plan_keys
from limen.control.v1.documents import answer_page, find, items
from limen.state.messages import DAY, HOUR, MONTH, WEEK
from limen.store.documents import Document

MEMBERS = ("name", "description", "apiStages", "throttle", "quota")
PERIODS = (HOUR, DAY, WEEK, MONTH)
"""AWS has no hours."""
MOST = 2**31 - 1

NO_STAGE = "Invalid API Stage specified"


def create_usage_plan(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    quotas.check_room_in_account(call, "UsagePlan")
    plan: Document = {
        "id": fresh_id(call, "UsagePlan", call.scope),
        "apiStages": [],
        **given(members, MEMBERS),
    }
    if tags := checked_tags(members):
        plan["tags"] = tags
    return answer(_store(call, plan, {"apiStages": []}))


def get_usage_plan(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_usage_plans(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    if not members.get("keyId"):
        return answer_page(call, "UsagePlan", call.scope, members)
    key = call.documents.get("ApiKey", call.scope, members["keyId"])
    plans = [(plan["id"], plan) for plan in (usage_plan_keys.plans_of(call, key) if key is not None else ())]
    shown, position = page(plans, members.get("limit"), members.get("position"), V1)
    return items([answer(plan) for plan in shown], position)


def update_usage_plan(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    plan = _find(call, members)
    changed = PATCH_PATHS.apply(plan, members.get("patchOperations"))
    return answer(_store(call, changed, plan))


def replace_usage_plan(call: Call, plan_id: str, members: dict[str, Any]) -> Document:
    """Sets all that CreateUsagePlan takes, and unsets what is not given."""
    before = find(call, "UsagePlan", call.scope, plan_id)
    kept = {name: value for name, value in before.items() if name not in (*MEMBERS, "tags")}
    plan: Document = {**kept, "apiStages": [], **given(members, MEMBERS)}
    if tags := checked_tags(members):
        plan["tags"] = tags
    return _store(call, plan, before)


def delete_usage_plan(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    plan = _find(call, members)
    if plan["apiStages"]:
        first = plan["apiStages"][0]
        raise bad_request(
            f"Cannot delete Usage Plan {plan['id']} because there are API Stages associated with it, including "
            f"{first['apiId']}:{first['stage']}"
        )
    call.documents.delete_children(usage_plan_keys.parent_of(plan["id"]))
    call.documents.delete("UsagePlan", call.scope, plan["id"])
    call.documents.put(GONE_PLAN, call.scope, plan["id"], {"id": plan["id"]})
    return {}


def forget_stages(call: Call, api_id: str, stage_name: str | None = None) -> None:
    """Takes a stage that goes, or all of an API, out of the plans that have it."""
    for plan_id, plan in call.documents.list("UsagePlan", call.scope):
        kept = [
            stage for stage in plan["apiStages"] if stage["apiId"] != api_id or stage_name not in (None, stage["stage"])
        ]
        if len(kept) < len(plan["apiStages"]):
            call.documents.put("UsagePlan", call.scope, plan_id, plan | {"apiStages": kept})


def _store(call: Call, plan: Document, before: Document) -> Document:
    if not plan.get("name"):
        raise bad_request("Usage Plan name cannot be empty")
    _check_limits(plan)
    known = {(stage["apiId"], stage["stage"]) for stage in before["apiStages"]}
    named = [(stage.get("apiId", ""), stage.get("stage", "")) for stage in plan["apiStages"]]
    for api_id, stage_name in named:
        if (api_id, stage_name) not in known:
            _check_named(call, plan, api_id, stage_name)
    if len(set(named)) < len(named):
        raise bad_request(f"{NO_STAGE}: a stage can be in a usage plan once")
    for stage in plan["apiStages"]:
        count = len(stage.get("throttle", {}))
        quotas.check_count(
            call, "throttled methods", "this stage of the usage plan", count, quotas.THROTTLED_METHODS_PER_STAGE
        )
    if not known.issuperset(named):
        usage_plan_keys.check_keys(call, plan)
    _note_quota(call, plan, before)
    call.documents.put("UsagePlan", call.scope, plan["id"], plan)
    return plan


def _check_limits(plan: Document) -> None:
    for throttle in (
        plan.get("throttle", {}),
        *(limits for stage in plan["apiStages"] for limits in stage.get("throttle", {}).values()),
    ):
        for name in ("burstLimit", "rateLimit"):
            if not 0 <= throttle.get(name, 0) <= MOST:
                raise bad_request(f"Invalid throttle {name} specified: it must be from 0 to {MOST}")
    quota = plan.get("quota")
    if quota is None:
        return
    if quota.get("limit", 0) <= 0:
        raise bad_request("Invalid quota specified: limit must be greater than 0")
    if quota.get("period") not in PERIODS:
        raise bad_request(f"Invalid quota specified: period must be one of [{', '.join(PERIODS)}]")
    if not 0 <= quota.setdefault("offset", 0) <= quota["limit"]:
        raise bad_request("Invalid quota specified: offset must be from 0 to limit")


def _note_quota(call: Call, plan: Document, before: Document) -> None:
    """When its quota began: in that period alone its offset counts."""
    quota, old = plan.get("quota"), before.get("quota")
    if quota is None:
        plan.pop("_quotaBegan", None)
    elif old is None or any(quota[name] != old.get(name) for name in ("period", "offset")):
        plan["_quotaBegan"] = call.now


def check_stage(call: Call, api_id: str, stage_name: str) -> None:
    """What an API key or a usage plan names as a stage is there."""
    is_own = call.documents.get("RestApi", call.scope, api_id) is not None
    if not is_own or call.documents.get("Stage", api_id, stage_name) is None:
        raise not_found(f"API Stage not found: {api_id}:{stage_name}")


def _check_named(call: Call, plan: Document, api_id: str, stage_name: str) -> None:
    if not api_id or not stage_name:
        raise bad_request(_wrong_stage(plan, api_id, stage_name))
    check_stage(call, api_id, stage_name)


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find(call, "UsagePlan", call.scope, members["usageplanId"])


# --- patch paths


class _Stages:
    """The list of stages, each named by the value of an operation as API and stage with a colon."""

    def add(self, document: Document, edit: Edit, value: Any) -> None:
        api_id, stage_name = _split(edit)
        document["apiStages"].append({"apiId": api_id, "stage": stage_name})

    def remove(self, document: Document, edit: Edit) -> None:
        api_id, stage_name = _split(edit)
        found = _find_stage(document, api_id, stage_name)
        if found is None:
            raise _not_in_plan(document, api_id, stage_name)
        document["apiStages"].remove(found)

    def replace(self, document: Document, edit: Edit, value: Any) -> None:
        self.add(document, edit, value)


class _InStage:
    """A member of one stage of the plan, the one that the path names."""

    def __init__(self, *at: str) -> None:
        self.member = Member(at)

    def add(self, document: Document, edit: Edit, value: Any) -> None:
        self.member.add(self._stage(document, edit), edit, value)

    def remove(self, document: Document, edit: Edit) -> None:
        self.member.remove(self._stage(document, edit), edit)

    def replace(self, document: Document, edit: Edit, value: Any) -> None:
        self.add(document, edit, value)

    def _stage(self, document: Document, edit: Edit) -> Document:
        api_id, _, stage_name = edit.variables["stage"].partition(":")
        found = _find_stage(document, api_id, stage_name)
        if found is None:
            raise _not_in_plan(document, api_id, stage_name)
        return found


def _not_in_plan(plan: Document, api_id: str, stage_name: str) -> AwsError:
    return not_found(_wrong_stage(plan, api_id, stage_name))


def _wrong_stage(plan: Document, api_id: str, stage_name: str) -> str:
    return f"Invalid API Stage {{api: {api_id}, stage: {stage_name}}} specified for usageplan {plan['id']}"


def _split(edit: Edit) -> tuple[str, str]:
    parts = (edit.value or "").split(":")
    if len(parts) < 2:
        raise bad_request(NO_STAGE)
    return parts[0], parts[1]  # what comes behind them AWS leaves out (observed)


def _find_stage(plan: Document, api_id: str, stage_name: str) -> Document | None:
    return next(
        (stage for stage in plan["apiStages"] if (stage["apiId"], stage["stage"]) == (api_id, stage_name)), None
    )


class _Throttle(Struct, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    burst_limit: int | None = None
    rate_limit: float | None = None


def _limits_by_method(edit: Edit) -> dict[str, dict[str, float]]:
    """A JSON object of limits by method, such as `/pets/GET`."""
    try:
        limits = msgspec.json.decode(edit.value or "", type=dict[str, _Throttle])
    except msgspec.MsgspecError:
        raise bad_request(f"Invalid throttle specified: {edit.value}") from None
    return {method: msgspec.to_builtins(each) for method, each in limits.items()}


_STAGE = "/apiStages/{stage}/throttle"
_burst = integer(0, MOST, "Invalid throttle burst limit specified: {value}")
_rate = number(0, MOST, "Invalid throttle rate limit specified: {value}")


_SHOWN = {"{stage}": "<apidId:stageName>", "{method+}": "<resourcePath>/<httpMethod>"}
"""How AWS spells the variables of the paths."""


def _unknown_path(edit: Edit, templates: list[str]) -> str:
    message = LISTING.unknown_path(edit, templates)
    for variable, shown in _SHOWN.items():
        message = message.replace(variable, shown)
    return message


PATCH_PATHS = PatchPaths(
    [
        PatchPath("/apiStages", (ADD, REMOVE), any_text, _Stages()),
        PatchPath("/name", (REPLACE,), filled_text("Usage Plan name cannot be empty")),
        PatchPath("/description", (REPLACE,), any_text),
        PatchPath("/quota", (REMOVE,), text),
        PatchPath("/quota/limit", (ADD, REPLACE), integer(1, MOST, "Invalid quota limit specified: {value}")),
        PatchPath("/quota/offset", (ADD, REPLACE), integer(0, MOST, "Invalid quota offset specified: {value}")),
        PatchPath("/quota/period", (ADD, REPLACE), enum(PERIODS, "Invalid quota period specified: {value}")),
        PatchPath("/throttle", (REMOVE,), text),
        PatchPath("/throttle/burstLimit", (ADD, REPLACE), _burst),
        PatchPath("/throttle/rateLimit", (ADD, REPLACE), _rate),
        PatchPath("/productCode", ALL, text),
        PatchPath(
            f"{_STAGE}/{{method+}}/burstLimit", (ADD, REPLACE), _burst, _InStage("throttle", "{method}", "burstLimit")
        ),
        PatchPath(
            f"{_STAGE}/{{method+}}/rateLimit", (ADD, REPLACE), _rate, _InStage("throttle", "{method}", "rateLimit")
        ),
        PatchPath(f"{_STAGE}/{{method+}}", (REMOVE,), text, _InStage("throttle", "{method}")),
        PatchPath(_STAGE, ALL, _limits_by_method, _InStage("throttle")),
    ],
    Wording(unknown_path=_unknown_path, wrong_op=LISTING.wrong_op),
)
