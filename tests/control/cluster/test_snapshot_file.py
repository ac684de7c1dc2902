"""The file of what was served last: read as it was written, and never as anything else."""

from pathlib import Path

import pytest

from limen.aws.sealing import Seal
from limen.control.cluster import snapshot_file
from limen.control.cluster.snapshot_file import SNAPSHOTS, Kept, SnapshotFile

SEAL = Seal(b"k" * 32, SNAPSHOTS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "snapshots" / "plans"


def written(path: Path, *frames: tuple[bytes, int, int | None]) -> SnapshotFile:
    snapshot = SnapshotFile(path, SEAL)
    for frame, revision, since in frames:
        snapshot.keep(frame, revision, since, snapshot.history)
    return snapshot


THREE = ((b"all at 3", 3, None), (b"3 to 5", 5, 3), (b"5 to 6", 6, 5))


def test_frames_are_read_in_their_order(path: Path) -> None:
    snapshot = written(path, *THREE)

    assert snapshot.revision == 6
    assert SnapshotFile(path, SEAL).read() == Kept(6, [b"all at 3", b"3 to 5", b"5 to 6"])


def test_everything_takes_the_place_of_what_was_kept(path: Path) -> None:
    written(path, *THREE)
    written(path, (b"all at 9", 9, None))

    assert SnapshotFile(path, SEAL).read() == Kept(9, [b"all at 9"])


def test_what_does_not_follow_is_not_kept(path: Path) -> None:
    snapshot = written(path, THREE[0], (b"4 to 5", 5, 4))
    earlier = snapshot.history
    snapshot.forget_history()
    snapshot.keep(b"all of an earlier history", 9, None, earlier)

    assert SnapshotFile(path, SEAL).read() == Kept(3, [b"all at 3"])
    assert snapshot.wants_more


def test_a_frame_that_was_cut_off_ends_what_is_read(path: Path) -> None:
    written(path, *THREE)
    path.write_bytes(path.read_bytes()[:-5])

    assert SnapshotFile(path, SEAL).read() == Kept(5, [b"all at 3", b"3 to 5"])


def test_many_changes_ask_for_everything_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_file, "SMALLEST_GROWTH", 100)
    snapshot = written(path, THREE[0], (b"x" * 200, 5, 3))

    assert snapshot.wants_more
    assert SnapshotFile(path, SEAL).read() == Kept(5, [b"all at 3", b"x" * 200])


def test_nothing_is_read_of_what_another_key_or_version_wrote(path: Path) -> None:
    written(path, *THREE)

    assert SnapshotFile(path, Seal(b"o" * 32, SNAPSHOTS)).read() is None
    content = path.read_bytes()
    path.write_bytes(b"limen-snapshot 0.0.0 " + content.split(b" ", 2)[2])
    assert SnapshotFile(path, SEAL).read() is None
    path.unlink()
    assert SnapshotFile(path, SEAL).read() is None


def test_it_is_sealed_and_its_owners_alone(path: Path) -> None:
    written(path, (b"a-secret", 1, None))

    assert b"a-secret" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_a_disk_that_refuses_is_told_and_tried_again_later(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.parent.mkdir(exist_ok=True)
    path.parent.write_text("a file where a directory should be")
    snapshot = written(path, THREE[0])

    assert "cannot be written" in caplog.text
    assert not snapshot.wants_more
