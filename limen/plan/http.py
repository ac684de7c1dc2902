"""A route of an HTTP API as the list of what happens to its requests, in the order in which API Gateway works."""

from msgspec import Struct

from limen.features import authorizers, cors
from limen.features.access_logs.record import compile_access_log
from limen.features.metrics.counting import compile_metrics
from limen.gateway.errors import INTERNAL, NOT_FOUND, Failure
from limen.gateway.failures import answer_failure, compile_failure, compile_refusal, name_request
from limen.gateway.route_plan import FailureResponse, Record, RoutePlan, Step, present
from limen.integrations.compile import compile_integration
from limen.plan.settings import StageSettings
from limen.plan.snapshot import Document
from limen.plan.state import WorkerState


def compile_route(
    route: Document, integration: Document | None, authorizer: Document | None, shared: "Shared", state: WorkerState
) -> RoutePlan:
    """Raises PlanError where a route cannot be served as it is configured."""
    return RoutePlan(
        key=route["routeKey"],
        inbound=present(
            authorizers.compile_authorizer(route, authorizer),  # may it pass?
            shared.preflight,  # behind the authorizer: a route that takes OPTIONS guards preflights too
            _compile_integration(route, integration, shared, state),  # who answers?
        ),
        outbound=present(shared.cors_headers, name_request),
        records=shared.records(state, route["routeKey"]),
        failure_response=shared.failure_response,
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


def _compile_integration(route: Document, integration: Document | None, shared: "Shared", state: WorkerState) -> Step:
    if integration is not None:
        return compile_integration(
            integration, route, shared.stage, shared.api, state.upstream, state.private_addresses
        )
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

    def records(self, state: WorkerState, route_key: str) -> tuple[Record, ...]:
        series = state.metrics.series(self.settings.api_id, self.settings.name, route_key)
        return present(compile_metrics(series), self.access_log)

    def compile_failure(self, state: WorkerState, failure: Failure) -> RoutePlan:
        """A plan for requests that no route answers."""
        return self._compile(state, "", (compile_failure(failure),))

    def compile_options(self, state: WorkerState) -> RoutePlan:
        """A plan for OPTIONS requests that no route answers."""
        return self._compile(state, "", present(self.preflight, compile_failure(NOT_FOUND)))

    def compile_refusal(self, state: WorkerState, route_key: str, refusal: Step) -> RoutePlan:
        """A plan for a route that cannot be compiled."""
        return self._compile(state, route_key, (refusal,))

    def _compile(self, state: WorkerState, route_key: str, inbound: tuple[Step, ...]) -> RoutePlan:
        return RoutePlan(
            key=route_key,
            inbound=inbound,
            outbound=present(self.cors_headers, name_request),
            records=self.records(state, route_key),
            failure_response=self.failure_response,
        )


def compile_shared(settings: StageSettings, api: Document, stage: Document, state: WorkerState) -> Shared:
    """Raises PlanError where a setting of the stage cannot be built."""
    return Shared(
        settings=settings,
        api=api,
        stage=stage,
        preflight=cors.compile_preflight(settings.cors),
        cors_headers=cors.compile_cors_headers(settings.cors),
        access_log=compile_access_log(settings.access_log, state.access_logs),
        failure_response=cors.compile_failures(settings.cors, answer_failure),
    )
