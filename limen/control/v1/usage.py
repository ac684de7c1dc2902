"""Usage of API keys: requests counted by day and key, with what is left of a quota.

Nothing is counted here: a day has a row where UpdateUsage gave a key more or less than its quota.
"""

import re
from datetime import date, timedelta
from typing import Any

from limen.aws.errors import bad_request, not_found
from limen.aws.pages import V1, page
from limen.aws.patch import PLAIN, REPLACE, PatchPath, PatchPaths, integer
from limen.control.call import Call
from limen.control.v1.documents import UNKNOWN, find
from limen.control.v1.usage_plan_keys import parent_of
from limen.control.v1.usage_plans import MOST, usage_parent
from limen.store.documents import Document

LONGEST_SPAN = timedelta(days=90)

PATCH_PATHS = PatchPaths(
    [PatchPath("/remaining", (REPLACE,), integer(0, MOST, "Invalid remaining quota specified: {value}"))], PLAIN
)


def get_usage(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    plan = find(call, "UsagePlan", call.scope, members["usageplanId"])
    first, last = _read_date(members, "startDate"), _read_date(members, "endDate")
    if last < first:
        raise bad_request("Usage Plan: endDate must not be before startDate")
    if last - first > LONGEST_SPAN:
        raise bad_request(f"Usage Plan: the range of dates must not exceed {LONGEST_SPAN.days} days")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    wanted = members.get("keyId")
    stored = call.documents.list("Usage", usage_parent(plan["id"]))
    found = [(key_id, usage) for key_id, usage in stored if wanted in (None, key_id)]
    shown, position = page(found, members.get("limit"), members.get("position"), V1)
    values = {usage["keyId"]: _rows(usage, days, plan["quota"]) for usage in shown} if "quota" in plan else {}
    answer = _answer(plan["id"], str(first), str(last), values)
    return answer if position is None else answer | {"position": position}


def update_usage(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """What is left of today's quota period."""
    plan, key_id, today = find(call, "UsagePlan", call.scope, members["usageplanId"]), members["keyId"], call.now[:10]
    if call.documents.get("UsagePlanKey", parent_of(plan["id"]), key_id) is None:
        raise not_found(UNKNOWN["ApiKey"])
    if "quota" not in plan:
        raise bad_request(f"Usage Plan {plan['id']} has no quota")
    changed = PATCH_PATHS.apply({}, members.get("patchOperations"))
    parent = usage_parent(plan["id"])
    usage = call.documents.get("Usage", parent, key_id) or {"keyId": key_id, "days": {}}
    if "remaining" in changed:
        usage["days"][today] = [0, changed["remaining"]]
        call.documents.put("Usage", parent, key_id, usage)
    row = usage["days"].get(today, [0, plan["quota"]["limit"]])
    return _answer(plan["id"], today, today, {key_id: [row]})


def _rows(usage: Document, days: list[date], quota: Document) -> list[list[int]]:
    """Used and left on each of `days`; what was given by hand holds to the end of its period."""
    given_in = {_period(date.fromisoformat(day), quota["period"]): row for day, row in sorted(usage["days"].items())}
    return [given_in.get(_period(day, quota["period"]), [0, quota["limit"]]) for day in days]


def _period(day: date, period: str) -> tuple[int, ...]:
    if period == "MONTH":
        return day.year, day.month
    return day.isocalendar()[:2] if period == "WEEK" else (day.toordinal(),)


def _answer(plan_id: str, first: str, last: str, values: dict[str, list[list[int]]]) -> dict[str, Any]:
    return {"usagePlanId": plan_id, "startDate": first, "endDate": last, "values": values}


def _read_date(members: dict[str, Any], name: str) -> date:
    value = members[name]
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise bad_request(f"Invalid {name} specified: {value}. It must have the form YYYY-MM-DD")
