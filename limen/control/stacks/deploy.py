"""Deploys a template into the store: from a file that is served, or as the admin port is asked to.

The stack of a served file belongs to it: what the file says comes before what a deployment said meanwhile.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar
from uuid import uuid4

from msgspec import Struct

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.call import Call, ControlSettings
from limen.control.coverage import Report
from limen.control.stacks.check import report_on
from limen.control.stacks.engine import Change, delete_stack, deploy_stack
from limen.control.stacks.errors import TemplateError
from limen.control.stacks.local_files import ReadPackage
from limen.control.stacks.names import Place, place_of
from limen.control.stacks.outputs import callable_value
from limen.control.stacks.prepare import Prepared, Written, prepare
from limen.control.stacks.records import NOUN, new_stack
from limen.control.stacks.stored_definitions import with_definitions
from limen.store.documents import Document
from limen.store.errors import StoreError
from limen.store.reader import Reader
from limen.store.store import Store

T = TypeVar("T")


class Target(Struct, frozen=True):
    """Which stack, and where."""

    name: str
    region: str
    allow_stored: bool = False


class StackDeployed(Struct, frozen=True):
    stack: Document
    """With `callable` beside the value of an output that is at AWS under another host."""
    lines: list[str]
    """For people: what is enforced, stored and refused; what changed."""
    has_changes: bool


class StackRefusedError(Exception):
    """Nothing is changed; `lines` say why, with line and column."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def deploy(
    store: Store,
    settings: ControlSettings,
    target: Target,
    written: Written,
    parameters: Mapping[str, str],
    read_package: ReadPackage,
    also: Callable[[Call, Change], None] = lambda call, change: None,
) -> StackDeployed:
    """All or nothing; `also` is done in the same transaction."""

    def run() -> StackDeployed:
        place = place_of(settings, target.region, new_stack(settings.account, target.region, target.name))
        prepared = prepare(written.document, parameters, _previous(store, settings, target), target.region)
        prepared = with_definitions(prepared, place, settings.objects)
        report = _checked(prepared, written, place, target)
        with store.transaction() as documents:
            call = Call(_aws_call(settings, target.region, "CreateStack"), documents, settings)
            change = deploy_stack(call, target.name, prepared, read_package)
            also(call, change)
            stack = shown(documents, call.scope, change.stack, settings)
            has_changes = change.has_changes or documents.has_changes
            return StackDeployed(stack, [*report.summary_lines(), *report.advice_lines(), *change.lines], has_changes)

    return _told(run, written)


def delete(store: Store, settings: ControlSettings, target: Target) -> list[str]:
    """A line for each resource."""

    def run() -> list[str]:
        with store.transaction() as documents:
            call = Call(_aws_call(settings, target.region, "DeleteStack"), documents, settings)
            return delete_stack(call, target.name)

    return _told(run)


def list_stacks(store: Store, settings: ControlSettings) -> list[Document]:
    """All of the account, by region and age."""
    with store.reader() as reader:
        return [shown(reader, scope, stack, settings) for scope, _, stack in reader.all(NOUN)]


def shown(reader: Reader, scope: str, stack: Document, settings: ControlSettings) -> Document:
    """A stack as its owner sees it."""
    answer = {name: value for name, value in stack.items() if not name.startswith("_")}
    suffix = place_of(settings, stack["_region"], stack).url_suffix
    outputs = []
    for output in stack.get("outputs", ()):
        here = callable_value(reader, scope, output["outputValue"], suffix)
        outputs.append(output | ({"callable": here} if here else {}))
    return answer | {"outputs": outputs, "region": stack["_region"], "resources": len(stack["_order"])}


def _aws_call(settings: ControlSettings, region: str, operation: str) -> AwsCall:
    return AwsCall("cloudformation", operation, {}, settings.account, region, "", str(uuid4()))


def _previous(store: Store, settings: ControlSettings, target: Target) -> dict[str, str]:
    with store.reader() as reader:
        stack = reader.get(NOUN, f"{settings.account}/{target.region}", target.name)
    return dict(stack["_parameters"]) if stack else {}


def _checked(prepared: Prepared, written: Written, place: Place, target: Target) -> Report:
    """Refuses what would leave a request unchecked, and what Limen does not do."""
    report = report_on(prepared, written, place)
    if report.refuses(allow_stored=target.allow_stored):
        raise StackRefusedError(report.refusal_lines(allow_stored=target.allow_stored))
    return report


def _told(run: Callable[[], T], written: Written | None = None) -> T:
    """Errors as lines for people."""
    try:
        return run()
    except TemplateError as error:
        line = written.told(error.message, error.pointer) if written is not None else error.message
        raise StackRefusedError([line]) from None
    except AwsError as error:
        raise StackRefusedError([error.message]) from None
    except StoreError as error:
        raise StackRefusedError([str(error)]) from None
