"""Shared state that only counts, in lists: what was used, and what was extended; its clock is moved by hand."""

from collections import Counter

from limen.state.interface import StateAwayError
from limen.state.messages import (
    Extension,
    LedgerPage,
    LedgerQuestion,
    UsageAnswer,
    UsageQuestion,
    UsageRow,
    Used,
)
from limen.state.periods import allowed_calls, period_of

NOW = 1_790_000_000.0
"""2026-09-21 14:13:20 UTC, a Monday."""


class Counters:
    def __init__(self) -> None:
        self.now = NOW
        self.used: list[Used] = []
        self.extras: dict[str, dict[str, dict[str, int]]] = {}
        self.forgotten: list[str] = []
        self.is_away = False

    def count(self, plan_id: str, key_id: str, calls: int, seconds_ago: float = 0, method: str = "GET /pets") -> None:
        minute = int(self.now - seconds_ago) // 60
        self.used.append(Used(plan_id, key_id, "api", "prod", method, minute, calls))

    async def usage(self, question: UsageQuestion) -> UsageAnswer:
        self._check()
        sums: Counter[tuple[str, str, str, str, int]] = Counter()
        for used in self._of(question.plan_id, question.key_ids):
            hour = used.minute // 60
            if question.first_hour <= hour <= question.last_hour:
                sums[used.key_id, used.api_id, used.stage_name, used.method, hour] += used.calls
        rows = [UsageRow(*names, calls) for names, calls in sums.items()]
        return UsageAnswer(rows, self.extras.get(question.plan_id, {}), self.now)

    async def ledger(self, question: LedgerQuestion) -> LedgerPage:
        """In pages of two."""
        self._check()
        found = [
            used
            for used in self._of(question.plan_id, None)
            if question.first_minute <= used.minute <= question.last_minute
        ]
        start = int(question.after or 0)
        return LedgerPage(found[start : start + 2], str(start + 2) if len(found) > start + 2 else "")

    async def extend(self, extension: Extension) -> int:
        self._check()
        period = period_of(extension.period, self.now)
        used = sum(
            each.calls
            for each in self._of(extension.plan_id, [extension.key_id])
            if period.start <= each.minute * 60 < period.end
        )
        allowed = allowed_calls(extension.limit, extension.offset, extension.began, period)
        extras = self.extras.setdefault(extension.plan_id, {}).setdefault(extension.key_id, {})
        extras[period.name] = extension.remaining + used - allowed
        return used

    async def forget_plan(self, plan_id: str) -> None:
        self._check()
        self.forgotten.append(plan_id)

    def _of(self, plan_id: str | None, key_ids: list[str] | None) -> list[Used]:
        return [
            used
            for used in self.used
            if plan_id in (None, used.plan_id) and (key_ids is None or used.key_id in key_ids)
        ]

    def _check(self) -> None:
        if self.is_away:
            raise StateAwayError("nobody answers")
