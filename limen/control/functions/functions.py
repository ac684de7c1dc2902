"""Functions: made, found, listed, deleted."""

from collections.abc import Iterator
from typing import Any

from limen.aws.pages import render_token
from limen.control.call import Answer, Call
from limen.control.functions.code import code_location
from limen.control.functions.configuration import Change, apply_settings, default_settings, store_changed
from limen.control.functions.documents import (
    ALIAS,
    EVENT_INVOKE_CONFIG,
    FUNCTION,
    POLICY,
    VERSION,
    answer_version,
    find_function,
    find_version,
    list_entry,
    list_page,
    page_size,
    read_marker,
    with_marker,
)
from limen.control.functions.errors import conflict, invalid_parameter, validation
from limen.control.functions.names import LATEST, MOST_NAME, FunctionId, is_version, read_function_id
from limen.control.functions.tags import check_tags
from limen.control.functions.uploads import Upload, keep_upload, with_upload
from limen.control.functions.versions import publish
from limen.store.documents import Document


def create_function(call: Call, members: dict[str, Any]) -> Answer:
    _new_function_id(call, members["FunctionName"])
    _check_package(members)
    check_tags(members.get("Tags") or {})
    return with_upload(call, members["Code"], lambda later, upload: _create(later, members, upload))


def _create(call: Call, members: dict[str, Any], upload: Upload) -> dict[str, Any]:
    """Where the code was fetched, somebody else may have taken the name meanwhile."""
    function = _new_function_id(call, members["FunctionName"])
    tags = members.get("Tags") or {}
    blank = {
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Version": LATEST,
        "PackageType": "Zip",
        **default_settings(function),
        **upload.described,
    }
    version = apply_settings(call, blank, Change(function, members))
    keep_upload(call, upload)
    document: Document = {"FunctionName": function.name, "Tags": tags, "_region": call.aws.region, "_lastVersion": 0}
    call.documents.put(FUNCTION, call.scope, function.name, document)
    stored = store_changed(call, function, version)
    if members.get("Publish"):
        number = publish(call, function, stored)
        return answer_version(number, FunctionId(function.account, function.region, function.name, number["Version"]))
    return answer_version(stored, function)


def get_function(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = read_function_id(call, members["FunctionName"], members.get("Qualifier"))
    version = find_version(call, function)
    document = find_function(call, function)
    answer: dict[str, Any] = {
        "Configuration": answer_version(version, function),
        "Code": code_location(call, version),
    }
    if document["Tags"]:
        answer["Tags"] = document["Tags"]
    if "ReservedConcurrentExecutions" in document:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": document["ReservedConcurrentExecutions"]}
    return answer


def get_function_configuration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = read_function_id(call, members["FunctionName"], members.get("Qualifier"))
    return answer_version(find_version(call, function), function)


def list_functions(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    if members.get("FunctionVersion") == "ALL":
        return _list_all_versions(call, members)
    found, marker = list_page(call, FUNCTION, call.scope, members)
    functions = [FunctionId(call.aws.account, call.aws.region, name) for name, _ in found]
    entries = [list_entry(find_version(call, function), function) for function in functions]
    return with_marker({"Functions": entries}, marker)


def delete_function(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = read_function_id(call, members["FunctionName"], members.get("Qualifier"))
    find_function(call, function)
    if function.qualifier is not None:
        _delete_version(call, function, function.qualifier)
    else:
        call.documents.delete_children(function.parent)
        call.documents.delete(FUNCTION, call.scope, function.name)
    return {"StatusCode": 204}


def _new_function_id(call: Call, text: str) -> FunctionId:
    function = read_function_id(call, text)
    if function.qualifier is not None:
        raise invalid_parameter(f"The name of a new function cannot carry a qualifier: {function.qualifier}")
    if len(function.name) > MOST_NAME:
        raise validation(
            f"Value '{function.name}' at 'functionName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_NAME}"
        )
    if call.documents.get(FUNCTION, call.scope, function.name) is not None:
        raise conflict(f"Function already exist: {function.name}")
    return function


def _check_package(members: dict[str, Any]) -> None:
    if members.get("PackageType", "Zip") != "Zip":
        raise invalid_parameter("Limen runs functions without containers: PackageType Image is refused, use Zip")
    if not members.get("Runtime") or not members.get("Handler"):
        raise invalid_parameter(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )


def _delete_version(call: Call, function: FunctionId, version: str) -> None:
    if version == LATEST:
        raise invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
    if not is_version(version):
        raise invalid_parameter("Deletion of aliases is not currently supported.")
    find_version(call, function)
    users = [name for name, alias in call.documents.list(ALIAS, function.parent) if version in _versions_of(alias)]
    if users:
        raise conflict(f"Unable to delete version because the following aliases reference it: [{', '.join(users)}]")
    for noun in (VERSION, POLICY, EVENT_INVOKE_CONFIG):
        call.documents.delete(noun, function.parent, version)


def _versions_of(alias: Document) -> set[str]:
    return {alias["FunctionVersion"], *alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})}


def _list_all_versions(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Every version of every function, `$LATEST` before the numbers."""
    after, position = read_marker(members)
    size = page_size(members)
    shown: list[tuple[str, dict[str, Any]]] = []
    for key, entry in _versions_after(call, after):
        if len(shown) == size:
            token = render_token(shown[-1][0], position + size)
            return with_marker({"Functions": [each for _, each in shown]}, token)
        shown.append((key, entry))
    return {"Functions": [each for _, each in shown]}


def _versions_after(call: Call, after: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Key (`name:version`) and entry; functions before that of `after` are not read."""
    name, _, version = after.partition(":") if after is not None else ("", "", "")
    begun = [(name, version)] if after is not None else []
    listing = call.documents.list(FUNCTION, call.scope, after=name or None)
    for each, start in [*begun, *((key, None) for key, _ in listing)]:
        function = FunctionId(call.aws.account, call.aws.region, each)
        for number, document in call.documents.list(VERSION, function.parent, after=start):
            qualified = FunctionId(function.account, function.region, function.name, number)
            yield f"{each}:{number}", list_entry(document, qualified)
