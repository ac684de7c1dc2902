"""Looks, in the background, at what ends: renews in time what this server issued, and speaks of what was imported.

Where nodes share a store each control node looks; whoever comes first renews, and the others find it done. What is
left behind goes: stand-ins of domain names that are gone, authorities whose certificates are, tokens of old requests.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from limen.control.certificates.documents import (
    AUTHORITY,
    CERTIFICATE,
    EVERYWHERE,
    IMPORTED,
    STAND_IN,
    TOKEN,
    ends_at,
)
from limen.control.certificates.served import find_served
from limen.control.certificates.use import users_of
from limen.control.wakeups import Wakeups
from limen.downstream.authority_files import drop_authorities
from limen.store.documents import Document
from limen.store.reader import Reader
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

DAY = 86_400.0
RENEW_BEFORE = 60 * DAY
WARN_BEFORE = 30 * DAY
FIRST = 5.0
"""Seconds from the start to the first look: the server may have been off for long."""
INTERVAL = 3_600.0
KEEP_TOKENS = 7_200.0
"""Seconds; they count for nothing before."""
KEEP_STAND_INS = 3_600.0
"""Seconds: it may be that the domain name is about to be made."""
KEEP_AUTHORITIES = 30 * DAY
"""From their start: who makes and deletes a domain name again and again need not trust a new one each time."""

InOperations = Callable[[Callable[[], Any]], Awaitable[Any]]


class Due(Struct, frozen=True):
    """What a look found to do: nouns, parents and keys."""

    renewed: list[tuple[str, str, str]]
    """Domain names of older stores have no stand-in yet, and count."""
    left: list[tuple[str, str, str]]
    ending: list[Document]
    """Imported, in use, and near their end."""


class CertificateSweeper:
    """Owned by the control process; `start` in its loop. `renew` makes a certificate anew, by the place of its
    document, in a transaction of its own."""

    def __init__(
        self,
        store: Store,
        in_operations: InOperations,
        now: Callable[[], float],
        renew: Callable[[str, str, str], None],
        directory: Path,
    ) -> None:
        self._store = store
        self._in_operations = in_operations
        self._now = now
        self._renew = renew
        self._directory = directory
        self._tasks = Tasks()
        self._wakeups = Wakeups()
        self._told: dict[str, float] = {}

    def start(self) -> None:
        self._tasks.start(self._sweep_for_ever(), "certificate sweeper")

    def wake(self) -> None:
        """The clock was moved."""
        self._wakeups.wake()

    async def stop(self) -> None:
        await self._tasks.cancel_all()

    async def _sweep_for_ever(self) -> None:
        sleep = FIRST
        while True:
            await self._wakeups.wait(sleep)
            sleep = INTERVAL
            try:
                await self.sweep()
            except Exception:
                log.exception("certificates that end could not be looked at; tried again in %g s", INTERVAL)

    async def sweep(self) -> None:
        due = await asyncio.to_thread(self._read)
        for place in due.renewed:
            try:
                await self._in_operations(partial(self._renew, *place))
            except Exception:
                log.exception("the certificate %s could not be renewed; tried again in %g s", place[2], INTERVAL)
        if due.left:
            await self._in_operations(partial(self._forget, due.left))
        self._speak_of(due.ending)

    def _read(self) -> Due:
        with self._store.reader() as reader:
            return find_due(reader, self._now())

    def _forget(self, left: list[tuple[str, str, str]]) -> None:
        gone = []
        with self._store.transaction() as documents:
            still = set(_left(documents, self._now()))
            for place in left:
                document = documents.get(*place)
                if document is None or place not in still:
                    continue
                documents.delete(*place)
                if place[0] == AUTHORITY:
                    gone.append(document["certificate"].encode())
        if gone:
            drop_authorities(self._directory, gone)

    def _speak_of(self, ending: list[Document]) -> None:
        """Once a day of each."""
        now = self._now()
        self._told = {arn: at for arn, at in self._told.items() if at > now - DAY}
        for document in ending:
            arn = document["CertificateArn"]
            if arn not in self._told:
                self._told[arn] = now
                log.warning(
                    "the certificate %s for %s ends %s: import a new one under its ARN",
                    arn,
                    document["DomainName"],
                    document["NotAfter"],
                )


def find_due(reader: Reader, now: float) -> Due:
    users = users_of(reader)
    renewed, ending = [], []
    for parent, key, document in reader.all(CERTIFICATE):
        left = ends_at(document) - now
        if document["Type"] != IMPORTED and left <= RENEW_BEFORE:
            renewed.append((CERTIFICATE, parent, key))
        elif document["Type"] == IMPORTED and left <= WARN_BEFORE and document["CertificateArn"] in users:
            ending.append(document)
    left_behind = _left(reader, now)
    for parent, key, document in reader.all(STAND_IN):
        if ends_at(document) - now <= RENEW_BEFORE and (STAND_IN, parent, key) not in left_behind:
            renewed.append((STAND_IN, parent, key))
    renewed += [
        (STAND_IN, EVERYWHERE, key.lower())
        for _, key, domain in reader.all("DomainName")
        if not find_served(reader, domain)
    ]
    return Due(renewed, left_behind, ending)


def _left(reader: Reader, now: float) -> list[tuple[str, str, str]]:
    names = {key.lower() for _, key, _ in reader.all("DomainName")}
    stand_ins = list(reader.all(STAND_IN))
    used = {each.get("_authority") for _, _, each in (*reader.all(CERTIFICATE), *stand_ins)}
    left = [
        (STAND_IN, parent, key)
        for parent, key, stand_in in stand_ins
        if key not in names and _age(stand_in, now) > KEEP_STAND_INS
    ]
    for key, authority in reader.list(AUTHORITY, EVERYWHERE):
        if key not in used and now - authority["begins"] > KEEP_AUTHORITIES:
            left.append((AUTHORITY, EVERYWHERE, key))
    left += [(TOKEN, parent, key) for parent, key, token in reader.all(TOKEN) if _age(token, now) > KEEP_TOKENS]
    return left


def _age(document: Document, now: float) -> float:
    return now - datetime.fromisoformat(document["at"]).timestamp()
