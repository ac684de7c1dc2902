"""Where uploaded truststores are kept."""

import hashlib
import os
import stat
from pathlib import Path

from limen.control.truststore_uploads import BUCKET, TruststoreUploads
from limen.data_dir import DataDirectory


def test_the_same_content_is_the_same_object(tmp_path: Path) -> None:
    directory = tmp_path / "buckets" / BUCKET
    uploads = TruststoreUploads(directory, tuple)

    uri = uploads.put(b"one")

    assert uri == f"s3://{BUCKET}/{hashlib.sha256(b'one').hexdigest()}.pem"
    assert uploads.put(b"one") == uri != uploads.put(b"two")
    assert sorted(path.read_bytes() for path in directory.iterdir()) == [b"one", b"two"]


def test_nobody_else_can_write_there(tmp_path: Path) -> None:
    directory = tmp_path / BUCKET
    TruststoreUploads(directory, tuple).put(b"one")

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (directory, *directory.iterdir())]
    assert modes == [0o700, 0o600]


def test_the_directory_is_named_as_its_bucket() -> None:
    assert DataDirectory("data").truststores == Path("data/buckets") / BUCKET


def test_the_oldest_that_no_domain_name_has_make_room(tmp_path: Path) -> None:
    named: list[str] = []
    uploads = TruststoreUploads(tmp_path, lambda: named, most=3)
    for age, content in enumerate((b"first", b"second", b"third")):
        path = tmp_path / uploads.put(content).rpartition("/")[2]
        os.utime(path, (1_000_000_000 + age, 1_000_000_000 + age))
    named.append(uploads.put(b"second"))
    uploads.put(b"fourth")

    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"second", b"third", b"fourth"}

    named.extend(uploads.put(content) for content in (b"third", b"fourth"))
    uploads.put(b"fifth")

    assert len(list(tmp_path.iterdir())) == 4, "none of those that are named goes"
