"""From the text of a template to what can be deployed: local files placed, parameters read, SAM translated."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from limen.control.openapi.source import Pointer, Position, Source, SourceError
from limen.control.stacks.errors import TemplateError
from limen.control.stacks.local_files import LocalFiles
from limen.control.stacks.parameters import read_parameters
from limen.control.stacks.template import Template, read_template
from limen.control.stacks.text import read_template_text

LONGEST_NAME = 100
SYNTHESIZED = ".template.json"


class Written(Struct, frozen=True):
    """A template as its file has it, and as it is without local paths."""

    path: str
    """As messages show it."""
    source: Source
    document: dict[str, Any]

    def position(self, pointer: Pointer) -> Position:
        return find_position(self.source, pointer)

    def told(self, message: str, pointer: Pointer) -> str:
        """A message with its place."""
        line, column = self.position(pointer)
        return f"{self.path}:{line}:{column}: {message}"


class Prepared(Struct, frozen=True):
    template: Template
    parameters: dict[str, Any]
    given: dict[str, str]
    """The parameters that somebody gave a value, now or before: the others follow the defaults of the template."""


class UnreadableError(Exception):
    """The file is no template; `line` and `column` say where it stops being one."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def read_file(path: Path, *, is_live: bool) -> tuple[Written, LocalFiles]:
    """Raises UnreadableError."""
    try:
        source = read_template_text(path.read_bytes())
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from None
    except SourceError as error:
        raise UnreadableError(error.message, error.line, error.column) from None
    files = LocalFiles(path.resolve().parent, is_live=is_live)
    try:
        return Written(str(path), source, files.resolve(source.document)), files
    except TemplateError as error:
        raise UnreadableError(error.message, *find_position(source, error.pointer)) from None


def prepare(
    document: dict[str, Any], given: Mapping[str, str], previous: Mapping[str, str] | None, region: str
) -> Prepared:
    """Raises TemplateError. `previous`: what was given at the last deployment, which holds on."""
    template = read_template(document)
    known = {name: text for name, text in (previous or {}).items() if name in template.section("Parameters")}
    parameters = read_parameters(template, given, known)
    if template.is_serverless:
        # Imported here: it brings boto3 and pydantic, which templates without SAM never need.
        from limen.control.stacks.serverless import translate

        template = translate(template, parameters, region)
    return Prepared(template, parameters, known | dict(given))


def find_position(source: Source, pointer: Pointer) -> Position:
    """Where a place stands in the file; what SAM made of a resource stands where that resource does."""
    if len(pointer) > 1 and pointer[0] == "Resources":
        names = source.document.get("Resources")
        if isinstance(names, dict) and pointer[1] not in names:
            owner = max((name for name in names if pointer[1].startswith(name)), key=len, default=None)
            pointer = ("Resources", owner) if owner is not None else ("Resources",)
    return source.position(pointer)


def stack_name(path: Path) -> str:
    """What the stack of a file is called, where nobody says so; the CDK writes Shop as Shop.template.json."""
    name = path.resolve().name
    named = name[: -len(SYNTHESIZED)] if name.endswith(SYNTHESIZED) else Path(name).stem
    stem = re.sub(r"[^A-Za-z0-9-]+", "-", named).strip("-") or "stack"
    return (stem if stem[0].isalpha() else f"stack-{stem}")[:LONGEST_NAME]
