"""A policy: a document compiled once, which decides what is asked of it."""

from collections.abc import Mapping
from typing import Any

import orjson

from limen.aws.policies.asked import NEITHER, Asked, Decision, Effect
from limen.aws.policies.index import Index
from limen.aws.policies.statements import Reading, Statement
from limen.aws.policies.texts import as_list
from limen.aws.policies.variables import OLD_VERSION, Knows


class Policy:
    """`doubts` are what in it is not understood, by statement; without `needs_context` no context is looked at."""

    def __init__(self, document: Any, *, has_principals: bool, knows: Knows) -> None:
        read = _read_document(document)
        self.document: Mapping[str, Any] = read or {}
        self.written: list[Any] = as_list(self.document.get("Statement", []))
        reading = Reading(str(self.document.get("Version", OLD_VERSION)), knows, has_principals)
        statements = [Statement(each, reading) for each in self.written]
        self.doubts = {number: each.doubts for number, each in enumerate(statements) if each.doubts}
        self.needs_context = any("${" in str(each) or "Condition" in str(each) for each in self.written)
        self._is_unreadable = read is None
        numbered = list(enumerate(statements))
        self._denying = Index([pair for pair in numbered if pair[1].effect is Effect.DENY], reading, doubt=True)
        self._allowing = Index(
            [pair for pair in numbered if pair[1].effect is Effect.ALLOW and not pair[1].is_impossible],
            reading,
            doubt=False,
        )

    def decide(self, asked: Asked) -> Decision:
        """The first statement that denies decides, else the first that allows."""
        if self._is_unreadable:
            return _UNREADABLE
        number = self._denying.find(asked)
        if number is not None:
            return Decision(Effect.DENY, number, self.written[number])
        number = self._allowing.find(asked)
        if number is not None:
            return Decision(Effect.ALLOW, number, self.written[number])
        return NEITHER


def compile_policy(document: Any, *, knows: Knows | None = None) -> Policy:
    """One that is attached to what it is about, and names principals: of functions, of APIs.

    The document is a mapping or JSON. `knows` tells whether it is known what a condition key, in lower case, has for
    a value; without it a key that the context does not have is missing.
    """
    return Policy(document, has_principals=True, knows=knows or _knows_all)


def compile_identity_policy(document: Any, *, knows: Knows | None = None) -> Policy:
    """One that is about whoever has it: of users and roles, and what authorizers answer."""
    return Policy(document, has_principals=False, knows=knows or _knows_all)


_UNREADABLE = Decision(Effect.DENY)


def _knows_all(_: str) -> bool:
    return True


def _read_document(document: Any) -> Mapping[str, Any] | None:
    """None where it is no policy: that denies all."""
    if isinstance(document, str | bytes):
        try:
            document = orjson.loads(document)
        except orjson.JSONDecodeError:
            return None
    return document if isinstance(document, Mapping) else None
