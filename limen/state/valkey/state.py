"""Shared state in Valkey: each word is a script call on its bucket, all words at once are one write."""

from typing import Any

from limen.state.messages import (
    LEDGER_DAYS,
    Delivery,
    Demand,
    Extension,
    Grant,
    Leases,
    LedgerPage,
    LedgerQuestion,
    QuotaDemand,
    QuotaGrant,
    UsageAnswer,
    UsageQuestion,
    Used,
    Words,
)
from limen.state.valkey.calls import Call, command, run_script
from limen.state.valkey.cluster import Cluster
from limen.state.valkey.connection import Losses
from limen.state.valkey.keys import Keys
from limen.state.valkey.ledger import LedgerReader
from limen.state.valkey.scripts import DELIVER, EXTEND, LEASE, LEASE_QUOTA, MEET
from limen.state.valkey.servers import OneServer, Servers
from limen.state.valkey.url import StateUrl
from limen.state.valkey.usage import UsageReader

MOST_AT_ONCE = 500
"""Calls in one write: more go one after the other, so that no other waits long behind them."""
MOST_ENTRY = 32 << 20
"""Bytes of a cached response; larger ones are not kept."""


class ValkeyState:
    """See State. Cached responses have connections of their own: a large one keeps no lease waiting."""

    shares_caches = True

    def __init__(self, url: StateUrl, *, has_development_clock: bool = False, ledger_days: int = LEDGER_DAYS) -> None:
        """With a development clock each question first asks how far that was moved, which costs a round trip.

        `ledger_days`: for so long the ledger is kept of what is delivered here.
        """
        self.losses = Losses()
        self._servers = open_servers(url, self.losses)
        self._caches = open_servers(url, self.losses)
        self._keys = Keys(url.prefix)
        self._has_development_clock = has_development_clock
        self._ledger_days = ledger_days
        self._holders = 1

    async def lease(self, words: Words) -> Leases:
        ahead = await self._read_ahead()
        calls = [run_script(MEET, (self._keys.holders,), words.holder, ahead)]
        asked = (words.holder, words.number, self._holders, ahead)
        calls += [self._ask_for_tokens(demand, asked) for demand in words.demands]
        calls += [self._ask_for_calls(demand, asked) for demand in words.quotas]
        answers = await self._ask(calls)
        self._holders, now = max(1, answers[0][0]), float(answers[0][1])
        split = 1 + len(words.demands)
        return Leases(
            grants=[
                Grant(tokens, float(wait), remaining, bool(lapsed))
                for tokens, wait, remaining, lapsed in answers[1:split]
            ],
            quotas=[
                QuotaGrant(tokens, float(wait), remaining, float(ends), bool(lapsed))
                for tokens, wait, remaining, ends, lapsed in answers[split:]
            ],
            holders=self._holders,
            now=now,
        )

    async def deliver(self, delivery: Delivery) -> None:
        ahead = await self._read_ahead()
        by_key: dict[tuple[str, str], list[Used]] = {}
        for used in delivery.used:
            by_key.setdefault((used.plan_id, used.key_id), []).append(used)
        # Who used anything is noted before it is counted: what is counted is always found.
        await self._ask(self._note_users(by_key))
        await self._ask([self._count(delivery, key, entries, ahead) for key, entries in by_key.items()])

    async def usage(self, question: UsageQuestion) -> UsageAnswer:
        ahead = float(await self._read_ahead())
        rows, extras = await UsageReader(self._ask, self._keys).read(question)
        [now] = await self._ask([Call(self._keys.clock, ("TIME",))])
        return UsageAnswer(rows, extras, int(now[0]) + int(now[1]) / 1_000_000 + ahead)

    async def ledger(self, question: LedgerQuestion) -> LedgerPage:
        return await LedgerReader(self._ask, self._keys).read(question)

    async def extend(self, extension: Extension) -> int:
        ahead = await self._read_ahead()
        plan_id, key_id = extension.plan_id, extension.key_id
        keys = self._keys.of(plan_id, key_id)
        await self._ask(self._note_users({(plan_id, key_id): []}))
        call = run_script(
            EXTEND,
            (keys.quota, keys.hours, keys.extras),
            *(extension.limit, extension.period, extension.offset, extension.began, extension.remaining, ahead),
        )
        [used] = await self._ask([call])
        return int(used)

    async def forget_plan(self, plan_id: str) -> None:
        await UsageReader(self._ask, self._keys).forget(plan_id)

    async def find_cached(self, key: str) -> bytes | None:
        [entry] = await self._caches.ask([command("GET", self._keys.cached(key))])
        return bytes(entry) if entry is not None else None

    async def put_cached(self, key: str, entry: bytes, seconds: float) -> None:
        milliseconds = int(seconds * 1000)
        if milliseconds < 1 or len(entry) > MOST_ENTRY:
            return
        await self._caches.ask([command("SET", self._keys.cached(key), entry, "PX", milliseconds)])

    async def move_clock(self, seconds: float) -> None:
        self._has_development_clock = True
        await self._ask([command("INCRBYFLOAT", self._keys.clock, f"{max(0.0, seconds):.6f}")])

    async def reset_clock(self) -> None:
        await self._ask([command("DEL", self._keys.clock)])

    async def close(self) -> None:
        await self._servers.close()
        await self._caches.close()

    async def _ask(self, calls: list[Call]) -> list[Any]:
        if len(calls) <= MOST_AT_ONCE:
            return await self._servers.ask(calls) if calls else []
        answers: list[Any] = []
        for start in range(0, len(calls), MOST_AT_ONCE):
            answers += await self._servers.ask(calls[start : start + MOST_AT_ONCE])
        return answers

    async def _read_ahead(self) -> str:
        """Seconds by which the development clock is ahead, as scripts are told it."""
        if not self._has_development_clock:
            return "0"
        [ahead] = await self._ask([command("GET", self._keys.clock)])
        return "0" if ahead is None else str(ahead.decode())

    def _ask_for_tokens(self, demand: Demand, asked: tuple[str, int, int, str]) -> Call:
        size = (f"{demand.rate:.17g}", demand.burst)
        said = (demand.used, demand.back, demand.need, demand.want)
        return run_script(LEASE, (self._keys.bucket(demand.bucket),), *asked, *size, *said)

    def _ask_for_calls(self, demand: QuotaDemand, asked: tuple[str, int, int, str]) -> Call:
        keys = self._keys.of(demand.plan_id, demand.key_id)
        quota = (demand.limit, demand.period, demand.offset, demand.began)
        said = (demand.back, demand.need, demand.want)
        return run_script(LEASE_QUOTA, (keys.quota, keys.hours, keys.extras), *asked, *quota, *said)

    def _note_users(self, users: dict[tuple[str, str], list[Used]]) -> list[Call]:
        keys_of_plans: dict[str, list[str]] = {}
        for plan_id, key_id in users:
            keys_of_plans.setdefault(plan_id, []).append(key_id)
        calls = [
            command("ZADD", self._keys.keys_of_plan(plan_id), *(part for key_id in key_ids for part in (0, key_id)))
            for plan_id, key_ids in keys_of_plans.items()
        ]
        plans = [part for plan_id in keys_of_plans for part in (0, plan_id)]
        return [command("ZADD", self._keys.plans, *plans), *calls] if plans else []

    def _count(self, delivery: Delivery, key: tuple[str, str], entries: list[Used], ahead: str) -> Call:
        keys = self._keys.of(*key)
        days = list(dict.fromkeys(entry.minute // 1440 for entry in entries))
        names = [name for day in days for name in (keys.counters(day), keys.ledger(day))]
        arguments: list[int | str] = [delivery.holder, delivery.number, ahead, self._ledger_days, len(days)]
        arguments += days
        for entry in entries:
            called = "\x1f".join((entry.api_id, entry.stage_name, entry.method))
            arguments += [days.index(entry.minute // 1440) + 1, entry.minute, entry.calls, called]
        return run_script(DELIVER, (keys.quota, keys.hours, keys.seen, keys.days, *names), *arguments)


def open_servers(url: StateUrl, losses: Losses) -> Servers:
    return Cluster(url, losses) if url.is_cluster else OneServer(url, losses)
