"""How a State is asked over a connection: numbered questions, whose answers may come in any order."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import Struct

from limen.state.interface import State
from limen.state.messages import (
    Delivery,
    Extension,
    Leases,
    LedgerPage,
    LedgerQuestion,
    UsageAnswer,
    UsageQuestion,
    Words,
)


class Ask(Struct, array_like=True, frozen=True):
    number: int
    question: str
    """Its name among QUESTIONS."""
    body: msgspec.Raw


class Answer(Struct, array_like=True, frozen=True):
    number: int
    problem: str
    """"" where there is an answer; else why there is none."""
    body: msgspec.Raw


class Question(Struct, frozen=True):
    """One method of the interface."""

    asked: msgspec.msgpack.Decoder[Any]
    answered: msgspec.msgpack.Decoder[Any]
    ask: Callable[[State, Any], Awaitable[Any]]
    never_waits: bool = False
    """In the process that has the state: it is answered before the next question is read."""


def _question(
    asked: Any, answered: Any, ask: Callable[[State, Any], Awaitable[Any]], *, never_waits: bool = False
) -> Question:
    return Question(msgspec.msgpack.Decoder(asked), msgspec.msgpack.Decoder(answered), ask, never_waits)


QUESTIONS: dict[str, Question] = {
    "lease": _question(Words, Leases, lambda state, words: state.lease(words), never_waits=True),
    "deliver": _question(Delivery, None, lambda state, delivery: state.deliver(delivery)),
    "usage": _question(UsageQuestion, UsageAnswer, lambda state, question: state.usage(question)),
    "ledger": _question(LedgerQuestion, LedgerPage, lambda state, question: state.ledger(question)),
    "extend": _question(Extension, int, lambda state, extension: state.extend(extension)),
    "forget plan": _question(str, None, lambda state, plan_id: state.forget_plan(plan_id)),
    "move clock": _question(float, None, lambda state, seconds: state.move_clock(seconds)),
    "reset clock": _question(None, None, lambda state, _: state.reset_clock()),
}
