"""What a template names by local paths: directories of code, layers, API definitions.

A directory becomes live code, which runs as it lies there, or a zip file whose bytes depend on nothing but the names,
contents and executable bits of its files.
"""

import hashlib
import io
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from limen.control.openapi.source import Pointer, SourceError
from limen.control.stacks.errors import TemplateError
from limen.control.stacks.synthesized import find_asset
from limen.control.stacks.text import read_template_text

LIVE_BUCKET = "local-directory"
PACKAGE_BUCKET = "limen-package"
"""Named where AWS has an S3 bucket: the key is a path, or the SHA-256 of a zip file that was handed over."""

MOST_UNZIPPED = 262_144_000
"""Bytes of a package, as AWS counts them."""
_CACHES = "__pycache__"
_EPOCH = (1980, 1, 1, 0, 0, 0)

_CODE = {
    "AWS::Serverless::Function": ("CodeUri", "Bucket", "Key"),
    "AWS::Serverless::LayerVersion": ("ContentUri", "Bucket", "Key"),
    "AWS::Lambda::Function": ("Code", "S3Bucket", "S3Key"),
    "AWS::Lambda::LayerVersion": ("Content", "S3Bucket", "S3Key"),
}
"""By type: the property that may be a local path, and the members that it is replaced by."""

_DEFINITIONS = {
    "AWS::Serverless::Api": ("DefinitionUri", "DefinitionBody"),
    "AWS::Serverless::HttpApi": ("DefinitionUri", "DefinitionBody"),
    "AWS::ApiGateway::RestApi": ("BodyS3Location", "Body"),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location", "Body"),
}
"""By type: the property that may be a local file, and the one that its contents become."""

_TRANSFORM = "Fn::Transform"
_GLOBALS = {"Function": "AWS::Serverless::Function", "LayerVersion": "AWS::Serverless::LayerVersion"}


class LocalFiles:
    """Local paths of one template, relative to `base`; `packages`: the zip files that were made, by SHA-256."""

    def __init__(self, base: Path, *, is_live: bool) -> None:
        self.packages: dict[str, bytes] = {}
        self.definitions: list[Path] = []
        """Files whose contents are now part of the template."""
        self._base = base
        self._is_live = is_live

    def resolve(self, document: dict[str, Any]) -> dict[str, Any]:
        """A copy of the template without local paths."""
        document = self._include(document, ())
        changed = dict(document)
        resources = document.get("Resources")
        if isinstance(resources, dict):
            changed["Resources"] = {
                name: self._resource(resource, str(resource.get("Type")), ("Resources", name, "Properties"))
                if isinstance(resource, dict)
                else resource
                for name, resource in resources.items()
            }
        if isinstance(document.get("Globals"), dict):
            changed["Globals"] = {
                name: self._properties(value, _GLOBALS[name], ("Globals", name))
                if name in _GLOBALS and isinstance(value, dict)
                else value
                for name, value in document["Globals"].items()
            }
        return changed

    def _include(self, value: Any, pointer: Pointer) -> Any:
        """`Fn::Transform` with AWS::Include puts what a file holds beside it; what is in S3 is left as it is."""
        if isinstance(value, list):
            return [self._include(each, (*pointer, str(index))) for index, each in enumerate(value)]
        if not isinstance(value, dict):
            return value
        changed = {name: self._include(each, (*pointer, name)) for name, each in value.items()}
        location = _included(changed.get(_TRANSFORM))
        if _is_local(location):
            changed = self._definition(location, (*pointer, _TRANSFORM)) | changed
            del changed[_TRANSFORM]
        return changed

    def _resource(self, resource: dict[str, Any], kind: str, pointer: Pointer) -> dict[str, Any]:
        properties = resource.get("Properties")
        if not isinstance(properties, dict) or not (kind in _CODE or kind in _DEFINITIONS):
            return resource
        asset = find_asset(resource)
        if asset is not None and asset[0] in properties and (self._base / asset[1]).exists():
            properties = properties | {asset[0]: asset[1]}
        return resource | {"Properties": self._properties(properties, kind, pointer)}

    def _properties(self, properties: dict[str, Any], kind: str, pointer: Pointer) -> dict[str, Any]:
        changed = dict(properties)
        if kind in _CODE:
            name, bucket, key = _CODE[kind]
            if _is_local(changed.get(name)):
                placed = self._place(changed[name], (*pointer, name))
                changed[name] = {bucket: placed[0], key: placed[1]}
        if kind in _DEFINITIONS:
            name, body = _DEFINITIONS[kind]
            if _is_local(changed.get(name)):
                changed[body] = self._definition(changed.pop(name), (*pointer, name))
        return changed

    def _place(self, text: str, pointer: Pointer) -> tuple[str, str]:
        path = self._path(text, pointer)
        if path.is_dir() and self._is_live:
            return LIVE_BUCKET, str(path.resolve())
        try:
            is_zip = path.is_file() and zipfile.is_zipfile(path)
            content = path.read_bytes() if is_zip else zip_directory(path)
        except (OSError, ValueError) as error:
            raise TemplateError(f"{text} cannot be packaged: {error}", pointer) from None
        digest = hashlib.sha256(content).hexdigest()
        self.packages[digest] = content
        return PACKAGE_BUCKET, digest

    def _definition(self, text: str, pointer: Pointer) -> dict[str, Any]:
        path = self._path(text, pointer)
        self.definitions.append(path)
        try:
            return read_template_text(path.read_bytes()).document
        except OSError as error:
            raise TemplateError(f"{text} cannot be read: {error.strerror}", pointer) from None
        except SourceError as error:
            raise TemplateError(f"{text}: {error}", pointer) from None

    def _path(self, text: str, pointer: Pointer) -> Path:
        path = self._base / text
        if not path.exists():
            raise TemplateError(f"there is no {text} in {self._base}", pointer)
        return path


def _included(transform: Any) -> Any:
    """What AWS::Include names; None where it is none."""
    if not isinstance(transform, dict) or transform.get("Name") != "AWS::Include":
        return None
    parameters = transform.get("Parameters")
    return parameters.get("Location") if isinstance(parameters, dict) else None


def _is_local(value: Any) -> bool:
    return isinstance(value, str) and "://" not in value


def zip_directory(path: Path, most: int = MOST_UNZIPPED) -> bytes:
    """A zip file of a directory, or of one file; ValueError where it holds more than `most` bytes."""
    made = io.BytesIO()
    size = 0
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, name in [(path, path.name)] if path.is_file() else list(_files_below(path)):
            size += file.stat().st_size
            if size > most:
                raise ValueError(f"it holds more than {most} bytes")
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644) << 16
            archive.writestr(entry, file.read_bytes())
    return made.getvalue()


def _files_below(directory: Path) -> Iterator[tuple[Path, str]]:
    """In the order of their names; links that lead to directories are not followed."""
    below = sorted(directory.rglob("*"), key=lambda file: file.relative_to(directory).as_posix())
    for file in below:
        relative = file.relative_to(directory)
        if file.is_file() and _CACHES not in relative.parts:
            yield file, relative.as_posix()


ReadPackage = Callable[[str], bytes | None]
"""The zip file with a SHA-256, None where nobody handed it over."""
