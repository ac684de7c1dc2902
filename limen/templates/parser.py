"""Parses a template to its nodes: text, references, directives; Velocity 1.7's rules of whitespace and backslashes.

A directive's last parenthesis, `#end` and `#else` swallow spaces and the newline after them. `#set` swallows spaces
before it too, where nothing but a directive, comment or reference precedes them. A backslash escapes only what would
otherwise be a directive or reference.
"""

from limen.templates import lexer
from limen.templates.expressions import parse_argument, parse_expression, parse_reference
from limen.templates.lexer import Cursor
from limen.templates.nodes import (
    Break,
    Call,
    Define,
    Evaluate,
    Expression,
    ForEach,
    If,
    Macro,
    MacroCall,
    Node,
    Reference,
    Set,
    Stop,
    Text,
    Word,
)

CONTROLS = frozenset({"if", "elseif", "else", "end"})
REFUSED = frozenset({"include", "parse"})
DIRECTIVES = CONTROLS | REFUSED | {"set", "foreach", "macro", "literal", "evaluate", "break", "define", "stop"}


def parse_template(text: str, name: str) -> tuple[Node, ...]:
    """Raises TemplateError."""
    return _parse_whole(Cursor(text, name, _parse_whole, None, 0))


def _parse_whole(cursor: Cursor) -> tuple[Node, ...]:
    nodes, terminator = _parse_nodes(cursor)
    if terminator:
        cursor.fail(f"#{terminator} without its beginning")
    return nodes


def _parse_block(cursor: Cursor, name: str, at: int, ends: frozenset[str]) -> tuple[tuple[Node, ...], str]:
    """The nodes up to one of `ends`, and which it was."""
    cursor.enter()
    nodes, terminator = _parse_nodes(cursor)
    cursor.leave()
    if not terminator:
        cursor.fail(f"#{name} without its #end", at)
    if terminator not in ends:
        cursor.fail(f"#{terminator} within #{name}")
    return nodes, terminator


_END = frozenset({"end"})


def _parse_nodes(cursor: Cursor) -> tuple[tuple[Node, ...], str]:
    """Up to the end of the text, or to the name of the directive that ends a block, which is taken."""
    nodes: list[Node] = []
    while cursor.at < len(cursor.text):
        if cursor.take(lexer.SET) is not None:
            nodes.append(_parse_set(cursor))
        elif (match := cursor.take(lexer.TEXT)) is not None:
            nodes.append(Text(match[0]))
        elif cursor.peek() == "\\":
            nodes.append(_parse_backslashes(cursor))
        elif cursor.peek() == "$":
            nodes.append(parse_reference(cursor) or _take_character(cursor))
        elif not _skip_comment(cursor):
            terminator = _parse_hash(cursor, nodes)
            if terminator:
                return _merge(nodes), terminator
    return _merge(nodes), ""


def _merge(nodes: list[Node]) -> tuple[Node, ...]:
    """Text next to text becomes one."""
    merged: list[Node] = []
    run: list[str] = []
    for node in nodes:
        if isinstance(node, Text):
            run.append(node.text)
            continue
        if run:
            merged.append(Text("".join(run)))
            run.clear()
        merged.append(node)
    if run:
        merged.append(Text("".join(run)))
    return tuple(merged)


def _take_character(cursor: Cursor) -> Text:
    character = cursor.peek()
    cursor.at += 1
    return Text(character)


