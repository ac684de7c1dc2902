"""Watches files that are served and says which of them were saved with new contents.

Editors write in place, or write beside and rename; a link may change what it points to. So folders are watched, and
a file counts as saved when its contents differ from those seen last.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from watchfiles import awatch

from limen.control.deployed import Deployed, FileRefusedError, stays_as_it_was

STEP_MS = 20  # quiet for so long: the save is over
DEBOUNCE_MS = 100  # saves that go on are answered after so long
LOOK_MS = 1000  # where no event tells of a save, as on network file systems, it is seen by looking


async def watch_files(paths: Sequence[Path], stop: asyncio.Event | None = None) -> AsyncIterator[list[Path]]:
    """Yields the files whose contents changed, several quick saves as one; ends when `stop` is set."""
    seen = {path: _digest(path) for path in paths}
    folders = {folder for path in paths for folder in (path.absolute().parent, path.resolve().parent)}
    changes = awatch(
        *folders,
        watch_filter=None,
        recursive=False,
        step=STEP_MS,
        debounce=DEBOUNCE_MS,
        rust_timeout=LOOK_MS,
        yield_on_timeout=True,
        stop_event=stop,
    )
    async for _ in changes:
        found = {path: _digest(path) for path in paths}
        changed = [path for path in paths if found[path] is not None and found[path] != seen[path]]
        seen.update({path: found[path] for path in changed})
        if changed:
            yield changed


async def redeploy_saved(
    paths: Sequence[Path],
    deploy: Callable[[Path], Awaitable[Deployed]],
    say: Callable[[str], None],
    stop: asyncio.Event | None = None,
) -> None:
    """Deploys each file again when it is saved. One that is refused leaves what is served as it is."""
    async for changed in watch_files(paths, stop):
        for path in changed:
            try:
                deployed = await deploy(path)
            except FileRefusedError as error:
                for line in error.lines:
                    say(line)
                say(stays_as_it_was(path))
                continue
            for line in deployed.lines if deployed.has_changes else ():
                say(line)
            say(f"deployed: {deployed.url}" if deployed.has_changes else f"{path.name}: nothing changed")


def _digest(path: Path) -> bytes | None:
    """Of what the file holds; None where it is not there, as in the middle of a rename."""
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return None
