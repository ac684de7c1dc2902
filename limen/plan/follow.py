"""The worker's side of a change: compiled in slices between requests, swapped in whole."""

import asyncio
import time

from limen.gateway.errors import PlanError
from limen.plan.snapshot import StageUpdate
from limen.plan.stage import StageCompiler
from limen.plan.state import WorkerState

SLICE = 0.002
"""Seconds for which compiling may keep requests waiting."""


class Follower:
    """Owned by a worker; changes the table of its state."""

    def __init__(self, state: WorkerState) -> None:
        self._state = state
        self._stages: dict[tuple[str, str], StageCompiler] = {}
        self._one_at_a_time = asyncio.Lock()

    async def apply(self, update: StageUpdate) -> None:
        """Serves what an update says when it returns; raises PlanError where it keeps the last good plan instead."""
        async with self._one_at_a_time:
            if update.stage is None:
                self._forget(update.api_id, update.stage_name)
                return
            stage = self._stages.get((update.api_id, update.stage_name))
            if stage is None:
                if not update.full:
                    raise PlanError("an update came for a stage that this worker has never been told of")
                stage = self._stages[update.api_id, update.stage_name] = StageCompiler(self._state)
            try:
                await self._change_in_slices(stage, update)
            finally:
                if stage.plan is not None:
                    self._state.table.put(stage.plan)

    def forget_all_but(self, kept: set[tuple[str, str]]) -> None:
        """Takes out every stage that is not among these: API id and stage name."""
        for api_id, stage_name in self._stages.keys() - kept:
            self._forget(api_id, stage_name)

    async def _change_in_slices(self, stage: StageCompiler, update: StageUpdate) -> None:
        ends = time.perf_counter() + SLICE
        for _ in stage.change(update):
            if time.perf_counter() > ends:
                await asyncio.sleep(0)
                ends = time.perf_counter() + SLICE

    def _forget(self, api_id: str, stage_name: str) -> None:
        self._stages.pop((api_id, stage_name), None)
        self._state.table.remove(api_id, stage_name)
