"""Who asks again, and when it is enough."""

import asyncio

import pytest

from limen.control.usage_plans import patience
from limen.control.usage_plans.patience import PAUSES, patiently
from limen.state.interface import StateAwayError


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(patience, "PAUSES", (0.0,) * len(PAUSES))


def answering_after(failures):
    asked = []

    async def ask():
        asked.append(None)
        if len(asked) <= failures:
            raise StateAwayError("gone")
        return len(asked)

    return ask


def test_a_state_that_comes_back_answers():
    assert asyncio.run(patiently(answering_after(2))) == 3


def test_one_that_stays_away_is_told_of():
    with pytest.raises(StateAwayError, match="gone"):
        asyncio.run(patiently(answering_after(len(PAUSES) + 1)))
