"""Options of commands made from the table of settings, so that a setting is described in one place."""

import os
from collections.abc import Callable
from inspect import Parameter, signature
from typing import Annotated, Any, get_type_hints

import typer

from limen.config import Settings, SettingsError, table
from limen.config_sources import load

Command = Callable[..., None]


def takes_settings(*names: str) -> Callable[[Command], Command]:
    """Gives a command options for these settings (none: for all that have a flag) and --config.

    The command is called with the `settings` that they, the environment, the file and the defaults come to.
    """

    def decorate(command: Command) -> Command:
        options = {name: _option(name) for name in names or _all_with_flag()}

        def run(**values: Any) -> None:
            config = values.pop("config")
            flags = {name: value for name in options if (value := values.pop(name)) != []}  # typer: none given
            command(settings=load(flags, os.environ, config), **values)

        _describe(run, command, [*options.values(), _config()])
        return run

    return decorate


def _all_with_flag() -> list[str]:
    return [name for name, setting in table().items() if setting.flag]


def _option(name: str) -> Parameter:
    setting = table()[name]
    flag = f"--{name.replace('_', '-')}"
    shown = setting.shown_default or default_of(name)
    help_text = f"{setting.meaning} [LIMEN_{name.upper()}; default: {shown}]"
    if isinstance(getattr(Settings(), name), bool):
        annotation: Any = Annotated[bool | None, typer.Option(f"{flag}/--no-{flag[2:]}", help=help_text)]
    elif isinstance(getattr(Settings(), name), tuple):
        annotation = Annotated[list[str] | None, typer.Option(flag, help=help_text, metavar=setting.shown_value)]
    else:
        annotation = Annotated[str | None, typer.Option(flag, help=help_text, metavar=setting.shown_value)]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _config() -> Parameter:
    option = typer.Option("--config", help="File of settings [LIMEN_CONFIG; default: limen.toml]", metavar="FILE")
    return Parameter("config", Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, option])


def default_of(name: str) -> str:
    """A default as a person writes it."""
    value = getattr(Settings(), name)
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _describe(run: Any, command: Command, options: list[Parameter]) -> None:
    """What typer reads: name, documentation, parameters with their annotations."""
    hints = get_type_hints(command, include_extras=True)
    own = [
        parameter.replace(annotation=hints[name])
        for name, parameter in signature(command).parameters.items()
        if name != "settings"
    ]
    parameters = [*own, *options]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__signature__ = signature(run).replace(parameters=parameters)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}


def read_parameter_options(options: list[str]) -> dict[str, str]:
    """Values by name from `--parameter NAME=VALUE` options."""
    values = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name:
            raise SettingsError(f"--parameter must be NAME=VALUE, not {option!r}")
        values[name] = value
    return values
