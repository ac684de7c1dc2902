"""The loop of the runtime: find the handler, then invocation after invocation."""

from __future__ import annotations

import os
import sys

from limen.functions.bootstraps.python import debugger, json_text, logs
from limen.functions.bootstraps.python.context import LambdaContext
from limen.functions.bootstraps.python.faults import FunctionError, error_object, log_error
from limen.functions.bootstraps.python.handlers import find_handler
from limen.functions.bootstraps.python.runtime_api import RuntimeApi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TRACE_VARIABLE = "_X_AMZN_TRACE_ID"


def run() -> None:
    """Ends when the host does, or with status 1 when the function cannot be loaded."""
    api = RuntimeApi()
    # Lines come into the log as they are printed; a part of one waits for the end of the invocation.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    logs.install()
    try:
        debugger.wait_for_client()
        handler = find_handler(os.environ["_HANDLER"])
    except Exception as error:
        report = error_object(error)
        log_error(report)
        api.fail_init(json_text.dumps(report), report["errorType"])
        sys.exit(1)
    while True:
        serve_one(api, handler)


def serve_one(api: RuntimeApi, handler: Callable[[Any, Any], Any]) -> None:
    headers, payload = api.next()
    request_id = logs.current_request = headers["lambda-runtime-aws-request-id"]
    trace_id = headers.get("lambda-runtime-trace-id")
    if trace_id:
        os.environ[TRACE_VARIABLE] = trace_id
    else:
        os.environ.pop(TRACE_VARIABLE, None)
    try:
        answer, content_type = call(handler, headers, payload)
    except Exception as error:
        report = error_object(error, request_id)
        log_error(report)
        api.fail(request_id, json_text.dumps(report), report["errorType"])
        return
    sys.stdout.flush()
    api.respond(request_id, answer, content_type)


def call(handler: Callable[[Any, Any], Any], headers: dict[str, str], payload: bytes) -> tuple[bytes, str]:
    """The response and its media type."""
    context = LambdaContext(
        headers,
        read_header(headers, "lambda-runtime-client-context", "Client Context"),
        read_header(headers, "lambda-runtime-cognito-identity", "Cognito Identity") or {},
    )
    if headers.get("content-type", "application/json") == "application/json":
        try:
            event = json_text.loads(payload)
        except ValueError as error:
            raise FunctionError("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error
    else:
        event = payload
    result = handler(event, context)
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return json_text.dumps(result), "application/json"
    except Exception as error:
        raise FunctionError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def read_header(headers: dict[str, str], name: str, title: str) -> Any:
    """JSON in a header, None where there is none."""
    text = headers.get(name)
    if not text:
        return None
    try:
        return json_text.loads(text.encode("latin-1"))
    except ValueError as error:
        raise FunctionError("Runtime.LambdaContextUnmarshalError", f"Unable to parse {title} JSON: {error}") from error
