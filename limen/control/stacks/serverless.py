"""AWS::Serverless resources become those of CloudFormation, as AWS's own translator has it.

https://github.com/aws/serverless-application-model. The translator is loaded when the first SAM template is met: it
takes half a second and 20 MB. It is given all that it would ask AWS for.
"""

import copy
import logging
import os
from threading import Lock
from typing import Any

import orjson
from msgspec import Struct

from limen.aws.arn import partition_of
from limen.control.openapi.source import Pointer
from limen.control.stacks.errors import TemplateError
from limen.control.stacks.template import SERVERLESS, Template

SERVED = ("Function", "Api", "HttpApi", "LayerVersion", "SimpleTable", "Connector")
"""Of the types of SAM; the others are refused by name."""

_NO_AUTHORIZER = "NONE"
_TRANSLATING = Lock()
"""The translator keeps region and metrics in its classes."""


class _Session(Struct, frozen=True):
    """What the translator reads of a boto3 session, so that it makes none."""

    region_name: str


def translate(template: Template, parameters: dict[str, Any], region: str) -> Template:
    """The template without AWS::Serverless resources; raises TemplateError with all that is wrong."""
    for name, resource in template.section("Resources").items():
        kind = resource["Type"].removeprefix("AWS::Serverless::")
        if kind != resource["Type"] and kind not in SERVED:
            at = ("Resources", name, "Type")
            raise TemplateError(f"resource {name}: AWS::Serverless::{kind} is not served", at)
    with _TRANSLATING:
        document = _translate(template.document, parameters, region)
    transforms = tuple(transform for transform in template.transforms if transform != SERVERLESS)
    document.pop("Transform", None)
    return Template(document, transforms)


def _translate(document: dict[str, Any], parameters: dict[str, Any], region: str) -> dict[str, Any]:
    os.environ.setdefault("AWS_DEFAULT_REGION", region)  # read by boto3 sessions of the translator, which call nobody
    # Imported here: half a second that only templates of SAM should wait for.
    from samtranslator.model.exceptions import InvalidDocumentException  # type: ignore[import-untyped]
    from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
    from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    session: Any = _Session(region)
    translator = Translator(None, Parser(), boto_session=session)
    values = dict(parameters) | {"AWS::Region": region, "AWS::Partition": partition_of(region)}
    try:
        translated: dict[str, Any] = translator.translate(
            copy.deepcopy(document), parameter_values=values, get_managed_policy_map=lambda: _managed_policies(region)
        )
    except InvalidDocumentException as error:
        causes = [(str(cause.message), _place(cause)) for cause in error.causes]
        raise TemplateError("; ".join(message for message, _ in causes), causes[0][1]) from None
    # Its texts and objects are of classes of its own.
    plain: dict[str, Any] = orjson.loads(
        orjson.dumps(translated, option=orjson.OPT_PASSTHROUGH_SUBCLASS, default=_plain)
    )
    for resource in plain.get("Resources", {}).values():
        body = resource.get("Properties", {}).get("Body")
        if isinstance(body, dict):
            _open_marked(body.get("paths"))
    return plain


def _open_marked(within: Any) -> None:
    """`Authorizer: NONE` of an event asks for no authorizer; the translator leaves it as a scheme that is nowhere."""
    if isinstance(within, dict):
        security = within.get("security")
        if isinstance(security, list):
            within["security"] = [asked for asked in security if asked != {_NO_AUTHORIZER: []}]
    for each in within.values() if isinstance(within, dict) else within if isinstance(within, list) else ():
        _open_marked(each)


def _place(cause: Any) -> Pointer:
    name = getattr(cause, "_logical_id", None)
    return ("Resources", str(name)) if name else ("Resources",)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else dict(value) if isinstance(value, dict) else list(value)


def _managed_policies(region: str) -> dict[str, str]:
    """The names of AWS's own policies, which templates may give instead of ARNs."""
    from samtranslator.internal.managed_policies import get_bundled_managed_policy_map  # type: ignore[import-untyped]

    policies: dict[str, str] = get_bundled_managed_policy_map(partition_of(region)) or {}
    return policies
