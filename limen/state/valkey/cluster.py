"""A cluster: each call goes to the node that has its slot; nodes say where slots went.

https://valkey.io/topics/cluster-spec/
"""

import asyncio
import random
from functools import partial
from typing import Any

import hiredis

from limen.state.interface import StateAwayError
from limen.state.messages import ANSWER_TIMEOUT
from limen.state.valkey.calls import Call, command, pack, pack_command, with_source
from limen.state.valkey.connection import Access, Connection, Losses
from limen.state.valkey.keys import SLOTS, slot_of
from limen.state.valkey.servers import is_error
from limen.state.valkey.url import Address, StateUrl

MOST_ROUNDS = 8
"""How often a call is sent on before it is given up."""
PAUSE = 0.05
"""Seconds between two rounds while a slot moves, or has no master."""
MOST_ASKED = 6
"""Nodes that are asked at once where slots are."""
_ASKING = pack_command(("ASKING",))


class Cluster:
    """A connection to each node that has slots."""

    def __init__(self, url: StateUrl, losses: Losses) -> None:
        self._url = url
        self._losses = losses
        self._nodes: dict[Address, Connection] = {}
        self._owners: list[Address] = []
        """By slot; empty while nobody was asked."""
        self._learning: asyncio.Task[None] | None = None

    async def ask(self, calls: list[Call]) -> list[Any]:
        """All nodes are asked at once. A call may be sent on, while the others are done already."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                return await self._ask(calls)
        except TimeoutError:
            self._losses.timeouts += 1
            raise StateAwayError(f"{self._url}: no answer in time") from None

    async def close(self) -> None:
        if self._learning is not None:
            self._learning.cancel()
        for node in self._nodes.values():
            await node.close()

    async def _ask(self, calls: list[Call]) -> list[Any]:
        answers: list[Any] = [None] * len(calls)
        left = [(index, self._url.addresses[0], False) for index in range(len(calls))]
        for number in range(MOST_ROUNDS):
            if not self._owners:
                await self._learn()
            if number == 0:
                left = [(index, self._owners[slot_of(call.key)], False) for index, call in enumerate(calls)]
            left = await self._round(calls, left, answers)
            if not left:
                return answers
        self._losses.errors += 1
        raise StateAwayError(f"{self._url}: {answers[left[0][0]]}")

    async def _round(
        self, calls: list[Call], left: list[tuple[int, Address, bool]], answers: list[Any]
    ) -> list[tuple[int, Address, bool]]:
        """Asks once; what has to be asked again, where, and whether as a guest (ASK)."""
        by_node: dict[tuple[Address, bool], list[int]] = {}
        for index, address, is_guest in left:
            by_node.setdefault((address, is_guest), []).append(index)
        parts = [
            self._ask_node(address, [calls[index] for index in indices], is_guest)
            for (address, is_guest), indices in by_node.items()
        ]
        results = await asyncio.gather(*parts, return_exceptions=True)
        again = []
        for indices, result in zip(by_node.values(), results, strict=True):
            if isinstance(result, BaseException):
                self._owners = []  # the node may have been replaced
                raise result
            for index, answer in zip(indices, result, strict=True):
                answers[index] = answer
                if isinstance(answer, hiredis.ReplyError):
                    again.append((index, *self._where_next(answer, calls[index])))
        if any(is_error(answers[index], "TRYAGAIN", "CLUSTERDOWN", "LOADING", "MASTERDOWN") for index, _, _ in again):
            await asyncio.sleep(PAUSE)
        return again

    def _where_next(self, error: hiredis.ReplyError, call: Call) -> tuple[Address, bool]:
        if is_error(error, "MOVED", "ASK"):
            code, slot, place = str(error).split(" ")[:3]
            host, _, port = place.rpartition(":")
            address = Address(host or self._owner(call).host, int(port))  # no host: the same as before
            if code == "MOVED" and self._owners:
                self._owners[int(slot)] = address
                self._learn_soon()
            return address, code == "ASK"
        if is_error(error, "TRYAGAIN", "CLUSTERDOWN", "LOADING", "MASTERDOWN"):
            return self._owner(call), False
        self._losses.errors += 1
        raise StateAwayError(f"{self._url}: {error}")

    def _owner(self, call: Call) -> Address:
        return self._owners[slot_of(call.key)] if self._owners else self._url.addresses[0]

    async def _ask_node(self, address: Address, calls: list[Call], is_guest: bool) -> list[Any]:
        connection = self._node(address)
        if is_guest:
            packed = b"".join([_ASKING + pack([call]) for call in with_source(calls)])
            return (await connection.ask(packed, 2 * len(calls)))[1::2]
        answers = await connection.ask(pack(calls), len(calls))
        forgotten = [index for index, answer in enumerate(answers) if is_error(answer, "NOSCRIPT")]
        if forgotten:
            again = with_source([calls[index] for index in forgotten])
            for index, answer in zip(forgotten, await connection.ask(pack(again), len(again)), strict=True):
                answers[index] = answer
        return answers

    def _node(self, address: Address) -> Connection:
        node = self._nodes.get(address)
        if node is None:
            access = Access(self._url.login, 0, self._url.tls)
            place = f"{self._url.scheme}://{address}"
            node = self._nodes[address] = Connection(place, partial(_known, address), access, self._losses)
        return node

    async def _learn(self) -> None:
        await asyncio.shield(self._learn_soon())

    def _learn_soon(self) -> asyncio.Task[None]:
        """One question at a time, whoever asks."""
        if self._learning is None or self._learning.done():
            self._learning = asyncio.create_task(self._ask_owners())
            self._learning.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._learning

    async def _ask_owners(self) -> None:
        """Of some nodes; the first that answers is believed."""
        question = [command("CLUSTER", b"SLOTS")]
        known = list(dict.fromkeys([*self._nodes, *self._url.addresses]))
        some = random.sample(known, min(len(known), MOST_ASKED))
        asked = [asyncio.create_task(self._ask_slots(address, question)) for address in some]
        reasons = []
        try:
            for answer in asyncio.as_completed(asked):
                try:
                    owners = await answer
                except StateAwayError as error:
                    reasons.append(str(error))
                    continue
                await self._take_owners(owners)
                return
        finally:
            for task in asked:
                task.cancel()
        raise StateAwayError(f"no node says who has which slots: {'; '.join(reasons)}")

    async def _ask_slots(self, address: Address, question: list[Call]) -> list[Address]:
        [answer] = await self._node(address).ask(pack(question), 1)
        if isinstance(answer, hiredis.ReplyError):
            raise StateAwayError(f"{address}: {answer}")
        return read_slots(answer, address)

    async def _take_owners(self, owners: list[Address]) -> None:
        self._owners = owners
        gone = set(self._nodes) - set(owners) - set(self._url.addresses)
        for address in gone:
            await self._nodes.pop(address).close()


def read_slots(answer: list[Any], asked: Address) -> list[Address]:
    """The answer to CLUSTER SLOTS, as the owner of each slot; StateAwayError where one has none."""
    owners: list[Address | None] = [None] * SLOTS
    for first, last, master, *_ in answer:
        host = (master[0] or b"").decode() or asked.host  # unknown: the one that was asked
        owners[first : last + 1] = [Address(host if host != "?" else asked.host, int(master[1]))] * (last + 1 - first)
    served = [owner for owner in owners if owner is not None]
    if len(served) != SLOTS:
        raise StateAwayError(f"{asked}: {SLOTS - len(served)} of {SLOTS} slots have no node")
    return served


async def _known(address: Address) -> Address:
    return address
