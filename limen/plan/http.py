"""A route of an HTTP API as the list of what happens to its requests, in the order in which API Gateway works."""

from typing import Any

from msgspec import Struct

from limen.features import cors
from limen.features.access_logs.record import compile_access_log
from limen.features.authorizers.compile import compile_route_authorization
from limen.features.authorizers.guarded import Guarded
from limen.features.domain_names.untrusted import compile_untrusted
from limen.features.explain.record import compile_explanation
from limen.features.metrics.authorizers import authorizer_of, compile_authorizer_metrics
from limen.features.metrics.counting import compile_metrics
from limen.features.throttling.settings import StageLimits, read_stage_limits
from limen.features.traces import compile_tracing
from limen.features.usage_plans.limiting import Limited, Limiting, compile_limiting
from limen.gateway.context import find_variable
from limen.gateway.errors import (
    BAD_REQUEST,
    FORBIDDEN,
    HEADERS_TOO_LARGE,
    INTERNAL,
    NOT_FOUND,
    REQUEST_TOO_LARGE,
    THROTTLED,
    Failure,
)
from limen.gateway.failures import answer_failure, compile_failure, compile_refusal, name_request
from limen.gateway.paths import Paths
from limen.gateway.route_plan import FailureResponse, Record, RoutePlan, Step, present
from limen.gateway.stage_plan import StagePlan
from limen.integrations.backends import Backends
from limen.integrations.compile import compile_integration
from limen.plan.assembly import Frozen
from limen.plan.settings import StageSettings, read_settings
from limen.plan.snapshot import NOUNS, Document, StageUpdate
from limen.plan.state import WorkerState


def compile_route(
    route: Document, integration: Document | None, authorizer: Document | None, shared: "Shared", state: WorkerState
) -> RoutePlan:
    """Raises PlanError where a route cannot be served as it is configured."""
    limiting = _compile_limiting(route["routeKey"], shared, state)
    return RoutePlan(
        key=route["routeKey"],
        inbound=present(
            shared.tracing,
            *(() if limiting is None else limiting.steps),  # how often?
            *_compile_authorization(route, authorizer, shared, state),  # may it pass?
            shared.preflight,  # behind the authorizer: a route that takes OPTIONS guards preflights too
            _compile_integration(route, integration, shared, state),  # who answers?
        ),
        outbound=present(shared.cors_headers, name_request, None if limiting is None else limiting.tell),
        records=shared.records(state, route["routeKey"], authorizer_of(route)),
        failure_response=shared.failure_response if limiting is None else limiting.failures(shared.failure_response),
    )


def dependencies_of(route: Document) -> list[tuple[str, str]]:
    """Noun and key of what a route is compiled with."""
    found = []
    target = route.get("target") or ""
    if target.startswith("integrations/"):
        found.append(("Integration", target.removeprefix("integrations/")))
    if route.get("authorizerId"):
        found.append(("Authorizer", route["authorizerId"]))
    return found


def _compile_authorization(
    route: Document, authorizer: Document | None, shared: "Shared", state: WorkerState
) -> tuple[Step, ...]:
    settings = shared.settings
    guarded = Guarded(
        method=route,
        authorizer=authorizer,
        where=f"route {route['routeKey']!r} ({route['routeId']}) of API {settings.api_id}",
        account=settings.account,
        region=settings.region,
        api_id=settings.api_id,
        stage_name=settings.name,
        variables=settings.variables,
    )
    return compile_route_authorization(guarded, state.authorizers)


def _compile_limiting(route_key: str, shared: "Shared", state: WorkerState) -> Limiting | None:
    """Before authorization: a call over the limit costs no authorizer anything."""
    settings = shared.settings
    limited = Limited(
        scope=f"{settings.account}/{settings.region}",
        api_id=settings.api_id,
        stage_name=settings.name,
        shown_stage=settings.name,
        key=route_key,
        throttle=settings.throttle_of(route_key),
        stage=shared.limits,
        failures=(THROTTLED, THROTTLED),
    )
    return compile_limiting(limited, state.limits, state.usage_plans, state.metrics)


def _compile_integration(route: Document, integration: Document | None, shared: "Shared", state: WorkerState) -> Step:
    if integration is not None:
        backends = Backends(state.upstream, state.private_addresses, state.services, state.functions)
        return compile_integration(integration, route, shared.stage, shared.api, backends)
    target = route.get("target")
    what = "has no target" if not target else f"has a target that does not exist, {target}"
    return compile_refusal(INTERNAL, f"API {shared.settings.api_id}, route {route['routeKey']!r} {what}")


