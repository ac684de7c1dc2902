"""A new key in place of another: for the same customer, in the same plans, with a value and an id of its own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from limen.control.call import Call
from limen.control.documents import answer
from limen.control.usage_plans.documents import EXPIRY, KEY, remove_key
from limen.control.v1.api_key_values import new_value
from limen.control.v1.api_keys import add_key
from limen.control.v1.documents import find
from limen.control.v1.usage_plan_keys import add_to_plan, plans_of

KEPT = ("name", "description", "enabled", "customerId", "stageKeys", "tags")


def rotate_key(call: Call, key_id: str, grace: float) -> dict[str, Any]:
    """The new key with its value. The old one is deleted, after `grace` seconds where there are any."""
    old = find(call, KEY, call.scope, key_id)
    value = new_value()
    new = add_key(call, value, {name: old[name] for name in KEPT if name in old})
    for plan in plans_of(call, old):
        new = add_to_plan(call, plan["id"], new["id"])
    if grace <= 0:
        remove_key(call.documents, call.scope, old)
    else:
        expires = later(call.now, grace)
        call.documents.put(KEY, call.scope, key_id, old | {"_expires": expires})
        call.documents.put(EXPIRY, call.scope, key_id, {"expires": expires})
    return answer(new) | {"value": value}


def later(time: str, seconds: float) -> str:
    """A time as documents have it."""
    moment = datetime.fromisoformat(time).astimezone(UTC) + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
