"""Outputs of a stack, and their URLs as they can be called here."""

import re
from typing import Any

from limen.control.stacks.errors import TemplateError
from limen.control.stacks.intrinsics import NO_VALUE, Intrinsics, as_text
from limen.control.stacks.template import Template
from limen.store.documents import Document
from limen.store.reader import Reader

_ATTRIBUTES = ("Condition", "Description", "Export", "Value")
_AT_AWS = re.compile(r"(https?|wss?)://([a-z0-9]{10})\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
_ON_A_DOMAIN = re.compile(r"https://((?:[a-z0-9-]+\.)+[a-z0-9-]+)(?![\w.:@-])")


def read_outputs(template: Template, intrinsics: Intrinsics) -> list[Document]:
    """Those whose condition holds, as DescribeStacks shows them."""
    outputs = []
    for name, output in template.section("Outputs").items():
        at = ("Outputs", name)
        if not isinstance(output, dict) or "Value" not in output:
            raise TemplateError(f"output {name} must be an object with a Value", at)
        for attribute in output:
            if attribute not in _ATTRIBUTES:
                raise TemplateError(f"output {name}: an output has no {attribute}", (*at, attribute))
        if "Condition" not in output or intrinsics.condition(output["Condition"], (*at, "Condition")):
            outputs.append(_read(name, output, intrinsics))
    return outputs


def _read(name: str, output: dict[str, Any], intrinsics: Intrinsics) -> Document:
    at = ("Outputs", name)
    try:
        value = intrinsics.evaluate(output["Value"], (*at, "Value"))
        export = intrinsics.evaluate((output.get("Export") or {}).get("Name"), (*at, "Export", "Name"))
    except TemplateError as error:
        raise TemplateError(f"output {name}: {error.message}", error.pointer) from None
    if value is NO_VALUE:
        raise TemplateError(f"output {name} has no value", at)
    read: Document = {"outputKey": name, "outputValue": as_text(value, f"output {name}", at)}
    if output.get("Description"):
        read["description"] = str(output["Description"])
    if export not in (None, NO_VALUE):
        read["exportName"] = as_text(export, f"the export of output {name}", at)
    return read


def callable_value(reader: Reader, scope: str, value: str, suffix: str) -> str | None:
    """The value with the URLs of served APIs, and those on custom domain names, as they are here; None where it names
    none. `suffix`: with port."""

    def rewrite(match: re.Match[str]) -> str:
        scheme, api_id, region = match.groups()
        if not any(reader.get(noun, scope, api_id) for noun in ("RestApi", "Api")):
            return match[0]
        secure = scheme if scheme.endswith("s") else f"{scheme}s"
        return f"{secure}://{api_id}.execute-api.{region}.{suffix}"

    def add_port(match: re.Match[str]) -> str:
        is_ours = reader.get("DomainName", scope, match[1]) is not None
        return match[0] + colon + port if is_ours else match[0]

    _, colon, port = suffix.partition(":")
    rewritten = _ON_A_DOMAIN.sub(add_port, _AT_AWS.sub(rewrite, value))
    return rewritten if rewritten != value else None


def output_lines(outputs: list[Document]) -> list[str]:
    """`Name = value`, and beside what is at AWS under another host where it can be called here."""
    lines = []
    for output in outputs:
        lines.append(f"{output['outputKey']} = {output['outputValue']}")
        if output.get("callable"):
            lines.append(f"{' ' * len(output['outputKey'])} = {output['callable']}")
    return lines
