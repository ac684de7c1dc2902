"""Code that nothing names is removed in the background."""

import asyncio
import os
from collections.abc import Callable

from limen.control.functions.code_pruner import code_pruner
from tests.control.functions.conftest import OTHER_CODE, Lambda


def test_old_code_that_nothing_names_is_removed(functions: Lambda) -> None:
    functions.create()
    functions("UpdateFunctionCode", FunctionName="hello", ZipFile=OTHER_CODE)
    for path in functions.codes._zips.iterdir():
        os.utime(path, (0, 0))
    failing = [True]

    async def in_operations(function: Callable[[], int]) -> int:
        if failing:
            failing.clear()
            raise OSError("busy")
        return function()

    async def main() -> None:
        pruner = code_pruner(functions.store, functions.codes, in_operations, interval=0.01)
        pruner.start()
        async with asyncio.timeout(5):
            while len(list(functions.codes._zips.iterdir())) > 1:
                await asyncio.sleep(0.01)
        await pruner.stop()

    asyncio.run(main())
    location = functions("GetFunction", FunctionName="hello")["Configuration"]["CodeSize"]
    assert location == len(OTHER_CODE)
