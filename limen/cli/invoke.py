"""`limen invoke`: runs a function with an event, prints what it answers, and what it logged to standard error."""

import sys
from base64 import b64decode
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

import typer

from limen.aws.request import AwsRequest
from limen.cli.failure import CommandError
from limen.cli.functions import FUNCTIONS_PATH
from limen.cli.options import takes_settings
from limen.config import Settings
from limen.wire import header

INVOKE_TIMEOUT = 910.0
"""Seconds; a function runs for 900 at most."""


@takes_settings("data_dir", "host", "admin_port")
def invoke(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="FUNCTION", help="Name or ARN of a function")],
    event: Annotated[
        str | None, typer.Option("--event", metavar="FILE", help="File of the event, - for standard input")
    ] = None,
    payload: Annotated[str | None, typer.Option("--payload", metavar="JSON", help="The event itself")] = None,
    qualifier: Annotated[str | None, typer.Option(metavar="NAME", help="Version or alias")] = None,
    is_async: Annotated[bool, typer.Option("--async", help="Hand it over and do not wait for the answer")] = False,
    tail: Annotated[bool, typer.Option("--tail/--no-logs", help="Print the last 4 KB of its log to stderr")] = True,
) -> None:
    """Invoke a Lambda function. Ends with 1 where the function fails."""
    from limen.cli.admin_port import AdminPort

    request = _request(name, _read_event(event, payload), qualifier, is_async, tail)
    answer = AdminPort(settings).send(request, "lambda", INVOKE_TIMEOUT)
    if "x-amz-log-result" in answer.headers:
        typer.echo(b64decode(answer.headers["x-amz-log-result"]).decode("utf-8", "replace").rstrip("\n"), err=True)
    if is_async:
        typer.echo("accepted", err=True)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(answer.body + (b"" if answer.body.endswith(b"\n") else b"\n"))
    sys.stdout.flush()
    if "x-amz-function-error" in answer.headers:
        raise CommandError(f"{name} failed ({answer.headers['x-amz-function-error']})")


def _request(name: str, payload: bytes, qualifier: str | None, is_async: bool, tail: bool) -> AwsRequest:
    headers = [
        header(b"Content-Type", b"application/json"),
        header(b"X-Amz-Invocation-Type", b"Event" if is_async else b"RequestResponse"),
    ]
    if tail and not is_async:
        headers.append(header(b"X-Amz-Log-Type", b"Tail"))
    query = urlencode({"Qualifier": qualifier}, quote_via=quote) if qualifier else ""
    return AwsRequest("POST", f"{FUNCTIONS_PATH}/{quote(name, safe='')}/invocations", query, headers, payload)


def _read_event(event: str | None, payload: str | None) -> bytes:
    """An empty object where none is given."""
    if event is not None and payload is not None:
        raise CommandError("give --event or --payload, not both")
    if payload is not None:
        return payload.encode()
    if event is None:
        return b"{}"
    try:
        return sys.stdin.buffer.read() if event == "-" else Path(event).read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {event}: {error.strerror}") from None
