"""`limen cors`: the OPTIONS methods and headers that browsers ask for, in a file or in a running REST API."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from limen.cli.failure import CommandError
from limen.cli.listing import printable
from limen.cli.options import takes_settings
from limen.config import Settings

if TYPE_CHECKING:
    from limen.control.openapi.cors_methods import CorsOptions


File = Annotated[Path | None, typer.Argument(metavar="FILE", help="An OpenAPI file", exists=True, dir_okay=False)]
Api = Annotated[str | None, typer.Option("--api", metavar="ID", help="A REST API of the running server")]
Origin = Annotated[str, typer.Option("--origin", help="The origin that may call")]
Headers = Annotated[
    str | None, typer.Option("--headers", help="Request headers, by comma [default: those that AWS proposes]")
]
Methods = Annotated[
    str | None, typer.Option("--methods", help="Methods, by comma [default: those that a resource has]")
]
IsCredentials = Annotated[bool, typer.Option("--credentials", help="Let browsers send credentials")]
MaxAge = Annotated[
    int | None, typer.Option("--max-age", min=0, max=86400, help="Seconds that a browser keeps the answer")
]
OnErrors = Annotated[bool, typer.Option("--gateway-responses", help="Add the headers to the gateway's own errors too")]
Write = Annotated[bool, typer.Option("--write", help="Change FILE instead of printing it")]


@takes_settings("type", "data_dir", "host", "admin_port")
def cors(
    settings: Settings,
    file: File = None,
    api: Api = None,
    origin: Origin = "*",
    headers: Headers = None,
    methods: Methods = None,
    credentials: IsCredentials = False,
    max_age: MaxAge = None,
    gateway_responses: OnErrors = False,
    write: Write = False,
) -> None:
    """Add CORS to a REST API: an OPTIONS method on each resource, and headers on the responses of the others."""
    from limen.control.openapi.cors_methods import ALLOW_HEADERS, CorsOptions

    if (file is None) == (api is None):
        raise typer.BadParameter("give a FILE or --api ID")
    options = CorsOptions(
        origin, headers or ALLOW_HEADERS, methods, max_age, credentials, has_gateway_responses=gateway_responses
    )
    if (problem := options.problem()) is not None:
        raise CommandError(problem)
    if file is not None:
        _add_to_file(file, options, settings.type, write=write)
    elif api is not None:
        from limen.cli.admin_port import AdminPort
        from limen.cli.cors_api import add_cors_to_api

        _tell(add_cors_to_api(AdminPort(settings).call_aws, api, options))


def _add_to_file(file: Path, options: "CorsOptions", api_type: str | None, *, write: bool) -> None:
    text, notes = _with_cors(file, options, api_type)
    if write:
        file.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)
    _tell(notes)


def _with_cors(file: Path, options: "CorsOptions", api_type: str | None) -> tuple[str, list[str]]:
    """The text of the file as it would be, and what people should know of it."""
    from limen.control.coverage import find_rest_mark
    from limen.control.openapi.cors_methods import add_cors
    from limen.control.openapi.import_rest import import_rest_document
    from limen.control.openapi.read import read_source
    from limen.control.openapi.source import SourceError

    content = file.read_bytes()
    try:
        source = read_source(content)
    except SourceError as error:
        raise CommandError(f"{file}:{error.line}:{error.column}: {error.message}") from None
    document = source.document
    if api_type == "http" or (api_type is None and find_rest_mark(document) is None):
        raise CommandError(
            f"{file} describes an HTTP API, which has x-amazon-apigateway-cors; --type rest makes it a REST API"
        )
    if errors := import_rest_document(document).errors:
        line, column = source.position(errors[0].pointer)
        raise CommandError(f"{file}:{line}:{column}: {errors[0].text}")
    notes = add_cors(document, options)
    if content.lstrip().startswith(b"{"):
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n", notes
    if b"#" in content:
        notes.append("comments of YAML files are not kept")
    return _yaml(document), notes


def _yaml(document: dict[str, Any]) -> str:
    """With texts of several lines as they read."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Aliases are written out: a reader changes one place at a time."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    Dumper.add_representer(str, represent_text)
    dumped: str = yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
    return dumped


def _tell(notes: list[str]) -> None:
    for note in notes:
        print(f"limen: {printable(note)}", file=sys.stderr)  # noqa: T201
