"""`limen stacks`: the stacks of the running server."""

from typing import Annotated, Any

import typer

from limen.cli.listing import print_columns, print_json
from limen.cli.options import takes_settings
from limen.config import Settings


@takes_settings("data_dir", "host", "admin_port")
def stacks(
    settings: Settings, as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table")] = False
) -> None:
    """List stacks with their outputs."""
    from limen.cli.admin_port import AdminPort

    answer = AdminPort(settings).ask("/_limen/stacks")
    if as_json:
        print_json(answer)
        return
    print_columns(
        ["STACK", "REGION", "RESOURCES", "OUTPUT", "VALUE"], [row for stack in answer for row in _rows(stack)]
    )


def _rows(stack: dict[str, Any]) -> list[list[object]]:
    """A row for each output, with what can be called here."""
    start = [stack["stackName"], stack["region"], stack["resources"]]
    outputs = [[output["outputKey"], output.get("callable") or output["outputValue"]] for output in stack["outputs"]]
    return [[*start, *output] for output in outputs or [[None, None]]]
