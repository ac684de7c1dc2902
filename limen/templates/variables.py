"""The variables of a mapping template: `$input`, `$util`, `$context`, `$stageVariables`.

Developer guide: "API Gateway mapping template and access logging variable reference".
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote_plus, unquote_plus

from limen.templates import jsonpath
from limen.templates.errors import Trouble
from limen.templates.jsonpath_steps import Path
from limen.templates.methods import METHODS, Table
from limen.templates.run import LARGE, Tool
from limen.templates.values import NOTHING, LazyMap, json_text, parse_json, text_of
from limen.templates.weight import MAX_TEXT, weigh
from limen.templates.xml import XmlTool, parse_xml

Parameters = dict[str, dict[str, str]]
"""`path`, `querystring` and `header`, each by name."""

_SEARCHED = ("path", "querystring", "header")
_UNREAD: Final = object()


def _no_charge(size: int) -> None:
    """Outside of a rendering nothing is counted."""


class Input(Tool):
    """`$input`: the payload and its parameters. The body is parsed when a template asks, once."""

    __slots__ = ("_document", "_is_lent", "_parameters", "_read_parameters", "body", "charge", "is_xml")

    def __init__(self, body: str, parameters: Callable[[], Parameters], *, xml: bool = False) -> None:
        self.body = body
        self.is_xml = xml
        """The extension: a body that begins with `<` is read as XML."""
        self.charge = _no_charge
        self._read_parameters = parameters
        self._parameters: Parameters | None = None
        self._document: Any = _UNREAD
        self._is_lent = False
        """Whether the template has a list or a map of the body in its hands."""

    def document(self) -> Any:
        """The parsed body; nothing where the body is empty."""
        if self._document is _UNREAD:
            self._document = self._parse()
        if len(self.body) > LARGE:
            self.charge(0)
        return self._document

    def _parse(self) -> Any:
        body = self.body
        if not body or body.isspace():
            return None
        if self.is_xml and body.lstrip("\ufeff \t\r\n")[:1] == "<":
            return parse_xml(body)
        return parse_json(body, "the body")

    def find_property(self, name: str) -> Any:
        """`$input.body`: `{}` where it is empty."""
        return (self.body or "{}") if name == "body" else None

    def params(self) -> Parameters:
        if self._parameters is None:
            self._parameters = self._read_parameters()
        return self._parameters

    def param(self, name: Any) -> Any:
        """The first of path, query string and header that has the name; empty where none has."""
        parameters = self.params()
        for place in _SEARCHED:
            found = parameters.get(place, {}).get(name)
            if found is not None:
                return found
        return ""

    def select(self, path: Path) -> Any:
        """`$input.path`"""
        document = self.document()
        found = self._find(path, document)
        if type(found) is list or type(found) is dict:
            self._is_lent = True
        return NOTHING if found is None else found

    def _find(self, path: Path, document: Any) -> Any:
        if path.simple is None:
            self.charge(0)
        return path.find(document)

    def select_json(self, path: Path) -> str:
        """`$input.json`: two quotes where there is nothing, but `{}` for the whole of an empty body."""
        document = self.document()
        if document is None and not path.steps:
            return "{}"
        found = self._find(path, document)
        if path.simple is None or self._is_lent:
            weigh(found)  # what is selected may be there several times, what a template had may have been changed
        text = '""' if found is None else json_text(found)
        self.charge(len(text))
        return text

    def path(self, text: str) -> Any:
        return self.select(jsonpath.compile_path(text))

    def json(self, text: str) -> str:
        return self.select_json(jsonpath.compile_path(text))


ESCAPED = re.compile(r"[^ !#-&(-.0-\[\]-\x7f]")
_NAMED_ESCAPES = {"\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f", "\r": "\\r"}
_DELIMITERS = frozenset("'\"\\/")


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _DELIMITERS:
        return "\\" + character
    named = _NAMED_ESCAPES.get(character)
    if named is not None:
        return named
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02X}{units[at + 1]:02X}" for at in range(0, len(units), 2))


def _text(value: Any) -> str:
    return value if type(value) is str else text_of(value) or ""


class Util(Tool):
    """`$util`. What is not text is used as it prints; null as the empty text, but `null` where it is escaped.

    Bytes that are no UTF-8, which a body holds as surrogate escapes, are encoded as the bytes that they are.
    """

    __slots__ = ("charge", "has_xml")

    def __init__(self, charge: Callable[[int], None] = _no_charge, *, xml: bool = False) -> None:
        self.charge = charge
        self.has_xml = xml

    def escape_java_script(self, value: Any) -> str:
        text = value if type(value) is str else text_of(value)
        if text is None:
            return "null"
        if ESCAPED.search(text) is None:
            return text
        if len(text) * 6 > MAX_TEXT and len(text) + len(ESCAPED.findall(text)) * 5 > MAX_TEXT:
            raise Trouble(f"a text of more than {MAX_TEXT:,} characters")
        escaped = ESCAPED.sub(_escape, text)
        self.charge(len(escaped))
        return escaped

    def parse_json(self, value: Any) -> Any:
        text = self._charged(value)
        return parse_json(text, "the text") if text and not text.isspace() else None

    def url_encode(self, value: Any) -> str:
        """As java.net.URLEncoder: `*` is left as it is, `~` is not."""
        return quote_plus(self._charged(value), safe="*", errors="surrogateescape").replace("~", "%7E")

    def url_decode(self, value: Any) -> str:
        return unquote_plus(self._charged(value))

    def base64_encode(self, value: Any) -> str:
        return base64.b64encode(self._charged(value).encode(errors="surrogateescape")).decode()

    def base64_decode(self, value: Any) -> str:
        try:
            return base64.b64decode(self._charged(value), validate=False).decode(errors="replace")
        except (binascii.Error, ValueError) as error:
            raise Trouble(f"is not base64: {error}") from None

    def _charged(self, value: Any) -> str:
        text = _text(value)
        self.charge(len(text) * 3)
        if len(text) > MAX_TEXT // 3:
            raise Trouble(f"a text of more than {MAX_TEXT // 3:,} characters")
        return text

    def find_property(self, name: str) -> Any:
        """`$util.xml`, where the extension is on."""
        if name != "xml" or not self.has_xml:
            return None
        return XmlTool(self.charge)


class Scope:
    """What a template can see."""

    __slots__ = ("context", "input", "stage_variables", "util")

    def __init__(
        self,
        input: Input,  # noqa: A002 - as templates call it
        context: LazyMap,
        stage_variables: Mapping[str, str] | None = None,
    ) -> None:
        self.input = input
        self.context = context
        self.stage_variables: dict[str, str] = dict(stage_variables or {})
        """A copy: templates may put into it."""
        self.util = Util(xml=input.is_xml)


def _table(**methods: Callable[..., Any]) -> Table:
    """Of tools: they take what they are given."""
    return {name.replace("_", "/"): (("a" * int(name.rpartition("_")[2]), method),) for name, method in methods.items()}


METHODS[Input] = _table(
    json_1=lambda tool, path: tool.json(path) if type(path) is str else None,
    path_1=lambda tool, path: tool.path(path) if type(path) is str else None,
    params_0=lambda tool: tool.params(),
    params_1=lambda tool, name: tool.param(name) if type(name) is str else None,
)
METHODS[Util] = _table(
    escapeJavaScript_1=Util.escape_java_script,
    parseJson_1=Util.parse_json,
    urlEncode_1=Util.url_encode,
    urlDecode_1=Util.url_decode,
    base64Encode_1=Util.base64_encode,
    base64Decode_1=Util.base64_decode,
)
