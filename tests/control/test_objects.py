"""Objects in directories that stand for buckets: what is inside them, whatever links and names say."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.control.objects import ObjectError, Objects, StoredObject, version_of


class Elsewhere:
    """S3, as far as these tests go."""

    def read(self, bucket: str, key: str, version: str | None, most: int) -> StoredObject:
        return StoredObject(f"{bucket} {key} {version} {most}".encode(), "v")


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    directory = tmp_path / "trust"
    (directory / "teams").mkdir(parents=True)
    (directory / "clients.pem").write_bytes(b"clients")
    (directory / "teams" / "a.pem").write_bytes(b"team a")
    (tmp_path / "secret").write_bytes(b"secret")
    return directory


@pytest.fixture
def objects(trust: Path) -> Objects:
    return Objects({"trust": str(trust)}, Elsewhere())


def refused(objects: Objects, key: str, version: str | None = None, most: int = 100) -> ObjectError:
    with pytest.raises(ObjectError) as caught:
        objects.read("trust", key, version, most)
    return caught.value


@pytest.mark.parametrize(("key", "content"), [("clients.pem", b"clients"), ("teams/a.pem", b"team a")])
def test_a_file_is_an_object(objects: Objects, key: str, content: bytes) -> None:
    assert objects.read("trust", key, None, 100) == StoredObject(content, version_of(content))


def test_other_buckets_are_asked_of_s3(objects: Objects) -> None:
    assert objects.read("else", "a/b", "7", 9).content == b"else a/b 7 9"


def test_the_version_changes_with_the_content(objects: Objects, trust: Path) -> None:
    before = objects.read("trust", "clients.pem", None, 100).version
    (trust / "clients.pem").write_bytes(b"others")
    after = objects.read("trust", "clients.pem", None, 100).version

    assert before is not None and len(before) == 32 and before != after
    assert objects.read("trust", "clients.pem", after, 100).content == b"others"


def test_a_version_that_is_not_there_is_refused(objects: Objects) -> None:
    error = refused(objects, "clients.pem", "abc")

    assert str(error).startswith("s3://trust/clients.pem has no version 'abc': the file in the directory of [buckets]")
    assert error.code == "NoSuchVersion"


@pytest.mark.parametrize(
    "key",
    [
        *("", ".", "..", "../secret", "teams/../../secret", "teams/../clients.pem", "./clients.pem", "/clients.pem"),
        *("teams", "teams/", "teams//a.pem", "missing", "clients.pem/x", "a\0b", "x" * 300, "x/" * 600, "\ud800"),
    ],
)
def test_a_key_that_is_no_file_below_does_not_exist(objects: Objects, key: str) -> None:
    error = refused(objects, key)

    assert error.code == "NoSuchKey"
    assert "does not exist: there is no such file in the directory of [buckets]" in str(error)


def test_a_link_that_stays_inside_is_followed(objects: Objects, trust: Path) -> None:
    (trust / "now").symlink_to("teams")
    (trust / "teams" / "b.pem").symlink_to("../clients.pem")

    assert objects.read("trust", "now/b.pem", None, 100).content == b"clients"


@pytest.mark.parametrize("target", ["../secret", "/etc/passwd", "loop"])
def test_a_link_that_leads_out_or_nowhere_is_refused(objects: Objects, trust: Path, target: str) -> None:
    (trust / "loop").symlink_to(target)

    assert refused(objects, "loop").code == "NoSuchKey"


def test_a_directory_that_is_a_link_out_is_refused(objects: Objects, trust: Path) -> None:
    (trust / "up").symlink_to("..")

    assert refused(objects, "up/secret").code == "NoSuchKey"


def test_the_bucket_itself_may_be_a_link(trust: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(trust)

    assert Objects({"trust": str(tmp_path / "current")}, Elsewhere()).read("trust", "clients.pem", None, 9).content


def test_a_pipe_is_no_object_and_is_not_waited_for(objects: Objects, trust: Path) -> None:
    os.mkfifo(trust / "pipe")

    assert refused(objects, "pipe").code == "NoSuchKey"


def test_more_than_was_asked_for_is_refused(objects: Objects) -> None:
    assert objects.read("trust", "clients.pem", None, 7).content == b"clients"
    assert str(refused(objects, "clients.pem", most=6)) == "s3://trust/clients.pem has more than 6 bytes"


def test_a_bucket_without_its_directory_is_told(tmp_path: Path) -> None:
    error = refused(Objects({"trust": str(tmp_path / "gone")}, Elsewhere()), "a")

    assert str(error) == "the directory that [buckets] gives for 'trust' cannot be read: No such file or directory"
    assert error.code == "NoSuchBucket"


@given(st.lists(st.sampled_from(["..", ".", "", "teams", "up", "trust", "secret", "a.pem", "clients.pem"]), max_size=5))
def test_no_key_leads_out(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    top = tmp_path_factory.getbasetemp() / "leads"
    if not top.exists():
        (top / "trust" / "teams").mkdir(parents=True)
        (top / "trust" / "clients.pem").write_bytes(b"inside")
        (top / "trust" / "teams" / "up").symlink_to("../..")
        (top / "secret").write_bytes(b"outside")
    try:
        content = Objects({"trust": str(top / "trust")}, Elsewhere()).read("trust", "/".join(parts), None, 99).content
    except ObjectError:
        return
    assert content == b"inside"
