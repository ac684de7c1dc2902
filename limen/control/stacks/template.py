"""A template taken apart: its sections, checked for what Limen does not read.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

import re
from typing import Any

from msgspec import Struct

from limen.control.openapi.source import Pointer
from limen.control.stacks.errors import TemplateError
from limen.control.stacks.synthesized import without_bootstrap

SERVERLESS = "AWS::Serverless-2016-10-31"
EXTENSIONS = "AWS::LanguageExtensions"
TRANSFORMS = (SERVERLESS, EXTENSIONS)

SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs")
IGNORED_SECTIONS = ("AWSTemplateFormatVersion", "Description", "Metadata", "Transform", "Globals")
RESOURCE_ATTRIBUTES = (
    *("Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"),
    *("CreationPolicy", "UpdatePolicy"),
)
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")
_RETAINS = ("Retain", "RetainExceptOnCreate", "Snapshot")
_DELETION_POLICIES = ("Delete", *_RETAINS)


class Resource(Struct, frozen=True):
    """As the template has it, intrinsics included."""

    name: str
    type: str
    properties: dict[str, Any] = {}
    depends_on: list[str] = []
    condition: str | None = None
    is_retained: bool = False
    """Not deleted when it leaves the template."""
    survives_replacement: bool = False

    @property
    def pointer(self) -> Pointer:
        return ("Resources", self.name)


class Template(Struct, frozen=True):
    """`document`: with all its sections as objects."""

    document: dict[str, Any]
    transforms: tuple[str, ...] = ()

    @property
    def is_serverless(self) -> bool:
        return SERVERLESS in self.transforms

    @property
    def has_extensions(self) -> bool:
        return EXTENSIONS in self.transforms

    def section(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.document.get(name) or {}
        return found

    def resources(self) -> dict[str, Resource]:
        """Raises TemplateError for one that has not the form of a resource."""
        return {name: _read_resource(name, value) for name, value in self.section("Resources").items()}


def read_template(document: dict[str, Any]) -> Template:
    """Checks sections and transforms; resources are read when asked for, parameters and outputs by their modules."""
    document = without_bootstrap(document)
    for name in document:
        if name not in SECTIONS and name not in IGNORED_SECTIONS:
            known = ", ".join(SECTIONS)
            raise TemplateError(f"the section {name} is not served; sections are {known}", (name,))
    for name in SECTIONS:
        if not isinstance(document.get(name) or {}, dict):
            raise TemplateError(f"{name} must be an object", (name,))
    if not document.get("Resources"):
        raise TemplateError("the template has no Resources", ("Resources",))
    declared = document.get("Transform") or []
    transforms = tuple(declared) if isinstance(declared, list) else (declared,)
    for transform in transforms:
        if transform not in TRANSFORMS:
            shown = transform.get("Name") if isinstance(transform, dict) else transform
            raise TemplateError(f"the transform {shown} is not served", ("Transform",))
    if "Globals" in document and SERVERLESS not in transforms:
        raise TemplateError(f"Globals needs Transform: {SERVERLESS}", ("Globals",))
    for name, resource in document["Resources"].items():
        _check_form(name, resource, SERVERLESS in transforms)
    return Template(document, transforms)


def _check_form(name: str, resource: Any, is_serverless: bool) -> None:
    at = ("Resources", name)
    if name.startswith("Fn::"):
        raise TemplateError(f"the function {'::'.join(name.split('::')[:2])} is not served", at)
    if not _LOGICAL_ID.fullmatch(name):
        raise TemplateError(f"{name!r} cannot name a resource: letters and digits only", at)
    if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
        raise TemplateError(f"resource {name} must be an object with a Type", at)
    if not isinstance(resource.get("Properties") or {}, dict):
        raise TemplateError(f"resource {name}: Properties must be an object", (*at, "Properties"))
    is_sam = resource["Type"].startswith("AWS::Serverless::")
    if is_sam and not is_serverless:
        raise TemplateError(f"resource {name}: {resource['Type']} needs Transform: {SERVERLESS}", (*at, "Type"))
    for attribute in () if is_sam else resource:
        if attribute not in RESOURCE_ATTRIBUTES:
            raise TemplateError(f"resource {name}: a resource has no {attribute}", (*at, attribute))


def _read_resource(name: str, value: dict[str, Any]) -> Resource:
    depends_on = value.get("DependsOn") or []
    condition = value.get("Condition")
    for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
        if value.get(attribute, "Delete") not in _DELETION_POLICIES:
            choices = ", ".join(_DELETION_POLICIES)
            pointer = ("Resources", name, attribute)
            raise TemplateError(f"resource {name}: {attribute} must be one of {choices}", pointer)
    return Resource(
        name,
        value["Type"],
        value.get("Properties") or {},
        list(depends_on) if isinstance(depends_on, list) else [depends_on],
        condition,
        value.get("DeletionPolicy") in _RETAINS,
        value.get("UpdateReplacePolicy") in _RETAINS,
    )
