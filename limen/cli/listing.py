"""Answers as columns for people or as JSON for programs."""

import json
from collections.abc import Sequence
from typing import Any

import typer


def print_json(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2))


def print_columns(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """As wide as the widest; never wrapped or cut, so that it can be searched and copied."""
    table = [list(titles), *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(titles))]
    for row in table:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def printable(value: object) -> str:
    """Without control characters: names given by others must not steer this terminal."""
    text = "-" if value is None or value == "" else str(value)
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def callable_urls(answer: dict[str, Any]) -> str:
    """Of a route or a stage: those on domain names, and the one on the API's own host unless that is closed."""
    own = [] if answer.get("endpointDisabled") else [answer["url"]]
    return " ".join([*answer.get("domainUrls", []), *own])
