"""`limen clock`: the clock of limits, quotas and caches moved ahead and back, so that tests of days take no days."""

import json
import time
from typing import Annotated, Any

import typer

from limen.cli.durations import parse_duration
from limen.cli.listing import print_json
from limen.cli.options import takes_settings
from limen.config import Settings

PATH = "/_limen/clock"
AS_JSON = typer.Option("--json", help="Print JSON")

clock = typer.Typer(
    help="The clock of limits, quotas and caches, for tests: see limen serve --dev-clock.", no_args_is_help=True
)


@clock.command("advance")
@takes_settings("data_dir", "host", "admin_port")
def advance(
    settings: Settings,
    duration: Annotated[str, typer.Argument(metavar="TIME", help="How far: 90s, 15m, 2h, 1d or PT2H")],
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Move the clock ahead. What is counted by it stays counted."""
    from limen.cli.admin_port import AdminPort

    asked = {"seconds": parse_duration(duration, "TIME")}
    _print(AdminPort(settings).ask(PATH, method="POST", body=json.dumps(asked).encode()), as_json)


@clock.command("reset")
@takes_settings("data_dir", "host", "admin_port")
def reset(settings: Settings, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Put the clock back to the time of day."""
    from limen.cli.admin_port import AdminPort

    _print(AdminPort(settings).ask(PATH, method="DELETE"), as_json)


@clock.command("show")
@takes_settings("data_dir", "host", "admin_port")
def show(settings: Settings, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Print what time it is for limits and quotas, and how far that is ahead."""
    from limen.cli.admin_port import AdminPort

    _print(AdminPort(settings).ask(PATH), as_json)


def _print(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    shown = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(answer["now"]))
    typer.echo(f"{shown} ({round(answer['ahead']):+d} s)")
