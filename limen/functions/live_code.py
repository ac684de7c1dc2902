"""Watches directories of live code and says which of them changed: their environments are replaced then.

One thread watches all of them, however many there are. A directory is watched before its code is loaded, so that no
change is missed, and anew when another directory has taken its place, as after a build.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Collection
from pathlib import Path

from watchfiles import Change, DefaultFilter
from watchfiles._rust_notify import RustNotify

STEP_MS = 10
"""Quiet for so long: the save is over."""
DEBOUNCE_MS = 50
"""Saves that go on are told of after so long."""
LOOK_MS = 1000


class LiveCode:
    """Owned by the host; `changed` is called in its loop with a directory as it was given to `watch`."""

    def __init__(self, changed: Callable[[str], None], ignored: Collection[Path] = ()) -> None:
        """Nothing below `ignored` counts: the data directory may lie in a project and is written all the time."""
        self._changed = changed
        self._is_of_interest = CodeFilter(ignore_paths=list(ignored))
        self._watched: dict[str, tuple[str, tuple[int, int]]] = {}
        """The real path and the identity of each directory."""
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None

    def watch(self, directory: str) -> None:
        """Fine to call again; one that is not there is left alone, and whoever loads code from it will say so."""
        found = _identify(directory)
        if found is None or self._watched.get(directory) == found:
            return
        self._watched[directory] = found
        self._watch_all()

    def close(self) -> None:
        if self._stop is not None:
            self._stop.set()
        if self._thread is not None:
            self._thread.join(1.0)

    def _watch_all(self) -> None:
        """The new watch begins before the old one ends."""
        real = sorted({path for path, _ in self._watched.values() if os.path.isdir(path)})
        before = self._stop
        self._stop = threading.Event()
        notify = RustNotify(real, False, False, LOOK_MS, True, True)
        arguments = (notify, self._stop, asyncio.get_running_loop())
        self._thread = threading.Thread(target=self._look, args=arguments, name="live code", daemon=True)
        self._thread.start()
        if before is not None:
            before.set()

    def _look(self, notify: RustNotify, stop: threading.Event, loop: asyncio.AbstractEventLoop) -> None:
        with notify:
            while not stop.is_set():
                found = notify.watch(DEBOUNCE_MS, STEP_MS, LOOK_MS, stop)
                if not isinstance(found, str):
                    paths = [path for change, path in found if self._is_of_interest(Change(change), path)]
                    if paths and not stop.is_set():
                        loop.call_soon_threadsafe(self._tell, paths)

    def _tell(self, paths: list[str]) -> None:
        for directory, (real, _) in list(self._watched.items()):
            if real in paths:  # removed, perhaps to be put there anew: whoever starts next watches what is there then
                del self._watched[directory]
            if any(path == real or path.startswith(f"{real}{os.sep}") for path in paths):
                self._changed(directory)


class CodeFilter(DefaultFilter):
    """Not what editors, version control, interpreters and deployment tools write for themselves."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, ".aws-sam", ".serverless")


def _identify(directory: str) -> tuple[str, tuple[int, int]] | None:
    real = os.path.realpath(directory)
    try:
        found = os.stat(real)
    except OSError:
        return None
    return (real, (found.st_dev, found.st_ino)) if os.path.isdir(real) else None
