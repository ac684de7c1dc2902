"""Parses the text of a template: JSON, or YAML with CloudFormation's short tags.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from pathlib import Path
from typing import Any

import yaml

from limen.control.openapi.json_text import read_json
from limen.control.openapi.source import MAX_BYTES, Source, SourceError
from limen.control.openapi.yaml_text import Builder, error_at, read_yaml_with

_PLAIN = {"!Ref": "Ref", "!Condition": "Condition"}
"""Tags whose long form does not begin with Fn::."""
_FUNCTIONS = (
    *("And", "Base64", "Cidr", "Equals", "FindInMap", "ForEach", "GetAZs", "GetAtt", "If", "ImportValue", "Join"),
    *("Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"),
)
_MARKS = (b"AWSTemplateFormatVersion", b"AWS::Serverless", b"AWS::ApiGateway")
"""What a template holds and an OpenAPI document does not."""
TAGS = _PLAIN | {f"!{name}": f"Fn::{name}" for name in _FUNCTIONS}


class _TemplateBuilder(Builder):
    @staticmethod
    def key_of_tag(node: yaml.Node) -> str | None:
        return TAGS.get(node.tag)

    def build_tagged(self, node: yaml.Node, key: str, depth: int) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return node.value.split(".", 1) if key == "Fn::GetAtt" else node.value
        kind = "seq" if isinstance(node, yaml.SequenceNode) else "map"
        plain = type(node)(f"tag:yaml.org,2002:{kind}", node.value, node.start_mark, node.end_mark)
        return self.build(plain, depth)

    def build(self, node: yaml.Node, depth: int) -> Any:
        if node.tag.startswith("!") and node.tag not in TAGS:
            raise error_at(node, f"the tag {node.tag} is none of CloudFormation's")
        return super().build(node, depth)


def read_template_text(content: bytes) -> Source:
    """Raises SourceError with line and column."""
    if len(content) > MAX_BYTES:
        raise SourceError(f"the template has {len(content)} bytes, more than the {MAX_BYTES} that are read")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError("the text is not UTF-8", content.count(b"\n", 0, error.start) + 1) from None
    if not text.strip():
        raise SourceError("the template is empty")
    return read_json(text) if text.lstrip().startswith("{") else read_yaml_with(text, _TemplateBuilder)


def is_template(document: dict[str, Any]) -> bool:
    """Whether a document is a template rather than an OpenAPI document."""
    return "Resources" in document or "AWSTemplateFormatVersion" in document


def is_template_file(path: Path) -> bool:
    """Whether a file is to be read as a template: by its text, whatever is wrong with it."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    try:
        return is_template(read_template_text(content).document)
    except SourceError:
        return any(mark in content for mark in _MARKS)
