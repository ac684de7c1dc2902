"""Questions to shared state that are worth a second try: a state host that died is there again in a moment."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from limen.state.interface import StateAwayError

T = TypeVar("T")

PAUSES = (0.1, 0.4, 1.0)
"""Seconds before each further try."""


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """What it answers; `ask` is called again after StateAwayError, so what it does may be done twice."""
    for pause in PAUSES:
        try:
            return await ask()
        except StateAwayError:
            await asyncio.sleep(pause)
    return await ask()
