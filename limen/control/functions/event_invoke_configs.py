"""How asynchronous invocations are repeated, and where their results go."""

from datetime import datetime
from typing import Any

from limen.control.call import Call
from limen.control.functions.documents import (
    EVENT_INVOKE_CONFIG,
    find_function,
    find_version,
    list_page,
    with_marker,
)
from limen.control.functions.errors import invalid_parameter, not_found
from limen.control.functions.names import LATEST, FunctionId, read_function_id
from limen.store.documents import Document

_SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


def put_function_event_invoke_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Whatever is not sent is taken away."""
    function = _find_owner(call, members)
    _check(function, members)
    return _store(call, function, {}, members)


def update_function_event_invoke_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = _find_owner(call, members)
    _check(function, members)
    return _store(call, function, _find(call, function), members)


def get_function_event_invoke_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _find(call, _find_owner(call, members))


def list_function_event_invoke_configs(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = _find_owner(call, members)
    found, marker = list_page(call, EVENT_INVOKE_CONFIG, function.parent, members)
    return with_marker({"FunctionEventInvokeConfigs": [config for _, config in found]}, marker)


def delete_function_event_invoke_config(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = _find_owner(call, members)
    _find(call, function)
    call.documents.delete(EVENT_INVOKE_CONFIG, function.parent, function.qualifier or LATEST)
    return {}


def _find_owner(call: Call, members: dict[str, Any]) -> FunctionId:
    function = read_function_id(call, members["FunctionName"], members.get("Qualifier"))
    find_function(call, function)
    if function.qualifier is not None:
        find_version(call, function)
    return FunctionId(function.account, function.region, function.name, function.qualifier or LATEST)


def _find(call: Call, function: FunctionId) -> Document:
    config = call.documents.get(EVENT_INVOKE_CONFIG, function.parent, function.qualifier or LATEST)
    if config is None:
        raise not_found(f"The function {function.arn} doesn't have an EventInvokeConfig")
    return config


def _check(function: FunctionId, members: dict[str, Any]) -> None:
    if all(members.get(name) is None for name in _SETTINGS):
        raise invalid_parameter("You must specify at least one of error handling or destination setting.")
    for each in (members.get("DestinationConfig") or {}).values():
        destination = each.get("Destination")
        if destination in (function.arn, function.unqualified_arn):
            raise invalid_parameter("You can't specify the function as a destination for itself.")


def _store(call: Call, function: FunctionId, config: Document, members: dict[str, Any]) -> Document:
    changed = {**config, **{name: members[name] for name in _SETTINGS if members.get(name) is not None}}
    stored: Document = {
        **changed,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}, **(changed.get("DestinationConfig") or {})},
        "FunctionArn": function.arn,
        "LastModified": int(datetime.fromisoformat(call.now).timestamp()),
    }
    call.documents.put(EVENT_INVOKE_CONFIG, function.parent, function.qualifier or LATEST, stored)
    return stored
