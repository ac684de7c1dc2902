"""Directories of live code: every edit is told, quickly, and nothing that is none."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from limen.functions.live_code import LiveCode


class Changes:
    """What was told, and how long it took."""

    def __init__(self) -> None:
        self.told: list[Path] = []

    async def wait(self, directory: Path) -> float:
        began = time.monotonic()
        async with asyncio.timeout(10):
            while directory not in self.told:
                await asyncio.sleep(0.005)
        self.told.clear()
        return time.monotonic() - began


def run(test: Callable[[LiveCode, Changes], Awaitable[None]], ignored: Path | None = None) -> None:
    async def whole() -> None:
        changes = Changes()
        live = LiveCode(changes.told.append, [ignored] if ignored else [])
        try:
            await test(live, changes)
        finally:
            await live.close()

    asyncio.run(whole())


async def settle() -> None:
    """Until the kernel watches: there is nothing that tells."""
    await asyncio.sleep(0.3)


def test_an_edit_is_told_at_once(tmp_path: Path) -> None:
    async def test(live: LiveCode, changes: Changes) -> None:
        live.watch_only({tmp_path})
        await settle()
        took = []
        for number in range(3):
            (tmp_path / "app.py").write_text(f"x = {number}")
            took.append(await changes.wait(tmp_path))
            await asyncio.sleep(0.1)
            changes.told.clear()
        assert min(took) < 0.2

    run(test)


def test_what_is_no_code_is_not_told(tmp_path: Path) -> None:
    async def test(live: LiveCode, changes: Changes) -> None:
        for name in ("__pycache__", ".git", ".limen", "data"):
            (tmp_path / name).mkdir()
        live.watch_only({tmp_path})
        await settle()
        for name in ("__pycache__/app.cpython-311.pyc", ".git/index", ".limen/limen.db", ".app.py.swp", "data/log"):
            (tmp_path / name).write_text("x")
        await asyncio.sleep(0.3)
        assert changes.told == []

    run(test, tmp_path / "data")


def test_each_directory_is_told_apart(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()

    async def test(live: LiveCode, changes: Changes) -> None:
        live.watch_only({first, second})
        await settle()
        (second / "app.py").write_text("x")
        await changes.wait(second)
        live.watch_only({first})
        await settle()
        (second / "app.py").write_text("y")
        (first / "app.py").write_text("y")
        await changes.wait(first)
        assert second not in changes.told

    run(test)


def test_a_directory_that_is_made_anew_is_watched_again(tmp_path: Path) -> None:
    directory = tmp_path / "build"

    async def test(live: LiveCode, changes: Changes) -> None:
        live.watch_only({directory})
        await settle()
        directory.mkdir()
        await changes.wait(directory)
        await settle()
        (directory / "app.py").write_text("x")
        await changes.wait(directory)
        shutil.rmtree(directory)
        await asyncio.sleep(1.2)
        changes.told.clear()
        directory.mkdir()
        (directory / "app.py").write_text("x")
        await changes.wait(directory)

    run(test)
