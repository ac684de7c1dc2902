"""How many invocations of a function may run at once; what the account has in all."""

from typing import Any

from limen.control.call import Call
from limen.control.functions.documents import FUNCTION, VERSION, find_function
from limen.control.functions.errors import invalid_parameter, not_of_qualifiers
from limen.control.functions.names import FunctionId, read_function_id
from limen.control.functions.uploads import MOST_ZIPPED
from limen.functions.packages import MOST_UNZIPPED
from limen.store.documents import Document

ACCOUNT_CONCURRENCY = 1000
LEAST_UNRESERVED = 100
MOST_CODE = 80530636800
"""Bytes that AWS lets all functions of an account have in a region."""


def put_function_concurrency(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function, document = _find(call, members)
    reserved = members["ReservedConcurrentExecutions"]
    others = _reserved(call) - document.get("ReservedConcurrentExecutions", 0)
    if call.settings.quotas_enforced and ACCOUNT_CONCURRENCY - others - reserved < LEAST_UNRESERVED:
        raise invalid_parameter(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{LEAST_UNRESERVED}]."
        )
    changed = document | {"ReservedConcurrentExecutions": reserved}
    call.documents.put(FUNCTION, call.scope, function.name, changed)
    return {"ReservedConcurrentExecutions": reserved}


def get_function_concurrency(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Empty where nothing is reserved."""
    _, document = _find(call, members)
    return {name: value for name, value in document.items() if name == "ReservedConcurrentExecutions"}


def delete_function_concurrency(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function, document = _find(call, members)
    kept = {name: value for name, value in document.items() if name != "ReservedConcurrentExecutions"}
    call.documents.put(FUNCTION, call.scope, function.name, kept)
    return {}


def get_account_settings(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    names = [name for name, _ in call.documents.list(FUNCTION, call.scope)]
    sizes = [
        version["CodeSize"]
        for name in names
        for _, version in call.documents.list(VERSION, FunctionId(call.aws.account, call.aws.region, name).parent)
    ]
    return {
        "AccountLimit": {
            "TotalCodeSize": MOST_CODE,
            "CodeSizeUnzipped": MOST_UNZIPPED,
            "CodeSizeZipped": MOST_ZIPPED,
            "ConcurrentExecutions": ACCOUNT_CONCURRENCY,
            "UnreservedConcurrentExecutions": max(0, ACCOUNT_CONCURRENCY - _reserved(call)),
        },
        "AccountUsage": {"TotalCodeSize": sum(sizes), "FunctionCount": len(names)},
    }


def _reserved(call: Call) -> int:
    return sum(
        document.get("ReservedConcurrentExecutions", 0) for _, document in call.documents.list(FUNCTION, call.scope)
    )


def _find(call: Call, members: dict[str, Any]) -> tuple[FunctionId, Document]:
    function = read_function_id(call, members["FunctionName"])
    if function.qualifier is not None:
        raise not_of_qualifiers()
    return function, find_function(call, function)
