"""Makes a stack what a template says, in the open transaction: a failure changes nothing.

What stays equal is not touched; the rest is updated in place or replaced as CloudFormation does. What is not needed any
more goes last, users before what they use.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from limen.aws.errors import AwsError
from limen.control.call import Call
from limen.control.openapi.source import Pointer
from limen.control.stacks.errors import TemplateError
from limen.control.stacks.intrinsics import Intrinsics
from limen.control.stacks.kind import Kind, Made, Properties, Record, Work
from limen.control.stacks.kinds import KINDS, find_obstacle
from limen.control.stacks.local_files import ReadPackage
from limen.control.stacks.names import StackNames, place_of
from limen.control.stacks.outputs import read_outputs
from limen.control.stacks.parameters import shown_parameters
from limen.control.stacks.prepare import Prepared
from limen.control.stacks.records import (
    find_importer,
    find_stack,
    new_stack,
    put_record,
    put_stack,
    read_records,
    remove_record,
    remove_stack,
)
from limen.control.stacks.references import references, sorted_by_dependency
from limen.control.stacks.template import Resource
from limen.control.v2.auto_deploy import FAILED
from limen.control.v2.deployments import NO_ROUTES, NO_VALID_ROUTES
from limen.store.documents import Document


class Change(Struct, frozen=True):
    """What a deployment of a stack came to; `lines` are for people, a line for each resource that changed."""

    stack: Document
    lines: list[str]
    has_changes: bool


def deploy_stack(call: Call, name: str, prepared: Prepared, read_package: ReadPackage) -> Change:
    """Creates or updates; raises TemplateError with the place in the template."""
    return _Deployment(call, name, prepared, read_package).run()


def delete_stack(call: Call, name: str) -> list[str]:
    """Raises TemplateError where there is none, or others import from it."""
    stack = find_stack(call, name)
    if stack is None:
        raise TemplateError(f"there is no stack {name}")
    _check_exports(call, stack.get("outputs", []), [])
    work = Work(call, name, lambda digest: None)
    lines = [
        _delete(work, record, record.is_retained) for record in reversed(read_records(call.documents, stack).values())
    ]
    remove_stack(call, stack)
    return lines


class _Deployment:
    def __init__(self, call: Call, name: str, prepared: Prepared, read_package: ReadPackage) -> None:
        template = prepared.template
        self._call = call
        self._template = template
        self._prepared = prepared
        self._before = find_stack(call, name)
        self._stack = self._before or new_stack(call.aws.account, call.aws.region, name) | {"creationTime": call.now}
        self._records = read_records(call.documents, self._stack)
        self._work = Work(call, name, read_package)
        self._resources = template.resources()
        types = {resource.name: resource.type for resource in self._resources.values()}
        self._present: set[str] = set()
        self._names = StackNames(
            call, place_of(call.settings, call.aws.region, self._stack), prepared.parameters, types, self._present
        )
        self._intrinsics = Intrinsics(
            self._names,
            template.section("Mappings"),
            template.section("Conditions"),
            has_extensions=template.has_extensions,
        )
        self._lines: list[str] = []
        self._gone: list[Record] = []
        """Replaced: deleted when nothing refers to it any more."""

    def run(self) -> Change:
        order = self._order()
        for name in order:
            self._put(self._resources[name])
        for name, record in self._records.items():
            if name not in self._present:
                self._gone.append(record)
                remove_record(self._call, self._stack, name)
        self._delete_gone()
        self._check_deployed()
        outputs = read_outputs(self._template, self._intrinsics)
        _check_exports(self._call, (self._before or {}).get("outputs", []), outputs)
        has_changes = self._call.documents.has_changes
        stack = self._stack | {
            "outputs": outputs,
            "parameters": shown_parameters(self._template, self._prepared.parameters),
            "_order": order,
            "_imports": sorted(self._names.imports),
            "_parameters": self._prepared.given,
            "_template": self._template.document.get("Description", ""),
        }
        if stack != self._before:
            stack["lastUpdatedTime"] = self._call.now
            put_stack(self._call, stack)
        return Change(stack, self._lines, has_changes or self._call.documents.has_changes)

    def _order(self) -> list[str]:
        for resource in self._resources.values():
            at = (*resource.pointer, "Condition")
            if resource.condition is None or self._intrinsics.condition(resource.condition, at):
                self._present.add(resource.name)
        needs = {name: self._needs(self._resources[name]) for name in self._resources if name in self._present}
        return sorted_by_dependency(needs, {name: self._kind(self._resources[name]).priority for name in needs})

    def _needs(self, resource: Resource) -> set[str]:
        for other in resource.depends_on:
            if other not in self._resources:
                at = (*resource.pointer, "DependsOn")
                raise TemplateError(f"resource {resource.name}: DependsOn names no resource: {other}", at)
        holds: Callable[[Any], bool] = lambda name: self._intrinsics.condition(name, resource.pointer)  # noqa: E731
        named = {*resource.depends_on, *references(resource.properties, holds)}
        return {name for name in named if name in self._present}

    def _kind(self, resource: Resource) -> Kind:
        obstacle = find_obstacle(resource.type)
        if obstacle is not None:
            at = (*resource.pointer, "Type")
            raise TemplateError(f"resource {resource.name}: {resource.type} is refused: {obstacle}", at)
        return KINDS[resource.type]

    # --- one resource

    def _put(self, resource: Resource) -> None:
        kind = self._kind(resource)
        try:
            values = self._intrinsics.evaluate(resource.properties, (*resource.pointer, "Properties"))
        except TemplateError as error:
            raise TemplateError(f"resource {resource.name}: {error.message}", error.pointer) from None
        made = self._told(resource, lambda: self._make(kind, resource, values))
        self._names.made[resource.name] = made
        kept = kind.keep(self._work, values)
        record = Record(resource.name, resource.type, kept, made, resource.is_retained)
        put_record(self._call, self._stack, record)

    def _make(self, kind: Kind, resource: Resource, values: Properties) -> Made:
        record = self._records.get(resource.name)
        if record is None:
            return self._create(kind, resource, values, "+", "")
        if record.type != resource.type:
            return self._replace(kind, resource, values, record, f"was {record.type}")
        if not self._is_there(record):
            return self._create(kind, resource, values, "+", "had been deleted by hand")
        kept = kind.keep(self._work, values)
        if kind.is_replaced(record.properties, kept):
            return self._replace(kind, resource, values, record, "replaced")
        stale = kind.find_staleness(self._work, record)
        if stale is not None:
            return self._replace(kind, resource, values, record, stale)
        if record.properties == kept:
            return record.made
        self._say("~", resource.name, resource.type, "")
        return kind.update(self._work, record, values)

    def _create(self, kind: Kind, resource: Resource, values: Properties, sign: str, note: str) -> Made:
        self._say(sign, resource.name, resource.type, note)
        return kind.create(self._work, resource.name, values)

    def _replace(self, kind: Kind, resource: Resource, values: Properties, record: Record, note: str) -> Made:
        made = self._create(kind, resource, values, "~", note)
        if not resource.survives_replacement and made.physical_id != record.made.physical_id:
            self._gone.append(Record(record.name, record.type, record.properties, record.made))
        return made

    def _is_there(self, record: Record) -> bool:
        place = record.made.document
        return place is None or self._call.documents.get(*place) is not None

    def _told(self, resource: Resource, make: Callable[[], Made]) -> Made:
        """Refusals of operations, with the name of the resource."""
        shown = f"resource {resource.name} ({resource.type})"
        try:
            return make()
        except TemplateError as error:
            pointer: Pointer = (*resource.pointer, "Properties", *error.pointer)
            raise TemplateError(f"{shown}: {error.message}", pointer) from None
        except AwsError as error:
            raise TemplateError(f"{shown}: {error.message}", resource.pointer) from None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # A property of a form that nothing has looked at: a text for an object, a member that is missing.
            message = f"its properties are not of the form that they must have ({type(error).__name__}: {error})"
            raise TemplateError(f"{shown}: {message}", resource.pointer) from error

    def _say(self, sign: str, name: str, kind: str, note: str) -> None:
        self._lines.append(f"{sign} {name} ({kind})" + (f": {note}" if note else ""))

    # --- the end

    def _delete_gone(self) -> None:
        place = {name: index for index, name in enumerate(self._records)}
        for record in sorted(self._gone, key=lambda record: place[record.name], reverse=True):
            is_removed = record.name not in self._present
            line = _delete(self._work, record, record.is_retained)
            if is_removed:
                self._lines.append(line)

    def _check_deployed(self) -> None:
        """A stage that deploys by itself keeps what it had where the API does not compile: here that is a failure."""
        for name in self._present:
            if self._resources[name].type != "AWS::ApiGatewayV2::Stage":
                continue
            place = self._names.made[name].document
            stage = self._call.documents.get(*place) if place is not None else None
            message = str((stage or {}).get("lastDeploymentStatusMessage", ""))
            if message.startswith(FAILED) and not message.endswith((NO_ROUTES, NO_VALID_ROUTES)):
                raise TemplateError(f"resource {name}: {message}", ("Resources", name))


def _delete(work: Work, record: Record, is_retained: bool) -> str:
    """The line that says so."""
    if is_retained:
        return f"  {record.name} ({record.type}): leaves the stack and is kept"
    kind = KINDS.get(record.type)
    if kind is not None:
        try:
            kind.delete(work, record)
        except AwsError as error:
            message = f"resource {record.name} ({record.type}) cannot be deleted: {error.message}"
            raise TemplateError(message, ("Resources", record.name)) from None
    return f"- {record.name} ({record.type})"


def _check_exports(call: Call, before: list[Document], after: list[Document]) -> None:
    """What others import stays as it is."""
    kept = {output.get("exportName"): output["outputValue"] for output in after}
    for output in before:
        export = output.get("exportName")
        if export and kept.get(export) != output["outputValue"] and (importer := find_importer(call, export)):
            raise TemplateError(f"the export {export} cannot be changed or removed: stack {importer} imports it")
