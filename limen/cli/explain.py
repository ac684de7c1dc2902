"""`limen explain`: what each step decided of a request, or the requests that are kept."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from limen.cli.failure import CommandError
from limen.cli.listing import print_columns, print_json, printable
from limen.cli.options import takes_settings
from limen.config import Settings

COLUMNS = {
    "TIME": "time",
    "REQUEST": "requestId",
    "API": "apiId",
    "STAGE": "stage",
    "METHOD": "method",
    "PATH": "path",
    "STATUS": "status",
    "MS": "latencyMs",
}
INDENT = " " * 15


@takes_settings("data_dir", "host", "admin_port")
def explain(
    settings: Settings,
    request_id: Annotated[
        str | None, typer.Argument(metavar="REQUEST_ID", help="Id of a response; without one, list what is kept")
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="API/STAGE", help="Begin to keep the requests of a stage")] = None,
    off: Annotated[str | None, typer.Option(metavar="API/STAGE", help="End it, and forget them")] = None,
    requests: Annotated[int, typer.Option(metavar="N", help="How many are kept, with --on")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Explain a request that was kept: see limen serve --explain, or --on here."""
    from limen.cli.admin_port import AdminPort

    port = AdminPort(settings)
    for stage, kept in ((on, requests), (off, 0)):
        if stage is not None:
            _look(port.ask, stage, kept)
    if on is not None or off is not None:
        return
    answer = port.ask("/_limen/explain" if request_id is None else f"/_limen/explain/{quote(request_id, safe='')}")
    if as_json:
        print_json(answer)
    elif request_id is None:
        print_columns(list(COLUMNS), [[row.get(member) for member in COLUMNS.values()] for row in answer])
    else:
        for line in render(answer):
            typer.echo(line)


def _look(ask: Callable[..., Any], stage: str, requests: int) -> None:
    api_id, slash, name = stage.partition("/")
    if not slash or not api_id or not name:
        raise CommandError(f"{stage!r} is no API/STAGE")
    path = f"/_limen/explain/stages/{quote(api_id, safe='')}/{quote(name, safe='')}"
    ask(path, method="POST", query=urlencode({"requests": requests}))
    typer.echo(f"{stage}: the last {requests} requests are kept" if requests else f"{stage}: nothing is kept")


def render(entry: dict[str, Any]) -> Iterator[str]:
    """An explained request, line by line."""
    shown = {name: printable(value) for name, value in entry.items()}
    yield f"{shown['method']} {shown['path']}: {shown['status']} in {shown['latencyMs']} ms"
    yield f"request {shown['requestId']} ({shown['extendedRequestId']}), {shown['time']}"
    yield f"API {shown['apiId']}, stage {shown['stage']}, route {shown['route']}"
    if entry.get("domain"):
        yield f"came by {printable(_way(entry['domain']))}"
    integration = entry["integration"]
    if integration["status"] is not None or integration["error"] is not None:
        error = f": {printable(integration['error'])}" if integration["error"] else ""
        yield f"integration answered {printable(integration['status'])} in {integration['latencyMs']} ms{error}"
    yield ""
    for event in entry["events"]:
        headline, details = _EVENTS.get(event["event"], _other)(event)
        yield f"{event['ms']:>10.3f} ms  {printable(headline)}"
        for title, value in details.items():
            yield from _detail(title, value)


def _way(domain: dict[str, Any]) -> str:
    """Of a request on a custom domain name."""
    rule, base_path = domain["routingRuleId"], domain["basePath"]
    by = f"mapping {base_path or '(none)'}"
    if rule is not None:
        by = f"routing rule {rule}, base path {base_path}" if base_path else f"routing rule {rule}"
    return f"custom domain name {domain['host']}, {by}"


def _detail(title: str, value: Any) -> Iterator[str]:
    if value in (None, "", {}, []):
        return
    if isinstance(value, dict):
        yield f"{INDENT}{title}:"
        for name, each in value.items():
            yield f"{INDENT}  {printable(name)}: {printable(_plain(each))}"
        return
    lines = str(_plain(value)).splitlines()
    if len(lines) == 1:
        yield f"{INDENT}{title}: {printable(lines[0])}"
        return
    yield f"{INDENT}{title}:"
    for line in lines:
        yield f"{INDENT}  {printable(line) if line else ''}"


_STARS = re.compile(r"\*{9,}")
"""What is left of a secret, as long as it was: a token fills a screen."""


def _plain(value: Any) -> Any:
    shown = ", ".join(str(each) for each in value) if isinstance(value, list) else value
    return _STARS.sub("********", shown) if isinstance(shown, str) else shown


Headline = tuple[str, dict[str, Any]]


def _request(event: dict[str, Any]) -> Headline:
    details = {"path": event["path"], "query": event["query"], "headers": event["headers"], "body": event["body"]}
    return f"request {event['method']} {event['resource_path']}", details


def _routed(event: dict[str, Any]) -> Headline:
    taken = f"{event['method']} {event['resource_path']}".strip()
    return f"routed to {taken or 'nothing'}", {"candidates": event["candidates"], "parameters": event["parameters"]}


def _authorizer(event: dict[str, Any]) -> Headline:
    return f"authorizer {event['authorizer']!r} ({event['id']}, {event['kind']})", {"identity": event["identity"]}


def _authorizer_request(event: dict[str, Any]) -> Headline:
    headline = f"authorizer asked: {event['uri']}, run by {event['backend']}"
    return headline, {name: event.get(name) for name in ("headers", "payload")}


def _authorizer_response(event: dict[str, Any]) -> Headline:
    took = f"{float(event['latency_ms']):.3f} ms"
    if event["problem"]:
        return f"authorizer did not answer, after {took}: {event['problem']}", {}
    return f"authorizer answered {event['status']} in {took}", {"body": event["body"]}