def _parse_backslashes(cursor: Cursor) -> Node:
    match = cursor.expect(lexer.BACKSLASHES, "a backslash")
    count = len(match[0])
    if cursor.peek() == "$":
        reference = parse_reference(cursor, escapes=count)
        return reference if isinstance(reference, Reference) else Text(match[0] + (reference.text if reference else ""))
    directive = lexer.DIRECTIVE.match(cursor.text, cursor.at)
    if directive is None:
        return Text(match[0])
    name = directive["word"] or directive["braced"]
    if count % 2 == 0:
        is_control = name in CONTROLS or (directive["word"] and name != "set" and _is_known(cursor, name))
        return Text("\\" * (count // 2) if is_control else match[0])
    cursor.at = directive.end()
    return Text((("\\" * (count // 2)) if _is_known(cursor, name) else match[0]) + directive[0])


def _is_known(cursor: Cursor, name: str) -> bool:
    return name in DIRECTIVES or name in cursor.macros


def _skip_comment(cursor: Cursor) -> bool:
    if cursor.take(lexer.LINE_COMMENT) is not None:
        return True
    if not cursor.text.startswith("#*", cursor.at):
        return False
    end = cursor.text.find("*#", cursor.at + 2)
    if end < 0:
        cursor.fail("a comment without its *#")
    cursor.at = end + 2
    return True


def _parse_hash(cursor: Cursor, nodes: list[Node]) -> str:
    """Appends what a `#` begins. Returns the name of the directive where it ends a block."""
    if cursor.text.startswith("#[[", cursor.at):
        nodes.append(_parse_unparsed(cursor))
        return ""
    start = cursor.at
    match = cursor.take(lexer.DIRECTIVE)
    if match is None:
        nodes.append(_take_character(cursor))
        return ""
    name = match["word"] or match["braced"]
    cursor.note()
    if name in ("end", "else"):
        cursor.take(lexer.LINE_END)
        return name
    if name == "elseif":
        return name
    if name in REFUSED:
        cursor.fail(f"#{name} is not available in mapping templates", start)
    nodes.append(_parse_directive(cursor, name, start))
    return ""


def _parse_unparsed(cursor: Cursor) -> Text:
    end = cursor.text.find("]]#", cursor.at + 3)
    if end < 0:
        cursor.fail("#[[ without its ]]#")
    text = cursor.text[cursor.at + 3 : end]
    cursor.at = end + 3
    return Text(text)


def _parse_directive(cursor: Cursor, name: str, start: int) -> Node:
    at = cursor.place(start)
    match name:
        case "if":
            return _parse_if(cursor, start)
        case "foreach":
            return _parse_foreach(cursor, start)
        case "macro":
            return _parse_macro(cursor, start)
        case "define":
            arguments = _expect_arguments(cursor, name, start, 1)
            target = arguments[0]
            if not isinstance(target, Reference) or target.steps:
                cursor.fail("#define needs the reference that it defines", start)
            return Define(target.root, _parse_block(cursor, name, start, _END)[0], at)
        case "literal":
            _expect_arguments(cursor, name, start, 0)
            return _parse_literal(cursor, start)
        case "evaluate":
            return Evaluate(_expect_arguments(cursor, name, start, 1)[0], at)
        case "break" | "stop":
            found = _parse_arguments(cursor) or ()
            if len(found) > 1:
                cursor.fail(f"#{name} has one argument at most", start)
            return Stop(at) if name == "stop" else Break(found[0] if found else None, at)
        case _:
            return _parse_macro_call(cursor, name, start)


def _parse_set(cursor: Cursor) -> Set:
    cursor.note()
    cursor.skip_space()
    start = cursor.at
    target = parse_reference(cursor)
    if not isinstance(target, Reference):
        cursor.fail(f"#set needs a reference instead of {cursor.excerpt()}", start)
    if target.steps and isinstance(target.steps[-1], Call):
        cursor.fail("#set cannot set what a method answers", start, target.literal)
    cursor.skip_space()
    if not cursor.take_text("="):
        cursor.fail(f"'=' expected instead of {cursor.excerpt()}", reference=target.literal)
    value = parse_expression(cursor)
    _expect_close(cursor)
    return Set(target, value)


def _expect_close(cursor: Cursor) -> None:
    cursor.skip_space()
    cursor.expect(lexer.CLOSE_LINE, "')'")


def _parse_condition(cursor: Cursor, name: str) -> Expression:
    if cursor.take(lexer.OPEN) is None:
        cursor.fail(f"'(' expected after #{name}")
    condition = parse_expression(cursor)
    _expect_close(cursor)
    return condition


def _parse_if(cursor: Cursor, start: int) -> If:
    branches: list[tuple[Expression, tuple[Node, ...]]] = []
    name = "if"
    ends = frozenset({"end", "else", "elseif"})
    while name in ("if", "elseif"):
        condition = _parse_condition(cursor, name)
        body, name = _parse_block(cursor, "if", start, ends)
        branches.append((condition, body))
    otherwise = _parse_block(cursor, "if", start, _END)[0] if name == "else" else ()
    return If(tuple(branches), otherwise)


def _parse_foreach(cursor: Cursor, start: int) -> ForEach:
    arguments = _expect_arguments(cursor, "foreach", start, 3)
    variable, word, items = arguments
    if (
        not isinstance(variable, Reference)
        or not isinstance(word, Word)
        or word.text != "in"
        or isinstance(items, Word)
    ):
        cursor.fail("#foreach is written #foreach($item in $items)", start)
    body, _ = _parse_block(cursor, "foreach", start, _END)
    return ForEach(variable.root, items, body, cursor.place(start))


def _parse_macro(cursor: Cursor, start: int) -> Macro:
    arguments = _parse_arguments(cursor)
    if not arguments or not isinstance(arguments[0], Word):
        cursor.fail("#macro needs a name, without quotes", start)
    name = arguments[0].text
    parameters: list[str] = []
    for argument in arguments[1:]:
        if not isinstance(argument, Reference) or argument.steps:
            cursor.fail("a parameter of #macro is a reference", start)
        parameters.append(argument.root)
    body, _ = _parse_block(cursor, "macro", start, _END)
    cursor.macros.add(name)
    return Macro(name, tuple(parameters), body, cursor.place(start))


def _parse_literal(cursor: Cursor, start: int) -> Text:
    """`#literal()`: its block is printed as it is written."""
    begins = cursor.at
    _parse_block(cursor, "literal", start, _END)
    block = cursor.text[begins : cursor.at]
    return Text(block[: max(block.rfind("#end"), block.rfind("#{end}"))])


def _parse_macro_call(cursor: Cursor, name: str, start: int) -> Node:
    arguments = _parse_arguments(cursor)
    literal = cursor.text[start : cursor.at]
    if not name.startswith("@"):
        return MacroCall(name, arguments or (), literal, cursor.place(start))
    if arguments is None:
        return Text(literal)
    body, _ = _parse_block(cursor, name, start, _END)
    return MacroCall(name[1:], arguments, cursor.text[start : cursor.at], cursor.place(start), body)


def _expect_arguments(cursor: Cursor, name: str, start: int, count: int) -> tuple[Expression, ...]:
    arguments = _parse_arguments(cursor)
    if arguments is None or len(arguments) != count:
        written = "#foreach($item in $items)" if name == "foreach" else f"{count} argument{'' if count == 1 else 's'}"
        cursor.fail(f"#{name} needs {written}", start)
    return arguments


def _parse_arguments(cursor: Cursor) -> tuple[Expression, ...] | None:
    """Between parentheses, with spaces or commas between them; None where there are no parentheses."""
    if cursor.take(lexer.OPEN) is None:
        return None
    arguments: list[Expression] = []
    while True:
        cursor.skip_space()
        if cursor.take(lexer.CLOSE_LINE) is not None:
            return tuple(arguments)
        if arguments and cursor.take_text(","):
            cursor.skip_space()
        arguments.append(parse_argument(cursor, may_be_word=True))
