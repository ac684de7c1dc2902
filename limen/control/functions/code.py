"""The code of functions: changed by UpdateFunctionCode, given out by GetFunction."""

from typing import Any

from limen.control.call import Answer, Call
from limen.control.functions.configuration import REFUSED, check_revision, store_changed
from limen.control.functions.documents import answer_version, find_latest
from limen.control.functions.errors import invalid_parameter
from limen.control.functions.names import FunctionId, read_function_id
from limen.control.functions.uploads import LOCAL_DIRECTORY, Upload, keep_upload, with_upload
from limen.control.functions.versions import publish
from limen.store.documents import Document


def update_function_code(call: Call, members: dict[str, Any]) -> Answer:
    """With DryRun all is checked, and what would be is answered."""
    _find_unchanged(call, members)
    refused = [name for name in REFUSED if members.get(name)]
    if refused:
        raise invalid_parameter(f"Limen does not run functions with {', '.join(refused)}")
    return with_upload(call, members, lambda later, upload: _update(later, members, upload))


def _update(call: Call, members: dict[str, Any], upload: Upload) -> dict[str, Any]:
    function, version = _find_unchanged(call, members)
    changed = {**version, **upload.described}
    if members.get("Architectures"):
        changed["Architectures"] = members["Architectures"]
    if members.get("DryRun"):
        return answer_version(changed, function)
    keep_upload(call, upload)
    stored = store_changed(call, function, changed)
    if members.get("Publish"):
        number = publish(call, function, stored)
        return answer_version(number, FunctionId(function.account, function.region, function.name, number["Version"]))
    return answer_version(stored, function)


def _find_unchanged(call: Call, members: dict[str, Any]) -> tuple[FunctionId, Document]:
    """Raises where it is not the revision that the caller knows."""
    function = read_function_id(call, members["FunctionName"])
    version = find_latest(call, function)
    check_revision(version, members)
    return function, version


def code_location(call: Call, version: Document) -> dict[str, Any]:
    """A link to the zip file; of a live directory its path."""
    code = version["_code"]
    if "sha256" in code:
        return {"RepositoryType": "S3", "Location": call.settings.code_store.link(call.aws.host, code["sha256"])}
    return {"RepositoryType": LOCAL_DIRECTORY, "Location": f"file://{code['directory']}"}
