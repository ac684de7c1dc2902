"""Uploads are kept by their digest for a day."""

import os
from pathlib import Path

from limen.control.stacks.packages import UploadedPackages


def test_what_was_put_is_found(tmp_path: Path) -> None:
    packages = UploadedPackages(tmp_path / "uploads")
    packages.put("a" * 64, b"zip")

    assert packages.has("a" * 64)
    assert packages.find("a" * 64) == b"zip"
    assert packages.find("b" * 64) is None
    assert packages.find("../secret") is None


def test_what_is_old_goes(tmp_path: Path) -> None:
    packages = UploadedPackages(tmp_path)
    packages.put("a" * 64, b"zip")
    os.utime(tmp_path / ("a" * 64), (1, 1))

    packages.put("b" * 64, b"zip")

    assert not packages.has("a" * 64)
