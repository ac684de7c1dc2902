"""`limen audit`: who called what on the admin port, read from the files of the data directory."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from limen.cli.failure import CommandError
from limen.cli.listing import print_columns, printable
from limen.cli.logs import parse_since
from limen.cli.options import takes_settings
from limen.config import Settings
from limen.data_dir import DataDirectory

POLL_INTERVAL = 0.5
TITLES = ("TIME", "WHO", "OPERATION", "RESULT", "FROM", "PARAMETERS")
MOST_PARAMETERS = 160
"""Characters of them in a table."""

Event = dict[str, Any]


@takes_settings("data_dir")
def audit(
    settings: Settings,
    since: Annotated[str, typer.Option(metavar="TIME", help="30s, 10m, 2h, 7d, or a time in ISO 8601")] = "1d",
    user: Annotated[str | None, typer.Option(metavar="NAME", help="User, role, ARN or access key")] = None,
    operation: Annotated[str | None, typer.Option(metavar="NAME", help="Operation, such as CreateUser")] = None,
    errors: Annotated[bool, typer.Option("--errors", help="Only what was refused or failed")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is called from now on")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each call")] = False,
) -> None:
    """List the calls on the admin port: who, when, what, from where, and what came of it."""
    directory = DataDirectory(settings.data_dir).audit
    if not directory.is_dir() and not follow:
        raise CommandError(f"there is no audit log in {directory}")
    start = parse_since(since, time.time()) / 1000

    def is_wanted(event: Event) -> bool:
        return (
            _moment(event) >= int(start)
            and (user is None or _is_of(event, user))
            and (operation is None or str(event.get("eventName", "")).lower() == operation.lower())
            and (not errors or "errorCode" in event)
        )

    events = (event for event in _events(directory, follow=follow) if is_wanted(event))
    try:
        if as_json or follow:
            for event in events:
                typer.echo(json.dumps(event) if as_json else "  ".join(map(printable, _row(event))))
            return
        print_columns(TITLES, [_row(event) for event in events])
    except KeyboardInterrupt:
        return


def _events(directory: Path, *, follow: bool) -> Iterator[Event]:
    lines = _follow(directory) if follow else _read_lines(directory)
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:  # broken off by a full disk
            continue
        if isinstance(event, dict):
            yield event


def _read_lines(directory: Path) -> Iterator[bytes]:
    from limen.control.audit.files import read_lines

    yield from read_lines(directory)


def _follow(directory: Path) -> Iterator[bytes]:
    """All lines that there are and that come: each once, whatever happens to the files meanwhile."""
    from limen.control.audit.files import CURRENT, closed_segments

    read: dict[int, int] = {}
    """Bytes by inode: a segment that is closed keeps its own."""
    while True:
        for path in [*closed_segments(directory), directory / CURRENT]:
            try:
                with path.open("rb") as file:
                    inode = path.stat().st_ino
                    file.seek(read.get(inode, 0))
                    for line in file:
                        if not line.endswith(b"\n"):
                            break
                        read[inode] = read.get(inode, 0) + len(line)
                        yield line
            except FileNotFoundError:
                continue
        time.sleep(POLL_INTERVAL)


def _moment(event: Event) -> float:
    try:
        return datetime.fromisoformat(str(event.get("eventTime"))).timestamp()
    except ValueError:
        return 0.0


def _is_of(event: Event, wanted: str) -> bool:
    identity = event.get("userIdentity", {})
    issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
    names = [identity.get(name) for name in ("userName", "arn", "accessKeyId", "principalId", "type")]
    return wanted in [*names, issuer.get("userName"), issuer.get("arn")]


def _row(event: Event) -> list[str]:
    identity = event.get("userIdentity", {})
    who = str(identity.get("arn") or identity.get("accessKeyId") or identity.get("type") or "-")
    parameters = event.get("requestParameters") or {}
    shown = " ".join(f"{name}={value}" for name, value in parameters.items())
    return [
        str(event.get("eventTime", "")),
        who.rpartition(":")[2] or who,
        f"{str(event.get('eventSource', '')).partition('.')[0]}:{event.get('eventName', '')}",
        str(event.get("errorCode") or "ok"),
        str(event.get("sourceIPAddress") or "-"),
        shown[:MOST_PARAMETERS],
    ]
