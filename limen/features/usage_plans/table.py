"""API keys and usage plans as a worker knows them: found by the digest of what a client sends, changed live."""

import asyncio
import hashlib
from time import perf_counter

from limen.features.throttling.leases import Leasing
from limen.features.usage_plans.journal import MethodUse
from limen.features.usage_plans.records import ApiKeyRecord, PlanStageRecord, UsagePlanChanges, UsagePlanRecord

SLICE = 0.002
"""Seconds for which applying changes may keep requests waiting."""
LOOK_EVERY = 256
"""Keys between two looks at the clock."""
MOST_USES = 20_000
"""Keys at methods that are kept compiled; about 1 KB each."""


class UsagePlans:
    """Owned by a worker; outlives plans."""

    __slots__ = ("_digests", "_keys", "_leasing", "_lock", "_marks", "_plans", "pepper", "uses")

    def __init__(self, leasing: Leasing) -> None:
        self.uses: dict[bytes, MethodUse] = {}
        """By digest and the mark of a step: keys that are let in. Void whenever anything changes."""
        self._leasing = leasing
        self.pepper = b""
        """What digests are made with; another object whenever it changes."""
        self._keys: dict[bytes, ApiKeyRecord] = {}
        self._digests: dict[str, bytes] = {}
        """By id of the key."""
        self._plans: dict[str, UsagePlanRecord] = {}
        self._lock = asyncio.Lock()
        self._marks = 0

    # --- a request

    def find_key(self, digest: bytes) -> ApiKeyRecord | None:
        return self._keys.get(digest)

    def find_plan(
        self, key: ApiKeyRecord, api_id: str, stage_name: str
    ) -> tuple[UsagePlanRecord, PlanStageRecord] | None:
        """The plan that opens a stage to a key: there is one at most."""
        for plan_id in key.plan_ids:
            plan = self._plans.get(plan_id)
            if plan is not None:
                for stage in plan.stages:
                    if stage.stage_name == stage_name and stage.api_id == api_id:
                        return plan, stage
        return None

    def keep(self, name: bytes, use: MethodUse) -> None:
        if len(self.uses) >= MOST_USES:
            self.forget_uses()
        self.uses[name] = use

    def next_mark(self) -> bytes:
        """What tells the uses of one step from those of all others."""
        self._marks += 1
        return self._marks.to_bytes(6, "big")

    def forget_uses(self) -> None:
        self.uses.clear()
        self._leasing.forget_keyed()

    # --- changes

    async def apply(self, changes: UsagePlanChanges | None, pepper: bytes = b"") -> None:
        """Holds for the next request when it returns; requests go on meanwhile."""
        async with self._lock:
            if pepper:
                self.pepper = pepper
            if changes is None:
                return
            if changes.is_whole:
                await self._replace(changes)
            else:
                await self._change(changes)
            self.forget_uses()

    async def _replace(self, changes: UsagePlanChanges) -> None:
        """The old ones hold until the last of the new ones is in."""
        keys: dict[bytes, ApiKeyRecord] = {}
        digests: dict[str, bytes] = {}
        ends = perf_counter() + SLICE
        for number, key in enumerate(changes.keys):
            keys[key.digest] = key
            digests[key.id] = key.digest
            if number % LOOK_EVERY == 0 and perf_counter() > ends:
                await asyncio.sleep(0)
                ends = perf_counter() + SLICE
        self._keys, self._digests = keys, digests
        self._plans = {plan.id: plan for plan in changes.plans}

    async def _change(self, changes: UsagePlanChanges) -> None:
        for plan in changes.plans:
            self._plans[plan.id] = plan
        ends = perf_counter() + SLICE
        for number, key in enumerate(changes.keys):
            self._forget_key(key.id)
            self._keys[key.digest] = key
            for plan_id in key.plan_ids:
                self._leasing.ask_again(plan_id, key.id)
            self._digests[key.id] = key.digest
            if number % LOOK_EVERY == 0 and perf_counter() > ends:
                self.uses.clear()
                await asyncio.sleep(0)
                ends = perf_counter() + SLICE
        for key_id in changes.gone_keys:
            self._forget_key(key_id)
        for plan_id in changes.gone_plans:
            self._plans.pop(plan_id, None)

    def _forget_key(self, key_id: str) -> None:
        digest = self._digests.pop(key_id, None)
        if digest is not None:
            self._keys.pop(digest, None)


_BLOCK = 64
"""Bytes of SHA-256's blocks."""


class DigestMaker:
    """Makes digests as records.digest_of does, by HMAC (RFC 2104) with all prepared that is always the same.

    1.2 us; hmac.digest takes 2.3 us, a copy of an hmac object 1.7 us.
    """

    __slots__ = ("_inner", "_outer", "pepper")

    def __init__(self, pepper: bytes, scope: str) -> None:
        self.pepper = pepper
        key = (
            pepper.ljust(_BLOCK, b"\0")
            if len(pepper) <= _BLOCK
            else hashlib.sha256(pepper).digest().ljust(_BLOCK, b"\0")
        )
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + scope.encode() + b"\0")
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))

    def digest(self, value: bytes) -> bytes:
        inner = self._inner.copy()
        inner.update(value)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()
