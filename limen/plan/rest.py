"""A method of a REST API as the list of what happens to its requests, in the order in which API Gateway works."""

import msgspec
from msgspec import Struct

from limen.features import compression, gateway_responses
from limen.features.access_logs.record import compile_access_log
from limen.features.authorizers.compile import compile_method_authorization
from limen.features.authorizers.guarded import Guarded
from limen.features.caching.compile import Cacheable, compile_caching
from limen.features.caching.step import CachedMethod
from limen.features.domain_names.untrusted import compile_untrusted
from limen.features.execution_logs.record import compile_execution_log
from limen.features.explain.record import compile_explanation
from limen.features.explain.watch import Watch
from limen.features.method_settings import ALL, MethodSettings, has_own_settings
from limen.features.metrics.authorizers import authorizer_of, compile_authorizer_metrics
from limen.features.metrics.counting import compile_metrics
from limen.features.throttling.settings import StageLimits, read_method_throttle, read_stage_limits
from limen.features.traces import compile_tracing, trace_response
from limen.features.unknown_methods import refuse_unknown_method
from limen.features.usage_plans.limiting import Limited, Limiting, compile_limiting
from limen.features.validation.step import compile_validator
from limen.gateway.api_key import FindApiKey, compile_api_key_source
from limen.gateway.errors import Failure, PlanError
from limen.gateway.failures import compile_failure, compile_refusal
from limen.gateway.paths import Paths
from limen.gateway.resources import Resources
from limen.gateway.rest_context import find_rest_variable
from limen.gateway.rest_errors import (
    FORBIDDEN,
    HEADERS_TOO_LARGE,
    INTERNAL,
    MALFORMED_PATH,
    QUOTA_EXCEEDED,
    REQUEST_TOO_LARGE,
    THROTTLED,
)
from limen.gateway.rest_failures import name_rest_request
from limen.gateway.route_plan import FailureResponse, Record, RoutePlan, Step, present
from limen.gateway.stage_plan import StagePlan
from limen.integrations.rest.compile import compile_rest_integration
from limen.integrations.rest.representation import compile_representation
from limen.integrations.rest.scope import RestScope
from limen.plan.assembly import WHOLE_NOUN, Frozen
from limen.plan.rest_settings import RestSettings, read_rest_settings
from limen.plan.snapshot import NOUNS, Document, StageUpdate
from limen.plan.state import WorkerState
from limen.upstream.origin import ClientCertificate

ANY = "ANY"
MOST_HEAD = 20_480
"""Bytes of request line and headers (AWS quotas, 2026)."""


def compile_method(
    method: Document, frozen: Frozen, shared: "RestShared", state: WorkerState, *, is_test: bool = False
) -> RoutePlan:
    """Raises PlanError where a method cannot be served as it is configured. A test invocation asks for no caller."""
    plan = _compile_verb(method, method["httpMethod"], frozen, shared, state, is_test=is_test)
    verbs = shared.settings.verbs_apart(plan.resource_path) if plan.http_method == ANY and not is_test else []
    if not verbs:
        return plan
    by_verb = {verb.encode(): _compile_verb(method, verb, frozen, shared, state) for verb in verbs}
    return msgspec.structs.replace(plan, by_verb=by_verb)


def _compile_verb(
    method: Document, verb: str, frozen: Frozen, shared: "RestShared", state: WorkerState, *, is_test: bool = False
) -> RoutePlan:
    """`verb`: whose settings hold; one of many of a method ANY, else the method's."""
    resource = _get_resource(method, frozen)
    key = f"{method['httpMethod']} {resource['path']}"
    settings = shared.settings.of_method(resource["path"], verb)
    limiting = None if is_test else _compile_limiting(method, resource, shared, verb, settings, state)
    guarded = _guarded(method, frozen, shared, key)
    cached = None if is_test else _compile_caching(guarded, verb, settings, shared, state)
    return RoutePlan(
        key=key,
        inbound=present(
            compile_tracing(settings, shared.watch),
            *(() if is_test else compile_method_authorization(guarded, state.authorizers)),  # may it pass?
            *(() if limiting is None else limiting.steps),  # by which key, and how often?
            shared.decompression,  # behind the authorizer: a signature is of the body that was sent
            _compile_validator(method, frozen, shared),  # does it have what it must?
            cached and cached.look_up,  # was it answered before?
            compile_answer(method, resource, shared, state),  # who answers?
        ),
        outbound=present(
            cached and cached.store,
            shared.trace_response,
            shared.compression,
            name_rest_request,
            limiting and limiting.tell,
        ),
        records=present(
            cached and cached.end,
            *shared.records(state, key, settings, method),
        ),
        failure_response=shared.failure_response if limiting is None else limiting.failures(shared.failure_response),
        bug=INTERNAL,
        resource_id=resource["id"],
        resource_path=resource["path"],
        http_method=method["httpMethod"],
        operation_name=method.get("operationName"),
        find_api_key=_compile_key_source(method, shared.settings),
        transfer_mode=_transfer_mode(method.get("methodIntegration") or {}),
    )


