"""AWS::Lambda::*: functions, their versions, aliases, layers and permissions."""

import io
import zipfile
from typing import Any

from limen.aws.arn import find_arn
from limen.aws.errors import bad_request
from limen.control.openapi.keyword import refused, stored
from limen.control.stacks.kind import (
    Kind,
    Made,
    Properties,
    Record,
    Work,
    properties,
    refused_kind,
    replaced_only,
    unless_missing,
    without,
)
from limen.control.stacks.local_files import PACKAGE_BUCKET
from limen.control.stacks.members import members_of, tags_of

SERVICE = "lambda"
_INLINE = {"python": "index.py", "nodejs": "index.js"}
"""By the beginning of a runtime: the file that inline code becomes, as CloudFormation names it."""
_CODE_MEMBERS = ("S3Bucket", "S3Key", "S3ObjectVersion", "ZipFile")
_TEMPLATE_ONLY = ("RecursiveLoop", "RuntimeManagementConfig")
"""Properties of a function that are stored with its stack alone: AWS has operations of their own for them."""
_NOT_CONFIGURED = ("Architectures", "Code", "PackageType", "ReservedConcurrentExecutions", "Tags", *_TEMPLATE_ONLY)
"""Properties of a function that UpdateFunctionConfiguration does not have."""


def _function(values: Properties) -> str:
    return str(values["FunctionName"])


def split_qualifier(name: str) -> tuple[str, str | None]:
    """A function's name or ARN, and the version or alias that stands at its end."""
    arn = find_arn(name)
    if arn is None:
        bare, _, qualifier = name.partition(":")
        return bare, qualifier or None
    parts = arn.resource.split(":")
    return ":".join(name.split(":")[:7]), parts[2] if len(parts) > 2 else None


def _qualified(values: Properties) -> dict[str, Any]:
    name, qualifier = split_qualifier(_function(values))
    return {"FunctionName": name} | ({"Qualifier": qualifier} if qualifier else {})


# --- functions


def _create_function(work: Work, name: str, values: Properties) -> Made:
    named = {"FunctionName": work.name_for(name)} | values
    operands = without(named, "Code", "ReservedConcurrentExecutions", "Tags", *_TEMPLATE_ONLY)
    members = _configured("CreateFunction", operands)
    members["Code"] = _code(work, values["Code"], str(values.get("Runtime", "")))
    if values.get("Tags"):
        members["Tags"] = tags_of(values["Tags"])
    made = work.run(SERVICE, "CreateFunction", members)
    _put_concurrency(work, made["FunctionName"], None, values.get("ReservedConcurrentExecutions"))
    return Made(made["FunctionName"], {"Arn": made["FunctionArn"]})


def _update_function(work: Work, record: Record, after: Properties) -> Made:
    before, name = record.properties, record.made.physical_id
    if before.get("Code") != after.get("Code") or before.get("Architectures") != after.get("Architectures"):
        members = {"FunctionName": name, **_code(work, after["Code"], str(after.get("Runtime", "")))}
        if after.get("Architectures"):
            members["Architectures"] = after["Architectures"]
        work.run(SERVICE, "UpdateFunctionCode", members)
    if without(before, *_NOT_CONFIGURED) != without(after, *_NOT_CONFIGURED):
        members = _configured("UpdateFunctionConfiguration", without(after, *_NOT_CONFIGURED))
        unset = _configured("UpdateFunctionConfiguration", _unset(name, before, after))
        work.run(SERVICE, "UpdateFunctionConfiguration", unset | members | {"FunctionName": name})
    old, new = before.get("ReservedConcurrentExecutions"), after.get("ReservedConcurrentExecutions")
    _put_concurrency(work, name, old, new)
    _retag(work, record.made.attributes["Arn"], before.get("Tags"), after.get("Tags"))
    return record.made


_DEFAULTS: dict[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "KmsKeyArn": "",
    "Layers": [],
    "MemorySize": 128,
    "SnapStart": {"ApplyOn": "None"},
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
"""Of properties that an update may take away."""


def _unset(function: str, before: Properties, after: Properties) -> Properties:
    defaults = _DEFAULTS | {"LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function}"}}
    return {name: value for name, value in defaults.items() if name in before and name not in after}


def _configured(operation: str, values: Properties) -> dict[str, Any]:
    """CloudFormation writes one name otherwise than Lambda."""
    renamed = {"KMSKeyArn" if name == "KmsKeyArn" else name: value for name, value in values.items()}
    return members_of(SERVICE, operation, renamed)


def _put_concurrency(work: Work, name: str, before: Any, after: Any) -> None:
    if after == before:
        return
    if after is None:
        work.run(SERVICE, "DeleteFunctionConcurrency", {"FunctionName": name})
        return
    members = {"FunctionName": name, "ReservedConcurrentExecutions": after}
    work.create(SERVICE, "PutFunctionConcurrency", members)


