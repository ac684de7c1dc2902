"""Parses references and expressions, in the grammar of Velocity 1.7.

Arithmetic and comparisons are for `#set`, `#if` and `#elseif`; arguments of methods and directives are literals and
references alone. One liberty: `$a -1` subtracts, where Velocity's own parser fails on the number after the reference.
"""

import re

from limen.templates import lexer
from limen.templates.lexer import Cursor
from limen.templates.nodes import (
    Call,
    Constant,
    Expression,
    Index,
    Interpolated,
    ListLiteral,
    MapLiteral,
    Not,
    Operation,
    Property,
    Range,
    Reference,
    Step,
    Text,
    Word,
)

PRECEDENCE: tuple[frozenset[str], ...] = (
    frozenset({"||"}),
    frozenset({"&&"}),
    frozenset({"==", "!="}),
    frozenset({"<", ">", "<=", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
"""From what binds least."""
MAX_STEPS = 32
MAX_DIGITS = 400
_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})?")


def parse_expression(cursor: Cursor) -> Expression:
    cursor.enter()
    found = _parse_level(cursor, 0)
    cursor.leave()
    return found


def _parse_level(cursor: Cursor, level: int) -> Expression:
    if level == len(PRECEDENCE):
        return _parse_unary(cursor)
    cursor.skip_space()
    at = cursor.place()
    operands = [_parse_level(cursor, level + 1)]
    operators: list[str] = []
    while (operator := _take_operator(cursor, PRECEDENCE[level])) is not None:
        cursor.note()
        operators.append(operator)
        operands.append(_parse_level(cursor, level + 1))
    return Operation(tuple(operators), tuple(operands), at) if operators else operands[0]


def _take_operator(cursor: Cursor, wanted: frozenset[str]) -> str | None:
    cursor.skip_space()
    match = lexer.OPERATOR.match(cursor.text, cursor.at)
    if match is None:
        return None
    operator = match["sign"] or lexer.NAMED_OPERATORS[match["name"]]
    if operator not in wanted:
        return None
    cursor.at = match.end()
    return operator


def _parse_unary(cursor: Cursor) -> Expression:
    at = cursor.place()
    if _take_operator(cursor, frozenset({"!"})) is not None:
        cursor.enter()
        operand = _parse_unary(cursor)
        cursor.leave()
        return Not(operand, at)
    if cursor.take_text("("):
        inner = parse_expression(cursor)
        cursor.skip_space()
        if not cursor.take_text(")"):
            cursor.fail(f"')' expected instead of {cursor.excerpt()}")
        return inner
    return parse_argument(cursor)


def parse_argument(cursor: Cursor, may_be_word: bool = False) -> Expression:
    """A literal or a reference."""
    cursor.skip_space()
    if cursor.peek() != "$":  # a reference is counted where it is parsed
        cursor.note()
    cursor.enter()
    found = _parse_primary(cursor, may_be_word)
    cursor.leave()
    return found


def _parse_primary(cursor: Cursor, may_be_word: bool) -> Expression:
    at, character = cursor.place(), cursor.peek()
    if character == "$":
        return _expect_reference(cursor)
    if character in ('"', "'"):
        return _parse_string(cursor)
    if character == "[":
        return _parse_list(cursor)
    if character == "{":
        return _parse_map(cursor)
    if (match := cursor.take(lexer.FLOAT)) is not None:
        return Constant(float(match[0]), at)
    if (match := cursor.take(lexer.INTEGER)) is not None:
        if len(match[0]) > MAX_DIGITS:
            cursor.fail(f"a number of more than {MAX_DIGITS} digits", match.start())
        return Constant(int(match[0]), at)
    if (match := cursor.take(lexer.KEYWORD)) is not None:
        return Constant(match[0] == "true", at)
    if may_be_word and (match := cursor.take(lexer.WORD)) is not None:
        return Word(match[0], at)
    cursor.fail(f"a value expected instead of {cursor.excerpt()}")


def _expect_reference(cursor: Cursor) -> Reference:
    reference = parse_reference(cursor)
    if not isinstance(reference, Reference):
        cursor.fail(f"a reference expected instead of {cursor.excerpt()}")
    return reference


def parse_reference(cursor: Cursor, escapes: int = 0) -> Reference | Text | None:
    """None where `$` is only a character: nothing is taken then. `$\\!name` is text with a backslash less."""
    match = lexer.REFERENCE.match(cursor.text, cursor.at)
    if match is None or (match["slashes"] and not match["quiet"]):
        return None
    cursor.note()
    start = cursor.at
    cursor.at = match.end()
    steps = _parse_steps(cursor)
    if match["brace"] and not cursor.take_text("}"):
        if cursor.peek() == "|":
            cursor.fail("an alternate value after | is not part of Velocity 1.7", reference=match[0])
        cursor.fail(f"'}}' expected instead of {cursor.excerpt()}", reference=match[0])
    literal = cursor.text[start : cursor.at]
    if match["slashes"]:
        return Text("$" + literal[2:])
    return Reference(match["name"], steps, literal, cursor.place(start), bool(match["quiet"]), escapes)


def _parse_steps(cursor: Cursor) -> tuple[Step, ...]:
    steps: list[Step] = []
    while True:
        if cursor.take_text("["):
            steps.append(_parse_index(cursor))
        elif (match := cursor.take(lexer.MEMBER)) is None:
            return tuple(steps)
        elif match[2]:
            steps.append(Call(match[1], _parse_items(cursor, ")")))
        else:
            steps.append(Property(match[1]))
        if len(steps) > MAX_STEPS:
            cursor.fail(f"a reference of more than {MAX_STEPS} steps")


def _parse_index(cursor: Cursor) -> Index:
    at = cursor.at
    argument = parse_argument(cursor)
    is_simple = isinstance(argument, Reference | Interpolated) or (
        isinstance(argument, Constant) and not isinstance(argument.value, float)
    )
    if not is_simple:
        cursor.fail("an index is a string, an integer, a boolean or a reference", at)
    cursor.skip_space()
    if not cursor.take_text("]"):
        cursor.fail(f"']' expected instead of {cursor.excerpt()}")
    return Index(argument)


def _parse_items(cursor: Cursor, close: str) -> tuple[Expression, ...]:
    """Arguments between commas, and what closes them."""
    items: list[Expression] = []
    cursor.skip_space()
    if cursor.take_text(close):
        return ()
    while True:
        items.append(parse_argument(cursor))
        cursor.skip_space()
        if cursor.take_text(close):
            return tuple(items)
        if not cursor.take_text(","):
            cursor.fail(f"',' or '{close}' expected instead of {cursor.excerpt()}")


def _parse_list(cursor: Cursor) -> Expression:
    at = cursor.place()
    cursor.take_text("[")
    cursor.skip_space()
    if cursor.take_text("]"):
        return ListLiteral((), at)
    first = parse_argument(cursor)
    cursor.skip_space()
    if cursor.take_text(".."):
        last = parse_argument(cursor)
        if not _is_bound(first) or not _is_bound(last):
            cursor.fail("a range goes from an integer or reference to another")
        cursor.skip_space()
        if not cursor.take_text("]"):
            cursor.fail(f"']' expected instead of {cursor.excerpt()}")
        return Range(first, last, at)
    if cursor.take_text("]"):
        return ListLiteral((first,), at)
    if not cursor.take_text(","):
        cursor.fail(f"',' or ']' expected instead of {cursor.excerpt()}")
    cursor.skip_space()
    if cursor.peek() == "]":
        cursor.fail("a value expected instead of ']'")
    return ListLiteral((first, *_parse_items(cursor, "]")), at)


def _is_bound(expression: Expression) -> bool:
    return isinstance(expression, Reference) or (isinstance(expression, Constant) and type(expression.value) is int)


def _parse_map(cursor: Cursor) -> MapLiteral:
    at = cursor.place()
    cursor.take_text("{")
    items: list[tuple[Expression, Expression]] = []
    cursor.skip_space()
    if cursor.take_text("}"):
        return MapLiteral((), at)
    while True:
        key = parse_argument(cursor)
        cursor.skip_space()
        if not cursor.take_text(":"):
            cursor.fail(f"':' expected instead of {cursor.excerpt()}")
        items.append((key, parse_argument(cursor)))
        cursor.skip_space()
        if cursor.take_text("}"):
            return MapLiteral(tuple(items), at)
        if not cursor.take_text(","):
            cursor.fail(f"',' or '}}' expected instead of {cursor.excerpt()}")


def _parse_string(cursor: Cursor) -> Expression:
    start, at = cursor.at, cursor.place()
    match = cursor.take(lexer.STRING)
    if match is None:
        cursor.fail("a string without its closing quote")
    quote, image = match[0][0], match[0][1:-1]
    if quote == "'":
        return Constant(image.replace("''", "'"), at)
    text = _unescape(cursor, image, start).replace('""', '"')
    if "$" not in image and "#" not in image:
        return Constant(text, at)
    inner = cursor.inner(text, cursor.place(start + 1))
    inner.enter()
    body = cursor.parse_text(inner)
    if all(isinstance(node, Text) for node in body):
        return Constant("".join(node.text for node in body if isinstance(node, Text)), at)
    return Interpolated(body, at)


def _unescape(cursor: Cursor, image: str, start: int) -> str:
    """`\\uXXXX` is the one escape; two of them may be one character beyond the first 65,536."""
    if "\\u" not in image:
        return image

    def character(match: re.Match[str]) -> str:
        if match[1] is None:
            cursor.fail("four hexadecimal digits expected after \\u", start)
        return chr(int(match[1], 16))

    text = _UNICODE_ESCAPE.sub(character, image)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