def compile_answer(method: Document, resource: Document, shared: "RestShared", state: WorkerState) -> Step:
    """The step of a method's integration."""
    return compile_rest_integration(
        method, resource, shared.scope, state.upstream, state.private_addresses, state.functions
    )


def _transfer_mode(integration: Document) -> str:
    return "STREAMED" if integration.get("responseTransferMode") == "STREAM" else "BUFFERED"


def _get_resource(method: Document, frozen: Frozen) -> Document:
    resource = frozen.find("Resource", method["_resourceId"])
    if resource is None:
        raise PlanError(f"method {method['httpMethod']} is on a resource that does not exist, {method['_resourceId']}")
    return resource


def _compile_validator(method: Document, frozen: Frozen, shared: "RestShared") -> Step | None:
    return compile_validator(method, frozen.all("RequestValidator"), frozen.all("Model"), shared.settings.api_id)


def _guarded(method: Document, frozen: Frozen, shared: "RestShared", key: str) -> Guarded:
    settings = shared.settings
    return Guarded(
        method=method,
        authorizer=frozen.find("Authorizer", method.get("authorizerId") or ""),
        where=f"method {key!r} of API {settings.api_id}",
        account=settings.account,
        region=settings.region,
        api_id=settings.api_id,
        stage_name=settings.name,
        variables=settings.variables,
        resource_path=_get_resource(method, frozen)["path"],
        policy=settings.policy,
    )


def _compile_caching(
    guarded: Guarded, verb: str, of_method: MethodSettings, shared: "RestShared", state: WorkerState
) -> CachedMethod | None:
    settings, method, path = shared.settings, guarded.method, guarded.resource_path
    if settings.cache is None:
        return None
    cacheable = Cacheable(
        guarded=guarded,
        verb=verb,
        cache=settings.cache,
        settings=of_method,
        has_own_settings=has_own_settings(settings.method_settings, path, verb),
        minimum_compression_size=settings.minimum_compression_size,
        represent=compile_representation(method, settings.binary_media_types),
    )
    series = state.metrics.series(settings.api_id, settings.shown_name, f"{method['httpMethod']} {path}")
    return compile_caching(cacheable, state.caches, series)


def _compile_key_source(method: Document, settings: RestSettings) -> FindApiKey | None:
    return compile_api_key_source(settings.api_key_source) if method.get("apiKeyRequired") else None


def _compile_limiting(
    method: Document, resource: Document, shared: "RestShared", verb: str, of_verb: MethodSettings, state: WorkerState
) -> Limiting | None:
    """Behind authorization: a key that an authorizer names is known by then."""
    settings, path = shared.settings, resource["path"]
    key = f"{method['httpMethod']} {path}"
    is_apart = has_own_settings(settings.method_settings, path, verb)
    limited = Limited(
        scope=f"{settings.account}/{settings.region}",
        api_id=settings.api_id,
        stage_name=settings.name,
        shown_stage=settings.shown_name,
        key=key,
        bucket_key=f"{verb} {path}" if is_apart else key,
        resource_path=path,
        verb=method["httpMethod"],
        throttle=read_method_throttle(of_verb.throttling_rate_limit, of_verb.throttling_burst_limit),
        find_key=_compile_key_source(method, settings),
        stage=shared.limits,
        failures=(THROTTLED, QUOTA_EXCEEDED),
    )
    return compile_limiting(limited, state.limits, state.usage_plans, state.metrics)