def _client_certificate(event: dict[str, Any]) -> Headline:
    details = {name: event[name] for name in ("issuer", "serial") if event[name]}
    if event["problem"]:
        return f"client certificate refused: {event['problem']}", {"subject": event["subject"], **details}
    return f"client certificate trusted: {event['subject']}", details


def _authorizer_joined(event: dict[str, Any]) -> Headline:
    return f"waits for the answer that {event['requests']} with the same identity wait for", {}


def _authorized(event: dict[str, Any]) -> Headline:
    cached = event.get("cached_s")
    source = "by an answer of just now" if cached is None else f"by an answer kept for {cached} s"
    statement = event.get("statement")
    details = {
        "principal": event.get("principal"),
        "asked for": event.get("arn"),
        "statement": statement,
        "because": "no statement of the policy holds" if statement is None and event.get("policy") else None,
    }
    settled = event.get("settled", event["verdict"])
    together = "" if settled == event["verdict"] else f"; {settled} together with the resource policy"
    return f"{event['verdict']} {source}{together}", details


def _resource_policy(event: dict[str, Any]) -> Headline:
    number = event.get("number")
    told = {"Allow": "allows", "Deny": "denies", "neither": "neither allows nor denies"}[event["effect"]]
    by = "" if number is None else f", by statement {number}"
    return f"resource policy {told}{by}", {"asked for": event["arn"], "statement": event.get("statement")}


def _cache(event: dict[str, Any]) -> Headline:
    age = event.get("age_s")
    kept = "" if age is None else f", kept {age} s ago"
    return f"cache: {_OUTCOMES[event['outcome']]}{kept}", {"key": event["key"], "time to live": f"{event['ttl_s']} s"}


_OUTCOMES = {
    "hit": "hit",
    "miss": "miss",
    "replaced": "miss, the client asks for a new response",
    "waits": "another request asks for the same, its response is waited for",
    "waited": "answered with the response of that request",
}


def _cached(event: dict[str, Any]) -> Headline:
    return f"response {event['outcome']}" + (f": {event['reason']}" if event["reason"] else ""), {}


def _token(event: dict[str, Any]) -> Headline:
    if event["outcome"] == "refused":
        return f"token refused: {event['reason']}", {}
    source = "verified just now" if event["outcome"] == "verified" else "known, verified before"
    names = {"issuer": "issuer", "subject": "subject", "expires": "expires", "scopes": "scopes"}
    details = {shown: event.get(name) or None for name, shown in names.items()}
    return f"token {source}, good for another {event['known_for']} s", details


def _validated(event: dict[str, Any]) -> Headline:
    details = {"model": event.get("model"), "at": event.get("pointer"), "because": event.get("message")}
    return f"{event['what']} {event['outcome']}", details


def _mapped(event: dict[str, Any]) -> Headline:
    value = "nothing" if event["value"] is None else f"{event['value']!r}"
    return f"mapped {event['target']} from {event['source']}: {value}", {}


def _template(event: dict[str, Any]) -> Headline:
    details = {title: event.get(title) for title in ("input", "text", "variables", "output", "overrides", "error")}
    details["template"] = details.pop("text")
    order = ("input", "template", "variables", "output", "overrides", "error")
    return f"{event['place']} template for {event['content_type']}", {title: details[title] for title in order}


def _endpoint_request(event: dict[str, Any]) -> Headline:
    headline = f"endpoint asked: {event['method']} {event['uri']}"
    return headline, {name: event.get(name) for name in ("headers", "body", "payload")}


def _endpoint_response(event: dict[str, Any]) -> Headline:
    headline = f"endpoint answered {event['status']} in {float(event['latency_ms']):.3f} ms"
    return headline, {"headers": event["headers"], "body": event["body"]}


def _function(event: dict[str, Any]) -> Headline:
    return f"function {event['arn']}, run by {event['backend']}", {}


def _function_problem(event: dict[str, Any]) -> Headline:
    return str(event["text"]), {}


def _malformed(event: dict[str, Any]) -> Headline:
    return f"what the function returned is no response: {event['detail']}", {}


def _selected(event: dict[str, Any]) -> Headline:
    pattern = f"by {event['pattern']!r}" if event["pattern"] else "by default"
    return f"response {event['status_code']} selected {pattern} for {event['matched']!r}", {}


def _failed(event: dict[str, Any]) -> Headline:
    return f"failed: {event['type'] or event['message']}", {"message": event["message"], "reason": event["reason"]}


def _response(event: dict[str, Any]) -> Headline:
    return f"response {event['status']}", {"headers": event["headers"], "body": event["body"]}


def _other(event: dict[str, Any]) -> Headline:
    return event["event"], {name: value for name, value in event.items() if name not in ("event", "ms")}


_EVENTS: dict[str, Callable[[dict[str, Any]], Headline]] = {
    "request": _request,
    "client_certificate": _client_certificate,
    "routed": _routed,
    "authorizer": _authorizer,
    "authorizer_request": _authorizer_request,
    "authorizer_response": _authorizer_response,
    "authorizer_joined": _authorizer_joined,
    "authorized": _authorized,
    "resource_policy": _resource_policy,
    "cache": _cache,
    "cached": _cached,
    "token": _token,
    "validated": _validated,
    "mapped": _mapped,
    "template": _template,
    "function": _function,
    "endpoint_request": _endpoint_request,
    "endpoint_response": _endpoint_response,
    "function_refused": _function_problem,
    "function_failed": _function_problem,
    "malformed": _malformed,
    "selected": _selected,
    "failed": _failed,
    "response": _response,
}
