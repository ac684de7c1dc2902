"""The words of the tables of resource types: what a property is, what a type does when a stack needs it."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from limen.aws.arn import partition_of
from limen.aws.errors import AwsError, not_implemented
from limen.aws.ids import new_id
from limen.aws.validate import validate
from limen.control.call import Aside, Call
from limen.control.openapi.keyword import ENFORCED, Verdict, stored
from limen.control.operations import OPERATIONS
from limen.control.stacks.local_files import ReadPackage
from limen.control.stacks.members import members_of, operation_of

Properties = dict[str, Any]
"""Of a resource, by CloudFormation's names and without intrinsics."""


class Made(Struct, frozen=True):
    """What became of a resource."""

    physical_id: str
    """What Ref gives."""
    attributes: dict[str, Any] = {}
    """What Fn::GetAtt gives."""
    document: tuple[str, str, str] | None = None
    """Noun, parent and key in the store, where it is one document: whether it is still there."""


class Record(Struct, frozen=True):
    """A resource of a deployed stack."""

    name: str
    type: str
    properties: Properties
    made: Made
    is_retained: bool = False


class Work(Struct, frozen=True):
    """What a type works with while a stack is deployed."""

    call: Call
    stack: str
    read_package: ReadPackage

    @property
    def scope(self) -> str:
        return self.call.scope

    def run(self, service: str, name: str, members: dict[str, Any]) -> dict[str, Any]:
        """The answer of an operation; members by wire names, checked like those of a request."""
        operation = OPERATIONS.get(service, {}).get(name)
        if operation is None:
            raise not_implemented(f"{name} of {service}")
        validate(operation_of(service, name), members)
        aws = replace(self.call.aws, service=service, operation=name, members=members)
        call = replace(self.call, aws=aws)
        answer = self.finish(operation(call, members), call)
        if not isinstance(answer, dict):
            raise not_implemented(f"{name} of {service} in a template")
        return answer

    def finish(self, answer: Any, call: Call | None = None) -> Any:
        """What an operation answers in the end, where it has work to do aside; `call`: its own, where it is another."""
        while isinstance(answer, Aside):
            answer = answer.go_on(call or self.call, answer.work())
        return answer

    def create(self, service: str, name: str, properties: Properties) -> dict[str, Any]:
        """As `run`, with the properties of a resource."""
        return self.run(service, name, members_of(service, name, properties))

    def patch(self, name: str, members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
        """An operation of API Gateway's first API that replaces members by JSON pointers."""
        operations = [
            {"op": "replace", "path": path, "value": "" if value is None else str(value)}
            for path, value in changes.items()
        ]
        return self.run("apigateway", name, members | {"patchOperations": operations})

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        aws = self.call.aws
        place = aws.region if region is None else region
        owner = aws.account if account is None else account
        return f"arn:{partition_of(aws.region)}:{service}:{place}:{owner}:{resource}"

    def name_for(self, logical_id: str, *, most: int = 64, joint: str = "-") -> str:
        """A new name for a resource that the template does not name; names of stacks have hyphens of their own."""
        ending = new_id(12)
        stack = self.stack.replace("-", joint)
        return joint.join((stack, logical_id))[: most - len(ending) - len(joint)] + joint + ending


class Property(Struct, frozen=True):
    verdict: Verdict | Callable[[Any], Verdict] = ENFORCED
    replaces: bool = False
    """A change makes a new resource in place of the old one."""

    def judge(self, value: Any) -> Verdict:
        return self.verdict if isinstance(self.verdict, Verdict) else self.verdict(value)


class Kind(Struct, frozen=True):
    """A type of resource. `create` gets the logical id; `update` what was made, and the properties before."""

    type: str
    properties: dict[str, Property]
    create: Callable[[Work, str, Properties], Made]
    update: Callable[[Work, Record, Properties], Made]
    delete: Callable[[Work, Record], None]
    required: tuple[str, ...] = ()
    priority: int = 0
    """Of types that are free to be made the lower comes first: a deployment waits for all that it may freeze."""
    find_staleness: Callable[[Work, Record], str | None] = lambda work, record: None
    """Why the resource has to be replaced though its properties are the same."""
    keep: Callable[[Work, Properties], Properties] = lambda work, values: values
    """The properties as the stack remembers them: secrets hidden, so that a change is still one."""
    takes_any: str | None = None
    """Properties of any name are kept, for this reason."""
    unserved: str | None = None
    """Why resources of this type are refused."""

    def find(self, name: str) -> Property | None:
        if name in self.properties:
            return self.properties[name]
        return Property(stored(self.takes_any)) if self.takes_any is not None else None

    def is_replaced(self, before: Properties, after: Properties) -> bool:
        return any(
            before.get(name) != after.get(name) and (row := self.find(name)) is not None and row.replaces
            for name in before.keys() | after.keys()
        )


def properties(names: str, **others: Verdict | Callable[[Any], Verdict]) -> dict[str, Property]:
    """Rows from names: `RestApiId! Name` are two that are acted on, the first replaces; then other verdicts."""
    rows = {}
    for name in names.split():
        bare = name.removesuffix("!")
        rows[bare] = Property(others.pop(bare, ENFORCED), replaces=name.endswith("!"))
    return rows | {name: Property(verdict) for name, verdict in others.items()}


def without(values: Properties, *names: str) -> Properties:
    return {name: value for name, value in values.items() if name not in names}


def refused_kind(kind: str, reason: str) -> Kind:
    def refuse(*_: Any) -> Any:
        raise not_implemented(kind)

    return Kind(kind, {}, refuse, refuse, refuse, unserved=reason)


def replaced_only(work: Work, record: Record, after: Properties) -> Made:
    """For types each of whose properties replaces: what changed is not seen by the resource."""
    return record.made


def unless_missing(run: Callable[[], object]) -> None:
    """Deletes what may be gone already, by hand or with what it belonged to."""
    try:
        run()
    except AwsError as error:
        if error.status != 404:
            raise
