"""Templates that the AWS CDK wrote: what in them is for its own deployment, and where the code lies that they name.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
"""

from collections.abc import Callable
from typing import Any

_RULE = "CheckBootstrapVersion"
_PARAMETER = "BootstrapVersion"
_PARAMETER_TYPE = "AWS::SSM::Parameter::Value<String>"
_ANALYTICS = "AWS::CDK::Metadata"

_ASSET_PATH = "aws:asset:path"
_ASSET_PROPERTY = "aws:asset:property"


def without_bootstrap(document: dict[str, Any]) -> dict[str, Any]:
    """Without the check that an AWS account was made ready for the CDK, and without what it counts its users by."""
    changed = dict(document)
    _drop(changed, "Rules", lambda name, _: name == _RULE)
    _drop(changed, "Parameters", lambda name, value: name == _PARAMETER and _type_of(value) == _PARAMETER_TYPE)
    _drop(changed, "Resources", lambda _, value: _type_of(value) == _ANALYTICS)
    return changed


def find_asset(resource: dict[str, Any]) -> tuple[str, str] | None:
    """The property that names a bucket, and the path beside the template of what is to be put there."""
    metadata = resource.get("Metadata")
    if not isinstance(metadata, dict):
        return None
    name, path = metadata.get(_ASSET_PROPERTY), metadata.get(_ASSET_PATH)
    return (name, path) if isinstance(name, str) and isinstance(path, str) else None


def _drop(document: dict[str, Any], section: str, is_dropped: Callable[[str, Any], bool]) -> None:
    entries = document.get(section)
    if not isinstance(entries, dict):
        return
    kept = {name: value for name, value in entries.items() if not is_dropped(name, value)}
    if kept:
        document[section] = kept
    elif entries:
        del document[section]


def _type_of(value: Any) -> Any:
    return value.get("Type") if isinstance(value, dict) else None
