"""What Limen does with each property of a template: enforced, stored or refused, with the reason."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from limen.control.authorizer_traps import find_traps
from limen.control.call import ControlSettings
from limen.control.coverage import Problem, Report, Row, find_advice, find_losses, render_pointer
from limen.control.openapi.import_http import Imported, import_document
from limen.control.openapi.import_rest import ImportedRest
from limen.control.openapi.keyword import Classification, Verdict, refused, stored
from limen.control.openapi.shapes import Message
from limen.control.openapi.source import Pointer, Position
from limen.control.stacks.domain_advice import advise_on_domains
from limen.control.stacks.errors import TemplateError
from limen.control.stacks.intrinsics import Intrinsics
from limen.control.stacks.kind import Kind
from limen.control.stacks.kinds import KINDS, find_obstacle
from limen.control.stacks.limit_advice import Inspected, advise
from limen.control.stacks.names import Place, SupposedNames, place_of
from limen.control.stacks.prepare import Prepared, UnreadableError, Written, prepare, read_file
from limen.control.stacks.records import new_stack
from limen.control.stacks.rest_api import import_body
from limen.control.stacks.template import Resource

_WITHOUT_EFFECT = {
    "CreationPolicy": "nothing is waited for",
    "UpdatePolicy": "changes are made at once",
}
"""Attributes of resources."""
_LOCATION = "BodyS3Location"
AUTHORIZERS = ("AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer")


def check_template(path: Path, parameters: Mapping[str, str], account: str, region: str) -> Report:
    """How Limen would serve the file."""
    settings = ControlSettings(account)
    place = place_of(settings, region, new_stack(account, region, "checked"))
    try:
        written, _ = read_file(path, is_live=True)
    except UnreadableError as error:
        return Report(str(path), "template", errors=[Problem(error.message, error.line, error.column)])
    try:
        prepared = prepare(written.document, parameters, None, place.region)
    except TemplateError as error:
        problem = Problem(error.message, *written.position(error.pointer))
        return Report(str(path), "template", errors=[problem])
    return report_on(prepared, written, place)


def report_on(prepared: Prepared, written: Written, place: Place) -> Report:
    """`written`: where line numbers come from."""
    report = Report(written.path, "template")
    _Inspection(report, prepared, written, place).run()
    return report


class _Inspection:
    def __init__(self, report: Report, prepared: Prepared, written: Written, place: Place) -> None:
        self._report = report
        self._written = written
        self._authorizers: dict[str, dict[str, Any]] = {}
        """As APIs have them, by the names of their resources."""
        self._inspected: dict[str, Inspected] = {}
        template = prepared.template
        self._sections = template.section("Resources")
        types = {name: str(value["Type"]) for name, value in self._sections.items()}
        self._resources = template.resources()
        self._intrinsics = Intrinsics(
            SupposedNames(place, prepared.parameters, types),
            template.section("Mappings"),
            template.section("Conditions"),
            has_extensions=template.has_extensions,
        )

    def run(self) -> None:
        for resource in self._resources.values():
            try:
                if resource.condition is None or self._intrinsics.condition(resource.condition, resource.pointer):
                    self._inspect(resource)
            except TemplateError as error:
                self._fail(f"resource {resource.name}: {error.message}", error.pointer)
        for name, told in find_traps(self._authorizers, map(_authorizer_of, self._resources.values())):
            self._advise(told, (*self._resources[name].pointer, "Type"))
        for told, pointer in (*advise(self._inspected), *advise_on_domains(self._inspected)):
            self._advise(told, pointer)

    def _inspect(self, resource: Resource) -> None:
        at = (*resource.pointer, "Type")
        obstacle = find_obstacle(resource.type)
        if obstacle is not None:
            self._add(at, resource.type, refused(f"{resource.type}: {obstacle}"))
            return
        kind = KINDS[resource.type]
        for attribute in self._sections[resource.name]:
            if attribute in _WITHOUT_EFFECT:
                self._add((*resource.pointer, attribute), attribute, stored(_WITHOUT_EFFECT[attribute]))
        values = self._intrinsics.evaluate(resource.properties, (*resource.pointer, "Properties"))
        if kind.takes_any is not None:
            self._add(at, resource.type, stored(f"{resource.type}: {kind.takes_any}"))
            return
        for name in kind.required:
            if name not in values:
                self._fail(f"resource {resource.name}: {resource.type} needs the property {name}", resource.pointer)
        for name, value in values.items():
            self._judge(resource, kind, name, value)
        if _LOCATION in values:
            told = "what is in S3 is read, and judged like this template, when it is deployed"
            self._advise(f"{_LOCATION}: {told}", (*resource.pointer, "Properties", _LOCATION))
        if resource.type in AUTHORIZERS:
            self._authorizers[resource.name] = {name[0].lower() + name[1:]: value for name, value in values.items()}
        body = self._inspect_body(resource, values) if isinstance(values.get("Body"), dict) else None
        self._inspected[resource.name] = Inspected(resource, values, body)

    def _judge(self, resource: Resource, kind: Kind, name: str, value: Any) -> None:
        row = kind.find(name)
        verdict = refused(f"{kind.type} has no property {name}") if row is None else row.judge(value)
        self._add((*resource.pointer, "Properties", name), name, verdict)

    def _inspect_body(self, resource: Resource, values: dict[str, Any]) -> ImportedRest | None:
        at = (*resource.pointer, "Properties", "Body")
        imported, problems, advice = _judge_body(resource.type, values)
        for finding in imported.findings:
            self._add((*at, *finding.pointer), finding.property, finding.verdict)
        for message in problems:
            self._fail(f"resource {resource.name}: {message.text}", (*at, *message.pointer))
        for message in advice:
            self._advise(message.text, (*at, *message.pointer))
        return imported if isinstance(imported, ImportedRest) else None

    def _add(self, pointer: Pointer, name: str, verdict: Verdict) -> None:
        concerns = verdict.classification is Classification.REFUSED or verdict.is_security
        line = self._position(pointer)[0] if concerns else None
        shown = render_pointer(pointer)
        row = Row(shown, name, verdict.classification, verdict.reason, verdict.is_security, line)
        self._report.rows.append(row)

    def _fail(self, message: str, pointer: Pointer) -> None:
        self._report.errors.append(Problem(message, *self._position(pointer)))

    def _advise(self, message: str, pointer: Pointer) -> None:
        self._report.advice.append(Problem(message, *self._position(pointer)))

    def _position(self, pointer: Pointer) -> Position:
        return self._written.position(pointer)


def _authorizer_of(resource: Resource) -> str | None:
    """The resource that a method or route names as its authorizer."""
    named = resource.properties.get("AuthorizerId")
    return named.get("Ref") if isinstance(named, dict) else None


def _judge_body(kind: str, values: dict[str, Any]) -> tuple[Imported | ImportedRest, list[Message], list[Message]]:
    """A document, what of it cannot be made, and what to know of it."""
    if kind == "AWS::ApiGateway::RestApi":
        rest = import_body(values)
        return rest, list(dict.fromkeys([*rest.errors, *find_losses(rest)])), find_advice(rest)
    imported = import_document(values["Body"])
    losses = (message for message in imported.warnings if message.is_loss)
    return imported, list(dict.fromkeys([*imported.errors, *losses])), find_advice(imported)
