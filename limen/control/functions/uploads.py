"""Code as calls bring it: a zip file in the call or in S3, or a directory of this machine (Limen's extension)."""

import os
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from limen.control.call import Answer, Aside, Call
from limen.control.functions.errors import (
    access_to_code_denied,
    code_too_large,
    invalid_parameter,
    no_such_code,
    service_failed,
)
from limen.control.objects import ACCESS_DENIED, ObjectError, Objects
from limen.functions.packages import MOST_UNZIPPED, PackageError, check_zip
from limen.store.documents import Document

MOST_ZIPPED = 52428800
"""Bytes of a zip file in a call."""
LOCAL_DIRECTORY = "local-directory"
"""The S3Bucket whose keys are directories of this machine."""
_SOURCES = ("S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri")


class Upload(Struct, frozen=True):
    """Code that has been looked at, and how AWS describes it."""

    sha256: str = ""
    directory: str = ""
    size: int = 0
    data: bytes = b""

    @property
    def described(self) -> Document:
        """The fields of a configuration that tell of its code."""
        digest = bytes.fromhex(self.sha256) if self.sha256 else sha256(self.directory.encode()).digest()
        return {"CodeSize": self.size, "CodeSha256": b64encode(digest).decode(), "_code": self._kept}

    @property
    def _kept(self) -> Document:
        return {"sha256": self.sha256} if self.sha256 else {"directory": self.directory}


def with_upload(call: Call, code: dict[str, Any], go_on: Callable[[Call, Upload], Answer]) -> Answer:
    """Goes on with code that can be run: at once where the call brings it, aside where it has to be fetched from S3.

    Nothing is kept yet. Raises where it cannot be run.
    """
    _check_source(code)
    if code.get("ZipFile") is not None:
        return go_on(call, _read_zip(code["ZipFile"], MOST_ZIPPED))
    if code["S3Bucket"] == LOCAL_DIRECTORY:
        return go_on(call, _read_directory(code["S3Key"]))
    objects = call.settings.objects
    if objects is None:
        raise invalid_parameter(f"This process reads no code from S3 (S3Bucket '{code['S3Bucket']}')")
    return Aside(lambda: _read_object(objects, code["S3Bucket"], code["S3Key"], code.get("S3ObjectVersion")), go_on)


def _check_source(code: dict[str, Any]) -> None:
    if code.get("ZipFile") is not None:
        if any(code.get(name) for name in _SOURCES):
            raise invalid_parameter("Please do not provide other FunctionCode parameters when providing a ZipFile.")
        return
    if code.get("ImageUri"):
        raise invalid_parameter("Limen runs functions without containers: ImageUri is refused, use a ZipFile")
    if code.get("S3Bucket") is None or code.get("S3Key") is None:
        raise invalid_parameter("Please provide a source for function code.")


def keep_upload(call: Call, upload: Upload) -> None:
    """Puts a zip file where the functions host finds it."""
    if upload.sha256:
        try:
            call.settings.code_store.store(upload.data)
        except OSError as error:
            raise service_failed(f"The code could not be kept: {error.strerror}") from None


def _read_object(objects: Objects, bucket: str, key: str, version: str | None) -> Upload:
    """What is larger than it may be unzipped need not be fetched to its end."""
    try:
        found = objects.read(bucket, key, version, MOST_UNZIPPED)
    except ObjectError as error:
        if error.code == ACCESS_DENIED[0]:
            raise access_to_code_denied(bucket, key, error.message) from None
        raise (no_such_code(error.code, error.message) if error.code else invalid_parameter(str(error))) from None
    return _read_zip(found.content, MOST_UNZIPPED)


def _read_zip(data: bytes, most: int) -> Upload:
    if not data:
        raise invalid_parameter("Uploaded file must be a non-empty zip")
    if len(data) > most:
        raise code_too_large(most)
    try:
        check_zip(data)
    except PackageError as error:
        raise invalid_parameter(str(error)) from None
    return Upload(sha256(data).hexdigest(), size=len(data), data=data)


def _read_directory(key: str) -> Upload:
    path = Path(key)
    if not path.is_absolute():
        raise invalid_parameter(f"The local directory '{key}' must be an absolute path")
    if not path.is_dir() or not os.access(path, os.R_OK | os.X_OK):
        raise invalid_parameter(f"The local directory '{key}' does not exist or cannot be read")
    return Upload(directory=str(path))
