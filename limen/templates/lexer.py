"""The tokens of the Velocity Template Language, and a cursor that moves over them.

Velocity has one set of tokens for each place: text, directive, reference. What is text in one is a token in another, so
that the parser asks for what it expects instead of reading a list of tokens.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import NoReturn

from limen.templates.errors import TemplateError
from limen.templates.nodes import Node

MAX_DEPTH = 48
"""Of blocks, arguments and parentheses within each other."""
MAX_NODES = 10_000

NEWLINE = r"(?:\r\n|\r|\n)"
REST_OF_LINE = rf"(?:[ \t]*{NEWLINE})?"
"""What `#end`, `#else` and the last parenthesis of a directive swallow after them."""

TEXT = re.compile(r"[^$#\\]+")
SET = re.compile(r"[ \t]*#(?:set|\{set\}) *\(")
"""Takes spaces before it along, but only where no text precedes them: text takes its spaces with it."""
BACKSLASHES = re.compile(r"\\+")
LINE_COMMENT = re.compile(rf"##[^\r\n]*{NEWLINE}?")
DIRECTIVE = re.compile(r"#(?:(?P<word>[A-Za-z_@][A-Za-z0-9_@]*)|\{(?P<braced>[A-Za-z_][A-Za-z0-9_@]*)\})")
LINE_END = re.compile(REST_OF_LINE)
OPEN = re.compile(r"[ \t\r\n]*\(")
CLOSE_LINE = re.compile(rf"\){REST_OF_LINE}")
SPACE = re.compile(r"[ \t\r\n]*")

REFERENCE = re.compile(r"\$(?P<slashes>\\*)(?P<quiet>!?)(?P<brace>\{?)(?P<name>[A-Za-z_][A-Za-z0-9_-]*)")
MEMBER = re.compile(r"\.([A-Za-z][A-Za-z0-9_-]*)(\(?)")
WORD = re.compile(r"[A-Za-z_@][A-Za-z0-9_@]*")
FLOAT = re.compile(r"-?(?:[0-9]+\.(?!\.)[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)")
INTEGER = re.compile(r"-?[0-9]+")
STRING = re.compile(r"""\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'""")
KEYWORD = re.compile(r"(?:true|false)(?![A-Za-z0-9_])")
OPERATOR = re.compile(
    r"(?P<sign>&&|\|\||==|!=|<=|>=|[<>+\-*/%!])|(?P<name>and|or|not|eq|ne|lt|le|gt|ge)(?![A-Za-z0-9_])"
)
NAMED_OPERATORS = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
}


class Cursor:
    """A place in a text. `base` is where the text begins within the template: not 0 inside a string."""

    def __init__(
        self,
        text: str,
        name: str,
        parse_text: Callable[["Cursor"], tuple[Node, ...]],
        outer: "Cursor | None",
        base: int,
    ) -> None:
        self.text = text
        self.name = name
        self.at = 0
        self.base = base
        self.parse_text = parse_text
        """Parses what is within a string: expressions contain templates as templates contain expressions."""
        self.template: str = text if outer is None else outer.template
        self.macros: set[str] = set() if outer is None else outer.macros
        """Names of the macros defined before this place: a backslash before them is an escape."""
        self.depth: int = 0 if outer is None else outer.depth
        self.count: list[int] = [0] if outer is None else outer.count

    def inner(self, text: str, base: int) -> "Cursor":
        return Cursor(text, self.name, self.parse_text, self, base)

    def take(self, token: re.Pattern[str]) -> re.Match[str] | None:
        match = token.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def take_text(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def expect(self, token: re.Pattern[str], name: str) -> re.Match[str]:
        match = self.take(token)
        if match is None:
            self.fail(f"{name} expected instead of {self.excerpt()}")
        return match

    def skip_space(self) -> None:
        match = SPACE.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def peek(self) -> str:
        """The next character, empty at the end."""
        return self.text[self.at : self.at + 1]

    def place(self, at: int | None = None) -> int:
        """Of the cursor, or of an offset into its text, within the whole template."""
        return self.base + (self.at if at is None else at)

    def excerpt(self) -> str:
        found = self.text[self.at : self.at + 20].split("\n", 1)[0]
        return repr(found) if found else "the end of the line" if self.at < len(self.text) else "the end"

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"nested deeper than {MAX_DEPTH}")

    def leave(self) -> None:
        self.depth -= 1

    def note(self) -> None:
        """One more node."""
        self.count[0] += 1
        if self.count[0] > MAX_NODES:
            self.fail(f"more than {MAX_NODES:,} references and directives")

    def fail(self, reason: str, at: int | None = None, reference: str = "") -> NoReturn:
        line, column = line_and_column(self.template, self.place(at))
        raise TemplateError(self.name, line, column, reference, reason)


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """Both count from 1."""
    before = text[: max(at, 0)]
    line = before.count("\n")
    return line + 1, len(before) - (before.rfind("\n") + 1) + 1


def line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer("\n", text))]


def place_of(starts: list[int], at: int) -> tuple[int, int]:
    """As `line_and_column`, with the beginnings of lines counted before."""
    line = bisect_right(starts, at)
    return line, at - starts[line - 1] + 1
