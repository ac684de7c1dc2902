"""All that limits a method or a route, put together: who calls by which key, how often, and what is told of it."""

from msgspec import Struct

from limen.features.metrics.counting import Metrics
from limen.features.throttling.admission import Admission
from limen.features.throttling.compile import LimitTools, compile_admission
from limen.features.throttling.headers import compile_limit_failures, compile_limit_headers
from limen.features.throttling.settings import StageLimits
from limen.features.usage_plans.step import KeyedMethod, compile_key
from limen.features.usage_plans.table import UsagePlans
from limen.gateway.api_key import FindApiKey
from limen.gateway.errors import Failure
from limen.gateway.route_plan import FailureResponse, Step


class Limited(Struct, frozen=True, kw_only=True):
    """A method of a REST API or a route of an HTTP API."""

    scope: str
    """Account and region."""
    api_id: str
    stage_name: str
    shown_stage: str
    """As metrics name it."""
    key: str
    """`GET /pets`."""
    bucket_key: str = ""
    """Whose bucket its throttle is: another than `key` where a verb of a method ANY has settings of its own."""
    resource_path: str = ""
    verb: str = ""
    throttle: tuple[float, int] | None
    find_key: FindApiKey | None = None
    """Where a key is required."""
    stage: StageLimits
    failures: tuple[Failure, Failure]
    """Of a throttle and of a quota."""


class Limiting(Struct, frozen=True):
    """What a plan does of it."""

    steps: tuple[Step, ...]
    tell: Step | None
    """An outbound step."""
    headers: Admission | None
    """Whose levels failures tell."""

    def failures(self, answer: FailureResponse) -> FailureResponse:
        return answer if self.headers is None else compile_limit_failures(self.headers, answer)


def compile_limiting(limited: Limited, tools: LimitTools, plans: UsagePlans, metrics: Metrics) -> Limiting | None:
    """None where nothing limits anyone."""
    row = (limited.api_id, limited.shown_stage, limited.key)
    own = tools.buckets(
        limited.scope, limited.api_id, limited.stage_name, limited.bucket_key or limited.key, limited.throttle
    )
    has_key = limited.find_key is not None
    is_open = limited.stage.is_open
    admission = compile_admission(tools, own, metrics, row, limited.failures, has_key=has_key, is_open=is_open)
    if admission is None:
        return None
    steps: tuple[Step, ...] = (admission.admit,)
    if limited.find_key is not None:
        keyed = KeyedMethod(limited.scope, limited.api_id, limited.stage_name, limited.resource_path, limited.verb, own)
        steps = (compile_key(keyed, limited.find_key, plans, tools.leasing, metrics.series(*row)).check, *steps)
    headers = admission if limited.stage.has_headers else None
    return Limiting(steps, None if headers is None else compile_limit_headers(headers), headers)
