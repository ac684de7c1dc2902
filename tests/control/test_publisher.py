"""What workers are told: all that is served when they start, what changed after that, and who is waited for."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from limen.aws.credentials import AccessKey
from limen.aws.sealing import Seal
from limen.control.cluster.snapshot_file import SNAPSHOTS, SnapshotFile
from limen.control.publisher import Publisher, TrialError
from limen.control.v2.apis import create_api, delete_api
from limen.control.v2.routes import create_route
from limen.features.usage_plans.records import UsagePlanChanges
from limen.frames import frame
from limen.plan.channel import (
    Applied,
    Collect,
    Explain,
    Explained,
    Figures,
    Hello,
    Look,
    MoveClock,
    ProfileKey,
    Tried,
    Try,
    Updates,
    read_as_worker,
)
from limen.plan.snapshot import StageUpdate
from limen.plan.trial import Trial, TrialResult
from limen.store.errors import StoreAwayError
from limen.store.reader import Reader
from limen.store.store import Store
from tests.support.control import Control


class Worker:
    """The other end of the channel."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def start(cls, path: Path, index: int = 0) -> "Worker":
        worker = cls(*await asyncio.open_unix_connection(path))
        worker.writer.write(frame(Hello(index, 1000 + index)))
        return worker

    async def hear(self) -> Any:
        return await asyncio.wait_for(read_as_worker(self.reader), 5)

    async def updates(self) -> Updates:
        heard = await self.hear()
        assert isinstance(heard, Updates)
        return heard

    def applied(self, revision: int, *problems: str) -> None:
        self.writer.write(frame(Applied(revision, list(problems))))


Transcript = Callable[[Publisher, Path, Control], Awaitable[None]]


def play(tmp_path: Path, transcript: Transcript) -> None:
    async def main() -> None:
        store = Store.open("sqlite://")
        publisher = Publisher(store)
        await publisher.start(tmp_path / "control.sock")
        try:
            await transcript(publisher, tmp_path / "control.sock", Control(store))
        finally:
            await publisher.stop()
            store.close()

    asyncio.run(main())


def quick_create(control: Control, name: str = "orders") -> str:
    api = control(create_api, name=name, protocolType="HTTP", target="http://127.0.0.1:9001")
    return str(api["apiId"])