class RestShared(Struct, frozen=True):
    """What all methods of a stage have in common."""

    settings: RestSettings
    scope: RestScope
    decompression: Step | None
    compression: Step | None
    trace_response: Step | None
    """Where a response is compressed before its trace ends."""
    access_log: Record | None
    failure_response: FailureResponse
    watch: Watch
    limits: StageLimits

    def records(
        self, state: WorkerState, key: str, settings: MethodSettings, method: Document | None = None
    ) -> tuple[Record, ...]:
        api_id, name = self.settings.api_id, self.settings.shown_name
        authorizer = authorizer_of(method or {})
        requires_key = bool((method or {}).get("apiKeyRequired"))
        return present(
            compile_metrics(state.metrics.series(api_id, name, key)),
            compile_authorizer_metrics(state.metrics.authorizers.series(api_id, name, authorizer))
            if authorizer
            else None,
            self.access_log,
            compile_execution_log(settings, api_id, name, state.access_logs, requires_key=requires_key),
            compile_explanation(self.watch),
        )

    def compile_refusal(self, state: WorkerState, route_key: str, reason: str) -> RoutePlan:
        return self._compile(state, route_key, compile_refusal(INTERNAL, reason))

    def assemble(self, state: WorkerState, paths: Paths[RoutePlan]) -> StagePlan:
        settings = self.settings
        not_found = self._compile(state, "", refuse_unknown_method)
        return StagePlan(
            account=settings.account,
            region=settings.region,
            api_id=settings.api_id,
            name=settings.name,
            variables=settings.variables,
            deployment_id=settings.deployment_id,
            paths=paths,
            not_found=not_found,
            preflight=not_found,
            bad_request=self._compile_failure(state, MALFORMED_PATH),
            body_too_large=self._compile_failure(state, REQUEST_TOO_LARGE),
            headers_too_large=self._compile_failure(state, HEADERS_TOO_LARGE),
            most_head=MOST_HEAD,
            disabled=self._compile_failure(state, FORBIDDEN) if settings.endpoint_is_disabled else None,
            untrusted=self._compile_untrusted(state),
            is_canary=settings.is_canary,
            obeys_method_override=True,
        )

    def _compile_failure(self, state: WorkerState, failure: Failure) -> RoutePlan:
        """A plan for requests that no method answers."""
        return self._compile(state, "", compile_failure(failure))

    def _compile_untrusted(self, state: WorkerState) -> RoutePlan:
        """No method is chosen yet: it is logged as the stage has it for all."""
        try:
            logged = self.settings.of_method(ALL, ALL)
        except PlanError:  # which each method tells
            logged = None
        return self._compile(state, "", compile_untrusted(FORBIDDEN), logged)

    def _compile(self, state: WorkerState, key: str, step: Step, logged: MethodSettings | None = None) -> RoutePlan:
        return RoutePlan(
            key=key,
            inbound=present(compile_tracing(logged, self.watch), step),
            outbound=(),
            records=self.records(state, key, logged or MethodSettings()),
            failure_response=self.failure_response,
            bug=INTERNAL,
        )


def compile_shared(settings: RestSettings, state: WorkerState) -> RestShared:
    """Raises PlanError where a setting of the stage cannot be built."""
    return RestShared(
        settings=settings,
        scope=_scope(settings),
        decompression=compression.compile_decompression(settings.minimum_compression_size),
        compression=compression.compile_compression(settings.minimum_compression_size),
        trace_response=None if settings.minimum_compression_size is None else trace_response,
        access_log=compile_access_log(
            settings.access_log, find_rest_variable, state.access_logs, is_canary=settings.is_canary
        ),
        failure_response=gateway_responses.compile_failures(settings.gateway_responses, settings.variables),
        watch=state.watches.watch(settings.api_id, settings.name),
        limits=read_stage_limits(settings.tags, settings.name, state.limits.defaults),
    )


def _scope(settings: RestSettings) -> RestScope:
    shown = settings.client_certificate
    return RestScope(
        account=settings.account,
        region=settings.region,
        api_id=settings.api_id,
        stage_name=settings.name,
        variables=settings.variables,
        binary_media_types=settings.binary_media_types,
        client_certificate=ClientCertificate(shown["pemEncodedCertificate"], shown["_privateKey"]) if shown else None,
    )


class RestAssembly:
    """How a stage of a REST API is compiled."""

    nouns = NOUNS["REST"]
    route_noun = nouns[0]

    def make_paths(self) -> Paths[RoutePlan]:
        return Resources()

    def read_settings(self, update: StageUpdate, frozen: Frozen) -> RestSettings:
        return read_rest_settings(update, frozen)

    def compile_shared(self, settings: RestSettings, update: StageUpdate, state: WorkerState) -> RestShared:
        return compile_shared(settings, state)

    def without_refused(self, settings: RestSettings) -> RestSettings:
        return msgspec.structs.replace(settings, access_log=None, gateway_responses={}, tags={})

    def dependencies_of(self, method: Document) -> list[tuple[str, str]]:
        """A model may refer to any other, so that a method which validates bodies depends on all."""
        if not method:
            return []
        found = [("Resource", method["_resourceId"])]
        if method.get("requestValidatorId"):
            found.append(("RequestValidator", method["requestValidatorId"]))
        if method.get("requestModels"):
            found.append(("Model", WHOLE_NOUN))
        if method.get("authorizerId"):
            found.append(("Authorizer", method["authorizerId"]))
        return found

    def key_of(self, method: Document, frozen: Frozen) -> str:
        return f"{method['httpMethod']} {_get_resource(method, frozen)['path']}"

    def compile_route(self, method: Document, frozen: Frozen, shared: RestShared, state: WorkerState) -> RoutePlan:
        return compile_method(method, frozen, shared, state)
