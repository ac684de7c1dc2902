"""`limen logs`: what a function logged, or any log group, now and as it comes."""

import json
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer

from limen.cli.failure import CommandError, RefusedError
from limen.cli.functions import FUNCTIONS_PATH
from limen.cli.log_requests import RequestFilter
from limen.cli.options import takes_settings
from limen.config import Settings

POLL_INTERVAL = 0.5
OVERLAP_MS = 5000
"""How late an event may reach its file and still be shown by --follow."""
_SINCE = re.compile(r"(\d+)([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_STEERING = re.compile(r"\x1b\[[0-9;]*m|[^\n\t -~\x80-\U0010ffff]|[\x80-\x9f]")
"""What could steer a terminal; of it, colours alone are let through."""


@takes_settings("data_dir", "host", "admin_port")
def logs(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A function, or a log group")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is logged from now on")] = False,
    since: Annotated[str, typer.Option(metavar="TIME", help="30s, 10m, 2h, 1d, or a time in ISO 8601")] = "10m",
    request_id: Annotated[str | None, typer.Option(metavar="ID", help="Only what this invocation logged")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each event")] = False,
    pattern: Annotated[str, typer.Option("--filter", metavar="PATTERN", help="CloudWatch Logs filter pattern")] = "",
) -> None:
    """Print the logs of a function, or of any log group."""
    from limen.cli.admin_port import AdminPort

    if request_id is not None and pattern:
        raise CommandError("give --request-id or --filter, not both")
    reader = _Reader(AdminPort(settings), name, pattern, parse_since(since, time.time()))
    keeps = RequestFilter(request_id).keeps if request_id is not None else None
    colours = sys.stdout.isatty()
    try:
        while True:
            for event in reader.read(must_exist=not follow):
                if keeps is None or keeps(event):
                    typer.echo(json.dumps(event) if as_json else render(event, colours))
            if not follow:
                return
            sys.stdout.flush()
            time.sleep(POLL_INTERVAL)
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        sys.stderr.close()  # nobody reads any more; Python would complain once again at its end


def parse_since(text: str, now: float) -> int:
    """Milliseconds since 1970; CommandError where the text is no time."""
    relative = _SINCE.fullmatch(text)
    if relative is not None:
        return max(0, int((now - int(relative[1]) * _UNITS[relative[2]]) * 1000))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--since {text!r} is neither like 10m or 2h nor a time in ISO 8601") from None
    return max(0, int(moment.timestamp() * 1000))


def render(event: dict[str, Any], colours: bool) -> str:
    """A line for people; `colours` where they read it on a terminal."""
    moment = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    message = str(event["message"]).rstrip("\n")
    if not colours:
        return f"{stamp} {message}"
    safe = _STEERING.sub(lambda found: found[0] if found[0].endswith("m") and len(found[0]) > 1 else "?", message)
    reset = "\x1b[0m" if "\x1b" in safe else ""
    return f"\x1b[2m{stamp}\x1b[0m {safe}{reset}"


class _Reader:
    """Reads on from where it was, however late events come; `port` is the AdminPort."""

    def __init__(self, port: Any, name: str, pattern: str, start: int) -> None:
        self._port = port
        self._name = name
        self._pattern = pattern
        self._start = start
        self._newest = start
        self._seen: dict[str, int] = {}
        self._group: str | None = None

    def read(self, *, must_exist: bool) -> Iterator[dict[str, Any]]:
        """The events that were not read yet; without `must_exist`, none where the log group is not there yet."""
        try:
            yield from self._read_new()
        except RefusedError as error:
            if error.code != "ResourceNotFoundException":
                raise
            self._group = None
            if must_exist:
                raise CommandError(
                    f"there is no function and no log group {self._name}, or it logged nothing"
                ) from None

    def _read_new(self) -> Iterator[dict[str, Any]]:
        if self._group is None:
            self._group = find_group(self._port, self._name)
        since = max(self._start, self._newest - OVERLAP_MS)
        members = {"logGroupName": self._group, "startTime": since}
        if self._pattern:
            members["filterPattern"] = self._pattern
        while True:
            answer = self._port.call_logs("FilterLogEvents", members)
            for event in answer["events"]:
                self._newest = max(self._newest, event["timestamp"])
                if event["eventId"] not in self._seen:
                    self._seen[event["eventId"]] = event["timestamp"]
                    yield event
            if not answer.get("nextToken"):
                break
            members["nextToken"] = answer["nextToken"]
        self._seen = {each: time for each, time in self._seen.items() if time >= self._newest - OVERLAP_MS}


def find_group(port: Any, name: str) -> str:
    """The log group of a name: that of the function, one of this very name, or what the function's would be."""
    usual = f"/aws/lambda/{name}"
    for candidate in (usual, name) if "/" not in name else (name,):
        found = port.call_logs("DescribeLogGroups", {"logGroupNamePrefix": candidate, "limit": 1})["logGroups"]
        if found and found[0]["logGroupName"] == candidate:
            return candidate
    try:
        described = port.call_lambda(f"{FUNCTIONS_PATH}/{quote(name, safe='')}/configuration")
    except RefusedError:
        return name if "/" in name else usual
    return str(described.get("LoggingConfig", {}).get("LogGroup") or usual)
