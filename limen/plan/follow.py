"""The worker's side of a change: compiled in slices between requests, swapped in whole."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any, TypeAlias

from msgspec.structs import replace

from limen.gateway.errors import PlanError
from limen.plan.snapshot import Document, StageUpdate
from limen.plan.stage import StageCompiler
from limen.plan.state import WorkerState

SLICE = 0.002
"""Seconds for which compiling may keep requests waiting."""


StageName: TypeAlias = tuple[str, str, bool]
"""API id, name of the stage, and whether it is its canary."""


async def in_slices(steps: Iterable[None]) -> None:
    """Takes small steps to their end, with requests between them."""
    ends = time.perf_counter() + SLICE
    for _ in steps:
        if time.perf_counter() > ends:
            await asyncio.sleep(0)
            ends = time.perf_counter() + SLICE


class Follower:
    """Owned by a worker; changes the table of its state."""

    def __init__(self, state: WorkerState) -> None:
        self._state = state
        self._stages: dict[StageName, StageCompiler] = {}
        self._flushed: dict[StageName, Any] = {}
        """What stages say of the last flush of the answers of their authorizers."""
        self._one_at_a_time = asyncio.Lock()

    async def apply(self, update: StageUpdate) -> None:
        """Serves what an update says when it returns; raises PlanError where it keeps the last good plan instead."""
        async with self._one_at_a_time:
            name = (update.api_id, update.stage_name, update.is_canary)
            if update.stage is None:
                self._forget(name)
                return
            stage = self._stages.get(name)
            if stage is None:
                if not update.full:
                    raise PlanError("an update came for a stage that this worker has never been told of")
                stage = self._stages[name] = StageCompiler(self._state, update.protocol)
            self._flush_answers(name, update.stage)
            try:
                await in_slices(stage.change(update))
            finally:
                self._serve(update.api_id, update.stage_name)

    def _flush_answers(self, name: StageName, stage: Document) -> None:
        """A stage that says that it was flushed since it was last heard of (FlushStage...Cache)."""
        mark = stage.get("_authorizersCacheReset")
        if mark != self._flushed.get(name):
            self._flushed[name] = mark
            self._state.authorizers.answers.flush(name[0], name[1])
        self._state.caches.mark(name[0], name[1], stage.get("_cacheReset"))

    def forget_all_but(self, kept: set[StageName]) -> None:
        """Takes out every stage that is not among these."""
        for name in self._stages.keys() - kept:
            self._forget(name)

    def _forget(self, name: StageName) -> None:
        self._stages.pop(name, None)
        self._flushed.pop(name, None)
        api_id, stage_name, is_canary = name
        if is_canary:
            self._serve(api_id, stage_name)
        else:
            self._state.table.remove(api_id, stage_name)
            self._state.watches.forget(api_id, stage_name)
            self._state.limits.forget_stage(api_id, stage_name)
            self._state.caches.forget(api_id, stage_name)

    def _serve(self, api_id: str, stage_name: str) -> None:
        """Puts a stage into the table, with its canary where there is one."""
        stage = self._stages.get((api_id, stage_name, False))
        canary = self._stages.get((api_id, stage_name, True))
        if stage is None or stage.plan is None:
            return
        plan = stage.plan
        if canary is not None and canary.plan is not None:
            plan = replace(plan, canary=canary.plan, canary_share=canary.canary_share)
        self._state.table.put(plan)
