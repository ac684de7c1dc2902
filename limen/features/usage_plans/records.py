"""API keys and usage plans as the gateway workers know them: what the control process sends, at start and by change.

A worker never gets the value of a key: it makes the digest of what a client sends and looks that up.
"""

import hashlib
import hmac

from msgspec import Struct


class ApiKeyRecord(Struct, array_like=True, frozen=True):
    """A key by the digest of its value."""

    id: str
    digest: bytes
    scope: str
    """Account and region, as `call.scope` of operations spells them: a value is unique in one."""
    is_enabled: bool
    plan_ids: tuple[str, ...] = ()
    """Of the usage plans that it is in."""
    name: str = ""
    customer_id: str = ""
    extended: int = 0
    """Higher after each UpdateUsage of the key: what is known of what is left of its quotas holds no more."""


class ThrottleRecord(Struct, array_like=True, frozen=True):
    """Calls per second, and how many may come at once; None: that is not limited here."""

    rate: float | None
    burst: int | None


class PlanStageRecord(Struct, array_like=True, frozen=True):
    """A stage that a plan opens."""

    api_id: str
    stage_name: str
    methods: dict[str, ThrottleRecord] = {}
    """By `/path/VERB`, as the plan spells it."""


class QuotaRecord(Struct, array_like=True, frozen=True):
    """As limen.state.messages.QuotaDemand has it."""

    limit: int
    period: str
    offset: int
    began: int


class UsagePlanRecord(Struct, array_like=True, frozen=True):
    """A plan with what it allows each of its keys."""

    id: str
    stages: tuple[PlanStageRecord, ...]
    throttle: ThrottleRecord | None = None
    quota: QuotaRecord | None = None
    product_code: str = ""


class UsagePlanChanges(Struct, array_like=True, frozen=True):
    """Everything where `is_whole`, else what changed since the revision before."""

    is_whole: bool
    keys: list[ApiKeyRecord]
    plans: list[UsagePlanRecord]
    gone_keys: list[str] = []
    """Ids."""
    gone_plans: list[str] = []


def digest_of(pepper: bytes, scope: str, value: bytes) -> bytes:
    """32 bytes by which a key is found; `pepper` is made from the key file, so that the store alone tells nothing."""
    return hmac.digest(pepper, scope.encode() + b"\0" + value, hashlib.sha256)
