"""When a control process ends: told by SIGTERM, or because the supervisor is no more."""

import asyncio
import os
import signal
import sys
from typing import Any


class Lifetime:
    """Made in the process, begun in its loop."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()

    def begin(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stopping.set)
        loop.add_reader(sys.stdin.fileno(), self._read_standard_input)

    async def wait_ended(self, *serving: asyncio.Future[Any]) -> None:
        """Until it is time to stop, or one of these ends by itself."""
        stopped = asyncio.ensure_future(self.stopping.wait())
        await asyncio.wait({*serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()

    def _read_standard_input(self) -> None:
        """The supervisor holds its other end."""
        if not os.read(sys.stdin.fileno(), 1024):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self.stopping.set()