def test_a_new_worker_is_told_everything(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        api_id = quick_create(control)
        worker = await Worker.start(path)
        updates = await worker.updates()

        assert updates.first
        assert updates.first_api == api_id
        assert [(stage.api_id, stage.stage_name, stage.full) for stage in updates.stages] == [
            (api_id, "$default", True)
        ]

    play(tmp_path, transcript)


def test_after_that_it_is_told_what_changed(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        api_id = quick_create(control)
        worker = await Worker.start(path)
        worker.applied((await worker.updates()).revision)
        (integration,) = control.documents("Integration", api_id)
        control(create_route, apiId=api_id, routeKey="GET /a", target=f"integrations/{integration['integrationId']}")

        (stage,) = (await worker.updates()).stages
        assert not stage.full
        assert [route["routeKey"] for route in stage.put["Route"].values()] == ["GET /a"]

    play(tmp_path, transcript)


def test_many_changes_become_one_for_a_worker_that_is_busy(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        worker = await Worker.start(path)
        first = await worker.updates()
        ids = {quick_create(control, f"api {number}") for number in range(5)}
        await asyncio.sleep(0.05)
        worker.applied(first.revision)

        updates = await worker.updates()
        assert {stage.api_id for stage in updates.stages} == ids
        assert updates.revision == first.revision + 5

    play(tmp_path, transcript)


def test_the_bare_host_passes_on_when_its_api_goes(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        oldest, named = quick_create(control, "oldest"), quick_create(control, "of a file")
        publisher.first_api = named
        worker = await Worker.start(path)
        updates = await worker.updates()
        assert updates.first_api == named

        worker.applied(updates.revision)
        with control.call() as call:
            delete_api(call, {"apiId": named})
        assert (await worker.updates()).first_api == oldest

    play(tmp_path, transcript)


def test_who_waits_for_a_revision_waits_for_every_worker(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        workers = [await Worker.start(path, index) for index in range(2)]
        for worker in workers:
            worker.applied((await worker.updates()).revision)
        quick_create(control)
        revisions = {(await worker.updates()).revision for worker in workers}
        (revision,) = revisions
        workers[0].applied(revision)
        assert not await publisher.wait_applied(revision, timeout=0.1)

        workers[1].applied(revision)
        assert await publisher.wait_applied(revision)

    play(tmp_path, transcript)


def test_a_worker_that_dies_is_waited_for_no_longer(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        worker = await Worker.start(path)
        worker.applied((await worker.updates()).revision)
        quick_create(control)
        waiting = asyncio.create_task(publisher.wait_applied(publisher.revision + 1, timeout=5))
        await asyncio.sleep(0.05)
        worker.writer.close()
        assert await waiting

    play(tmp_path, transcript)


def test_what_a_worker_could_not_compile_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        worker = await Worker.start(path, 3)
        revision = (await worker.updates()).revision
        worker.applied(revision, "abc/prod: no such thing")
        assert await publisher.wait_applied(revision, at_least=1)
        assert "worker 3 keeps the last good plan: abc/prod: no such thing" in caplog.text

    play(tmp_path, transcript)


def test_figures_come_from_those_that_answer_in_time(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        talkative, _ = await Worker.start(path, 0), await Worker.start(path, 1)
        await talkative.updates()
        await asyncio.sleep(0.05)
        collecting = asyncio.create_task(publisher.collect(timeout=0.2))
        asked = await talkative.hear()
        assert isinstance(asked, Collect)
        talkative.writer.write(frame(Figures(asked.number, 7, {"rows": []})))

        assert [figures.connections for figures in await collecting] == [7]

    play(tmp_path, transcript)


def test_explanations_come_from_all_workers(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        workers = [await Worker.start(path, index) for index in range(2)]
        for worker in workers:
            await worker.updates()
        asking = asyncio.create_task(publisher.explain("abc"))
        for worker, found in zip(workers, ([], [b"{}"]), strict=True):
            asked = await worker.hear()
            assert isinstance(asked, Explain)
            assert asked.request_id == "abc"
            worker.writer.write(frame(Explained(asked.number, found)))

        assert await asking == [b"{}"]

    play(tmp_path, transcript)


def test_a_worker_that_starts_late_looks_as_well(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        early = await Worker.start(path, 0)
        await early.updates()
        publisher.look("abc", "prod", 5)
        late = await Worker.start(path, 1)

        assert await early.hear() == await late.hear() == Look("abc", "prod", 5)

    play(tmp_path, transcript)


TRIAL = Trial(
    api=StageUpdate(api_id="abc", stage_name="test-invoke-stage", revision=1),
    method_key="r/GET",
    verb="GET",
    target="/",
)


def test_one_worker_runs_a_test_invocation(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        worker = await Worker.start(path)
        worker.applied((await worker.updates()).revision)
        await publisher.wait_applied(0, at_least=1)
        result = TrialResult(status=200, headers=[], body=b"ok", log="", latency_ms=1)
        for said in (Tried(1, result), Tried(2, None, "no such thing")):
            asking = asyncio.create_task(publisher.run_trial(TRIAL))
            asked = await worker.hear()
            assert isinstance(asked, Try)
            assert (asked.number, asked.trial) == (said.number, TRIAL)
            worker.writer.write(frame(said))
            if said.result is not None:
                assert await asking == result
            else:
                with pytest.raises(TrialError, match="no such thing"):
                    await asking

    play(tmp_path, transcript)


def test_without_a_worker_nothing_is_tested(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        with pytest.raises(TrialError, match="no gateway worker answered"):
            await publisher.run_trial(TRIAL, timeout=0.05)

    play(tmp_path, transcript)


def test_the_key_of_the_profile_comes_first_and_whenever_it_changes(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        publisher.put_profile_key(ProfileKey(None, "nobody has logged in"))
        worker = await Worker.start(path)
        first = await worker.hear()
        await worker.updates()
        publisher.put_profile_key(ProfileKey(AccessKey("AKDEV", "secret", "token")))

        assert first == ProfileKey(None, "nobody has logged in")
        assert await worker.hear() == ProfileKey(AccessKey("AKDEV", "secret", "token"))

    play(tmp_path, transcript)


def test_without_the_database_a_new_worker_is_told_what_was_served_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        store = Store.open("sqlite://")
        control = Control(store)
        first = Publisher(store, snapshot=SnapshotFile(tmp_path / "plans", Seal(b"k" * 32, SNAPSHOTS)))
        await first.start(tmp_path / "first.sock")
        worker = await Worker.start(tmp_path / "first.sock")
        worker.applied((await worker.updates()).revision)
        api_id = quick_create(control)
        worker.applied((await worker.updates()).revision)
        await asyncio.sleep(0.1)
        await first.stop()

        monkeypatch.setattr(store, "reader", _away)
        second = Publisher(store, snapshot=SnapshotFile(tmp_path / "plans", Seal(b"k" * 32, SNAPSHOTS)))
        await second.start(tmp_path / "second.sock")
        worker = await Worker.start(tmp_path / "second.sock", 1)
        frames = [await worker.updates(), await worker.updates()]

        assert second.is_from_disk
        assert second.revision == 1
        assert [frame.first for frame in frames] == [True, False]
        assert [stage.api_id for stage in frames[1].stages] == [api_id]
        for sent in frames:
            worker.applied(sent.revision)
        assert await second.wait_applied(1, at_least=1)
        await second.stop()
        store.close()

    asyncio.run(main())


def test_another_history_is_told_from_its_beginning(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        quick_create(control)
        worker = await Worker.start(path)
        worker.applied((await worker.updates()).revision)
        assert await publisher.wait_applied(1, at_least=1)

        publisher._store._restart(0)

        again = await worker.updates()
        assert again.first
        assert publisher.revision == 0

    play(tmp_path, transcript)


def _away() -> Any:
    raise StoreAwayError("the database does not answer")


def test_keys_and_plans_are_told_when_they_change(tmp_path: Path) -> None:
    class Source:
        pepper = b"p"

        def changes(self, reader: Reader, since: int | None) -> UsagePlanChanges | None:
            return UsagePlanChanges(True, [], []) if since is None else None

    async def main() -> None:
        store = Store.open("sqlite://")
        publisher = Publisher(store, usage_plans=Source())
        await publisher.start(tmp_path / "control.sock")
        worker = await Worker.start(tmp_path / "control.sock")
        first = await worker.updates()
        assert (first.usage_plans, first.pepper) == (UsagePlanChanges(True, [], []), b"p")
        worker.applied(first.revision)
        quick_create(Control(store))
        later = await worker.updates()
        assert (later.usage_plans, later.pepper) == (None, b"")
        await publisher.stop()
        store.close()

    asyncio.run(main())


def test_a_clock_that_was_moved_is_told_to_all_also_later(tmp_path: Path) -> None:
    async def transcript(publisher: Publisher, path: Path, control: Control) -> None:
        first = await Worker.start(path)
        await first.updates()
        publisher.move_clock(MoveClock(86400.0))
        assert await first.hear() == MoveClock(86400.0)
        later = await Worker.start(path, 1)
        assert await later.hear() == MoveClock(86400.0)

    play(tmp_path, transcript)
