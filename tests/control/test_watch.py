"""Saving a watched file: seen soon, once for several quick saves, and by any way that editors save."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from limen.control.deploy_files import deploy_file
from limen.control.deployed import Deployed, FileOptions, FileRefusedError
from limen.control.watch import redeploy_saved, watch_files
from limen.store.store import Store
from tests.support.apis import write_openapi
from tests.support.control import SETTINGS


class Saved:
    """The files that a watcher gave, with the time at which it did."""

    def __init__(self) -> None:
        self.batches: list[tuple[float, list[Path]]] = []

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.batches) < count:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def watching(*paths: Path) -> AsyncIterator[Saved]:
    saved, stop = Saved(), asyncio.Event()

    async def collect() -> None:
        async for batch in watch_files(paths, stop):
            saved.batches.append((time.monotonic(), batch))

    task = asyncio.create_task(collect())
    await asyncio.sleep(0.2)  # the watcher has begun
    yield saved
    stop.set()
    await asyncio.wait_for(task, 5)


def run(test: Callable[[], object]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]


def test_a_save_is_seen_within_the_time_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text("a: 1")

    async def test() -> None:
        async with watching(path) as saved:
            took = []
            for number in range(1, 6):
                began = time.monotonic()
                path.write_text(f"a: {number + 1}")
                await saved.wait_for(number)
                assert saved.batches[-1][1] == [path]
                took.append(saved.batches[-1][0] - began)
            assert min(took) < 0.25

    run(test)


def test_quick_saves_are_seen_as_one(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text("a: 1")

    async def test() -> None:
        async with watching(path) as saved:
            for number in range(5):
                path.write_text(f"a: x{number}")
            await saved.wait_for(1)
            await asyncio.sleep(0.3)
            assert len(saved.batches) <= 2

    run(test)


def test_an_editor_that_renames_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text("a: 1")

    async def test() -> None:
        async with watching(path) as saved:
            for number in range(2):
                draft = tmp_path / ".api.yaml.swp"
                draft.write_text(f"a: new{number}")
                draft.replace(path)
                await saved.wait_for(number + 1)

    run(test)


def test_a_link_that_points_elsewhere_is_seen(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("a: 1")
    (tmp_path / "two.yaml").write_text("a: 2")
    link = tmp_path / "api.yaml"
    link.symlink_to("one.yaml")

    async def test() -> None:
        async with watching(link) as saved:
            fresh = tmp_path / "fresh"
            fresh.symlink_to("two.yaml")
            fresh.replace(link)
            await saved.wait_for(1)

    run(test)


def test_other_files_and_saves_without_a_change_are_not_seen(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text("a: 1")

    async def test() -> None:
        async with watching(path) as saved:
            path.write_text("a: 1")
            (tmp_path / "other.yaml").write_text("b: 1")
            path.touch()
            await asyncio.sleep(0.3)
            assert saved.batches == []

    run(test)


def test_a_refused_file_is_told_and_the_next_save_is_deployed(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text("first")
    said: list[str] = []

    async def deploy(saved: Path) -> Deployed:
        if saved.read_text() == "broken":
            raise FileRefusedError(saved, [f"{saved}:2:9: why"])
        return Deployed("abc", "orders", "$default", "https://orders.example", True, ["enforced: 3"])

    async def test() -> None:
        stop = asyncio.Event()
        task = asyncio.create_task(redeploy_saved([path], deploy, said.append, stop))
        await asyncio.sleep(0.2)
        path.write_text("broken")
        await _until(lambda: len(said) >= 2)
        path.write_text("good")
        await _until(lambda: len(said) >= 4)
        stop.set()
        await asyncio.wait_for(task, 5)

    run(test)
    assert said == [
        f"{path}:2:9: why",
        "api.yaml is not deployed; what was served before stays",
        "enforced: 3",
        "deployed: https://orders.example",
    ]


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def test_a_save_is_deployed_in_300_ms(tmp_path: Path) -> None:
    path, store = tmp_path / "api.json", Store.open(f"sqlite:///{tmp_path}/limen.db")
    paths = {f"/p{number}": f"https://{number}.example" for number in range(100)}
    write_openapi(path, paths)
    said: list[tuple[float, str]] = []

    async def deploy(saved: Path) -> Deployed:
        return await asyncio.to_thread(deploy_file, store, SETTINGS, saved, FileOptions())

    async def test() -> None:
        await deploy(path)
        stop = asyncio.Event()
        say = lambda line: said.append((time.monotonic(), line))  # noqa: E731
        task = asyncio.create_task(redeploy_saved([path], deploy, say, stop))
        await asyncio.sleep(0.2)
        took = []
        for number in range(5):
            began = time.monotonic()
            write_openapi(path, {**paths, "/p7": f"https://{number}.new.example"})
            await _until(lambda number=number: sum(line.startswith("deployed: ") for _, line in said) > number)
            took.append(said[-1][0] - began)
        assert min(took) < 0.3
        stop.set()
        await asyncio.wait_for(task, 5)

    run(test)
    store.close()
