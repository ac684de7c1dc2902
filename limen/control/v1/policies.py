"""Resource policies as this API stores and answers them.

Developer guide, Controlling access to a REST API with API Gateway resource policies.
"""

from typing import Any

import orjson

from limen.aws.arn import new_arn
from limen.aws.errors import bad_request
from limen.aws.policies.policy import compile_policy
from limen.aws.policies.variables import OLD_VERSION, VERSION
from limen.control.call import Call

LONGEST = 8192
"""Characters."""
_SHORT = "execute-api:/"
_MEMBERS = frozenset({"Id", "Statement", "Version"})


def stored_policy(call: Call, api_id: str, text: str) -> str:
    """Checked, and with resources in their short form spelled out, as AWS saves it."""
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _invalid() from None
    if len(text) > LONGEST or not _is_policy(policy):
        raise _invalid()
    if _SHORT not in text:
        return text
    prefix = str(new_arn("execute-api", call.aws.region, call.aws.account, f"{api_id}/"))
    for statement in _listed(policy["Statement"]):
        for name in ("Resource", "NotResource"):
            if name in statement:
                statement[name] = _spelled_out(statement[name], prefix)
    return orjson.dumps(policy).decode()


def answered_policy(policy: str) -> str:
    """Quotes and all escaped once more, as AWS answers it: clients unescape it."""
    return orjson.dumps(policy)[1:-1].decode()


def _spelled_out(resource: Any, prefix: str) -> Any:
    if isinstance(resource, list):
        return [_spelled_out(each, prefix) for each in resource]
    if isinstance(resource, str) and resource.startswith(_SHORT):
        return prefix + resource.removeprefix(_SHORT)
    return resource


def _is_policy(policy: Any) -> bool:
    """Whether all of it means something. Condition keys are not among what is checked: AWS takes any."""
    if not isinstance(policy, dict) or policy.keys() - _MEMBERS or not _listed(policy.get("Statement")):
        return False
    return policy.get("Version", VERSION) in (VERSION, OLD_VERSION) and not compile_policy(policy).doubts


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _invalid() -> Exception:
    return bad_request("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
