"""Published versions: what $LATEST was at a moment, never changed again."""

from hashlib import sha256
from typing import Any

import orjson

from limen.control.call import Call
from limen.control.functions.configuration import check_revision
from limen.control.functions.documents import (
    FUNCTION,
    VERSION,
    answer_version,
    find_function,
    find_latest,
    fresh_revision,
    list_entry,
    list_page,
    put_version,
    time_text,
    with_marker,
)
from limen.control.functions.errors import invalid_parameter
from limen.control.functions.names import FunctionId, read_function_id
from limen.store.documents import Document

_OF_A_REVISION = frozenset({"Description", "LastModified", "RevisionId", "State", "LastUpdateStatus"})
"""What a version has of its own, so that a difference in it makes no new version."""


def publish_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = read_function_id(call, members["FunctionName"])
    latest = find_latest(call, function)
    if members.get("PublishTo"):
        raise invalid_parameter("Limen does not run functions with PublishTo")
    check_revision(latest, members)
    wanted = members.get("CodeSha256")
    if wanted and wanted != latest["CodeSha256"]:
        raise invalid_parameter(
            f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({latest['CodeSha256']}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
    version = publish(call, function, latest, members.get("Description"))
    return answer_version(version, _qualified(function, version["Version"]))


def list_versions_by_function(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = read_function_id(call, members["FunctionName"])
    find_function(call, function)
    found, marker = list_page(call, VERSION, function.parent, members)
    entries = [list_entry(document, _qualified(function, version)) for version, document in found]
    return with_marker({"Versions": entries}, marker)


def publish(call: Call, function: FunctionId, latest: Document, description: str | None = None) -> Document:
    """The next version, or the last one where $LATEST is still what it was then."""
    document = find_function(call, function)
    content = _digest(latest)
    last = call.documents.get(VERSION, function.parent, str(document["_lastVersion"]))
    if last is not None and last["_source"] == content:
        return last
    number = document["_lastVersion"] + 1
    call.documents.put(FUNCTION, call.scope, function.name, document | {"_lastVersion": number})
    version = {
        **latest,
        "Version": str(number),
        "FunctionArn": function.arn_of(str(number)),
        "Description": latest["Description"] if description is None else description,
        "LastModified": time_text(call.now),
        "RevisionId": fresh_revision(),
        "_source": content,
    }
    put_version(call, function, version)
    return version


def _digest(latest: Document) -> str:
    content = {name: value for name, value in latest.items() if name not in _OF_A_REVISION}
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _qualified(function: FunctionId, version: str) -> FunctionId:
    return FunctionId(function.account, function.region, function.name, version)
