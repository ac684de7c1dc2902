"""Usage of API keys: requests counted by day and key, with what is left of a quota; counted by the shared state."""

import re
from datetime import date, timedelta
from typing import Any

from limen.aws.errors import bad_request, not_found
from limen.aws.patch import REPLACE, Edit, PatchPath, PatchPaths, Wording, integer
from limen.control.call import Answer, Call, Inquiry
from limen.control.usage_plans.records import quota_record
from limen.control.usage_plans.usage import Usage, ask_usage, daily, day_of, days_from, hours_of
from limen.control.v1.documents import UNKNOWN, find, list_page
from limen.control.v1.usage_plan_keys import parent_of
from limen.control.v1.usage_plans import MOST
from limen.state.interface import State
from limen.state.messages import Extension
from limen.store.documents import Document

LONGEST_SPAN = timedelta(days=90)


def _unknown_path(edit: Edit, templates: list[str]) -> str:
    """AWS lists the paths that the op takes, none where there is none (observed)."""
    return f"Invalid patch path  '{edit.path}' specified for op '{edit.op}'. Must be one of: [{', '.join(templates)}]"


PATCH_PATHS = PatchPaths(
    [PatchPath("/remaining", (REPLACE,), integer(0, MOST, "Invalid remaining quota specified: {value}"))],
    Wording(unknown_path=_unknown_path, wrong_op=lambda edit, _: _unknown_path(edit, [])),
)


def get_usage(call: Call, members: dict[str, Any]) -> Answer:
    """Of all keys that are in the plan, page by page, or of one that is or was."""
    plan = find(call, "UsagePlan", call.scope, members["usageplanId"])
    first, last = _read_date(members, "startDate"), _read_date(members, "endDate")
    if last < first:
        raise bad_request("Usage Plan: endDate must not be before startDate")
    if last - first > LONGEST_SPAN:
        raise bad_request(f"Usage Plan: the range of dates must not exceed {LONGEST_SPAN.days} days")
    days, quota, delay = days_from(first, last), quota_record(plan), call.settings.usage_delay
    shown, also, position = _keys(call, plan, members)

    def answer(_: Call, usage: Usage) -> Answer:
        key_ids = [*shown, *(key_id for key_id in also if usage.of_key(key_id))]
        values = {key_id: daily(days, quota, usage, key_id) for key_id in key_ids}
        told = _answer(plan["id"], first, last, values)
        return told if position is None else told | {"position": position}

    key_ids = [*shown, *also]
    if not key_ids:
        return _answer(plan["id"], first, last, {})
    return Inquiry(lambda state: ask_usage(state, plan["id"], key_ids, hours_of(days, quota), delay), answer)


def update_usage(call: Call, members: dict[str, Any]) -> Answer:
    """What is left of the current period of a quota."""
    plan, key_id = find(call, "UsagePlan", call.scope, members["usageplanId"]), members["keyId"]
    if call.documents.get("UsagePlanKey", parent_of(plan["id"]), key_id) is None:
        raise not_found(UNKNOWN["ApiKey"])
    quota = quota_record(plan)
    if quota is None:
        raise bad_request(f"Usage Plan {plan['id']} has no quota")
    remaining = PATCH_PATHS.apply({}, members.get("patchOperations")).get("remaining")

    async def extend(state: State) -> Usage:
        if remaining is not None:
            await state.extend(
                Extension(plan["id"], key_id, quota.limit, quota.period, quota.offset, quota.began, remaining)
            )
        # By the authority's clock, which is known when it has answered, today is one of these days.
        now = (await ask_usage(state, plan["id"], [key_id], (0, 0))).now
        return await ask_usage(state, plan["id"], [key_id], hours_of([day_of(now)], quota))

    def answer(later: Call, usage: Usage) -> Answer:
        if remaining is not None:
            _note_extension(later, key_id)
        today = day_of(usage.now)
        return _answer(plan["id"], today, today, {key_id: daily([today], quota, usage, key_id)})

    return Inquiry(extend, answer)


def _keys(call: Call, plan: Document, members: dict[str, Any]) -> tuple[list[str], list[str], str | None]:
    """Ids of keys that are shown, of those that are if they used anything, and where the next page begins."""
    wanted = members.get("keyId")
    if wanted is None:
        found, position = list_page(call, "UsagePlanKey", parent_of(plan["id"]), members)
        return [key["id"] for key in found], [], position
    is_in_plan = call.documents.get("UsagePlanKey", parent_of(plan["id"]), wanted) is not None
    return ([wanted], [], None) if is_in_plan else ([], [wanted], None)


def _note_extension(call: Call, key_id: str) -> None:
    """Tells the workers: one that knows the quota to be used up would refuse until its period ends."""
    key = call.documents.get("ApiKey", call.scope, key_id)
    if key is not None:
        call.documents.put("ApiKey", call.scope, key_id, key | {"_extended": key.get("_extended", 0) + 1})


def _answer(plan_id: str, first: date, last: date, values: dict[str, list[list[int]]]) -> dict[str, Any]:
    return {"usagePlanId": plan_id, "startDate": str(first), "endDate": str(last), "values": values}


def _read_date(members: dict[str, Any], name: str) -> date:
    value = members[name]
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise bad_request(f"Invalid {name} specified: {value}. It must have the form YYYY-MM-DD")
