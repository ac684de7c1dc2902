"""Removes, in the background, zip files that no function, version or layer names any more."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from limen.control.functions.code_store import CodeStore
from limen.control.functions.records import code_in_use
from limen.control.sweeper import Sweeper
from limen.store.store import Store

log = logging.getLogger("limen.control")

INTERVAL = 900.0
"""Seconds between two looks."""


def code_pruner(
    store: Store,
    codes: CodeStore,
    in_operations: Callable[[Callable[[], None]], Awaitable[None]],
    interval: float = INTERVAL,
    *,
    prunes_shared: bool = False,
) -> Sweeper:
    """`in_operations` runs a function in the one thread of operations: so no code is put away while it is looked which
    code is used. `prunes_shared`: also what nodes share, in the store."""

    async def prune() -> None:
        await in_operations(partial(_prune, store, codes, prunes_shared))

    return Sweeper("prune code", prune, interval, "unused code could not be removed")


def _prune(store: Store, codes: CodeStore, prunes_shared: bool) -> None:
    with store.reader() as reader:
        used = code_in_use(reader)
    removed = codes.prune(used) + (codes.prune_shared(used) if prunes_shared else 0)
    if removed:
        log.info("removed %d unused code packages", removed)
