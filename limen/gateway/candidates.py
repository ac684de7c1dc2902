"""The routes that a path could have taken, for whoever asks why it took the one it did."""

from typing import Any

from limen.gateway.paths import PathError, Paths, decode_segments

MOST = 50


def find_candidates(paths: Paths[Any], path: bytes) -> list[str]:
    """Keys of all routes whose path fits, whatever their method: static text first, what takes the rest last."""
    try:
        segments = decode_segments(path)
    except PathError:
        return []
    if len(segments) > 2 and not segments[-1]:
        segments.pop()
    found: list[str] = []
    _collect(paths._root, segments, 1, found)
    return found[:MOST]


def _collect(node: Any, segments: list[bytes], index: int, found: list[str]) -> None:
    if index == len(segments) or segments[index:] == [b""]:
        found += [endpoint.key for endpoint in node.full.values()]
    if index == len(segments):
        return
    child = node.static.get(segments[index])
    if child is not None:
        _collect(child, segments, index + 1, found)
    if node.variable is not None and segments[index]:
        _collect(node.variable, segments, index + 1, found)
    if segments[index:] != [b""]:
        found += [endpoint.key for endpoint in node.greedy.values()]
