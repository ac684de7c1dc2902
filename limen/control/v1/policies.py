"""Resource policies as this API stores and answers them.

Developer guide, Controlling access to a REST API with API Gateway resource policies.
"""

from typing import Any

import orjson

from limen.aws.arn import new_arn
from limen.aws.errors import bad_request
from limen.control.call import Call

LONGEST = 8192
"""Characters."""
_SHORT = "execute-api:/"


def stored_policy(call: Call, api_id: str, text: str) -> str:
    """Checked, and with resources in their short form spelled out, as AWS saves it."""
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _invalid() from None
    if not isinstance(policy, dict) or not _is_policy(policy) or len(text) > LONGEST:
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


def _is_policy(policy: dict[str, Any]) -> bool:
    statements = _listed(policy.get("Statement"))
    return bool(statements) and all(_is_statement(statement) for statement in statements)


def _is_statement(statement: Any) -> bool:
    if not isinstance(statement, dict):
        return False
    has_parts = all(name in statement or f"Not{name}" in statement for name in ("Principal", "Action", "Resource"))
    return has_parts and statement.get("Effect") in ("Allow", "Deny")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _invalid() -> Exception:
    return bad_request("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")
