"""A trace as the JSON that explains a request: cut to a bounded size, secrets masked."""

import time
from typing import Any

import orjson

from limen.features.redaction import is_secret, mask, redact, redact_event, redact_uri
from limen.gateway.exchange import Exchange
from limen.gateway.trace import Event, Trace
from limen.templates.errors import Trouble
from limen.templates.weight import weigh

LONGEST_TEXT = 64 * 1024
"""Characters of one text: of a body, a template."""
LARGEST_ENTRY = 1024 * 1024
"""Bytes of one entry, for which its texts are cut further."""

_CUTS = (LONGEST_TEXT, 8 * 1024, 512)


def summarise(exchange: Exchange, trace: Trace) -> dict[str, Any]:
    """What a list shows of a request."""
    response = exchange.response
    extended = exchange.request_id.decode()
    return {
        "requestId": exchange.request_uuid or extended,
        "extendedRequestId": extended,
        "apiId": exchange.stage.api_id,
        "stage": f"{exchange.stage.name}/Canary" if exchange.stage.is_canary else exchange.stage.name,
        "domain": _describe_domain(exchange),
        "time": stamp(trace.began_at),
        "method": exchange.method.decode("latin-1"),
        "path": _cut(exchange.path.decode("utf-8", "replace"), 1024),
        "route": exchange.plan.key,
        "status": None if response is None else response.status,
        "latencyMs": round((time.monotonic() - exchange.started) * 1000, 3),
    }


def _describe_domain(exchange: Exchange) -> dict[str, Any] | None:
    """How the request came to the stage on a custom domain name; None on any other host."""
    match = exchange.domain
    if match is None:
        return None
    name = exchange.host.decode("utf-8", "replace")
    return {"host": _cut(name, 255), "basePath": match.base_path, "routingRuleId": match.rule_id}


def render_entry(summary: dict[str, Any], exchange: Exchange, trace: Trace) -> bytes:
    """The summary and all events, each as name, milliseconds since the first, and its values."""
    integration = {
        "status": exchange.integration_status,
        "latencyMs": None if exchange.integration_latency is None else round(exchange.integration_latency * 1000, 3),
        "error": exchange.integration_error,
    }
    entry = b""
    for longest in _CUTS:
        events = [_render_event(event, longest) for event in trace.events]
        whole = {**summary, "integration": integration, "events": events}
        entry = orjson.dumps(whole, default=str, option=orjson.OPT_NON_STR_KEYS)
        if len(entry) <= LARGEST_ENTRY:
            return entry
    dropped = {"event": "cut", "ms": 0.0, "message": f"{len(trace.events)} events are too large to keep"}
    return orjson.dumps({**summary, "integration": integration, "events": [dropped]}, default=str)


def stamp(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds * 1000) % 1000:03}Z"


def _render_event(event: Event, longest: int) -> dict[str, Any]:
    values = event.values
    if event.name == "mapped" and is_secret(f"{values.get('target')} {values.get('source')}"):
        values = {**values, "value": mask(str(values.get("value") or ""))}
    shown = {name: _show(name, value, longest) for name, value in values.items()}
    return {"event": event.name, "ms": round(event.seconds * 1000, 3), **shown}


def _show(name: str, value: Any, longest: int) -> Any:
    if name == "uri" and isinstance(value, str):
        value = redact_uri(value)
    elif name == "payload" and isinstance(value, str):
        value = redact_event(value)
    try:
        weigh(value)
    except Trouble:  # what a template overrides may hold itself many times
        if not isinstance(value, str):
            return "too large to be shown"
    return _bound(value, longest)


def _bound(value: Any, longest: int) -> Any:
    if isinstance(value, str):
        # What was no text came in with surrogates, which are no JSON.
        return _cut(value.encode("utf-8", "replace").decode() if not value.isascii() else value, longest)
    if isinstance(value, bytes | bytearray):
        return _cut(value.decode("utf-8", "replace"), longest)
    if isinstance(value, dict):
        return {_bound(str(name), longest): _bound(each, longest) for name, each in _redact(value).items()}
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return _cut(str(value), longest)  # more than orjson writes
    if isinstance(value, list | tuple):
        return [_bound(each, longest) for each in value]
    return value


def _redact(values: dict[Any, Any]) -> dict[Any, Any]:
    """A group of values (`header`, `path`) is looked into, whatever its name."""
    plain = {name: each for name, each in values.items() if not isinstance(each, dict)}
    return {**values, **redact(plain)}


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]} [{len(text) - longest} more characters]"
