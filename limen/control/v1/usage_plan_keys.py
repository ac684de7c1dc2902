"""Usage plan keys: which API keys are in a usage plan; name and value are read from the API key."""

from typing import Any

from limen.aws.errors import AwsError, bad_request, conflict, not_found
from limen.aws.pages import V1
from limen.control.call import Call
from limen.control.documents import search_page
from limen.control.v1 import quotas
from limen.control.v1.api_key_values import value_of
from limen.control.v1.documents import UNKNOWN, find, items
from limen.store.documents import Document


def create_usage_plan_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    if members["keyType"] != "API_KEY":
        raise bad_request(f"Invalid key type specified: {members['keyType']}. Must be one of [API_KEY]")
    key = add_to_plan(call, members["usageplanId"], members["keyId"])
    return _answer(call, key)


def get_usage_plan_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find(call, "UsagePlan", call.scope, members["usageplanId"])
    return _answer(call, _find(call, members))


def get_usage_plan_keys(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """`name` is what a name begins with; of a plan that is not there, AWS lists nothing."""
    plan_id, prefix = members["usageplanId"], members.get("name") or ""
    if call.documents.get("UsagePlan", call.scope, plan_id) is None:
        return items([], None)

    def read(after: str | None, limit: int) -> list[tuple[str, Document]]:
        listed = call.documents.list("UsagePlanKey", parent_of(plan_id), after, limit)
        return [(key_id, find(call, "ApiKey", call.scope, key_id)) for key_id, _ in listed]

    shown, position = search_page(read, lambda key: key.get("name", "").startswith(prefix), members, V1)
    return items([_answer(call, key) for key in shown], position)


def delete_usage_plan_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find(call, "UsagePlan", call.scope, members["usageplanId"])
    plan_id, key = members["usageplanId"], _find(call, members)
    call.documents.delete("UsagePlanKey", parent_of(plan_id), key["id"])
    _put_plans(call, key, [each for each in key["_plans"] if each != plan_id])
    return {}


def add_to_plan(call: Call, plan_id: str, key_id: str, *, may_be_there: bool = False) -> Document:
    """The API key; refused where another of its plans has a stage of this one: it would not be known which counts."""
    plan = find(call, "UsagePlan", call.scope, plan_id)
    key = find(call, "ApiKey", call.scope, key_id)
    if call.documents.get("UsagePlanKey", parent_of(plan_id), key_id) is not None:
        if may_be_there:
            return key
        raise conflict("Usage Plan Key already exists")
    others = plans_of(call, key)
    quotas.check_count(call, "usage plans", "this API key", len(others) + 1, quotas.PLANS_PER_KEY)
    for other in others:
        stage = _common_stage(plan, other)
        if stage is not None:
            raise _in_two_plans(key_id, stage, other)
    call.documents.put("UsagePlanKey", parent_of(plan_id), key_id, {"id": key_id, "type": "API_KEY"})
    return _put_plans(call, key, [*(other["id"] for other in others), plan_id])


def check_keys(call: Call, plan: Document) -> None:
    """As `add_to_plan` does, for all keys of a plan that has stages more."""
    key_ids = _ids_of(call, plan["id"])
    for other_id, other in call.documents.list("UsagePlan", call.scope) if key_ids else ():
        stage = _common_stage(plan, other)
        if stage is not None:
            taken = set(_ids_of(call, other_id))
            for key_id in key_ids:
                if key_id in taken:
                    raise _in_two_plans(key_id, stage, other)


def plans_of(call: Call, key: Document) -> list[Document]:
    """The usage plans that a key is in; what its document names beside them was deleted since."""
    plans = (call.documents.get("UsagePlan", call.scope, plan_id) for plan_id in key["_plans"])
    return [plan for plan in plans if plan is not None]


def parent_of(plan_id: str) -> str:
    return f"{plan_id}/keys"


def _put_plans(call: Call, key: Document, plan_ids: list[str]) -> Document:
    """A key names its plans: workers are told of the key alone, whatever else is in them."""
    changed = key | {"_plans": plan_ids}
    call.documents.put("ApiKey", call.scope, key["id"], changed)
    return changed


def _ids_of(call: Call, plan_id: str) -> list[str]:
    return [key_id for key_id, _ in call.documents.list("UsagePlanKey", parent_of(plan_id))]


def _common_stage(plan: Document, other: Document) -> Document | None:
    """One that both have; None for the plan itself."""
    stages = {(stage["apiId"], stage["stage"]) for stage in plan["apiStages"] if other["id"] != plan["id"]}
    return next((stage for stage in other["apiStages"] if (stage["apiId"], stage["stage"]) in stages), None)


def _in_two_plans(key_id: str, stage: Document, other: Document) -> AwsError:
    return conflict(
        f"API Key {key_id} cannot be subscribed to more than one usage plan of the API stage "
        f"{stage['apiId']}:{stage['stage']}: it is in the usage plan {other['id']}"
    )


def _answer(call: Call, key: Document) -> dict[str, Any]:
    shown = {"id": key["id"], "type": "API_KEY", "value": value_of(call, key)}
    return shown | ({"name": key["name"]} if "name" in key else {})


def _find(call: Call, members: dict[str, Any]) -> Document:
    if call.documents.get("UsagePlanKey", parent_of(members["usageplanId"]), members["keyId"]) is None:
        raise not_found(UNKNOWN["ApiKey"])
    return find(call, "ApiKey", call.scope, members["keyId"])
