"""One invocation on its way: admitted, waiting for an environment or in one, and whom to tell what came of it."""

from typing import Protocol

from limen.functions.errors import InvokeError
from limen.functions.invocation import Finish, Invocation, Outcome


class Counts(Protocol):
    """A function, which counts the invocations that it admits."""

    def admit(self) -> bool: ...

    def release(self, is_reserved: bool) -> None: ...


class Waits(Protocol):
    """A pool, in which it may wait."""

    def lose_patience(self, run: "Run") -> None: ...


class Run:
    """Counted from its making, which raises InvokeError where too many run, to its end."""

    __slots__ = ("_finish", "_function", "_is_reserved", "generation", "invocation", "pool", "slot")

    def __init__(self, function: Counts, invocation: Invocation, finish: Finish) -> None:
        """`finish` is told once."""
        self._is_reserved = function.admit()
        self._function = function
        self._finish = finish
        self.invocation = invocation
        self.pool: Waits | None = None
        self.generation = 0
        """Of the pool, when it began to wait there."""
        self.slot = 0
        """Of the clock's deadlines, while it waits."""

    def end(self, outcome: Outcome | InvokeError) -> None:
        self._function.release(self._is_reserved)
        self._finish(outcome)

    def deadline_passed(self) -> None:
        if self.pool is not None:
            self.pool.lose_patience(self)
