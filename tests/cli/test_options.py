"""Options made from the table of settings."""

import typer
from typer.testing import CliRunner

from limen.cli.options import takes_settings
from limen.config import Settings


@takes_settings("port", "watch")
def show(settings: Settings, name: str = "nobody") -> None:
    """Show what arrived."""
    typer.echo(f"{name} {settings.port} {settings.watch}")


app = typer.Typer()
app.command()(show)


def test_own_parameters_and_settings_come_together() -> None:
    assert CliRunner().invoke(app, ["--name", "me", "--port", "7", "--watch"]).stdout == "me 7 True\n"
    assert CliRunner().invoke(app, []).stdout == "nobody 8443 False\n"


def test_a_flag_can_turn_off_what_the_environment_turns_on() -> None:
    environment = {"LIMEN_WATCH": "1", "LIMEN_PORT": "9"}
    assert CliRunner().invoke(app, [], env=environment).stdout == "nobody 9 True\n"
    assert CliRunner().invoke(app, ["--no-watch"], env=environment).stdout == "nobody 9 False\n"


def test_help_names_the_variable_and_the_default() -> None:
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout
    assert "LIMEN_PORT" in shown
    assert "8443" in shown


@takes_settings("debug")
def show_debugged(settings: Settings) -> None:
    """Show what is to be debugged."""
    typer.echo(" ".join(settings.debug))


def test_an_option_can_be_given_several_times() -> None:
    several = typer.Typer()
    several.command()(show_debugged)
    assert CliRunner().invoke(several, ["--debug", "one", "--debug", "two"]).stdout == "one two\n"
    assert CliRunner().invoke(several, [], env={"LIMEN_DEBUG": "one,two"}).stdout == "one two\n"
    assert CliRunner().invoke(several, []).stdout == "\n"
