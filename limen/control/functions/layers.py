"""Layers: numbered zip files whose content functions find under /opt."""

from typing import Any

from limen.control.call import Answer, Call
from limen.control.documents import given
from limen.control.functions.documents import LAYER, LAYER_VERSION, POLICY, list_page, time_text, with_marker
from limen.control.functions.errors import invalid_parameter, nothing_there
from limen.control.functions.names import LayerId, read_layer_id, read_layer_version
from limen.control.functions.uploads import Upload, keep_upload, with_upload
from limen.store.documents import Document

MOST_LAYERS = 5
"""Of one function."""

_DESCRIBED = ("CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo")


def publish_layer_version(call: Call, members: dict[str, Any]) -> Answer:
    read_layer_id(call, members["LayerName"])
    return with_upload(call, members["Content"], lambda later, upload: _publish(later, members, upload))


def _publish(call: Call, members: dict[str, Any], upload: Upload) -> dict[str, Any]:
    layer = read_layer_id(call, members["LayerName"])
    keep_upload(call, upload)
    kept = call.documents.get(LAYER, call.scope, layer.name) or {"LayerName": layer.name, "_lastVersion": 0}
    number = kept["_lastVersion"] + 1
    call.documents.put(LAYER, call.scope, layer.name, kept | {"_lastVersion": number})
    version: Document = {
        "LayerVersionArn": layer.arn_of(number),
        "Version": number,
        "Description": members.get("Description", ""),
        "CreatedDate": time_text(call.now),
        **given(members, _DESCRIBED),
        **upload.described,
    }
    call.documents.put(LAYER_VERSION, layer.parent, str(number), version)
    return _answer(call, layer, version)


def get_layer_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    layer = read_layer_id(call, members["LayerName"])
    return _answer(call, layer, find_layer_version(call, layer, members["VersionNumber"]))


def get_layer_version_by_arn(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    layer, number = read_layer_version(call, members["Arn"])
    return _answer(call, layer, find_layer_version(call, layer, number))


def list_layers(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Those that have a version left that is compatible, each with its newest such version."""
    newest: dict[str, Document] = {}

    def has_version(layer: Document) -> bool:
        layer_id = LayerId(call.aws.account, call.aws.region, layer["LayerName"])
        versions = call.documents.list(LAYER_VERSION, layer_id.parent)
        matching = [version for _, version in versions if _is_compatible(version, members)]
        if matching:
            newest[layer["LayerName"]] = matching[-1]
        return bool(matching)

    found, marker = list_page(call, LAYER, call.scope, members, has_version)
    layers = [
        {
            "LayerName": name,
            "LayerArn": LayerId(call.aws.account, call.aws.region, name).arn,
            "LatestMatchingVersion": newest[name],
        }
        for name, _ in found
    ]
    return with_marker({"Layers": layers}, marker)


def list_layer_versions(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """AWS lists the newest first; a layer that nobody made is an empty list."""
    layer = read_layer_id(call, members["LayerName"])
    found, marker = list_page(
        call, LAYER_VERSION, layer.parent, members, lambda version: _is_compatible(version, members)
    )
    versions = sorted((version for _, version in found), key=lambda version: -int(version["Version"]))
    return with_marker({"LayerVersions": versions}, marker)


def delete_layer_version(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Functions that use it keep it; its number is not given again."""
    layer = read_layer_id(call, members["LayerName"])
    call.documents.delete(LAYER_VERSION, layer.parent, str(members["VersionNumber"]))
    call.documents.delete(POLICY, layer.parent, str(members["VersionNumber"]))
    return {}


def find_layer_version(call: Call, layer: LayerId, number: int | str) -> Document:
    version = call.documents.get(LAYER_VERSION, layer.parent, str(number))
    if version is None:
        raise nothing_there()
    return version


def resolve_layers(call: Call, arns: list[str]) -> Document:
    """The fields of a configuration that tell of its layers; a later one lies over those before it."""
    if len(arns) > MOST_LAYERS:
        raise invalid_parameter(f"You cannot reference more than {MOST_LAYERS} layers.")
    seen: dict[str, str] = {}
    versions: list[Document] = []
    for arn in arns:
        layer, number = read_layer_version(call, arn)
        if layer.name in seen:
            raise invalid_parameter(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{seen[layer.name]} and {arn} are versions of the same layer"
            )
        seen[layer.name] = arn
        version = call.documents.get(LAYER_VERSION, layer.parent, number)
        if version is None:
            raise invalid_parameter(f"Layer version {arn} does not exist.")
        versions.append(version)
    return {
        "Layers": [{"Arn": version["LayerVersionArn"], "CodeSize": version["CodeSize"]} for version in versions],
        "_layers": [version["_code"] for version in versions],
    }


def _is_compatible(version: Document, members: dict[str, Any]) -> bool:
    runtime, architecture = members.get("CompatibleRuntime"), members.get("CompatibleArchitecture")
    return (runtime is None or runtime in version.get("CompatibleRuntimes", ())) and (
        architecture is None or architecture in version.get("CompatibleArchitectures", ())
    )


def _answer(call: Call, layer: LayerId, version: Document) -> dict[str, Any]:
    content = {"CodeSha256": version["CodeSha256"], "CodeSize": version["CodeSize"]}
    if "sha256" in version["_code"]:
        content["Location"] = call.settings.code_store.link(call.aws.host, version["_code"]["sha256"])
    shown = {name: value for name, value in version.items() if not name.startswith("_")}
    return {**shown, "LayerArn": layer.arn, "Content": content}
