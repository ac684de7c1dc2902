"""The step that asks for an API key: one that is enabled, and in a usage plan of the stage, or 403.

What a client sends is never compared with anything: its digest is looked up, so that no time tells how much of a
guess was right. Guide: "Usage plans and API keys for REST APIs in API Gateway".
"""

from limen.features.method_settings import VERBS
from limen.features.metrics.counting import Series
from limen.features.redaction import mask
from limen.features.throttling.bucket import PLAN, PLAN_METHOD, Bucket, Limits
from limen.features.throttling.leases import Leasing
from limen.features.throttling.settings import read_throttle
from limen.features.usage_plans.journal import MethodUse
from limen.features.usage_plans.records import ApiKeyRecord, PlanStageRecord, ThrottleRecord, UsagePlanRecord
from limen.features.usage_plans.table import DigestMaker, UsagePlans
from limen.gateway.api_key import FindApiKey, find_sent_key
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import INVALID_API_KEY

_VERBS = frozenset(verb.encode() for verb in VERBS)
LONGEST_VALUE = 4096
"""Bytes; AWS's keys have at most 128, and nobody makes us digest what is longer than any header."""


class KeyedMethod:
    """A method that requires a key."""

    __slots__ = ("api_id", "is_any", "method", "own", "resource_path", "scope", "stage_name")

    def __init__(
        self, scope: str, api_id: str, stage_name: str, resource_path: str, verb: str, own: tuple[Bucket, ...]
    ) -> None:
        """`own`: what limits it whoever calls."""
        self.scope = scope
        self.api_id = api_id
        self.stage_name = stage_name
        self.method = f"{verb} {resource_path}"
        self.resource_path = resource_path
        self.is_any = verb == "ANY"
        self.own = own

    def verb_of(self, exchange: Exchange) -> bytes:
        """What a plan may limit by itself."""
        return exchange.method if not self.is_any or exchange.method in _VERBS else b"ANY"


def compile_key(
    method: KeyedMethod, find: FindApiKey, plans: UsagePlans, leasing: Leasing, series: Series
) -> "KeyCheck":
    return KeyCheck(method, find, plans, leasing, series)


class KeyCheck:
    """`check` is the step."""

    __slots__ = ("_digests", "_find", "_leasing", "_mark", "_method", "_plans", "_series")

    def __init__(
        self, method: KeyedMethod, find: FindApiKey, plans: UsagePlans, leasing: Leasing, series: Series
    ) -> None:
        self._method = method
        self._find = find_sent_key(find)
        self._plans = plans
        self._leasing = leasing
        self._series = series
        self._mark = plans.next_mark()
        self._digests = DigestMaker(plans.pepper, method.scope)

    def check(self, exchange: Exchange) -> None:
        value = self._find(exchange)
        if value is None:
            raise self._refuse(exchange, b"", "no API key was sent")
        if self._digests.pepper is not self._plans.pepper:
            self._digests = DigestMaker(self._plans.pepper, self._method.scope)
        digest = self._digests.digest(value)
        name = digest + self._mark
        if self._method.is_any:
            name += self._method.verb_of(exchange)
        use = self._plans.uses.get(name)
        if use is None:
            use = self._let_in(exchange, value, digest, name)
        exchange.key_use = use
        if exchange.trace is not None:
            self._note(exchange, value, use, "")

    def _let_in(self, exchange: Exchange, value: bytes, digest: bytes, name: bytes) -> MethodUse:
        """Raises GatewayError."""
        method = self._method
        if len(value) > LONGEST_VALUE:
            raise self._refuse(exchange, b"", "what was sent as an API key is longer than any")
        key = self._plans.find_key(digest)
        if key is None:
            raise self._refuse(exchange, value, "it is not known")
        if not key.is_enabled:
            raise self._refuse(exchange, value, f"key {key.id} is disabled")
        found = self._plans.find_plan(key, method.api_id, method.stage_name)
        if found is None:
            where = f"API Stage {method.api_id}/{method.stage_name}"
            raise self._refuse(exchange, value, f"key {key.id} is in no usage plan of {where}")
        use = self._compile(key, found[0], found[1], method.verb_of(exchange).decode())
        self._plans.keep(name, use)
        return use

    def _compile(self, key: ApiKeyRecord, plan: UsagePlanRecord, stage: PlanStageRecord, verb: str) -> MethodUse:
        method = self._method
        return MethodUse(
            key.id,
            plan.id,
            method.api_id,
            method.stage_name,
            method.method,
            Limits((*self._limits(key.id, plan, stage, verb), *method.own)),
            key.customer_id,
            plan.product_code,
        )

    def _limits(self, key_id: str, plan: UsagePlanRecord, stage: PlanStageRecord, verb: str) -> list[Bucket]:
        method, leasing = self._method, self._leasing
        limits: list[Bucket] = []
        if plan.quota is not None:
            quota = plan.quota
            limits.append(leasing.quota(plan.id, key_id, quota.limit, quota.period, quota.offset, quota.began))
        path = f"{method.resource_path}/{verb}"  # as plans spell it: `/pets/GET`, `//GET` of the root
        if method.is_any and path not in stage.methods:
            path = f"{method.resource_path}/ANY"
        throttle = stage.methods.get(path)
        name = f"plan-method/{plan.id}/{key_id}/{method.api_id}/{method.stage_name}{path}"
        limits += self._bucket(name, PLAN_METHOD, throttle)
        limits += self._bucket(f"plan/{plan.id}/{key_id}", PLAN, plan.throttle)
        return limits

    def _bucket(self, name: str, kind: str, throttle: ThrottleRecord | None) -> list[Bucket]:
        """None or one."""
        read = None if throttle is None else read_throttle(throttle.rate, throttle.burst)
        return [] if read is None else [self._leasing.bucket(name, kind, *read, is_keyed=True)]

    # --- what is said

    def _refuse(self, exchange: Exchange, value: bytes, reason: str) -> GatewayError:
        self._series.refused_keys += 1
        if exchange.trace is not None:
            self._note(exchange, value, None, reason)
        return GatewayError(INVALID_API_KEY, reason)

    def _note(self, exchange: Exchange, value: bytes, use: MethodUse | None, reason: str) -> None:
        assert exchange.trace is not None
        exchange.trace.note(
            "api_key",
            outcome="refused" if use is None else "accepted",
            shown=mask(value.decode("utf-8", "replace")),
            id=None if use is None else use.key_id,
            plan=None if use is None else use.plan_id,
            reason=reason,
        )
