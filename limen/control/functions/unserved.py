"""What tools ask for while they look after a function, of features that Limen does not have: the answer is none."""

from typing import Any

from limen.control.call import Call
from limen.control.functions.documents import find_function, find_version
from limen.control.functions.errors import no_provisioned_concurrency, nothing_there
from limen.control.functions.names import read_function_id


def get_function_code_signing_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """As AWS answers for a function whose code nobody signs."""
    function = read_function_id(call, members["FunctionName"])
    find_function(call, function)
    return {"CodeSigningConfigArn": "", "FunctionName": function.name}


def list_event_source_mappings(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"EventSourceMappings": []}


def get_function_url_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find_version(call, read_function_id(call, members["FunctionName"], members.get("Qualifier")))
    raise nothing_there()


def list_function_url_configs(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find_function(call, read_function_id(call, members["FunctionName"]))
    return {"FunctionUrlConfigs": []}


def list_provisioned_concurrency_configs(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find_function(call, read_function_id(call, members["FunctionName"]))
    return {"ProvisionedConcurrencyConfigs": []}


def get_event_source_mapping(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    raise nothing_there()


def list_code_signing_configs(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return {"CodeSigningConfigs": []}


def get_provisioned_concurrency_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find_version(call, read_function_id(call, members["FunctionName"], members["Qualifier"]))
    raise no_provisioned_concurrency()


def get_runtime_management_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """A runtime is the interpreter of this machine, whichever it is by now."""
    function = read_function_id(call, members["FunctionName"], members.get("Qualifier"))
    find_version(call, function)
    return {"UpdateRuntimeOn": "Auto", "FunctionArn": function.arn}


def get_function_recursion_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Limen does not look for loops."""
    find_function(call, read_function_id(call, members["FunctionName"]))
    return {"RecursiveLoop": "Allow"}
