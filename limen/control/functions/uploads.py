"""Code as calls bring it: a zip file in the call, or a directory of this machine (Limen's extension)."""

import os
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from limen.control.call import Call
from limen.control.functions.errors import code_too_large, invalid_parameter, service_failed
from limen.functions.packages import PackageError, check_zip
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


def read_upload(code: dict[str, Any]) -> Upload:
    """Raises where it cannot be run; nothing is kept yet."""
    data = code.get("ZipFile")
    if data is not None:
        if any(code.get(name) for name in _SOURCES):
            raise invalid_parameter("Please do not provide other FunctionCode parameters when providing a ZipFile.")
        return _read_zip(data)
    if code.get("ImageUri"):
        raise invalid_parameter("Limen runs functions without containers: ImageUri is refused, use a ZipFile")
    if code.get("S3Bucket") is None or code.get("S3Key") is None:
        raise invalid_parameter("Please provide a source for function code.")
    if code["S3Bucket"] != LOCAL_DIRECTORY:
        raise invalid_parameter(
            f"Limen reads no code from S3 (S3Bucket '{code['S3Bucket']}'): send it as ZipFile, or name a directory of "
            f"this machine with S3Bucket '{LOCAL_DIRECTORY}' and its absolute path as S3Key"
        )
    return _read_directory(code["S3Key"])


def keep_upload(call: Call, upload: Upload) -> None:
    """Puts a zip file where the functions host finds it."""
    if upload.sha256:
        try:
            call.settings.code_store.store(upload.data)
        except OSError as error:
            raise service_failed(f"The code could not be kept: {error.strerror}") from None


def _read_zip(data: bytes) -> Upload:
    if not data:
        raise invalid_parameter("Uploaded file must be a non-empty zip")
    if len(data) > MOST_ZIPPED:
        raise code_too_large(MOST_ZIPPED)
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
