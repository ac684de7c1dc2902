"""The spawner: processes on request, the words with which they end, and their end with everything below them."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from limen.functions import kin
from limen.functions.spawner import Spawner, make_pipe

BOTH = pytest.mark.parametrize("isolates", [True, False])


class Spawned:
    """A process and the reading ends of its pipes."""

    def __init__(self, spawner: Spawner, pid: int, output: int, status: int) -> None:
        self.spawner, self.pid, self.output, self.status = spawner, pid, output, status

    async def words(self) -> bytes:
        """Of its init, when it has ended."""
        return await asyncio.wait_for(asyncio.to_thread(self._read, self.status), 20)

    async def said(self) -> bytes:
        return await asyncio.wait_for(asyncio.to_thread(self._read, self.output), 20)

    def _read(self, descriptor: int) -> bytes:
        os.set_blocking(descriptor, True)
        with open(descriptor, "rb") as file:
            return file.read()


async def spawn(spawner: Spawner, staging: Path, *argv: str) -> Spawned:
    output, output_writer = make_pipe()
    telemetry, telemetry_writer = make_pipe()
    status, status_writer = make_pipe()
    view = {
        "task": "/etc", "opt": "", "socket": "/dev/null", "staging": str(staging), "tmp_mb": 1, "hidden": [],
        "visible": [],
    }  # fmt: skip
    message = {
        "argv": argv, "environment": {"PATH": "/usr/bin:/bin"}, "directory": "/", "view": view,
        "limits": {"RLIMIT_NOFILE": 99},
    }  # fmt: skip
    try:
        pid = await spawner.spawn(message, (output_writer, telemetry_writer, status_writer))
    finally:
        for descriptor in (output_writer, telemetry_writer, status_writer, telemetry):
            os.close(descriptor)
    return Spawned(spawner, pid, output, status)


def run(directory: Path, test: Callable[[Spawner], Awaitable[None]], *, isolates: bool) -> None:
    async def whole() -> None:
        spawner = Spawner(directory, isolates=isolates)
        await spawner.open()
        try:
            await test(spawner)
        finally:
            await spawner.close()
        assert not spawner.is_alive

    asyncio.run(whole())


@BOTH
def test_the_words_of_an_end(tmp_path: Path, isolates: bool) -> None:
    async def test(spawner: Spawner) -> None:
        assert (await (await spawn(spawner, tmp_path, "/bin/true")).words()).splitlines() == [b"exit 0"]
        assert (await (await spawn(spawner, tmp_path, "sh", "-c", "exit 3")).words()).splitlines() == [b"exit 768"]
        assert (await (await spawn(spawner, tmp_path, "sh", "-c", "kill -9 $$")).words()).splitlines() == [b"exit 9"]
        words = await (await spawn(spawner, tmp_path, "/no/program")).words()
        assert words.startswith(b"exec /no/program: No such file or directory\n")
        limited = await spawn(spawner, tmp_path, "sh", "-c", "ulimit -n; echo $PATH; env | wc -l; cat; echo $0")
        assert (await limited.said()).split() == [b"99", b"/usr/bin:/bin", b"2", b"sh"]

    run(tmp_path, test, isolates=isolates)


@BOTH
def test_a_kill_takes_all_descendants(tmp_path: Path, isolates: bool) -> None:
    async def test(spawner: Spawner) -> None:
        family = await spawn(
            spawner, tmp_path, "sh", "-c", "(setsid sh -c 'sleep 60 & echo ready; wait' &) ; (trap '' TERM; sleep 60)"
        )
        await asyncio.sleep(0.3)
        spawner.kill(family.pid)
        spawner.kill(family.pid)
        assert await family.said() == b"ready\n"  # its end: nobody holds the pipe any more
        await family.words()

    run(tmp_path, test, isolates=isolates)


@BOTH
def test_memory_of_all_is_counted(tmp_path: Path, isolates: bool) -> None:
    if not kin.IS_KNOWN:
        pytest.skip("memory is not watched here")

    async def test(spawner: Spawner) -> None:
        one = await spawn(spawner, tmp_path, "sleep", "60")
        two = await spawn(spawner, tmp_path, "sh", "-c", "sleep 60 & sleep 60")
        await asyncio.sleep(0.2)
        alone, together = (kin.resident(spawned.pid, bool(spawner.level)) for spawned in (one, two))
        assert 0 < alone < together < 64 << 20
        assert 0 < kin.proportional(two.pid, bool(spawner.level)) <= together
        assert kin.resident(1 << 22, bool(spawner.level)) == 0  # of nobody
        for spawned in (one, two):
            spawner.kill(spawned.pid)
            await spawned.words()

    run(tmp_path, test, isolates=isolates)


@BOTH
def test_all_end_with_the_spawner(tmp_path: Path, isolates: bool) -> None:
    async def test(spawner: Spawner) -> None:
        spawned = await spawn(spawner, tmp_path, "sleep", "60")
        await spawner.close()
        await spawned.words()

    async def killed(spawner: Spawner) -> None:
        spawned = await spawn(spawner, tmp_path, "sleep", "60")
        os.kill(spawner.pid, 9)
        await spawned.words()
        await (await spawn(spawner, tmp_path, "true")).words()  # it has been started again

    run(tmp_path, test, isolates=isolates)
    run(tmp_path, killed, isolates=isolates)


def test_many_at_once_are_started_one_after_the_other(tmp_path: Path) -> None:
    async def test(spawner: Spawner) -> None:
        spawned = await asyncio.gather(*(spawn(spawner, tmp_path, "echo", str(number)) for number in range(20)))
        assert [int(await one.said()) for one in spawned] == list(range(20))
        for one in spawned:
            await one.words()

    run(tmp_path, test, isolates=True)


def test_who_does_not_wait_leaves_no_process(tmp_path: Path) -> None:
    async def test(spawner: Spawner) -> None:
        waiting = asyncio.create_task(spawn(spawner, tmp_path, "sleep", "60"))
        await asyncio.sleep(0)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        spawned = await spawn(spawner, tmp_path, "true")
        await spawned.words()

    run(tmp_path, test, isolates=True)


def test_a_machine_without_namespaces_says_why(tmp_path: Path) -> None:
    async def test(spawner: Spawner) -> None:
        assert (spawner.level, spawner.reason) == (0, "namespaces are switched off")

    run(tmp_path, test, isolates=False)
