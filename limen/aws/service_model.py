"""The models of AWS services: operations and shapes, read straight from the data files that botocore ships.

botocore's own loader and session are not imported: they take longer than Limen has for its first answer. Shapes are
built when an operation is first used.
"""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

_LENGTH_IN_NAME = re.compile(r"WithLengthBetween(\d+)And(\d+)(K?)$")
"""API Gateway v2 writes the limits of many strings in the names of their shapes only."""

_LONGER_THAN_NAMED = frozenset({("AccessLogSettings", "Format")})
"""Members that take more than the name of their shape says: a log format has 3 KB (quotas of HTTP APIs)."""


_ADJUSTED: dict[tuple[str, str], dict[str, Any]] = {
    ("lambda", "Timeout"): {"max": 900},
    ("lambda", "MemorySize"): {"max": 10240},
    ("lambda", "EphemeralStorageSize"): {"max": 10240},
}
"""By service and shape, what the model does not tell as the API has it.

Lambda's larger limits are those of managed instances.
"""
_CHECKED_BY_OPERATION = frozenset(
    (("CreateFunctionRequest", "Runtime"), ("UpdateFunctionConfigurationRequest", "Runtime"))
)
"""Members whose operation refuses what is not of their enum, in other words than validation has."""


MORE_VALUES = {"QuotaPeriodType": ("HOUR",)}
"""By shape: what its enum has here beyond AWS's."""


class NoSuchServiceError(Exception):
    """Raised for a service of which botocore has no model."""


@dataclass(slots=True, eq=False)
class Shape:
    """The type of a value and its limits. May contain itself: shapes are compared by identity."""

    name: str
    type: str
    """structure, list, map, string, integer, long, float, double, boolean, timestamp or blob."""
    members: dict[str, "Member"] = field(default_factory=dict)
    """Of a structure, by wire name."""
    element: "Shape | None" = None
    """Of a list: its elements; of a map: its values."""
    key: "Shape | None" = None
    enum: tuple[str, ...] = ()
    least: float | None = None
    """The smallest value of a number, the shortest length of anything else."""
    most: float | None = None
    least_when_required: float | None = None
    """A shortest length that holds for required members only: elsewhere an empty string clears a value."""
    pattern: str | None = None
    timestamp_format: str | None = None
    payload: "Member | None" = None
    """The member that is the whole body."""
    is_document: bool = False
    is_sensitive: bool = False
    """A value that is told to nobody: passwords, tokens."""
    error_status: int | None = None
    is_flattened: bool = False
    """In the Query protocol: elements stand beside other members, not in an element of their own."""
    element_name: str | None = None
    """What the Query protocol calls an element of a list, or a value of a map, where it is not the usual name."""
    key_name: str | None = None


@dataclass(slots=True, eq=False)
class Member:
    name: str
    """As the model and its SDKs call it."""
    wire_name: str
    shape: Shape
    location: str | None
    """uri, querystring, header, headers or statusCode; None: in the body."""
    is_required: bool


@dataclass(slots=True, eq=False)
class Operation:
    service: "ServiceModel"
    name: str
    method: str
    uri: str
    """Template of path and query, such as /v2/apis/{apiId}."""
    status: int
    needs_signature: bool
    allows_unsigned_body: bool
    input: Shape | None
    output: Shape | None
    result_wrapper: str | None = None
    """In the Query protocol: the element around the output."""


