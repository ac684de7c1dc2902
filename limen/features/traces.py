"""Where traces begin and end: an exchange has one only where its execution is logged, or somebody asked to explain it.

What steps note in between is listed in gateway/trace.
"""

from typing import Any

from limen.features.explain.watch import Watch
from limen.features.method_settings import MethodSettings
from limen.gateway.candidates import find_candidates
from limen.gateway.client_certificate import certificate_of
from limen.gateway.exchange import Exchange
from limen.gateway.request_view import view_of
from limen.gateway.route_plan import Step
from limen.gateway.trace import Trace


def compile_tracing(settings: MethodSettings | None, watch: Watch | None) -> Step | None:
    """The first step of a plan. `settings`: of the method, None for HTTP APIs; `watch`: who may ask about the stage."""
    is_logged = settings is not None and settings.logs
    if watch is None:
        return begin_trace if is_logged else None

    def begin_watched(exchange: Exchange) -> None:
        if is_logged or watch.ring is not None:
            begin_trace(exchange, is_thorough=watch.ring is not None)

    return begin_watched


def begin_trace(exchange: Exchange, *, is_thorough: bool = False) -> None:
    trace = exchange.trace = Trace(is_thorough=is_thorough)
    view = view_of(exchange)
    trace.note(
        "request",
        method=exchange.method.decode("latin-1"),
        resource_path=exchange.route_path.decode("utf-8", "replace"),
        path=exchange.path_parameters,
        query=view.query,
        headers=view.headers,
        body=_text(exchange.body),
    )
    if exchange.domain is not None:
        _note_certificate(exchange, trace)
    plan = exchange.plan
    trace.note(
        "routed",
        resource_path=plan.resource_path or plan.key,
        method=plan.http_method,
        parameters=exchange.path_parameters,
        candidates=find_candidates(exchange.stage.paths, exchange.route_path),
    )


def _note_certificate(exchange: Exchange, trace: Trace) -> None:
    certificate = certificate_of(exchange)
    problem = "" if exchange.domain is None else exchange.domain.problem
    if certificate is not None or problem:
        trace.note(
            "client_certificate",
            subject=certificate and certificate.subject_dn,
            issuer=certificate and certificate.issuer_dn,
            serial=certificate and certificate.serial_number,
            problem=problem,
        )


def note_decoded_body(exchange: Exchange) -> None:
    """The body that the rest of the method sees, in place of the one that came."""
    request = exchange.trace.find("request") if exchange.trace is not None else None
    if request is not None:
        request["body"] = _text(exchange.body)


def trace_response(exchange: Exchange) -> None:
    """An outbound step, before the gateway adds anything of its own or compresses."""
    if exchange.trace is not None:
        _note_response(exchange, exchange.trace)


def end_trace(exchange: Exchange) -> Trace:
    """Called by records, by each that there is: notes how the exchange ended where no step did."""
    if exchange.trace is None:
        begin_trace(exchange)  # it failed before its trace began
    trace = exchange.trace
    assert trace is not None
    failure = exchange.failure
    if failure is not None and trace.find("failed") is None:
        trace.note("failed", type=failure.failure.name, message=failure.message, reason=failure.reason)
    if trace.find("response") is None:
        _note_response(exchange, trace)
    return trace


def _note_response(exchange: Exchange, trace: Trace) -> None:
    response = exchange.response
    if response is not None:
        trace.note("response", status=response.status, headers=headers_of(response.headers), body=_text(response.body))


def headers_of(headers: Any) -> dict[str, list[str]]:
    """Values by name as written."""
    found: dict[str, list[str]] = {}
    for _, name, value in headers:
        found.setdefault(name.decode("latin-1"), []).append(value.decode("utf-8", "replace"))
    return found


def _text(body: Any) -> str:
    """What is no text shows as one nevertheless; a body that is not there yet, as one that is empty."""
    return bytes(body).decode("utf-8", "replace") if isinstance(body, bytes | bytearray | memoryview) else ""
