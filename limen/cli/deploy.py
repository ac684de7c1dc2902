"""`limen deploy`: makes a stack of the running server what a template says, or deletes it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode

import typer

from limen.cli.failure import CommandError
from limen.cli.listing import print_json, printable
from limen.cli.options import read_parameter_options, takes_settings
from limen.config import Settings

if TYPE_CHECKING:
    from limen.cli.admin_port import AdminPort

DEPLOY_TIMEOUT = 120.0
"""Seconds for what a template asks for."""


@takes_settings("data_dir", "host", "admin_port", "region", "allow_stored")
def deploy(
    settings: Settings,
    template: Annotated[Path, typer.Argument(metavar="TEMPLATE", help="A SAM or CloudFormation template")],
    stack: Annotated[
        str | None, typer.Option("--stack", help="Name of the stack; default: the file's", metavar="NAME")
    ] = None,
    parameters: Annotated[
        list[str] | None, typer.Option("--parameter", help="Value of a parameter", metavar="NAME=VALUE")
    ] = None,
    is_deleted: Annotated[bool, typer.Option("--delete", help="Delete the stack with its resources")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines")] = False,
) -> None:
    """Create or update a stack of the running server, or delete it. All or nothing: a failure changes nothing."""
    from limen.cli.admin_port import AdminPort

    given = read_parameter_options(parameters or [])
    server = AdminPort(settings)
    name = stack or _name_of(template)
    path = f"/_limen/stacks/{quote(name, safe='')}"
    if is_deleted:
        query = urlencode({"region": settings.region})
        answer = server.ask(path, method="DELETE", query=query, timeout=DEPLOY_TIMEOUT)
    else:
        body = _request(server, settings, template, given)
        answer = server.ask(path, method="POST", body=body, timeout=DEPLOY_TIMEOUT)
    if as_json:
        print_json(answer)
    else:
        _print(answer, name)


def _name_of(template: Path) -> str:
    from limen.control.stacks.prepare import stack_name

    return stack_name(template)


def _request(server: "AdminPort", settings: Settings, template: Path, parameters: dict[str, str]) -> bytes:
    """With all that the template names by local paths: code is uploaded, unless the server has it already."""
    from limen.control.stacks.prepare import UnreadableError, read_file

    try:
        written, files = read_file(template, is_live=False)
        text = template.read_text("utf-8-sig")
    except UnreadableError as error:
        raise CommandError(f"{template}:{error.line}:{error.column}: {error.message}") from None
    for digest, content in files.packages.items():
        package = f"/_limen/packages/{digest}"
        if not server.has(package):
            server.ask(package, method="PUT", body=content, timeout=DEPLOY_TIMEOUT)
    request = {
        "path": str(template),
        "text": text,
        "document": written.document,
        "parameters": parameters,
        "region": settings.region,
        "allowStored": settings.allow_stored,
    }
    return json.dumps(request).encode()


def _print(answer: dict[str, Any], name: str) -> None:
    from limen.control.stacks.outputs import output_lines

    for line in answer["lines"]:
        typer.echo(printable(line))
    if "stack" not in answer:
        typer.echo(f"stack {printable(name)} is deleted")
        return
    typer.echo(f"stack {printable(name)}" + ("" if answer["hasChanges"] else ": nothing changed"))
    for line in output_lines(answer["stack"]["outputs"]):
        typer.echo(printable(line))
