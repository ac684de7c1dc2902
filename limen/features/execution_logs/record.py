"""What runs after an exchange of a method whose execution is logged."""

import time

from limen.features.access_logs.writer import AccessLogs
from limen.features.execution_logs.lines import ERROR, OF_PLANS, Line, is_untrusted, render_lines
from limen.features.method_settings import MethodSettings
from limen.features.traces import end_trace
from limen.gateway.exchange import Exchange
from limen.gateway.rest_failures import request_uuid
from limen.gateway.route_plan import Record
from limen.gateway.trace import Trace

GROUP = "API-Gateway-Execution-Logs_{api}/{stage}"
"""The log group of a stage, as API Gateway names it; `stage` is `prod/Canary` for a canary, whose lines are in that
of its stage as well (guide, "Canary release deployment in API Gateway")."""

_CONTROLS = {code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
_CONTROLS |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


def compile_execution_log(
    settings: MethodSettings, api_id: str, stage_name: str, logs: AccessLogs, *, requires_key: bool = False
) -> Record | None:
    """A record that writes the lines of an exchange in one piece; None where logging is off."""
    if not settings.logs:
        return None
    level = settings.logging_level or ERROR
    has_data = settings.data_trace_enabled
    groups = dict.fromkeys((stage_name.partition("/")[0], stage_name))
    writes = [logs.log(GROUP.format(api=api_id, stage=group)).write for group in groups]
    stage = f"{api_id}/{stage_name}"

    def log_execution(exchange: Exchange) -> None:
        trace = end_trace(exchange)
        request_id = request_uuid(exchange)
        lines = render_lines(trace, request_id, level=level, has_data=has_data)
        plan_lines = _plan_lines(exchange, trace, request_id, stage, requires_key)
        if level != ERROR:
            lines = [*plan_lines, *lines, *_ids_of_endpoint(trace)]
        elif exchange.failure is not None and exchange.failure.failure.name in OF_PLANS:
            lines = [plan_lines[-1], *lines]
        if lines:
            prefix = f"({request_id}) "
            text = "".join(
                [f"{_stamp(trace.began_at + line.seconds)} {prefix}{_one_line(line.text)}\n" for line in lines]
            )
            for write in writes:
                write(text)

    return log_execution


def _plan_lines(exchange: Exchange, trace: Trace, request_id: str, stage: str, requires_key: bool) -> list[Line]:
    """The last one is what the check came to."""
    key, limits = trace.find("api_key"), trace.find("limits")
    shown = "" if key is None else key["shown"]
    lines = [
        f"Extended Request Id: {exchange.request_id.decode()}",
        f"Verifying Usage Plan for request: {request_id}. API Key: {shown} API Stage: {stage}",
    ]
    if is_untrusted(trace):
        return [Line(0.0, lines[0])]
    if not requires_key:
        method = f"{exchange.plan.http_method} {exchange.plan.resource_path}"
        lines.append(
            f"API Key  authorized because method '{method}' does not require API Key. "
            "Request will not contribute to throttle or quota limits"
        )
    if key is not None and key["outcome"] == "refused":
        lines.append(f"API Key {shown} not authorized for API Stage {stage}: {key['reason']}")
    elif limits is not None and limits["outcome"] == "refused":
        kind = "quota" if limits["refused_by"] == "quota" else "throttle"
        lines.append(f"API Key {shown} exceeded {kind} limit for API Stage {stage}: {limits['reason']}")
    elif key is not None or not requires_key:
        lines.append(f"Usage Plan check succeeded for API Key {shown} and API Stage {stage}")
    return [Line(0.0, line) for line in lines]


def _ids_of_endpoint(trace: Trace) -> list[Line]:
    """The id that an AWS service gave its answer."""
    answered = trace.find("endpoint_response")
    if answered is None:
        return []
    ids = [value for name, value in answered["headers"].items() if name.lower() == "x-amzn-requestid"]
    if not ids:
        return []
    text = ids[0][0] if isinstance(ids[0], list) else ids[0]
    return [Line(trace.events[-1].seconds, f"AWS Integration Endpoint RequestId : {text}")]


def _one_line(text: str) -> str:
    """Whatever a client sent, an event stays one line."""
    return text if text.isprintable() else text.translate(_CONTROLS)


def _stamp(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds * 1000) % 1000:03}Z"
