"""Documents of functions as the operations of this package find, list, change and answer them."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from uuid import uuid4

from limen.aws.arn import partition_of
from limen.aws.errors import AwsError
from limen.aws.pages import PageWords, parse_token, render_token
from limen.control.call import Call
from limen.control.functions.errors import function_not_found, invalid_parameter, not_of_qualifiers
from limen.control.functions.names import LATEST, FunctionId, is_version
from limen.store.documents import Document
from limen.store.errors import UnknownKeyError

FUNCTION = "Function"
VERSION = "FunctionVersion"
ALIAS = "FunctionAlias"
POLICY = "FunctionPolicy"
EVENT_INVOKE_CONFIG = "FunctionEventInvokeConfig"
LAYER = "Layer"
LAYER_VERSION = "LayerVersion"

PAGE = 50
"""Items that a list shows at most, whatever is asked for."""
WORDS = PageWords("MaxItems", "Marker")

_NOT_LISTED = frozenset(
    ("State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason", "RuntimeVersionConfig")
)
"""What lists leave out (API_ListFunctions)."""


def time_text(now: str) -> str:
    """As Lambda writes times: 2026-01-02T03:04:05.000+0000."""
    return now.removesuffix("Z") + ".000+0000"


def fresh_revision() -> str:
    return str(uuid4())


def find_function(call: Call, function: FunctionId) -> Document:
    """The document of the function itself."""
    document = call.documents.get(FUNCTION, call.scope, function.name)
    if document is None:
        raise function_not_found(function.arn)
    return document


def find_version(call: Call, function: FunctionId) -> Document:
    """The version that a qualifier leads to; `$LATEST` without one. An alias leads to the version it points to."""
    find_function(call, function)
    version = function.qualifier or LATEST
    if not is_version(version):
        alias = call.documents.get(ALIAS, function.parent, version)
        if alias is None:
            raise function_not_found(function.arn)
        version = alias["FunctionVersion"]
    document = call.documents.get(VERSION, function.parent, version)
    if document is None:
        raise function_not_found(function.arn)
    return document


def find_latest(call: Call, function: FunctionId) -> Document:
    """What updates change. A number is refused: a version is as it was published."""
    if function.qualifier not in (None, LATEST):
        find_version(call, function)
        raise not_of_qualifiers()
    return find_version(call, function)


def check_qualifier(call: Call, function: FunctionId) -> None:
    """That what settings are to be attached to is there."""
    find_version(call, function)


def put_version(call: Call, function: FunctionId, version: Document) -> None:
    call.documents.put(VERSION, function.parent, version["Version"], version)


def answer_version(version: Document, function: FunctionId) -> dict[str, Any]:
    """A configuration as it is answered; its ARN has the qualifier that it was asked for by."""
    shown = {name: value for name, value in version.items() if not name.startswith("_")}
    return shown | {"FunctionArn": function.arn, "RuntimeVersionConfig": _runtime_version(shown["Runtime"], function)}


def _runtime_version(runtime: str, function: FunctionId) -> dict[str, Any]:
    """AWS tells versions of runtimes apart by digests; here a runtime is the interpreter of this machine."""
    digest = sha256(runtime.encode()).hexdigest()
    return {"RuntimeVersionArn": f"arn:{partition_of(function.region)}:lambda:{function.region}::runtime:{digest}"}


def list_entry(version: Document, function: FunctionId) -> dict[str, Any]:
    shown = answer_version(version, function)
    return {name: value for name, value in shown.items() if name not in _NOT_LISTED}


def list_page(
    call: Call,
    noun: str,
    parent: str,
    members: dict[str, Any],
    is_wanted: Callable[[Document], bool] = lambda document: True,
) -> tuple[list[tuple[str, Document]], str | None]:
    """Keys and documents of a page in order of creation, and the marker of the next; costs what is looked at."""
    size = page_size(members)
    after, position = read_marker(members)
    shown: list[tuple[str, Document]] = []
    while True:
        found = _list_after(call, noun, parent, after)
        for key, document in found:
            if not is_wanted(document):
                continue
            if len(shown) == size:
                return shown, render_token(shown[-1][0], position + size)
            shown.append((key, document))
        if len(found) <= PAGE:
            return shown, None
        after = found[-1][0]


def page_size(members: dict[str, Any]) -> int:
    return min(int(members.get("MaxItems") or PAGE), PAGE)


def read_marker(members: dict[str, Any]) -> tuple[str | None, int]:
    """The key of what was shown last, None at the beginning, and how many came up to it."""
    marker = members.get("Marker")
    if not marker:
        return None, 0
    try:
        return parse_token(marker, WORDS)
    except AwsError as error:
        raise invalid_parameter(error.message) from None


def with_marker(answer: dict[str, Any], marker: str | None) -> dict[str, Any]:
    return answer if marker is None else {**answer, "NextMarker": marker}


def _list_after(call: Call, noun: str, parent: str, after: str | None) -> list[tuple[str, Document]]:
    try:
        return call.documents.list(noun, parent, after=after, limit=PAGE + 1)
    except UnknownKeyError:
        raise invalid_parameter("Invalid Marker specified") from None