def _retag(work: Work, arn: str, before: Any, after: Any) -> None:
    old, new = (tags_of(tags) if tags else {} for tags in (before, after))
    if gone := sorted(old.keys() - new.keys()):
        work.run(SERVICE, "UntagResource", {"Resource": arn, "tagKeys": gone})
    if new != old and new:
        work.run(SERVICE, "TagResource", {"Resource": arn, "Tags": new})


def _delete_function(work: Work, record: Record) -> None:
    unless_missing(lambda: work.run(SERVICE, "DeleteFunction", {"FunctionName": record.made.physical_id}))


def _code(work: Work, code: Any, runtime: str) -> dict[str, Any]:
    """Members of the operation: inline source becomes a zip file, a package its bytes, a directory its path."""
    if not isinstance(code, dict):
        raise bad_request("Code must be an object with ZipFile, or S3Bucket and S3Key, or a local directory")
    if code.get("ImageUri"):
        raise bad_request("Limen does not run container images: Code must be a directory, a zip file or inline")
    if code.get("ZipFile"):
        return {"ZipFile": _zip_inline(str(code["ZipFile"]), runtime)}
    if code.get("S3Bucket") == PACKAGE_BUCKET:
        return {"ZipFile": _package(work, str(code.get("S3Key")))}
    return {name: str(code[name]) for name in _CODE_MEMBERS if code.get(name)}


def _package(work: Work, digest: str) -> bytes:
    content = work.read_package(digest)
    if content is None:
        raise bad_request(f"The package {digest} was not uploaded")
    return content


def _zip_inline(source: str, runtime: str) -> bytes:
    name = next((file for beginning, file in _INLINE.items() if runtime.startswith(beginning)), None)
    if name is None:
        raise bad_request(f"Code.ZipFile, which is inline source, cannot be used with the runtime {runtime or '-'}")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, source)
    return made.getvalue()


# --- versions, aliases, layers


def _create_version(work: Work, name: str, values: Properties) -> Made:
    own = without(values, "FunctionName", "ProvisionedConcurrencyConfig", "RuntimePolicy")
    members = members_of(SERVICE, "PublishVersion", own)
    made = work.run(SERVICE, "PublishVersion", members | {"FunctionName": split_qualifier(_function(values))[0]})
    arn = str(made["FunctionArn"])
    if split_qualifier(arn)[1] is None:
        arn = f"{arn}:{made['Version']}"
    return Made(arn, {"Version": made["Version"], "FunctionArn": arn})


def _delete_version(work: Work, record: Record) -> None:
    name, version = split_qualifier(record.made.physical_id)
    unless_missing(lambda: work.run(SERVICE, "DeleteFunction", {"FunctionName": name, "Qualifier": version}))


def _alias_members(operation: str, values: Properties) -> dict[str, Any]:
    own = without(values, "ProvisionedConcurrencyConfig", "RoutingConfig")
    members = members_of(SERVICE, operation, own)
    members["FunctionName"] = split_qualifier(_function(values))[0]
    weights = (values.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or []
    members["RoutingConfig"] = {
        "AdditionalVersionWeights": {str(each["FunctionVersion"]): float(each["FunctionWeight"]) for each in weights}
    }
    return members


def _create_alias(work: Work, name: str, values: Properties) -> Made:
    made = work.run(SERVICE, "CreateAlias", _alias_members("CreateAlias", values))
    return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]})


def _update_alias(work: Work, record: Record, after: Properties) -> Made:
    work.run(SERVICE, "UpdateAlias", {"Description": ""} | _alias_members("UpdateAlias", after))
    return record.made


def _delete_alias(work: Work, record: Record) -> None:
    name = split_qualifier(_function(record.properties))[0]
    members = {"FunctionName": name, "Name": str(record.properties["Name"])}
    unless_missing(lambda: work.run(SERVICE, "DeleteAlias", members))


def _create_layer(work: Work, name: str, values: Properties) -> Made:
    named = {"LayerName": work.name_for(name)} | without(values, "Content")
    members = members_of(SERVICE, "PublishLayerVersion", named)
    members["Content"] = _code(work, values["Content"], "")
    arn = work.run(SERVICE, "PublishLayerVersion", members)["LayerVersionArn"]
    return Made(arn, {"LayerVersionArn": arn})


def _delete_layer(work: Work, record: Record) -> None:
    layer, _, version = record.made.physical_id.rpartition(":")
    members = {"LayerName": layer, "VersionNumber": int(version)}
    unless_missing(lambda: work.run(SERVICE, "DeleteLayerVersion", members))


# --- permissions, asynchronous invocations


