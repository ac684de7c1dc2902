"""Directories of live code: what is told of, and what is not."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from limen.functions.live_code import LiveCode
from tests.functions.hosting import wait_until


def watching(test: Callable[[LiveCode, list[str]], Awaitable[None]], ignored: Path | None = None) -> None:
    async def run() -> None:
        told: list[str] = []
        live = LiveCode(told.append, [ignored] if ignored else [])
        try:
            await test(live, told)
        finally:
            live.close()

    asyncio.run(run())


def test_a_saved_file_is_told_of_by_its_directory(tmp_path: Path) -> None:
    async def test(live: LiveCode, told: list[str]) -> None:
        for name in ("one", "two"):
            (tmp_path / name / "package").mkdir(parents=True)
            live.watch(str(tmp_path / name))
        (tmp_path / "two" / "package" / "app.py").write_text("1")
        await wait_until(lambda: str(tmp_path / "two") in told)
        assert str(tmp_path / "one") not in told

    watching(test)


def test_what_no_code_is_counts_for_nothing(tmp_path: Path) -> None:
    async def test(live: LiveCode, told: list[str]) -> None:
        for name in ("__pycache__", ".limen/functions/logs", ".git"):
            (tmp_path / name).mkdir(parents=True)
        live.watch(str(tmp_path))
        for name in ("__pycache__/app.pyc", ".limen/functions/logs/a.log", ".git/index"):
            (tmp_path / name).write_text("1")
        await asyncio.sleep(0.2)
        assert told == []
        (tmp_path / "app.py").write_text("1")
        await wait_until(lambda: told != [])

    watching(test, tmp_path / ".limen")


def test_a_directory_that_is_put_in_place_of_another_is_watched(tmp_path: Path) -> None:
    async def test(live: LiveCode, told: list[str]) -> None:
        code = tmp_path / "build"
        code.mkdir()
        live.watch(str(code))
        shutil.rmtree(code)
        await wait_until(lambda: told != [])
        live.watch(str(code))  # not there: nothing to watch
        code.mkdir()
        live.watch(str(code))
        told.clear()
        (code / "app.py").write_text("1")
        await wait_until(lambda: told != [])

    watching(test)


def test_a_link_is_followed(tmp_path: Path) -> None:
    async def test(live: LiveCode, told: list[str]) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "real")
        live.watch(str(tmp_path / "link"))
        (tmp_path / "real" / "app.py").write_text("1")
        await wait_until(lambda: told == [str(tmp_path / "link")])

    watching(test)
