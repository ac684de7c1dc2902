"""Keeps `ca.pem` up to date where others issue: a node trusts each authority that any node has made."""

import asyncio
import logging
from pathlib import Path

from limen.control.certificates.documents import AUTHORITY, EVERYWHERE
from limen.control.wakeups import Wakeups
from limen.downstream.authority_files import add_authorities
from limen.store.errors import StoreAwayError
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

RETRY = 5.0


class TrustedAuthorities:
    """Owned by the control process; `start` in its loop, before the store is watched or after."""

    def __init__(self, store: Store, directory: Path) -> None:
        self._store = store
        self._directory = directory
        self._tasks = Tasks()
        self._wakeups = Wakeups()

    def start(self) -> None:
        self._wakeups.follow(self._store)
        self._wakeups.wake()
        self._tasks.start(self._follow(), "trusted authorities")

    async def stop(self) -> None:
        await self._tasks.cancel_all()

    async def _follow(self) -> None:
        while True:
            await self._wakeups.wait()
            try:
                await asyncio.to_thread(self.add)
            except StoreAwayError:
                await self._try_again()
            except Exception:
                log.exception("authorities could not be added to ca.pem; tried again in %g s", RETRY)
                await self._try_again()

    async def _try_again(self) -> None:
        await asyncio.sleep(RETRY)
        self._wakeups.wake()

    def add(self) -> None:
        with self._store.reader() as reader:
            known = [each["certificate"].encode() for _, each in reader.list(AUTHORITY, EVERYWHERE)]
        if known and add_authorities(self._directory, known):
            log.warning("ca.pem has authorities that are new: limen trust installs them")
