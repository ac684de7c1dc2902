"""What operations do beside the others: work in threads, such as hashes of passwords, few at once and few in line; and
questions to shared state, which are awaited."""

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError, service_unavailable
from limen.control.call import Answer, Aside, Inquiry
from limen.control.invoke import Invoke
from limen.control.usage_plans.patience import patiently
from limen.state.interface import State, StateAwayError

log = logging.getLogger("limen.control")

MOST_WAITING = 64
MOST_THREADS = 4

InOperations = Callable[[Callable[[], Any]], Any]
"""Runs a function in the thread of all operations; awaited."""


class Asides:
    """Owned by the control process. `state`: None where nothing is shared."""

    def __init__(
        self, invoke: Invoke, in_operations: InOperations, most: int = MOST_WAITING, *, state: State | None = None
    ) -> None:
        self._invoke = invoke
        self._in_operations = in_operations
        self._most = most
        self._state = state
        self._waiting = 0
        self._threads = ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1), "aside")

    async def invoke(self, call: AwsCall) -> Answer:
        """The answer of an operation, whatever it has to do aside; raises AwsError."""
        return await self.run(partial(self._invoke, call), partial(self._invoke.go_on, call))

    async def run(self, begin: Callable[[], Answer], go_on: Callable[[Aside | Inquiry, Any], Answer]) -> Answer:
        """The same for what is no operation of AWS; `go_on` is called with the result of each Aside."""
        answer: Answer = await self._in_operations(begin)
        while isinstance(answer, Aside | Inquiry):
            result = await (self._run(answer.work) if isinstance(answer, Aside) else self._ask(answer))
            answer = await self._in_operations(partial(go_on, answer, result))
        return answer

    async def _run(self, work: Callable[[], Any]) -> Any:
        if self._waiting >= self._most:
            raise AwsError("TooManyRequestsException", "Too many requests", 400)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    async def _ask(self, inquiry: Inquiry) -> Any:
        state = self._state
        if state is None:
            raise service_unavailable("This process has no counters of usage")
        try:
            return await patiently(lambda: inquiry.ask(state))
        except StateAwayError as error:
            log.warning("usage could not be read: %s", error)
            raise service_unavailable(f"The counters of usage cannot be reached: {error}") from None

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
