"""Aliases: names that point to a version, or share invocations among two of them by weight."""

from typing import Any

from limen.control.call import Call
from limen.control.functions.configuration import check_revision
from limen.control.functions.documents import (
    ALIAS,
    EVENT_INVOKE_CONFIG,
    POLICY,
    VERSION,
    find_function,
    fresh_revision,
    list_page,
    with_marker,
)
from limen.control.functions.errors import conflict, function_not_found, invalid_parameter, not_found
from limen.control.functions.names import LATEST, FunctionId, is_version, read_function_id
from limen.store.documents import Document


def create_alias(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function, name = _find_owner(call, members), members["Name"]
    if call.documents.get(ALIAS, function.parent, name) is not None:
        raise conflict(f"Alias already exists: {function.arn_of(name)}")
    alias = {"AliasArn": function.arn_of(name), "Name": name, "Description": ""}
    return _store(call, function, _changed(call, function, alias, members))


def get_alias(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _find(call, _find_owner(call, members), members["Name"])


def list_aliases(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """All of a function, or those that point to one version."""
    function = _find_owner(call, members)
    version = members.get("FunctionVersion")
    found, marker = list_page(
        call, ALIAS, function.parent, members, lambda alias: version in (None, alias["FunctionVersion"])
    )
    return with_marker({"Aliases": [alias for _, alias in found]}, marker)


def update_alias(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = _find_owner(call, members)
    alias = _find(call, function, members["Name"])
    check_revision(alias, members)
    return _store(call, function, _changed(call, function, alias, members))


def delete_alias(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Its policy and its event-invoke configuration go with it; AWS answers 204 for one that is not there."""
    function = _find_owner(call, members)
    for noun in (ALIAS, POLICY, EVENT_INVOKE_CONFIG):
        call.documents.delete(noun, function.parent, members["Name"])
    return {}


def _find_owner(call: Call, members: dict[str, Any]) -> FunctionId:
    named = read_function_id(call, members["FunctionName"])
    function = FunctionId(named.account, named.region, named.name)
    find_function(call, function)
    return function


def _find(call: Call, function: FunctionId, name: str) -> Document:
    alias = None if is_version(name) else call.documents.get(ALIAS, function.parent, name)
    if alias is None:
        raise not_found(f"Cannot find alias arn: {function.arn_of(name)}")
    return alias


def _changed(call: Call, function: FunctionId, alias: Document, members: dict[str, Any]) -> Document:
    """What was not sent stays; a RoutingConfig without weights takes them away."""
    changed = dict(alias)
    if members.get("FunctionVersion") is not None:
        changed["FunctionVersion"] = _existing(call, function, members["FunctionVersion"])
    if members.get("Description") is not None:
        changed["Description"] = members["Description"]
    if members.get("RoutingConfig") is not None:
        weights = members["RoutingConfig"].get("AdditionalVersionWeights") or {}
        changed.pop("RoutingConfig", None)
        if weights:
            changed["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    _check_weights(call, function, changed)
    return changed


def _check_weights(call: Call, function: FunctionId, alias: Document) -> None:
    weights: dict[str, float] = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    if not weights:
        return
    main = alias["FunctionVersion"]
    if len(weights) > 1:
        raise invalid_parameter("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if LATEST in (main, *weights):
        raise invalid_parameter("$LATEST is not supported for an alias pointing to more than 1 version")
    if main in weights:
        raise invalid_parameter(
            f"Invalid function version {main}. Function version {main} is already included in routing configuration."
        )
    for version in weights:
        _existing(call, function, version)


def _existing(call: Call, function: FunctionId, version: str) -> str:
    if call.documents.get(VERSION, function.parent, version) is None:
        raise function_not_found(function.arn_of(version))
    return version


def _store(call: Call, function: FunctionId, alias: Document) -> Document:
    stored = alias | {"RevisionId": fresh_revision()}
    call.documents.put(ALIAS, function.parent, alias["Name"], stored)
    return stored
