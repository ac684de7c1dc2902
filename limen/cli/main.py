"""The command `limen`: its list of commands, and the one place where errors become a line and an exit code.

0: fine. 1: refused or failed. 2: wrong usage, settings included.
"""

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module

import typer

from limen.cli.failure import CommandError
from limen.cli.version import version_option
from limen.config import SettingsError
from limen.data_dir import DataDirectoryError

COMMANDS = (
    "serve",
    "deploy",
    "stacks",
    "check",
    "cors",
    "routes",
    "status",
    "explain",
    "functions",
    "invoke",
    "event",
    "logs",
    "access",
    "audit",
    "users",
    "token",
    "domains",
    "keys",
    "usage",
    "clock",
    "env",
    "trust",
    "store",
    "template",
    "version",
)
"""In the order of the help. Each is a function, or a group of commands, of its own name in a module of its own name."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and exits with its code; `arguments` are those of the shell unless given."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        make_app(given[:1] if given and given[0] in COMMANDS else COMMANDS)(args=given, prog_name="limen")
    except SettingsError as error:
        _fail(str(error), 2)
    except (CommandError, DataDirectoryError) as error:
        _fail(str(error), 1)


def make_app(names: Iterable[str]) -> typer.Typer:
    """With these commands. Of the others nothing is loaded: that would take a third of the time until one begins."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(version_option)
    for name in names:
        command = getattr(import_module(f"limen.cli.{name}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _fail(message: str, code: int) -> None:
    print(f"limen: {message}", file=sys.stderr)  # noqa: T201
    raise SystemExit(code)


if __name__ == "__main__":
    main()
