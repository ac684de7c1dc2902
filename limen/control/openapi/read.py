"""Parses the text of an OpenAPI file, JSON or YAML."""

from collections.abc import Mapping

from limen.control.openapi.json_text import read_json
from limen.control.openapi.source import MAX_BYTES, Source, SourceError
from limen.control.openapi.yaml_text import read_yaml


def read_source(content: str | bytes, variables: Mapping[str, str] | None = None) -> Source:
    """The document in `content`; `variables` ("AWS::Region": ...) are put in where the text says `${AWS::Region}`."""
    text = _decode(content)
    for name, value in (variables or {}).items():
        text = text.replace("${" + name + "}", value)
    if not text.strip():
        raise SourceError("the document is empty")
    return read_json(text) if text.lstrip().startswith("{") else read_yaml(text)


def _decode(content: str | bytes) -> str:
    size = len(content) if isinstance(content, bytes) else len(content.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise SourceError(f"the document has {size} bytes, more than the {MAX_BYTES} that can be imported")
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise SourceError("the text is not UTF-8", line, column) from None