class ServiceModel:
    """One service as its model describes it; `name` is that of its folder, such as apigatewayv2."""

    def __init__(self, name: str, description: Mapping[str, Any]) -> None:
        metadata = description["metadata"]
        self.name = name
        self.protocol: str = metadata["protocol"]
        """As `protocols` calls it: with its version where there are several."""
        if self.protocol == "json":
            self.protocol = f"json-{metadata['jsonVersion']}"
        self.signing_name: str = metadata.get("signingName", metadata["endpointPrefix"])
        self.target_prefix: str | None = metadata.get("targetPrefix")
        """What X-Amz-Target begins with, in the JSON protocols."""
        self.api_version: str = metadata.get("apiVersion", "")
        self.xml_namespace: str = metadata.get("xmlNamespace", "")
        """Of answers in the Query protocol."""
        self._described_operations: dict[str, Any] = description["operations"]
        self._described_shapes: dict[str, Any] = _adjust(name, description["shapes"])
        self._operations: dict[str, Operation] = {}
        self._shapes: dict[str, Shape] = {}

    @cached_property
    def bindings(self) -> list[tuple[str, str, str]]:
        """Name, method and URI template of each operation."""
        described = self._described_operations.items()
        return [(name, each["http"]["method"], each["http"]["requestUri"]) for name, each in described]

    @property
    def operation_names(self) -> list[str]:
        return list(self._described_operations)

    def operation(self, name: str) -> Operation:
        operation = self._operations.get(name)
        if operation is None:
            operation = self._operations[name] = self._build_operation(name, self._described_operations[name])
        return operation

    def find_error(self, code: str) -> Shape | None:
        """The shape of a modelled error; None for one that only AWS's front end knows."""
        described = self._described_shapes.get(code)
        return self._shape_of({"shape": code}) if described is not None and described.get("exception") else None

    def _build_operation(self, name: str, described: Mapping[str, Any]) -> Operation:
        authentication = described.get("authtype")
        auth = described.get("auth", ())
        return Operation(
            service=self,
            name=name,
            method=described["http"]["method"],
            uri=described["http"]["requestUri"],
            status=described["http"].get("responseCode", 200),
            needs_signature=authentication != "none" and "smithy.api#noAuth" not in auth,
            allows_unsigned_body=authentication == "v4-unsigned-body" or bool(described.get("unsignedPayload")),
            input=self._shape_of(described["input"]) if "input" in described else None,
            output=self._shape_of(described["output"]) if "output" in described else None,
            result_wrapper=described.get("output", {}).get("resultWrapper"),
        )

    def _shape_of(self, reference: Mapping[str, Any]) -> Shape:
        """A reference may narrow its shape, as with the enum of ExportApi's outputType."""
        name = reference["shape"]
        if "enum" in reference:
            return self._build_shape(name, {**self._described_shapes[name], "enum": reference["enum"]})
        shape = self._shapes.get(name)
        return shape if shape is not None else self._build_shape(name, self._described_shapes[name])

    def _build_shape(self, name: str, described: Mapping[str, Any]) -> Shape:
        shape = Shape(name, described["type"])
        if described is self._described_shapes[name]:
            self._shapes[name] = shape  # before its members: one of them may be of this shape
        shape.enum = (*described.get("enum", ()), *MORE_VALUES.get(name, ()))
        shape.least, shape.most = described.get("min"), described.get("max")
        shape.pattern = described.get("pattern")
        shape.timestamp_format = described.get("timestampFormat")
        shape.is_document = bool(described.get("document"))
        shape.is_sensitive = bool(described.get("sensitive"))
        shape.error_status = described.get("error", {}).get("httpStatusCode")
        shape.is_flattened = bool(described.get("flattened"))
        _read_length_in_name(shape)
        if shape.type == "structure":
            self._add_members(shape, described)
        elif shape.type == "list":
            shape.element = self._shape_of(described["member"])
            shape.element_name = described["member"].get("locationName")
        elif shape.type == "map":
            shape.key, shape.element = self._shape_of(described["key"]), self._shape_of(described["value"])
            shape.key_name, shape.element_name = (
                described["key"].get("locationName"),
                described["value"].get("locationName"),
            )
        return shape

    def _add_members(self, shape: Shape, described: Mapping[str, Any]) -> None:
        required = set(described.get("required", ()))
        for name, reference in described["members"].items():
            member = Member(
                name=name,
                wire_name=reference.get("locationName", name),
                shape=self._shape_of(reference),
                location=reference.get("location"),
                is_required=name in required,
            )
            if (shape.name, name) in _LONGER_THAN_NAMED:
                member.shape = replace(member.shape, most=None)
            if (shape.name, name) in _CHECKED_BY_OPERATION:
                member.shape = replace(member.shape, enum=())
            shape.members[member.wire_name] = member
            if name == described.get("payload"):
                shape.payload = member


def load_service(name: str) -> ServiceModel:
    """The newest model of a service, by the name of its folder in botocore's data."""
    folder = _data_folder() / name
    versions = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    for version in reversed(versions):
        packed, plain = folder / version / "service-2.json.gz", folder / version / "service-2.json"
        if packed.is_file():
            return ServiceModel(name, orjson.loads(gzip.decompress(packed.read_bytes())))
        if plain.is_file():
            return ServiceModel(name, orjson.loads(plain.read_bytes()))
    raise NoSuchServiceError(f"botocore has no model of a service named {name}: nothing found in {folder}")


def _adjust(service: str, shapes: dict[str, Any]) -> dict[str, Any]:
    adjusted = {name: shapes[name] | limits for (owner, name), limits in _ADJUSTED.items() if owner == service}
    return shapes | adjusted


def _data_folder() -> Path:
    """Found without importing botocore."""
    spec = find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise NoSuchServiceError("botocore, which holds the models of AWS services, is not installed")
    return Path(spec.submodule_search_locations[0]) / "data"


def _read_length_in_name(shape: Shape) -> None:
    match = _LENGTH_IN_NAME.search(shape.name)
    if match is None or shape.type != "string" or shape.most is not None:
        return
    least, most, is_kilo = match.groups()
    shape.most = int(most) * (1024 if is_kilo else 1)
    shape.least_when_required = int(least)
