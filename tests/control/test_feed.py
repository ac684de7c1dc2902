"""How any feed is followed: who may, what is sent when, who is waited for, and what if nothing can be read."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from limen.aws.sealing import Seal
from limen.control.cluster.snapshot_file import SNAPSHOTS, SnapshotFile
from limen.control.feed import Feed
from limen.control.follower import Follower
from limen.control.v2.apis import create_api
from limen.frames import frame
from limen.functions.channel import AppliedFunctions, FromHost, HostHello, PutFunctions, read_as_host, read_from_host
from limen.store.errors import StoreAwayError
from limen.store.store import Store
from tests.support.control import Control


class Revisions(Feed[Follower]):
    """Tells revisions alone, in the words of the functions host."""

    def __init__(self, store: Store, snapshot: SnapshotFile | None = None) -> None:
        super().__init__(store, snapshot, "revisions")
        self.reads: list[int | None] = []
        self.failures: list[Exception] = []

    def _read(self, since: int | None) -> PutFunctions:
        self.reads.append(since)
        if self.failures:
            raise self.failures.pop()
        with self._store.reader() as reader:
            return PutFunctions(reader.revision, since is None, [])

    async def _receive(self, reader: asyncio.StreamReader) -> FromHost:
        return await read_from_host(reader)

    def _welcome(self, hello: FromHost, writer: asyncio.StreamWriter) -> Follower | None:
        return Follower(hello.pid, writer) if isinstance(hello, HostHello) else None

    async def _hear(self, follower: Follower, message: FromHost) -> None:
        follower.hear_applied()
        await self._has_applied()


class Peer:
    """The other end of the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def start(cls, path: Path) -> "Peer":
        peer = cls(*await asyncio.open_unix_connection(path))
        peer.writer.write(frame(HostHello(4711)))
        return peer

    async def hear(self) -> tuple[int, bool]:
        told = await asyncio.wait_for(read_as_host(self.reader), 5)
        return told.revision, told.first

    def applied(self) -> None:
        self.writer.write(frame(AppliedFunctions(0)))


Transcript = Callable[[Revisions, Path], Awaitable[None]]


def play(tmp_path: Path, transcript: Transcript, store: Store | None = None, snapshot: bool = False) -> None:
    async def main() -> None:
        kept = SnapshotFile(tmp_path / "kept", Seal(b"k" * 32, SNAPSHOTS)) if snapshot else None
        feed = Revisions(store or Store.open("sqlite://"), kept)
        path = tmp_path / "feed.sock"
        await feed.start(path)
        try:
            await transcript(feed, path)
        finally:
            await feed.stop()

    asyncio.run(main())


def change(feed: Revisions) -> None:
    Control(feed._store)(create_api, name="orders", protocolType="HTTP")


def test_only_its_owner_can_open_the_socket(tmp_path: Path) -> None:
    async def transcript(feed: Revisions, path: Path) -> None:
        assert path.stat().st_mode & 0o777 == 0o600

    play(tmp_path, transcript)


def test_an_end_with_followers_is_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def transcript(feed: Revisions, path: Path) -> None:
        peers = [await Peer.start(path), await Peer.start(path)]
        for peer in peers:
            await peer.hear()
        stranger = Peer(*await asyncio.open_unix_connection(path))
        await asyncio.sleep(0.01)  # to be accepted
        await feed.stop()
        for peer in (*peers, stranger):
            assert await asyncio.wait_for(peer.reader.read(), 5) == b""

    play(tmp_path, transcript)
    assert caplog.records == []


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", frame(AppliedFunctions(1)), b"\0"])
def test_who_does_not_say_hello_is_told_nothing(said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.control.feed.HELLO_TIMEOUT", 0.05)

    async def transcript(feed: Revisions, path: Path) -> None:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert (feed.followers, feed.reads) == (set(), [])
        writer.close()

    play(tmp_path, transcript)


def test_changes_are_sent_one_at_a_time(tmp_path: Path) -> None:
    async def transcript(feed: Revisions, path: Path) -> None:
        peer = await Peer.start(path)
        assert await peer.hear() == (0, True)
        for _ in range(3):
            change(feed)
        await asyncio.sleep(0.05)
        assert feed.reads == [None]
        peer.applied()

        assert await peer.hear() == (3, False)
        assert feed.reads == [None, 0]

    play(tmp_path, transcript)


def test_all_that_follow_are_waited_for_and_none_that_has_gone(tmp_path: Path) -> None:
    async def transcript(feed: Revisions, path: Path) -> None:
        calls: list[None] = []
        feed.on_applied = lambda: calls.append(None)
        assert await feed.wait_applied(99), "nobody to wait for"
        assert not await feed.wait_applied(0, at_least=1, timeout=0.05)
        peers = [await Peer.start(path) for _ in range(2)]
        for peer in peers:
            await peer.hear()
        peers[0].applied()
        assert not await feed.wait_applied(0, timeout=0.05)
        waiting = asyncio.create_task(feed.wait_applied(0, at_least=1, timeout=5))
        peers[1].writer.close()

        assert await waiting
        assert len(feed.followers) == 1
        assert len(calls) == 2

    play(tmp_path, transcript)


def test_what_cannot_be_read_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("limen.control.feed.RETRY_DELAY", 0.01)

    async def transcript(feed: Revisions, path: Path) -> None:
        feed.failures.append(OSError("the disk is gone"))
        peer = await Peer.start(path)

        assert await peer.hear() == (0, True)
        assert "revisions: what changed since revision None could not be read" in caplog.text

    play(tmp_path, transcript)


def test_another_history_is_sent_from_its_beginning(tmp_path: Path) -> None:
    async def transcript(feed: Revisions, path: Path) -> None:
        peer = await Peer.start(path)
        await peer.hear()
        peer.applied()
        assert await feed.wait_applied(0, at_least=1)
        feed._store._restart(0)

        assert (await peer.hear())[1]

    play(tmp_path, transcript)


def test_without_the_database_one_that_starts_is_sent_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open("sqlite://")

    async def with_it(feed: Revisions, path: Path) -> None:
        change(feed)
        peer = await Peer.start(path)
        while (await peer.hear())[0] < 1:
            peer.applied()
        await asyncio.sleep(0.1)

    async def without_it(feed: Revisions, path: Path) -> None:
        assert (feed.is_from_disk, feed.revision) == (True, 1)
        peer = await Peer.start(path)
        told = await peer.hear()
        assert told[1]

    play(tmp_path, with_it, store, snapshot=True)
    monkeypatch.setattr(store, "reader", _away)
    play(tmp_path, without_it, store, snapshot=True)


def _away() -> Any:
    raise StoreAwayError("the database does not answer")
