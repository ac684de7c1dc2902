"""The Query protocol of AWS, requests: a form whose Action names the operation; lists and maps by numbered names.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html. `Tags.member.1.Key=team&Tags.member.1.Value=web`.
"""

from collections.abc import Mapping
from typing import Any

from limen.aws.errors import AwsError
from limen.aws.parse import parse_text
from limen.aws.request import AwsRequest, query_parameters
from limen.aws.service_model import Operation, ServiceModel, Shape

MOST_PARAMETERS = 10_000
MOST_PARTS = 32
"""Of a name: deeper than any model nests."""

Tree = dict[str, Any]
"""A value at each leaf, a Tree at each part of a name that goes on."""
_VALUE = ""
"""Where a Tree has a value of its own: `Tags=` beside `Tags.member.1=`."""


def is_form(head: AwsRequest) -> bool:
    """Whether the client speaks this protocol, whichever service it means."""
    content_type = head.find_header("content-type") or ""
    return content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"


def find_action(request: AwsRequest) -> tuple[str, str]:
    """Action and Version of a call, empty where they are not given."""
    parameters = dict(_parameters(request))
    return parameters.get("Action", ""), parameters.get("Version", "")


def check_action(service: ServiceModel, action: str, version: str) -> None:
    """Refuses what the service does not have, in AWS's words."""
    if not action:
        raise AwsError("MissingAction", "Missing Action", 400)
    if action not in service.operation_names or version not in ("", service.api_version):
        told = version or service.api_version
        raise AwsError("InvalidAction", f"Could not find operation {action[:128]} for version {told[:64]}", 400)


def parse_query(operation: Operation, request: AwsRequest, _: Mapping[str, str]) -> dict[str, Any]:
    """The members of a call's input; parameters that the model does not know are left out."""
    if operation.input is None:
        return {}
    return _parse_structure(operation.input, _tree_of(_parameters(request)))


def _parameters(request: AwsRequest) -> list[tuple[str, str]]:
    """In the body, and in the query, where a presigned call has them whatever its method."""
    try:
        signed = [pair for pair in query_parameters(request.query) if not pair[0].startswith("X-Amz-")]
        pairs = [*signed, *query_parameters(request.body.decode("utf-8"))]
    except ValueError:
        raise _malformed("The parameters are not UTF-8") from None
    if len(pairs) > MOST_PARAMETERS:
        raise _malformed(f"There are more than {MOST_PARAMETERS} parameters")
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise _malformed(f"The parameter {twice[:128]} is given more than once")
    return pairs


def _tree_of(pairs: list[tuple[str, str]]) -> Tree:
    root: Tree = {}
    for name, value in pairs:
        parts = name.split(".")
        if len(parts) > MOST_PARTS:
            raise _malformed(f"The parameter {name[:128]} is too deep")
        node = root
        for part in parts:
            node = node.setdefault(part, {})
        node[_VALUE] = value
    return root


def _parse_structure(shape: Shape, tree: Tree) -> dict[str, Any]:
    members = {}
    for name, member in shape.members.items():
        node = tree.get(_flat_name(member.shape) or name) if member.shape.is_flattened else tree.get(name)
        if node is not None:
            members[name] = _parse(member.shape, node)
    return members


def _flat_name(shape: Shape) -> str | None:
    """The elements of a flattened list may have a name that stands in place of the member's."""
    return shape.element_name if shape.type == "list" else None


def _parse(shape: Shape, node: Tree) -> Any:
    if shape.type == "structure":
        return _parse_structure(shape, node)
    if shape.type == "list":
        return _parse_list(shape, node)
    if shape.type == "map":
        return _parse_map(shape, node)
    text = node.get(_VALUE)
    if not isinstance(text, str):
        raise AwsError("MalformedInput", "Unexpected complex element termination", 400)
    return parse_text(shape, text, "iso8601")


def _parse_list(shape: Shape, node: Tree) -> list[Any]:
    """An empty value is an empty list."""
    assert shape.element is not None
    elements = node if shape.is_flattened else node.get(shape.element_name or "member", {})
    return [_parse(shape.element, each) for each in _in_order(elements)]


def _parse_map(shape: Shape, node: Tree) -> dict[str, Any]:
    assert shape.element is not None
    assert shape.key is not None
    entries = node if shape.is_flattened else node.get("entry", {})
    values = {}
    for entry in _in_order(entries):
        key, value = entry.get(shape.key_name or "key", {}), entry.get(shape.element_name or "value", {})
        values[_parse(shape.key, key)] = _parse(shape.element, value)
    return values


def _in_order(elements: Tree) -> list[Tree]:
    """By their numbers, in which there may be gaps."""
    numbered = [(name, each) for name, each in elements.items() if name != _VALUE]
    if not all(name.isascii() and name.isdigit() and len(name) < 10 for name, _ in numbered):
        raise AwsError("MalformedInput", "Elements of lists and maps are numbered from 1", 400)
    return [each for _, each in sorted(numbered, key=lambda item: int(item[0]))]


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedQueryString", message, 400)
