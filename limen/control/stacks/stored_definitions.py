"""API definitions that a template names in S3, which become part of it when it is deployed.

They are read before the transaction, and judged as if the template had them itself.
"""

from typing import Any

from msgspec.structs import replace

from limen.control.objects import ObjectError, Objects
from limen.control.openapi.source import MAX_BYTES, Pointer, SourceError
from limen.control.stacks.errors import TemplateError
from limen.control.stacks.intrinsics import Intrinsics
from limen.control.stacks.names import Place, SupposedNames
from limen.control.stacks.prepare import Prepared
from limen.control.stacks.text import read_template_text

LOCATION = "BodyS3Location"
KINDS = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")


def with_definitions(prepared: Prepared, place: Place, objects: Objects | None) -> Prepared:
    """The template with `Body` in place of `BodyS3Location`; raises TemplateError."""
    template = prepared.template
    sections = template.section("Resources")
    located = {name: value for name, value in sections.items() if _is_located(value)}
    if not located:
        return prepared
    if objects is None:
        raise TemplateError(f"this process reads no {LOCATION}", ("Resources", next(iter(located))))
    types = {name: str(value["Type"]) for name, value in sections.items()}
    intrinsics = Intrinsics(
        SupposedNames(place, prepared.parameters, types),
        template.section("Mappings"),
        template.section("Conditions"),
        has_extensions=template.has_extensions,
    )
    changed = {name: _with_body(name, value, intrinsics, objects) for name, value in located.items()}
    document = template.document | {"Resources": sections | changed}
    return replace(prepared, template=replace(template, document=document))


def _is_located(resource: dict[str, Any]) -> bool:
    return resource["Type"] in KINDS and LOCATION in (resource.get("Properties") or {})


def _with_body(name: str, resource: dict[str, Any], intrinsics: Intrinsics, objects: Objects) -> dict[str, Any]:
    pointer = ("Resources", name, "Properties", LOCATION)
    condition = resource.get("Condition")
    if condition is not None and not intrinsics.condition(condition, pointer):
        return resource
    properties = dict(resource["Properties"])
    place = intrinsics.evaluate({LOCATION: properties.pop(LOCATION)}, pointer[:-1]).get(LOCATION)
    if place is None:  # AWS::NoValue
        return resource | {"Properties": properties}
    body = _read(place, f"resource {name}: ", pointer, objects)
    return resource | {"Properties": properties | {"Body": body}}


def _read(place: Any, owner: str, pointer: Pointer, objects: Objects) -> dict[str, Any]:
    if not isinstance(place, dict) or not place.get("Bucket") or not place.get("Key"):
        raise TemplateError(f"{owner}{LOCATION} must be an object with Bucket and Key", pointer)
    bucket, key = str(place["Bucket"]), str(place["Key"])
    version = str(place["Version"]) if place.get("Version") else None
    try:
        return read_template_text(objects.read(bucket, key, version, MAX_BYTES).content).document
    except ObjectError as error:
        raise TemplateError(f"{owner}{error}", pointer) from None
    except SourceError as error:
        raise TemplateError(f"{owner}s3://{bucket}/{key}: {error}", pointer) from None
