"""The command `limen`: its list of commands, and the one place where errors become a line and an exit code.

0: fine. 1: refused or failed. 2: wrong usage, settings included.
"""

import sys
from collections.abc import Sequence

import typer

from limen.cli.access import access
from limen.cli.audit import audit
from limen.cli.check import check
from limen.cli.clock import clock_commands
from limen.cli.cors import cors
from limen.cli.deploy import deploy
from limen.cli.env import env
from limen.cli.event import event
from limen.cli.explain import explain
from limen.cli.failure import CommandError
from limen.cli.functions import functions
from limen.cli.invoke import invoke
from limen.cli.keys import keys_commands
from limen.cli.logs import logs
from limen.cli.routes import routes
from limen.cli.serve import serve
from limen.cli.stacks import stacks
from limen.cli.status import status
from limen.cli.store import export_documents, import_documents
from limen.cli.template import render
from limen.cli.token import token
from limen.cli.trust import trust
from limen.cli.usage import usage_commands
from limen.cli.users import users_commands
from limen.cli.version import version, version_option
from limen.config import SettingsError
from limen.data_dir import DataDirectoryError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.callback()(version_option)
app.command()(serve)
app.command()(deploy)
app.command()(stacks)
app.command()(check)
app.command()(cors)
app.command()(routes)
app.command()(status)
app.command()(explain)
app.command()(functions)
app.command()(invoke)
app.command()(event)
app.command()(logs)
app.add_typer(access, name="access")
app.command()(audit)
app.add_typer(users_commands, name="users")
app.command()(token)
app.add_typer(keys_commands, name="keys")
app.add_typer(usage_commands, name="usage")
app.add_typer(clock_commands, name="clock")
app.command()(env)
app.command()(trust)

store_commands = typer.Typer(help="The documents of the store, as files.", no_args_is_help=True)
store_commands.command("export")(export_documents)
store_commands.command("import")(import_documents)
app.add_typer(store_commands, name="store")

template_commands = typer.Typer(help="Mapping templates by themselves.", no_args_is_help=True)
template_commands.command("render")(render)
app.add_typer(template_commands, name="template")

app.command()(version)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and exits with its code; `arguments` are those of the shell unless given."""
    try:
        app(args=None if arguments is None else list(arguments), prog_name="limen")
    except SettingsError as error:
        _fail(str(error), 2)
    except (CommandError, DataDirectoryError) as error:
        _fail(str(error), 1)


def _fail(message: str, code: int) -> None:
    print(f"limen: {message}", file=sys.stderr)  # noqa: T201
    raise SystemExit(code)


if __name__ == "__main__":
    main()
