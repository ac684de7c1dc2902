"""What Limen does with each property of an input: enforced, stored or refused, with the reason.

The tables are `openapi.keywords` for HTTP APIs and `openapi.rest_keywords` for REST APIs, with all kinds below; the
importers translate by the same rows. This is what `limen check FILE` prints, and what `limen serve FILE` refuses.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from limen.aws.patch import escape
from limen.control.authorizer_traps import find_traps
from limen.control.limit_traps import body_cache_traps
from limen.control.openapi.import_http import Imported, import_document
from limen.control.openapi.import_rest import ImportedRest, import_rest_document
from limen.control.openapi.inspect import Finding, inspect, wrong_version
from limen.control.openapi.keyword import Classification
from limen.control.openapi.read import read_source
from limen.control.openapi.shapes import Message
from limen.control.openapi.source import Pointer, Source, SourceError

HTTP_SCHEMES = ("components", "securitySchemes")
NO_INTEGRATION = "has no x-amazon-apigateway-integration: an API with such a method cannot be deployed"


class Row(Struct, frozen=True):
    """One property of an input."""

    pointer: str  # RFC 6901
    property: str
    classification: Classification
    reason: str
    is_security: bool = False
    line: int | None = None  # given where somebody has to look: what is refused, and security that is only stored


class Problem(Struct, frozen=True):
    """Why an input cannot be used at all."""

    message: str
    line: int = 1
    column: int = 1


class Report(Struct):
    path: str
    api_type: str = "http"  # or rest, or template: what would be made of the input
    rest_mark: Pointer = ()  # what makes it a REST API, where nobody says so
    rest_line: int | None = None  # where that stands, for who looks
    rows: list[Row] = []
    errors: list[Problem] = []
    advice: list[Problem] = []  # what is served as it is written, and may not be what somebody meant

    @property
    def is_refused(self) -> bool:
        """Whether `limen serve` refuses the input unless told to --allow-stored."""
        return self.refuses(allow_stored=False)

    def refuses(self, *, allow_stored: bool) -> bool:
        return bool(self.errors) or any(True for _ in self.obstacles(allow_stored=allow_stored))

    def obstacles(self, *, allow_stored: bool) -> Iterable[Row]:
        """The rows for which the input is not served."""
        return (
            row
            for row in self.rows
            if row.classification is Classification.REFUSED or (row.is_security and not allow_stored)
        )

    def summary_lines(self) -> list[str]:
        """One line for each classification: how many properties, and which names."""
        return [self._summary_line(classification) for classification in Classification]

    def refusal_lines(self, *, allow_stored: bool) -> list[str]:
        """Why the input is not served, with line and column."""
        lines = [f"{self.path}:{problem.line}:{problem.column}: {problem.message}" for problem in self.errors]
        obstacles = list(self.obstacles(allow_stored=allow_stored))
        lines += [
            f"{self.path}:{row.line or 1}: {row.property} is {row.classification}: {row.reason}" for row in obstacles
        ]
        if not self.errors and obstacles and all(row.is_security for row in obstacles):
            lines.append(f"{self.path}: --allow-stored serves it nevertheless")
        return lines

    def advice_lines(self) -> list[str]:
        return [f"{self.path}:{each.line}:{each.column}: warning: {each.message}" for each in self.advice]

    def _summary_line(self, classification: Classification) -> str:
        names = [row.property for row in self.rows if row.classification is classification]
        distinct = list(dict.fromkeys(names))
        shown = ", ".join(distinct[:8]) + (", ..." if len(distinct) > 8 else "")
        return f"{classification}: {len(names)}" + (f" ({shown})" if shown else "")


def check_file(path: str | Path, api_type: str | None = None) -> Report:
    """How Limen would serve the file; `api_type` ("http" or "rest") as --type gives it, None: decided by the file."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        return Report(str(path), errors=[Problem(f"cannot read {path}: {error.strerror}")])
    try:
        source = read_source(content)
    except SourceError as error:
        return Report(str(path), errors=[Problem(error.message, error.line, error.column)])
    report, _ = check_source(source, str(path), api_type)
    if report.rest_mark:
        report.rest_line = source.position(report.rest_mark)[0]
    return report


def check_source(source: Source, path: str, api_type: str | None = None) -> tuple[Report, Imported | ImportedRest]:
    """The report, and what would be made of the source: nothing where the report has errors of its form."""
    document = source.document
    mark = find_rest_mark(document) if api_type is None else None
    if api_type == "rest" or mark is not None:
        imported_rest = import_rest_document(document)
        report = _report(source, path, "rest", imported_rest, find_losses(imported_rest))
        report.rest_mark = mark or ()
        return report, imported_rest
    if (message := wrong_version(document)) is not None:
        line, column = source.position(("openapi",) if "openapi" in document else ("swagger",))
        return Report(path, errors=[Problem(message, line, column)]), Imported()
    imported = import_document(document)
    losses = [message for message in imported.warnings if message.is_loss]
    return _report(source, path, "http", imported, losses), imported


def find_rest_mark(document: dict[str, Any]) -> Pointer | None:
    """Where it says that it is of a REST API: Swagger 2.0, or what only REST APIs have; None for an HTTP API."""
    if "swagger" in document:
        return ("swagger",)
    return next((finding.pointer for finding in inspect(document) if finding.verdict.is_rest), None)


def find_losses(imported: ImportedRest) -> list[Message]:
    """What the document asks for and AWS would leave out or not deploy."""
    missing = [
        Message(f"{method.verb} {method.path} {NO_INTEGRATION}", method.pointer)
        for method in imported.methods.values()
        if "methodIntegration" not in method.members
    ]
    return [message for message in imported.warnings if message.is_loss] + missing


def find_advice(imported: Imported | ImportedRest) -> list[Message]:
    if isinstance(imported, ImportedRest):
        traps = find_traps(imported.authorizers, (method.authorizer for method in imported.methods.values()))
        kept = [Message(told, imported.authorizer_pointers[key]) for key, told in traps]
        return kept + [Message(told, pointer) for told, pointer in body_cache_traps(imported)]
    traps = find_traps(imported.authorizers, (route.authorizer for route in imported.routes.values()))
    return [Message(told, (*HTTP_SCHEMES, key)) for key, told in traps]


def _report(
    source: Source, path: str, api_type: str, imported: Imported | ImportedRest, losses: list[Message]
) -> Report:
    problems = list(dict.fromkeys([*imported.errors, *losses]))
    return Report(
        path,
        api_type,
        rows=[_row(finding, source) for finding in imported.findings],
        errors=[Problem(message.text, *source.position(message.pointer)) for message in problems],
        advice=[Problem(message.text, *source.position(message.pointer)) for message in find_advice(imported)],
    )


def _row(finding: Finding, source: Source) -> Row:
    verdict = finding.verdict
    concerns = verdict.classification is Classification.REFUSED or verdict.is_security
    return Row(
        render_pointer(finding.pointer),
        finding.property,
        verdict.classification,
        verdict.reason,
        verdict.is_security,
        source.position(finding.pointer)[0] if concerns else None,
    )


def render_pointer(pointer: Pointer) -> str:
    """As RFC 6901 writes it."""
    return "".join("/" + escape(token) for token in pointer)