def _create_permission(work: Work, name: str, values: Properties) -> Made:
    statement = work.name_for(name, most=100)
    members = members_of(SERVICE, "AddPermission", without(values, "FunctionName"))
    work.run(SERVICE, "AddPermission", members | _qualified(values) | {"StatementId": statement})
    return Made(statement, {"Id": statement})


def _delete_permission(work: Work, record: Record) -> None:
    members = _qualified(record.properties) | {"StatementId": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "RemovePermission", members))


def _put_event_invoke(work: Work, name: str, values: Properties) -> Made:
    members = members_of(SERVICE, "PutFunctionEventInvokeConfig", values)
    members["FunctionName"] = split_qualifier(_function(values))[0]
    work.run(SERVICE, "PutFunctionEventInvokeConfig", members)
    return Made(f"{members['FunctionName']}|{members.get('Qualifier', '$LATEST')}")


def _update_event_invoke(work: Work, record: Record, after: Properties) -> Made:
    return _put_event_invoke(work, record.name, after)


def _delete_event_invoke(work: Work, record: Record) -> None:
    name, _, qualifier = record.made.physical_id.partition("|")
    members = {"FunctionName": name, "Qualifier": qualifier}
    unless_missing(lambda: work.run(SERVICE, "DeleteFunctionEventInvokeConfig", members))


_PROVISIONED = stored("environments are started when they are needed, none beforehand")
_TRANSPARENT = stored("functions run on this machine, as the runtime that is installed here")

FUNCTION_KINDS = (
    Kind(
        "AWS::Lambda::Function",
        properties(
            "Architectures Code DeadLetterConfig Description Environment EphemeralStorage FunctionName! Handler "
            "KmsKeyArn Layers LoggingConfig MemorySize PackageType! RecursiveLoop ReservedConcurrentExecutions Role "
            "Runtime RuntimeManagementConfig SnapStart Tags Timeout TracingConfig VpcConfig",
            Architectures=_TRANSPARENT,
            DeadLetterConfig=stored("nothing is sent to a dead-letter queue"),
            CodeSigningConfigArn=refused("the signature of code is not checked"),
            FileSystemConfigs=refused("file systems are not mounted"),
            KmsKeyArn=stored("nothing is encrypted with a key of KMS"),
            RecursiveLoop=stored("loops are not looked for"),
            Role=stored("functions get no credentials of a role"),
            RuntimeManagementConfig=_TRANSPARENT,
            SnapStart=stored("there are no snapshots"),
            TracingConfig=stored("traces are not sent to X-Ray"),
            VpcConfig=stored("functions reach what this machine reaches"),
        ),
        _create_function,
        _update_function,
        _delete_function,
        required=("Code", "Role"),
    ),
    Kind(
        "AWS::Lambda::Version",
        properties(
            "CodeSha256! Description! FunctionName! ProvisionedConcurrencyConfig RuntimePolicy",
            ProvisionedConcurrencyConfig=_PROVISIONED,
            RuntimePolicy=_TRANSPARENT,
        ),
        _create_version,
        replaced_only,
        _delete_version,
        required=("FunctionName",),
    ),
    Kind(
        "AWS::Lambda::Alias",
        properties(
            "Description FunctionName! FunctionVersion Name! ProvisionedConcurrencyConfig RoutingConfig",
            ProvisionedConcurrencyConfig=_PROVISIONED,
        ),
        _create_alias,
        _update_alias,
        _delete_alias,
        required=("FunctionName", "FunctionVersion", "Name"),
    ),
    Kind(
        "AWS::Lambda::LayerVersion",
        properties("CompatibleArchitectures! CompatibleRuntimes! Content! Description! LayerName! LicenseInfo!"),
        _create_layer,
        replaced_only,
        _delete_layer,
        required=("Content",),
    ),
    Kind(
        "AWS::Lambda::Permission",
        properties(
            "Action! EventSourceToken! FunctionName! FunctionUrlAuthType! InvokedViaFunctionUrl! Principal! "
            "PrincipalOrgID! SourceAccount! SourceArn!",
        ),
        _create_permission,
        replaced_only,
        _delete_permission,
        required=("Action", "FunctionName", "Principal"),
    ),
    Kind(
        "AWS::Lambda::EventInvokeConfig",
        properties("DestinationConfig FunctionName! MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier!"),
        _put_event_invoke,
        _update_event_invoke,
        _delete_event_invoke,
        required=("FunctionName", "Qualifier"),
    ),
    refused_kind("AWS::Lambda::Url", "functions have no URLs of their own: put an API in front"),
    refused_kind("AWS::Lambda::LayerVersionPermission", "layers belong to this account alone"),
    refused_kind("AWS::Lambda::CodeSigningConfig", "the signature of code is not checked"),
)
