"""Who may invoke a function: AddPermission, RemovePermission, GetPolicy.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from typing import Any

from limen.control.call import Call
from limen.control.functions.configuration import check_revision
from limen.control.functions.documents import ALIAS, VERSION, find_function, find_version, fresh_revision
from limen.control.functions.errors import invalid_parameter, nothing_there
from limen.control.functions.names import LATEST, FunctionId, is_version, read_function_id
from limen.control.functions.policies import Owner, add_statement, answer_policy, read_principal, remove_statement
from limen.store.documents import Document

_GETTER = "GetPolicy"
_CONDITIONS = (
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
)
"""Member, operator and key, in the order in which AWS writes them."""


def add_permission(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = _find_owner(call, members)
    statement: Document = {
        "Sid": members["StatementId"],
        "Effect": "Allow",
        "Principal": read_principal(members["Principal"]),
        "Action": members["Action"],
        "Resource": function.arn,
    }
    if condition := _condition(members):
        statement["Condition"] = condition
    holder = _check_revision(call, function, members)
    added = add_statement(call, _owner(function), statement, {})
    _revise(call, function, holder)
    return {"Statement": added["Statement"]}


def remove_permission(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = _find_owner(call, members)
    holder = _check_revision(call, function, members)
    remove_statement(call, _owner(function), {"StatementId": members["StatementId"]})
    _revise(call, function, holder)
    return {}


def get_policy(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = _find_owner(call, members)
    policy = answer_policy(call, _owner(function))
    return policy | {"RevisionId": _holder(call, function)["RevisionId"]}


def _condition(members: dict[str, Any]) -> Document:
    condition: Document = {}
    for name, operator, key in _CONDITIONS:
        if members.get(name):
            condition.setdefault(operator, {})[key] = members[name]
    if members.get("InvokedViaFunctionUrl") is not None:
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": str(members["InvokedViaFunctionUrl"]).lower()}
    return condition


def _find_owner(call: Call, members: dict[str, Any]) -> FunctionId:
    """The function itself, or the version or alias that a qualifier names."""
    function = read_function_id(call, members["FunctionName"], members.get("Qualifier"))
    find_function(call, function)
    if function.qualifier == LATEST:
        raise invalid_parameter("We currently do not support adding policies for $LATEST.")
    if function.qualifier is not None:
        find_version(call, function)
    return function


# --- a policy's revision is that of the version or alias that has it


def _check_revision(call: Call, function: FunctionId, members: dict[str, Any]) -> Document:
    holder = _holder(call, function)
    check_revision(holder, members, _GETTER)
    return holder


def _holder(call: Call, function: FunctionId) -> Document:
    key = function.qualifier or LATEST
    alias = None if is_version(key) else call.documents.get(ALIAS, function.parent, key)
    return find_version(call, function) if alias is None else alias


def _revise(call: Call, function: FunctionId, holder: Document) -> None:
    key = function.qualifier or LATEST
    noun = VERSION if is_version(key) else ALIAS
    call.documents.put(noun, function.parent, key, holder | {"RevisionId": fresh_revision()})


def _owner(function: FunctionId) -> Owner:
    return Owner(function.parent, function.qualifier or LATEST, _GETTER, nothing_there)
