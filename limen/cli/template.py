"""`limen template render`: a mapping template tried by itself, without an API."""

import base64
import binascii
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from limen.cli.failure import CommandError
from limen.cli.listing import printable

if TYPE_CHECKING:
    from limen.templates.variables import Scope

template = typer.Typer(help="Mapping templates by themselves.", no_args_is_help=True)


@template.command()
def render(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mapping template", exists=True, dir_okay=False)],
    event: Annotated[
        Path | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help="The request as JSON: body, headers, pathParameters, queryStringParameters, stageVariables, context",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    xml: Annotated[bool, typer.Option("--xml", help="Read an XML body as a document, and give templates $util.xml")] = (
        False
    ),
) -> None:
    """Print what a mapping template makes of a request. What it overrides goes to standard error."""
    from limen.templates.template import TemplateError, compile_template
    from limen.templates.xml import asks_for_xml

    overrides = _empty_overrides()
    template = _read(file)
    scope = _scope_of(_read_event(event), overrides, xml or asks_for_xml(template))
    try:
        text = compile_template(template, file.name).render(scope)
    except TemplateError as error:
        raise CommandError(printable(error)) from None
    sys.stdout.write(text if not text or text.endswith("\n") else text + "\n")
    for name, values in overrides.items():
        made = {place: value for place, value in values.items() if value not in ({}, None)}
        if made:
            typer.echo(f"{name}: {json.dumps(made)}", err=True)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not UTF-8 text, at byte {error.start}") from None


def _read_event(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        event = json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise CommandError(f"{path}:{error.lineno}:{error.colno}: {error.msg}") from None
    if not isinstance(event, dict):
        raise CommandError(f"{path} holds no JSON object")
    return event


def _empty_overrides() -> dict[str, dict[str, Any]]:
    from limen.templates.values import OnceMap

    return {
        "requestOverride": {"header": OnceMap(), "path": OnceMap(), "querystring": OnceMap()},
        "responseOverride": OnceMap(header=OnceMap()),
    }


def _scope_of(event: dict[str, Any], overrides: dict[str, dict[str, Any]], xml: bool) -> "Scope":
    from limen.templates.values import LazyMap
    from limen.templates.variables import Input, Scope

    context = event.get("context") or event.get("requestContext") or {}
    if not isinstance(context, dict):
        raise CommandError("context is no JSON object")
    parameters = {
        "path": _texts(event, "pathParameters"),
        "querystring": _texts(event, "queryStringParameters"),
        "header": _texts(event, "headers"),
    }
    return Scope(
        input=Input(_body_of(event), lambda: parameters, xml=xml),
        context=LazyMap(lambda name: overrides.get(name, context.get(name))),
        stage_variables=_texts(event, "stageVariables"),
    )


def _texts(event: dict[str, Any], name: str) -> dict[str, str]:
    values = event.get(name) or {}
    if not isinstance(values, dict):
        raise CommandError(f"{name} is no JSON object")
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def _body_of(event: dict[str, Any]) -> str:
    """Text as it is, base64 decoded where the event says so; any other JSON value as its text."""
    body = event.get("body")
    if body is None:
        return ""
    if not isinstance(body, str):
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    if not event.get("isBase64Encoded"):
        return body
    try:
        return base64.b64decode(body, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise CommandError("the body is not text in base64, as isBase64Encoded says") from None
