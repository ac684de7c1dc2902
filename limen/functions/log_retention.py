"""How much of the logs stays: by bytes, and by the days that a log group asks for."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

MOST_GROUP_BYTES = 64 * 1024 * 1024
MOST_BYTES = 512 * 1024 * 1024
_BLOCK = 4096
"""What a file takes at least, so that many small ones count too."""


class _Segment(Struct, frozen=True):
    path: str
    written: float
    size: int


def drop_oldest(directory: Path, most_group_bytes: int, most_bytes: int) -> None:
    """Deletes the segments that were written to least recently until no group, nor all, have too much."""
    kept: list[_Segment] = []
    for group in group_directories(directory):
        kept.extend(_drop(_segments(group), most_group_bytes))
    _drop(kept, most_bytes)


def drop_written_before(group: Path, seconds: float) -> None:
    """Deletes the segments of a group that nothing was written to since `seconds` (since 1970)."""
    for segment in _segments(group):
        if segment.written < seconds:
            _delete(segment)


def group_directories(directory: Path) -> Iterator[Path]:
    """Those of all regions."""
    for region in _folders(directory):
        yield from _folders(region)


def _drop(segments: list[_Segment], most: int) -> list[_Segment]:
    """Those that stay."""
    segments.sort(key=lambda segment: segment.written)
    total = sum(segment.size for segment in segments)
    dropped = 0
    for segment in segments:
        if total <= most:
            break
        _delete(segment)
        total -= segment.size
        dropped += 1
    return segments[dropped:]


def _segments(group: Path) -> list[_Segment]:
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(group) as entries:
        for entry in entries:
            if entry.name.endswith(".log"):
                with contextlib.suppress(FileNotFoundError):
                    status = entry.stat()
                    found.append(_Segment(entry.path, status.st_mtime, max(status.st_size, _BLOCK)))
    return found


def _delete(segment: _Segment) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(segment.path)


def _folders(path: Path) -> list[Path]:
    try:
        return [each for each in path.iterdir() if each.is_dir()]
    except FileNotFoundError:
        return []
