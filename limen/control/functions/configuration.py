"""The settings of a version: which there are, what they are without being set, and what is refused.

docs/lambda-api.md tells of each whether it is enforced, stored or refused; REFUSED, STORED and the rest here are
the same table.
"""

from collections.abc import Callable
from typing import Any

import orjson
from msgspec import Struct

from limen.control.call import Call
from limen.control.functions.documents import (
    answer_version,
    find_latest,
    fresh_revision,
    put_version,
    time_text,
)
from limen.control.functions.errors import invalid_parameter, stale_revision
from limen.control.functions.layers import resolve_layers
from limen.control.functions.names import FunctionId, read_function_id
from limen.store.documents import Document

RUNTIMES = (
    *(f"nodejs{major}.x" for major in (16, 18, 20, 22, 24)),
    *(f"python3.{minor}" for minor in range(8, 15)),
    "provided",
    "provided.al2",
    "provided.al2023",
)
GONE = frozenset(
    (
        *(
            "nodejs",
            "nodejs4.3",
            "nodejs4.3-edge",
            "nodejs6.10",
            "nodejs8.10",
            "nodejs10.x",
            "nodejs12.x",
            "nodejs14.x",
        ),
        *("python2.7", "python3.6", "python3.7", "ruby2.5", "ruby2.7", "java8", "go1.x"),
        *("dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1"),
    )
)
"""Runtimes that AWS had and takes for no function any more."""
MOST_ENVIRONMENT = 4096
"""Bytes of all environment variables together, as JSON."""

RESERVED_VARIABLES = frozenset(
    (
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    )
)

REFUSED = (
    "AcceleratorConfig",
    "CapacityProviderConfig",
    "CodeSigningConfigArn",
    "DurableConfig",
    "FileSystemConfigs",
    "ImageConfig",
    "PublishTo",
    "RuntimeConfig",
    "TenancyConfig",
)
"""A function that asks for one of these would not run as it was meant to."""

PLAIN = ("Description", "Handler", "MemorySize", "Role", "Timeout", "EphemeralStorage", "Architectures")
"""Members that are kept as they come."""


class Change(Struct, frozen=True):
    """What a call asks of a version."""

    function: FunctionId
    members: dict[str, Any]

    def get(self, name: str) -> Any:
        return self.members.get(name)


def update_function_configuration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    function = read_function_id(call, members["FunctionName"])
    version = find_latest(call, function)
    check_revision(version, members)
    changed = apply_settings(call, version, Change(function, members))
    return answer_version(store_changed(call, function, changed), function)


def default_settings(function: FunctionId) -> Document:
    """What a new function has that sets nothing."""
    return {
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "TracingConfig": {"Mode": "PassThrough"},
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.name}"},
    }


def apply_settings(call: Call, version: Document, change: Change) -> Document:
    """A changed copy; raises where a setting cannot be had."""
    refused = [name for name in REFUSED if change.get(name) not in (None, [], {}, "")]
    if refused:
        raise invalid_parameter(f"Limen does not run functions with {', '.join(refused)}")
    check_runtime(change.get("Runtime"))
    changed = dict(version)
    for name in PLAIN:
        if change.get(name) is not None:
            changed[name] = change.get(name)
    if change.get("Runtime") is not None:
        changed["Runtime"] = change.get("Runtime")
    for name, apply in _STRUCTURES.items():
        if change.get(name) is not None:
            apply(changed, change.get(name), change.function)
    if change.get("Layers") is not None:
        changed.update(resolve_layers(call, change.get("Layers")))
        if not changed["Layers"]:
            del changed["Layers"]
    return changed


def store_changed(call: Call, function: FunctionId, version: Document) -> Document:
    """$LATEST after a change: a new revision."""
    stored = {
        **version,
        "LastModified": time_text(call.now),
        "RevisionId": fresh_revision(),
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }
    put_version(call, function, stored)
    return stored


