"""`limen event`: a sample event on standard output, to be kept in a file or piped into `limen invoke`."""

from typing import Annotated

import typer

from limen.cli.failure import CommandError
from limen.cli.listing import print_columns, print_json
from limen.cli.options import takes_settings
from limen.config import Settings


@takes_settings("region")
def event(
    settings: Settings,
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help="Without one, list them")] = None,
    path: Annotated[str, typer.Option(help="Path of the request, key of the object")] = "/",
    method: Annotated[str, typer.Option(help="Method of the request")] = "GET",
    body: Annotated[str | None, typer.Option(help="Body of the request or message, @FILE for that of a file")] = None,
    header: Annotated[list[str] | None, typer.Option(metavar="K=V", help="May be given often")] = None,
    query: Annotated[list[str] | None, typer.Option(metavar="K=V", help="May be given often")] = None,
    stage: Annotated[str | None, typer.Option(help="Stage of the API")] = None,
    resource: Annotated[str | None, typer.Option(help="Resource or route, such as /pets/{petId}")] = None,
    path_parameter: Annotated[list[str] | None, typer.Option(metavar="K=V", help="May be given often")] = None,
) -> None:
    """Print a sample event as AWS hands it to a function."""
    from limen.cli.events.choice import Choice
    from limen.cli.events.kinds import KINDS

    if kind is None:
        print_columns(["KIND", "MEANING"], [[name, each.meaning] for name, each in KINDS.items()])
        return
    if kind not in KINDS:
        raise typer.BadParameter(f"there is no kind {kind!r}: {', '.join(KINDS)}", param_hint="KIND")
    if not path.startswith("/"):
        path = f"/{path}"
    choice = Choice(
        path=path,
        method=method.upper(),
        body=_read(body),
        headers=_pairs("--header", header),
        query=_pairs("--query", query),
        stage=stage,
        region=settings.region,
        resource=resource,
        path_parameters=_pairs("--path-parameter", path_parameter),
    )
    print_json(KINDS[kind].make(choice))


def _pairs(option: str, given: list[str] | None) -> tuple[tuple[str, str], ...]:
    pairs = []
    for each in given or ():
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{each!r} is not K=V", param_hint=option)
        pairs.append((name, value))
    return tuple(pairs)


def _read(body: str | None) -> str | None:
    if body is None or not body.startswith("@"):
        return body
    try:
        with open(body[1:], encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"cannot read {body[1:]}: {error}") from None
