"""One execution environment: a process that runs one version, one invocation at a time.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable

from limen.functions.capture import Capture
from limen.functions.errors import InvokeError, service_failure
from limen.functions.invocation import Finish, Invocation, Outcome
from limen.functions.process import SANDBOX_FAILURE, FunctionProcess
from limen.functions.records import FunctionRecord, VersionRecord
from limen.functions.reports import ERROR, SUCCESS, TIMEOUT, Reports
from limen.functions.runtime_api import STARTED, TRUNCATED, Answer
from limen.functions.surroundings import Surroundings
from limen.functions.variables import variables_of

__all__ = ["Environment", "Invocation", "Outcome", "Surroundings"]

log = logging.getLogger("limen.functions")

INIT_TIMEOUT = 10.0
"""Seconds of the init phase; what takes longer is done again within the first invocation, in its time."""

DEBUG_TIMEOUT = 24 * 3600.0
"""Where somebody looks at a breakpoint, nothing times out in a working day."""

LOOK_AT_LEAST = 1.0
"""Seconds after which the memory in a REPORT is measured anew: 60 us."""

_TIMED_OUT = "Sandbox.Timedout"
_OUT_OF_MEMORY = "Runtime.OutOfMemory"
_KILLED = "Runtime exited with error: signal: killed"


class Environment:
    """Of one version. `start` once, then `invoke` one after the other, `close` at the end."""

    def __init__(self, function: FunctionRecord, version: VersionRecord, surroundings: Surroundings) -> None:
        self.function = function
        self.version = version
        self.log_stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{version.version}]{secrets.token_hex(16)}"
        self._surroundings = surroundings
        self._debug = function.name in surroundings.debugged
        self._timeout = DEBUG_TIMEOUT if self._debug else float(version.timeout)
        self._stream = surroundings.logs.open_stream(version.log_group, self.log_stream, region=function.region)
        self._capture = Capture(self._stream)
        self._reports = Reports(
            log_format=version.log_format,
            system_log_level=version.system_log_level,
            version=version.version,
            memory_size=version.memory_size,
        )
        self._variables = variables_of(function, version, self.log_stream, surroundings.variables)
        self._process = FunctionProcess(surroundings, self, self._capture)
        self._ready: asyncio.Future[None] | None = None
        self._init_answer: Answer | None = None
        self._init_crash: tuple[str, str] | None = None
        self._init_ms: float | None = None
        self._tell_free: Callable[[], None] | None = None
        self._invocation: Invocation | None = None
        """The one under way, of which nothing has come yet."""
        self._finish: Finish
        self._timer: asyncio.TimerHandle
        self._began = 0.0
        self._failure = SUCCESS
        self._deadline_ms = 0
        self._most_resident = 0
        self._looked_at = 0.0
        self._is_out_of_memory = False
        self._is_closed = False

    @property
    def is_alive(self) -> bool:
        """Whether it can take another invocation at once; one that cannot is closed and replaced."""
        return self._process.is_alive and self._init_answer is None

    def when_free(self, tell: Callable[[], None]) -> None:
        """Tells once when its runtime has asked for the next invocation, or never will.

        One that goes on behind its answer has the time of that invocation for it, then it is ended.
        """
        self._tell_free = tell
        if self._process.api.is_waiting or not self._process.is_alive:
            self._become_free()

    async def start(self) -> None:
        """The init phase: returns when it has succeeded, failed or timed out; `invoke` tells of it."""
        began = time.monotonic()
        self._ready = asyncio.get_running_loop().create_future()
        self._process.begin(self.version, self._variables, debug=self._debug)
        try:
            async with asyncio.timeout(DEBUG_TIMEOUT if self._debug else INIT_TIMEOUT):
                await self._ready
        except TimeoutError:
            self._process.close()
            self._say_init_failed(began, TIMEOUT, "")
            return
        except asyncio.CancelledError:
            await self.close()
            raise
        finally:
            self._ready = None
        if self._init_answer is not None:
            self._say_init_failed(began, ERROR, self._init_answer.error_type)
        elif self._init_crash is not None:
            self._say_init_failed(began, ERROR, self._init_crash[0])
        else:
            self._init_ms = (time.monotonic() - began) * 1000
            self._measure()  # of a process that exits in its first invocation nothing would be known

    def invoke(self, invocation: Invocation, finish: Finish) -> None:
        """Tells `finish` once what came of it, perhaps before this returns."""
        self._invocation = invocation
        self._finish = finish
        self._failure = SUCCESS
        self._surroundings.watch(self)
        self._timer = asyncio.get_running_loop().call_later(self._timeout, self._time_out)
        self._began = time.monotonic()
        self._begin(invocation)

    async def close(self) -> None:
        """Ends its processes. An invocation under way fails."""
        self._is_closed = True
        self._surroundings.forget(self)
        self._process.close()
        self._become_free()
        self._crash(SANDBOX_FAILURE, "The execution environment was closed")
        self._stream.close()

    # What its process tells.

    def became_ready(self) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
        self._become_free()

    def failed_to_start(self, answer: Answer) -> None:
        """The runtime has said why, and ends now."""
        self._init_answer = answer
        self.became_ready()
        if self._invocation is not None:
            self._failure = ERROR
            self.answered(answer)

    def answered(self, answer: Answer) -> None:
        invocation, self._invocation = self._invocation, None
        if invocation is None:
            return
        self._timer.cancel()
        outcome: Outcome | InvokeError
        try:
            outcome = self._end(invocation.request_id, answer, (time.monotonic() - self._began) * 1000)
        except Exception:
            log.exception("%s: an invocation failed within the host", self.function.name)
            outcome = service_failure("The functions host failed; its log tells why.")
        self._finish(outcome)

    def ended(self, error_type: str, message: str) -> None:
        if self._is_out_of_memory:
            error_type, message = _OUT_OF_MEMORY, _KILLED
        if self._ready is not None and not self._ready.done():
            if self._init_answer is None:
                self._init_crash = (error_type, message)
            self._ready.set_result(None)
        elif self._tell_free is not None:
            self._become_free()
        elif self._process.api.is_pending and self._process.api.state != STARTED:
            self._live_again()  # it ended between two invocations: this one has not begun
        else:
            self._crash(error_type, message)

    def look(self) -> None:
        """At its memory and its processes, from time to time; what uses too much is killed."""
        if self._tell_free is not None and time.time() * 1000 > self._deadline_ms:
            self._process.close()
            self._become_free()
            return
        if self._process.has_too_many():
            self._process.kill()
            return
        limit = self.version.memory_size << 20
        if self._measure() > limit and not self._debug and self._process.proportional() > limit:
            self._is_out_of_memory = True
            self._process.kill()

    def _become_free(self) -> None:
        tell, self._tell_free = self._tell_free, None
        if tell is not None:
            if self._is_closed:
                self._surroundings.forget(self)
            else:
                self._surroundings.rest(self)
            tell()

    # One invocation.

    def _begin(self, invocation: Invocation) -> None:
        self._deadline_ms = int((time.time() + self._timeout) * 1000)
        has_failed = self._init_answer is not None or self._init_crash is not None
        self._capture.begin(invocation.request_id, keep_tail=has_failed)
        self._capture.say(self._reports.start(invocation.request_id))
        if self._init_answer is not None:
            self._failure = ERROR
            self.answered(self._init_answer)
        elif self._init_crash is not None:
            self._crash(*self._init_crash)
        elif self._process.is_alive:
            self._process.api.deliver(invocation, self._deadline_ms)
        else:
            self._live_again()

    def _live_again(self) -> None:
        """The init phase within an invocation, which has the time of the invocation."""
        self._process.close()
        if self._is_closed:
            self._crash(SANDBOX_FAILURE, "The execution environment was closed")
            return
        self._process = FunctionProcess(self._surroundings, self, self._capture)
        self._is_out_of_memory = False
        if self._invocation is not None:
            self._process.api.deliver(self._invocation, self._deadline_ms)
        self._process.begin(self.version, self._variables, debug=self._debug)

    def _end(self, request_id: str, answer: Answer, duration_ms: float) -> Outcome:
        if time.monotonic() - self._looked_at > LOOK_AT_LEAST:
            self._measure()
        self._capture.drain()
        if answer.error_type == TRUNCATED:
            self._failure = ERROR  # its process is about to end, if it has not yet
        is_fatal = self._failure != SUCCESS
        status = self._failure if is_fatal or not answer.error_type else ERROR
        lines = self._reports.end(
            request_id,
            min(duration_ms, self._timeout * 1000),
            -(-self._most_resident // (1 << 20)),
            init_ms=self._init_ms,
            status=status,
            error_type=answer.error_type if status == ERROR else "",
            is_fatal=is_fatal,
        )
        self._init_ms = None
        for line in lines:
            self._capture.say(line)
        self._stream.flush()
        if is_fatal:
            self._process.close()
        return Outcome(
            payload=answer.payload,
            error="Unhandled" if status != SUCCESS else "",
            content_type=answer.content_type,
            log_tail=self._capture.tail,
        )

    def _time_out(self) -> None:
        if self._invocation is None:
            return
        self._measure()
        self._process.close()
        request_id = self._invocation.request_id
        self._capture.say(self._reports.timed_out(request_id, self.version.timeout))
        self._failure = TIMEOUT
        message = f"RequestId: {request_id} Error: Task timed out after {self.version.timeout}.00 seconds"
        self.answered(Answer.error(_TIMED_OUT, message))

    def _crash(self, error_type: str, message: str) -> None:
        """Between invocations nobody hears of it: the environment is replaced."""
        if self._invocation is None:
            return
        message = f"RequestId: {self._invocation.request_id} Error: {message}"
        self._capture.say(self._reports.crashed(message, error_type))
        self._failure = ERROR
        self.answered(Answer.error(error_type, message))

    def _measure(self) -> int:
        self._looked_at = time.monotonic()
        resident = self._process.resident()
        self._most_resident = max(self._most_resident, resident)
        return resident

    def _say_init_failed(self, began: float, status: str, error_type: str) -> None:
        self._capture.drain()
        duration = (time.monotonic() - began) * 1000
        self._capture.say(self._reports.init_failed(duration, "init", status, error_type))
