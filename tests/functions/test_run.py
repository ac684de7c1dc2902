"""An invocation is counted from its making to its end."""

import pytest

from limen.functions.errors import InvokeError, reserved_concurrency_reached
from limen.functions.invocation import Invocation, Outcome
from limen.functions.run import Run

INVOCATION = Invocation(request_id="r", invoked_arn="a", payload=b"{}")


class Counted:
    def __init__(self, most: int) -> None:
        self.most = most
        self.running = 0

    def admit(self) -> bool:
        if self.running >= self.most:
            raise reserved_concurrency_reached()
        self.running += 1
        return True

    def release(self, is_reserved: bool) -> None:
        assert is_reserved
        self.running -= 1


def test_an_invocation_is_counted_until_it_ends() -> None:
    function, told = Counted(1), list[Outcome | InvokeError]()
    run = Run(function, INVOCATION, told.append)
    with pytest.raises(InvokeError):
        Run(function, INVOCATION, told.append)

    run.end(Outcome(payload=b"1"))

    assert (function.running, told) == (0, [Outcome(payload=b"1")])
    Run(function, INVOCATION, told.append)


def test_its_patience_is_that_of_its_pool() -> None:
    run = Run(Counted(1), INVOCATION, lambda outcome: None)
    run.deadline_passed()  # in no pool: nobody waits

    class Pool:
        lost: list[Run] = []

        def lose_patience(self, run: Run) -> None:
            self.lost.append(run)

    run.pool = pool = Pool()
    run.deadline_passed()
    assert pool.lost == [run]
