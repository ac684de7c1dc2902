"""Which connections there are, and which call goes to which: one server, or the master that sentinels know.

https://valkey.io/topics/sentinel-clients/
"""

import asyncio
from functools import partial
from typing import Any, Protocol

import hiredis

from limen.state.interface import StateAwayError
from limen.state.valkey.calls import Call, command, pack, with_source
from limen.state.valkey.connection import Access, Connection, Losses
from limen.state.valkey.url import Address, StateUrl

_USELESS = ("READONLY", "MASTERDOWN", "LOADING")
"""What a server says that is no master (any more), or not yet: it is looked for anew."""


class Servers(Protocol):
    """Makes no connection before it is asked."""

    async def ask(self, calls: list[Call]) -> list[Any]:
        """The answers, in the order of the calls. Raises StateAwayError; it is not known then what was done."""

    async def close(self) -> None: ...


class OneServer:
    """A server by its address, or the master of a service."""

    def __init__(self, url: StateUrl, losses: Losses) -> None:
        self._losses = losses
        self._place = str(url)
        self._sentinels = Sentinels(url, losses) if url.service else None
        find = self._sentinels.find if self._sentinels else partial(_known, url.addresses[0])
        access = Access(url.login, url.database, url.tls, must_be_master=True)
        self._connection = Connection(self._place, find, access, losses)

    async def ask(self, calls: list[Call]) -> list[Any]:
        answers = await self._connection.ask(pack(calls), len(calls))
        forgotten = [index for index, answer in enumerate(answers) if is_error(answer, "NOSCRIPT")]
        if forgotten:
            again = with_source([calls[index] for index in forgotten])
            for index, answer in zip(forgotten, await self._connection.ask(pack(again), len(again)), strict=True):
                answers[index] = answer
        for answer in answers:
            if isinstance(answer, hiredis.ReplyError):
                self._refuse(answer)
        return answers

    async def close(self) -> None:
        await self._connection.close()
        if self._sentinels is not None:
            await self._sentinels.close()

    def _refuse(self, error: Exception) -> None:
        self._losses.errors += 1
        if is_error(error, *_USELESS):
            self._connection.drop(str(error))
        raise StateAwayError(f"{self._place}: {error}")


async def _known(address: Address) -> Address:
    return address


def is_error(answer: Any, *codes: str) -> bool:
    return isinstance(answer, hiredis.ReplyError) and str(answer).startswith(codes)


class Sentinels:
    """All are asked at once; the first that knows the master is believed, and whoever connects looks at its role."""

    def __init__(self, url: StateUrl, losses: Losses) -> None:
        self._service = url.service
        access = Access(url.sentinel_login, 0, url.tls, is_sentinel=True)
        self._connections = [
            Connection(f"sentinel {address}", partial(_known, address), access, losses) for address in url.addresses
        ]

    async def find(self) -> Address:
        asked = [asyncio.ensure_future(self._ask(connection)) for connection in self._connections]
        reasons = []
        try:
            for answer in asyncio.as_completed(asked):
                try:
                    return await answer
                except StateAwayError as error:
                    reasons.append(str(error))
        finally:
            for task in asked:
                task.cancel()
        raise StateAwayError(f"no sentinel says where the master is: {'; '.join(reasons)}")

    async def close(self) -> None:
        for connection in self._connections:
            await connection.close()

    async def _ask(self, connection: Connection) -> Address:
        question = command("SENTINEL", b"GET-MASTER-ADDR-BY-NAME", self._service)
        [answer] = await connection.ask(pack([question]), 1)
        if isinstance(answer, list) and len(answer) == 2:
            return Address(answer[0].decode(), int(answer[1]))
        raise StateAwayError(f"{connection.place}: it knows no service {self._service!r} ({answer or 'no answer'})")
