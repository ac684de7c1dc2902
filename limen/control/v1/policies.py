"""Resource policies as this API stores and answers them.

Developer guide, Controlling access to a REST API with API Gateway resource policies.
"""

from typing import Any

import orjson

from limen.aws.arn import new_arn
from limen.aws.errors import bad_request
from limen.aws.policies.texts import as_list
from limen.control.call import Call
from limen.control.resource_policies import INVALID, LONGEST, SHORT_FORM, is_policy


def stored_policy(call: Call, api_id: str, text: str) -> str:
    """Checked, and with resources in their short form spelled out, as AWS saves it."""
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _invalid() from None
    if len(text) > LONGEST or not is_policy(policy):
        raise _invalid()
    prefix = str(new_arn("execute-api", call.aws.region, call.aws.account, f"{api_id}/"))
    has_short = False
    for statement in as_list(policy["Statement"]):
        for name in ("Resource", "NotResource"):
            if name in statement:
                whole = _spelled_out(statement[name], prefix)
                has_short = has_short or whole != statement[name]
                statement[name] = whole
    return orjson.dumps(policy).decode() if has_short else text


def answered_policy(policy: str) -> str:
    """Quotes and all escaped once more, as AWS answers it: clients unescape it."""
    return orjson.dumps(policy)[1:-1].decode()


def _spelled_out(resource: Any, prefix: str) -> Any:
    if isinstance(resource, list):
        return [_spelled_out(each, prefix) for each in resource]
    if isinstance(resource, str) and resource.startswith(SHORT_FORM):
        return prefix + resource.removeprefix(SHORT_FORM)
    return resource


def _invalid() -> Exception:
    return bad_request(INVALID)
