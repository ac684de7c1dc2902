"""What a template may name: its parameters, pseudo parameters, its resources, exports of other stacks."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from limen.aws.arn import partition_of
from limen.control.call import Call, ControlSettings
from limen.control.openapi.source import Pointer
from limen.control.stacks.errors import TemplateError
from limen.control.stacks.intrinsics import NO_VALUE
from limen.control.stacks.kind import Made
from limen.control.stacks.records import exports_of
from limen.store.documents import Document


class Place(Struct, frozen=True):
    """Where a stack is: what pseudo parameters say."""

    account: str
    region: str
    url_suffix: str
    stack: str
    stack_id: str

    def pseudo(self) -> dict[str, Any]:
        return {
            "AWS::AccountId": self.account,
            "AWS::NoValue": NO_VALUE,
            "AWS::NotificationARNs": [],
            "AWS::Partition": partition_of(self.region),
            "AWS::Region": self.region,
            "AWS::StackId": self.stack_id,
            "AWS::StackName": self.stack,
            "AWS::URLSuffix": self.url_suffix,
        }


def place_of(settings: ControlSettings, region: str, stack: Document) -> Place:
    """`stack`: of which the name and the id are known."""
    port = "" if settings.port == 443 else f":{settings.port}"
    return Place(settings.account, region, f"{settings.suffix}{port}", stack["stackName"], stack["stackId"])


class StackNames:
    """Of a stack that is being deployed: `made` grows with each resource."""

    def __init__(
        self, call: Call, place: Place, parameters: Mapping[str, Any], types: Mapping[str, str], present: set[str]
    ) -> None:
        self.made: dict[str, Made] = {}
        self.imports: set[str] = set()
        self._call = call
        self._stack = place.stack
        self._values = {**place.pseudo(), **parameters}
        self._types = types
        self._present = present

    def ref(self, name: str, pointer: Pointer) -> Any:
        if name in self._values:
            return self._values[name]
        return self._find(name, pointer).physical_id

    def attribute(self, resource: str, attribute: str, pointer: Pointer) -> Any:
        attributes = self._find(resource, pointer).attributes
        if attribute not in attributes:
            known = ", ".join(attributes) or "none"
            kind = self._types[resource]
            raise TemplateError(f"{kind} has no attribute {attribute}; it has {known}", pointer)
        return attributes[attribute]

    def imported(self, export: str, pointer: Pointer) -> Any:
        found = exports_of(self._call, without=self._stack)
        if export not in found:
            raise TemplateError(f"no other stack exports {export}", pointer)
        self.imports.add(export)
        return found[export].value

    def _find(self, name: str, pointer: Pointer) -> Made:
        if name in self.made:
            return self.made[name]
        if name not in self._types:
            raise TemplateError(f"there is no parameter or resource {name}", pointer)
        if name not in self._present:
            raise TemplateError(f"resource {name} is not made: its condition does not hold", pointer)
        raise TemplateError(f"resource {name} is not made yet", pointer)


class SupposedNames:
    """Of a template that is only looked at: values of the form that they will have."""

    def __init__(self, place: Place, parameters: Mapping[str, Any], types: Mapping[str, str]) -> None:
        self._values = {**place.pseudo(), **parameters}
        self._types = types
        self._place = place

    def ref(self, name: str, pointer: Pointer) -> Any:
        if name in self._values:
            return self._values[name]
        self._check(name, pointer)
        return name

    def attribute(self, resource: str, attribute: str, pointer: Pointer) -> Any:
        self._check(resource, pointer)
        if not attribute.endswith("Arn"):
            return f"{resource}.{attribute}"
        kind = self._types[resource].split("::")
        service, noun = kind[1].lower(), kind[2].lower()
        place = self._place
        return f"arn:{partition_of(place.region)}:{service}:{place.region}:{place.account}:{noun}:{resource}"

    def imported(self, export: str, pointer: Pointer) -> Any:
        return export

    def _check(self, name: str, pointer: Pointer) -> None:
        if name not in self._types:
            raise TemplateError(f"there is no parameter or resource {name}", pointer)
