"""How a worker runs a test of an authorizer: it is asked as if a method had it, and nothing is taken from what is kept.

A denial is what an authorizer is for: it succeeds with it (guide, "Create a token-based Lambda authorizer function").
"""

import asyncio
import time
from copy import copy

import orjson

from limen.features.access_logs.writer import AccessLogs
from limen.features.authorizers.compile import compile_method_authorization
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.jwt_cache import VerifiedTokens
from limen.features.authorizers.kept_answers import KeptAnswers
from limen.features.execution_logs.lines import render_lines
from limen.features.explain.watch import Watches
from limen.features.metrics.counting import Metrics
from limen.gateway.caller_view import text_of_property
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.rest_failures import answer_rest_failure, request_uuid
from limen.gateway.route_plan import RoutePlan
from limen.gateway.run import run
from limen.gateway.trace import Trace
from limen.plan.rest import RestAssembly
from limen.plan.state import WorkerState
from limen.plan.trial import AuthorizerTrial, AuthorizerTrialResult
from limen.plan.trial_run import TIMEOUT, FrozenTrial, Reply, make_exchange, with_time

_AUTHORIZATION = {"TOKEN": "CUSTOM", "REQUEST": "CUSTOM"}
"""By type of authorizer, where the names differ."""


async def run_authorizer_trial(trial: AuthorizerTrial, state: WorkerState) -> AuthorizerTrialResult:
    """Raises PlanError where the authorizer cannot be built."""
    own = copy(state)
    own.metrics, own.watches, own.access_logs = Metrics(), Watches(), AccessLogs(None)
    own.authorizers = copy(state.authorizers)
    own.authorizers.answers, own.authorizers.tokens = KeptAnswers(), VerifiedTokens()
    assembly, frozen = RestAssembly(), FrozenTrial(trial.api.put)
    shared = assembly.compile_shared(assembly.read_settings(trial.api, frozen), trial.api, own)
    answered = asyncio.get_running_loop().create_future()
    exchange = make_exchange(trial, "/", Reply(answered))
    exchange.stage = shared.assemble(own, assembly.make_paths())
    exchange.path_parameters = {}
    exchange.trace = trace = Trace()
    steps = compile_method_authorization(_guard(trial, frozen), own.authorizers)
    began = time.monotonic()
    run(exchange, RoutePlan("", (*steps, _end), (), (), answer_rest_failure, resource_path="/", http_method="GET"))
    await asyncio.wait({answered}, timeout=TIMEOUT)
    return _result(exchange, trace, int((time.monotonic() - began) * 1000))


def _guard(trial: AuthorizerTrial, frozen: FrozenTrial) -> Guarded:
    authorizer = frozen.find("Authorizer", trial.authorizer_id)
    if authorizer is None:
        raise PlanError(f"there is no authorizer {trial.authorizer_id}")
    kind = authorizer["type"]
    return Guarded(
        method={"authorizationType": _AUTHORIZATION.get(kind, kind), "authorizerId": trial.authorizer_id},
        authorizer=authorizer,
        where=f"the test of authorizer {trial.authorizer_id}",
        account=trial.api.account,
        region=trial.api.region,
        api_id=trial.api.api_id,
        stage_name=trial.api.stage_name,
        variables=(trial.api.stage or {}).get("variables") or {},
        resource_path="/",
        given_context=trial.context,
    )


def _end(exchange: Exchange) -> None:
    exchange.response = Response(200, [])


def _result(exchange: Exchange, trace: Trace, latency_ms: int) -> AuthorizerTrialResult:
    failure, caller = exchange.failure, exchange.caller
    succeeded = caller is not None and (failure is None or failure.failure.name == "ACCESS_DENIED")
    if exchange.response is None:
        trace.note("failed", type="AUTHORIZER_FAILURE", message=None, reason="no answer came in time")
    elif failure is not None:
        trace.note("failed", type=failure.failure.name, message=failure.message, reason=failure.reason)
    request_id = request_uuid(exchange)
    lines = [with_time(line, trace.began_at) for line in render_lines(trace, request_id)]
    policy = (trace.find("authorized") or {}).get("policy")
    claims = {} if caller is None else caller.claims or {}
    return AuthorizerTrialResult(
        status=0 if succeeded else 500 if failure is None else failure.failure.status,
        log="".join([f"Execution log for request {request_id}\n", *lines]),
        latency_ms=latency_ms,
        principal_id="" if caller is None else caller.principal_id,
        policy="" if policy is None else orjson.dumps(policy).decode(),
        claims={name: text_of_property(value) or "" for name, value in claims.items()},
    )