def check_revision(document: Document, members: dict[str, Any], getter: str = "GetFunction/GetAlias") -> None:
    if members.get("RevisionId") not in (None, document["RevisionId"]):
        raise stale_revision(getter)


def check_runtime(runtime: str | None) -> None:
    """AWS's text for a runtime that it does not know says which it does."""
    if runtime in GONE:
        raise invalid_parameter(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )
    if runtime is not None and runtime not in RUNTIMES:
        raise invalid_parameter(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(RUNTIMES)}] or be a valid ARN"
        )


# --- structures: each writes what it becomes into the version


def _apply_environment(version: Document, environment: dict[str, Any], _: FunctionId) -> None:
    variables: dict[str, str] = environment.get("Variables") or {}
    prefix = "Lambda was unable to configure your environment variables because the environment variables you have "
    reserved = sorted(RESERVED_VARIABLES & variables.keys())
    if reserved:
        raise invalid_parameter(
            f"{prefix}provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    if len(orjson.dumps(variables)) > MOST_ENVIRONMENT:
        raise invalid_parameter(f"{prefix}provided exceeded the 4KB limit.")
    if variables:
        version["Environment"] = {"Variables": variables}
    else:
        version.pop("Environment", None)


def _apply_vpc(version: Document, vpc: dict[str, Any], _: FunctionId) -> None:
    subnets, groups = vpc.get("SubnetIds") or [], vpc.get("SecurityGroupIds") or []
    if bool(subnets) != bool(groups):
        raise invalid_parameter("SubnetIds and SecurityIds must coexist or be both empty list.")
    version["VpcConfig"] = {
        "SubnetIds": subnets,
        "SecurityGroupIds": groups,
        "VpcId": "",
        "Ipv6AllowedForDualStack": bool(vpc.get("Ipv6AllowedForDualStack")),
    }


def _apply_logging(version: Document, logging: dict[str, Any], function: FunctionId) -> None:
    """The levels belong to JSON alone."""
    merged = {**version["LoggingConfig"], **logging}
    levels = ("ApplicationLogLevel", "SystemLogLevel")
    if merged["LogFormat"] == "Text":
        if any(logging.get(level) for level in levels):
            raise invalid_parameter(
                "Log Level is not supported when LogFormat is set to Text. Remove Log Level from your request or "
                "change the LogFormat to JSON and try again."
            )
        merged = {name: value for name, value in merged.items() if name not in levels}
    else:
        merged = {**dict.fromkeys(levels, "INFO"), **merged}
    version["LoggingConfig"] = merged


def _apply_snap_start(version: Document, snap_start: dict[str, Any], _: FunctionId) -> None:
    version["SnapStart"] = {"ApplyOn": snap_start.get("ApplyOn", "None"), "OptimizationStatus": "Off"}


def _apply_tracing(version: Document, tracing: dict[str, Any], _: FunctionId) -> None:
    version["TracingConfig"] = {"Mode": tracing.get("Mode", "PassThrough")}


def _apply_dead_letters(version: Document, dead_letters: dict[str, Any], _: FunctionId) -> None:
    if dead_letters.get("TargetArn"):
        version["DeadLetterConfig"] = {"TargetArn": dead_letters["TargetArn"]}
    else:
        version.pop("DeadLetterConfig", None)


def _apply_key(version: Document, key: str, _: FunctionId) -> None:
    if key:
        version["KMSKeyArn"] = key
    else:
        version.pop("KMSKeyArn", None)


_STRUCTURES: dict[str, Callable[[Document, Any, FunctionId], None]] = {
    "Environment": _apply_environment,
    "VpcConfig": _apply_vpc,
    "LoggingConfig": _apply_logging,
    "SnapStart": _apply_snap_start,
    "TracingConfig": _apply_tracing,
    "DeadLetterConfig": _apply_dead_letters,
    "KMSKeyArn": _apply_key,
}
