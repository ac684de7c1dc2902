"""Domain names on the channel to the workers, and in what a node keeps of it."""

import asyncio
from pathlib import Path

from limen.aws.sealing import Seal
from limen.control.cluster.snapshot_file import SNAPSHOTS, SnapshotFile
from limen.control.publisher import Publisher
from limen.features.domain_names.records import MAPPINGS_ONLY, DomainChanges, DomainRecord
from limen.store.reader import Reader
from limen.store.store import Store
from tests.control.test_publisher import Worker, quick_create
from tests.support.control import Control


def test_domain_names_are_told_and_their_keys_kept_sealed(tmp_path: Path) -> None:
    record = DomainRecord("a.test", MAPPINGS_ONLY, (), (), "TLS_1_2", "the chain", "the private key")

    class Source:
        def changes(self, reader: Reader, since: int | None, until: int) -> DomainChanges | None:
            assert until == reader.revision
            return DomainChanges(True, [record]) if since is None else None

    async def main() -> None:
        store = Store.open("sqlite://")
        snapshot = SnapshotFile(tmp_path / "plans", Seal(b"k" * 32, SNAPSHOTS))
        publisher = Publisher(store, domains=Source(), snapshot=snapshot)
        await publisher.start(tmp_path / "control.sock")
        worker = await Worker.start(tmp_path / "control.sock")
        first = await worker.updates()
        assert first.domains == DomainChanges(True, [record])
        worker.applied(first.revision)
        quick_create(Control(store))
        assert (await worker.updates()).domains is None
        await publisher.stop()
        store.close()

    asyncio.run(main())
    kept = SnapshotFile(tmp_path / "plans", Seal(b"k" * 32, SNAPSHOTS)).read()
    assert kept is not None
    assert b"the private key" in kept.frames[0]
    assert b"the private key" not in (tmp_path / "plans").read_bytes()