class Shared(Struct, frozen=True):
    """What all routes of a stage have in common."""

    settings: StageSettings
    api: Document
    stage: Document
    preflight: Step | None
    cors_headers: Step | None
    access_log: Record | None
    failure_response: FailureResponse
    tracing: Step | None
    explanation: Record | None
    limits: StageLimits

    def records(self, state: WorkerState, route_key: str, authorizer: str = "") -> tuple[Record, ...]:
        place = (self.settings.api_id, self.settings.name)
        return present(
            compile_metrics(state.metrics.series(*place, route_key)),
            compile_authorizer_metrics(state.metrics.authorizers.series(*place, authorizer)) if authorizer else None,
            self.access_log,
            self.explanation,
        )

    def compile_failure(self, state: WorkerState, failure: Failure) -> RoutePlan:
        """A plan for requests that no route answers."""
        return self._compile(state, "", (compile_failure(failure),))

    def compile_options(self, state: WorkerState) -> RoutePlan:
        """A plan for OPTIONS requests that no route answers."""
        return self._compile(state, "", present(self.preflight, compile_failure(NOT_FOUND)))

    def compile_refusal(self, state: WorkerState, route_key: str, reason: str) -> RoutePlan:
        """A plan for a route that cannot be compiled."""
        return self._compile(state, route_key, (compile_refusal(INTERNAL, reason),))

    def assemble(self, state: WorkerState, paths: Paths[RoutePlan]) -> StagePlan:
        settings = self.settings
        not_found = self.compile_failure(state, NOT_FOUND)
        return StagePlan(
            account=settings.account,
            region=settings.region,
            api_id=settings.api_id,
            name=settings.name,
            variables=settings.variables,
            paths=paths,
            not_found=not_found,
            preflight=self.compile_options(state),
            bad_request=self.compile_failure(state, BAD_REQUEST),
            body_too_large=self.compile_failure(state, REQUEST_TOO_LARGE),
            headers_too_large=self.compile_failure(state, HEADERS_TOO_LARGE),
            disabled=not_found if settings.endpoint_is_disabled else None,
            untrusted=self._compile(state, "", (compile_untrusted(FORBIDDEN),)),
        )

    def _compile(self, state: WorkerState, route_key: str, inbound: tuple[Step, ...]) -> RoutePlan:
        return RoutePlan(
            key=route_key,
            inbound=present(self.tracing, *inbound),
            outbound=present(self.cors_headers, name_request),
            records=self.records(state, route_key),
            failure_response=self.failure_response,
        )


def compile_shared(settings: StageSettings, api: Document, stage: Document, state: WorkerState) -> Shared:
    """Raises PlanError where a setting of the stage cannot be built."""
    watch = state.watches.watch(settings.api_id, settings.name)
    return Shared(
        settings=settings,
        api=api,
        stage=stage,
        preflight=cors.compile_preflight(settings.cors),
        cors_headers=cors.compile_cors_headers(settings.cors),
        access_log=compile_access_log(settings.access_log, find_variable, state.access_logs),
        failure_response=cors.compile_failures(settings.cors, answer_failure),
        tracing=compile_tracing(None, watch),
        explanation=compile_explanation(watch),
        limits=read_stage_limits(settings.tags, settings.name, state.limits.defaults),
    )


class HttpAssembly:
    """How a stage of an HTTP API is compiled."""

    nouns = NOUNS["HTTP"]
    route_noun = nouns[0]

    def make_paths(self) -> Paths[RoutePlan]:
        return Paths()

    def read_settings(self, update: StageUpdate, _: Frozen) -> StageSettings:
        assert update.api is not None and update.stage is not None
        return read_settings(update.api, update.stage)

    def compile_shared(self, settings: StageSettings, update: StageUpdate, state: WorkerState) -> Shared:
        assert update.api is not None and update.stage is not None
        return compile_shared(settings, update.api, update.stage, state)

    def without_refused(self, settings: StageSettings) -> StageSettings:
        return settings.without_refused()

    def dependencies_of(self, route: Document) -> list[tuple[str, str]]:
        return dependencies_of(route)

    def key_of(self, route: Document, _: Frozen) -> str:
        return str(route["routeKey"])

    def compile_route(self, route: Document, frozen: Frozen, shared: Shared, state: WorkerState) -> RoutePlan:
        needed: dict[str, Any] = {noun: frozen.find(noun, key) for noun, key in dependencies_of(route)}
        return compile_route(route, needed.get("Integration"), needed.get("Authorizer"), shared, state)
