"""Work beside operations: done outside of their thread, and refused where too much is in line."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, cast

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.asides import Asides
from limen.control.call import Answer, Aside
from limen.control.invoke import Invoke

CALL = AwsCall("cognito-idp", "InitiateAuth", {}, "000000000000", "us-east-1", "", "request")


class Steps:
    """An operation with two pieces of work aside."""

    def __init__(self, work: Callable[[], int]) -> None:
        self.work = work

    def __call__(self, call: AwsCall) -> Answer:
        return Aside(self.work, lambda _, first: Aside(self.work, lambda _, second: {"sum": first + second}))

    def go_on(self, call: AwsCall, aside: Aside, result: Any) -> Answer:
        return aside.go_on(cast(Any, None), result)


async def in_operations(function: Callable[[], Any]) -> Any:
    return function()


def test_an_operation_goes_on_with_what_its_work_gave() -> None:
    threads: list[str] = []

    def work() -> int:
        threads.append(threading.current_thread().name)
        return 21

    asides = Asides(cast(Invoke, Steps(work)), in_operations)

    assert asyncio.run(asides.invoke(CALL)) == {"sum": 42}
    assert all(name.startswith("aside") for name in threads)
    asides.close()


def test_too_much_work_in_line_is_refused() -> None:
    go = threading.Event()
    asides = Asides(cast(Invoke, Steps(lambda: int(go.wait(10)))), in_operations, most=2)

    async def many() -> list[Any]:
        calls = [asyncio.ensure_future(asides.invoke(CALL)) for _ in range(3)]
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        go.set()
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(many())

    assert answers[:2] == [{"sum": 2}, {"sum": 2}]
    assert isinstance(answers[2], AwsError) and answers[2].code == "TooManyRequestsException"
    asides.close()
