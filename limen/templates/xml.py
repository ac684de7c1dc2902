"""XML in mapping templates: an extension of Limen, off unless asked for. API Gateway itself knows XML only as text.

A template asks for it by its first line, `## limen: xml`, which is a comment to API Gateway. With it a body that begins
with `<` is a document to `$input.path` and `$input.json`, and `$util.xml` has

- `parse(text)`: the document as maps and lists; `toJson(text)`: the same as JSON text
- `write(value)`, `write(value, 'root')`: a map as XML text; `fromJson(text)`, `fromJson(text, 'root')`: JSON likewise
- `list(value)`: a list, whether the element was there many times, once or not at all
- `escape(text)`: text for between the tags of XML written by hand

Elements are members, in order; an attribute is a member `@name`, text beside attributes or elements `#text`; an element
that occurs several times is a list. Namespace prefixes stay part of the name. Without a root given, a map has to have
one member, the root. Document type declarations, and entities with them, are refused; depth and size are bounded.
"""

import re
from collections.abc import Callable
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

import xmltodict

from limen.templates.errors import Trouble
from limen.templates.methods import METHODS
from limen.templates.run import Tool
from limen.templates.values import NOTHING, ArrayList, json_text, parse_json, text_of
from limen.templates.weight import MAX_TEXT, weigh

MAX_XML_DEPTH = 100
MAX_ELEMENTS = 100_000
_MARK = re.compile(r"\s*##\s*limen:\s*xml\b")
_NAME = re.compile(r"[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?")
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def asks_for_xml(template: str) -> bool:
    """Whether the first line of a template turns the extension on."""
    return _MARK.match(template) is not None


def parse_xml(text: str) -> dict[str, Any]:
    """Raises Trouble. The encoding that a document declares is that of the bytes which the text was before."""
    try:
        data = text.lstrip("\ufeff \t\r\n").encode()
        _check(data)
        found: dict[str, Any] = xmltodict.parse(data, encoding="utf-8", disable_entities=True)
    except expat.ExpatError as error:
        raise Trouble(f"is not XML: {error}") from None
    except ValueError as error:
        raise Trouble(f"is not XML: {error}") from None
    return found


def _check(data: bytes) -> None:
    """Goes over a document without keeping anything, so that the one who keeps it need not be careful."""
    depth = elements = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1 + len(attributes)
        if depth > MAX_XML_DEPTH:
            raise Trouble(f"XML nested deeper than {MAX_XML_DEPTH}")
        if elements > MAX_ELEMENTS:
            raise Trouble(f"XML of more than {MAX_ELEMENTS:,} elements and attributes")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: Any) -> None:
        raise Trouble("XML with a document type declaration is refused")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(data, True)


def write_xml(value: Any, root: str | None = None) -> str:
    """Raises Trouble."""
    document = {root: value} if root is not None else value
    weigh(document)
    if not isinstance(document, dict) or len(document) != 1 or isinstance(next(iter(document.values())), list):
        raise Trouble("XML has one root: give its name, or a map with one member")
    text: str = xmltodict.unparse(_checked(document, 0), full_document=False)
    if len(text) > MAX_TEXT:
        raise Trouble(f"a text of more than {MAX_TEXT:,} characters")
    return text


def _checked(value: Any, depth: int) -> Any:
    """The value with names that XML can have, and text instead of numbers and booleans."""
    if depth > MAX_XML_DEPTH:
        raise Trouble(f"XML nested deeper than {MAX_XML_DEPTH}")
    if isinstance(value, dict):
        return {_checked_name(name): _checked(member, depth + 1) for name, member in value.items()}
    if isinstance(value, list):
        return [_checked(item, depth + 1) for item in value]
    text = text_of(value)
    if text is not None and _NO_CHARACTER.search(text) is not None:
        raise Trouble("a text with a character that XML cannot hold")
    return text


def _checked_name(name: Any) -> str:
    bare = name.removeprefix("@") if type(name) is str else ""
    if name != "#text" and _NAME.fullmatch(bare) is None:
        raise Trouble(f"{text_of(name)!r} cannot be the name of an element or attribute")
    return str(name)


class XmlTool(Tool):
    """`$util.xml`"""

    __slots__ = ("_charge",)

    def __init__(self, charge: Callable[[int], None]) -> None:
        self._charge = charge

    def parse(self, value: Any) -> Any:
        return parse_xml(self._charged(value))

    def to_json(self, value: Any) -> str:
        return json_text(parse_xml(self._charged(value)))

    def write(self, value: Any, root: Any = None) -> str:
        if root is not None and type(root) is not str:
            raise Trouble("the name of the root is text")
        text = write_xml(value, root)
        self._charged(text)
        return text

    def from_json(self, value: Any, root: Any = None) -> str:
        return self.write(parse_json(self._charged(value), "the text"), root)

    def list(self, value: Any) -> Any:
        if value is None or value is NOTHING:
            return ArrayList()
        return value if isinstance(value, list) else ArrayList([value])

    def escape(self, value: Any) -> str:
        return escape(self._charged(value), {'"': "&quot;", "'": "&apos;"})

    def _charged(self, value: Any) -> str:
        text = text_of(value) or ""
        self._charge(len(text))
        if len(text) > MAX_TEXT // 6:
            raise Trouble(f"a text of more than {MAX_TEXT // 6:,} characters")
        return text


METHODS[XmlTool] = {
    "parse/1": (("a", XmlTool.parse),),
    "toJson/1": (("a", XmlTool.to_json),),
    "write/1": (("a", XmlTool.write),),
    "write/2": (("aa", XmlTool.write),),
    "fromJson/1": (("a", XmlTool.from_json),),
    "fromJson/2": (("aa", XmlTool.from_json),),
    "list/1": (("a", XmlTool.list),),
    "escape/1": (("a", XmlTool.escape),),
}
