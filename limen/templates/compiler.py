"""Compiles the nodes of a template to a code object of Python.

There are two forms. The fast one is a single function, in which variables of the template are names of Python: for
templates whose references can all be seen beforehand, which nearly all are. The general one keeps variables in a
mapping and makes a function of each block: for #macro, #define, #evaluate, strings with directives in them, and for
`$foreach` used as an object.
"""

import re
from collections.abc import Iterable
from types import CodeType
from typing import Any, NamedTuple

from limen.templates.emit import TOOLS, ExpressionEmitter, Loop, Python
from limen.templates.errors import TemplateError, Trouble
from limen.templates.lexer import line_starts, place_of
from limen.templates.nodes import (
    Break,
    Call,
    Constant,
    Define,
    Evaluate,
    Expression,
    ForEach,
    If,
    Index,
    Interpolated,
    Macro,
    MacroCall,
    Node,
    Property,
    Reference,
    Set,
    Stop,
    Text,
    Word,
)

MAX_PRINTED = 64
"""Texts in one call: more at once make a large frame and no gain."""
MAX_LOOP_DEPTH = 15
"""Of #foreach in the fast form: Python nests 20 blocks in a function."""
_MARK = re.compile(r"#([0-9]+)$")
_STATIC = frozenset({"index", "count", "hasNext", "first", "last"})


class Compiled(NamedTuple):
    """`places` tells for a line of Python where in the template it comes from: offset and reference."""

    code: CodeType
    constants: dict[str, Any]
    places: dict[int, tuple[int, str]]
    is_general: bool


class MacroCode(NamedTuple):
    """A macro: the name of its function, and its parameters."""

    function: str
    parameters: tuple[str, ...]


def compile_nodes(
    nodes: tuple[Node, ...], text: str, name: str, *, is_general: bool = False, is_evaluated: bool = False
) -> Compiled:
    """Raises TemplateError."""
    is_general = is_general or needs_general_form(nodes)
    emitter = _GeneralEmitter() if is_general else _FastEmitter()
    try:
        source = emitter.emit(nodes)
        code = compile(source, "<evaluated text>" if is_evaluated else "<template>", "exec")
    except Trouble as trouble:
        raise _error_at(text, name, emitter.marks, trouble.reason) from None
    except (SyntaxError, RecursionError, MemoryError):
        raise TemplateError(name, 1, 1, "", "nested too deep to be compiled") from None
    return Compiled(code, emitter.constants, _places(source, emitter.marks), is_general)


def _error_at(text: str, name: str, marks: list[tuple[int, str]], reason: str) -> TemplateError:
    at, reference = marks[-1] if marks else (0, "")
    line, column = place_of(line_starts(text), at)
    return TemplateError(name, line, column, reference, reason)


def _places(source: str, marks: list[tuple[int, str]]) -> dict[int, tuple[int, str]]:
    places: dict[int, tuple[int, str]] = {}
    for number, line in enumerate(source.split("\n"), 1):
        match = _MARK.search(line)
        if match is not None:
            places[number + 1] = marks[int(match[1])]
    return places


def needs_general_form(nodes: Iterable[Node]) -> bool:
    return any(_is_general(node) for node in _walk(nodes))


def _is_general(node: Node | Expression) -> bool:
    match node:
        case Define() | Evaluate() | Macro():
            return True
        case MacroCall(body=body):
            return body is not None
        case Break(scope=scope):
            return scope is not None
        case Set(target=target):
            return not target.steps and target.root in _RESERVED
        case ForEach(variable=variable):
            return variable in _RESERVED
        case Interpolated(body=body):
            return not all(isinstance(part, Text | Reference) for part in body)
        case Reference(root="foreach", steps=steps):
            return not _is_static(steps)
        case _:
            return False


_RESERVED = TOOLS | {"foreach", "velocityCount", "velocityHasNext"}


def _is_static(steps: tuple[Any, ...]) -> bool:
    """`$foreach.index`, `$foreach.parent.hasNext`."""
    *before, last = steps or (None,)
    if isinstance(last, Call):
        return last.name == "hasNext" and not last.arguments and not before
    is_known = isinstance(last, Property) and last.name in _STATIC
    return is_known and all(isinstance(step, Property) and step.name == "parent" for step in before)


def _walk(nodes: Iterable[Any]) -> Iterable[Any]:
    """All nodes and expressions, however deep."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        yield node
        match node:
            case Reference(steps=steps):
                pending.extend(steps)
            case Index(argument=argument):
                pending.append(argument)
            case Text() | Constant() | Property() | Word() | Stop():
                pass
            case tuple():
                pending.extend(node)
            case None | str() | int():
                pass
            case _:
                pending.extend(getattr(node, name) for name in node.__struct_fields__)


class _Emitter(ExpressionEmitter):
    """Statements, as both forms have them."""

    def __init__(self, is_general: bool) -> None:
        super().__init__(is_general)
        self.lines: list[str] = []
        self.depth = 1
        self._printed: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def block(self, nodes: tuple[Node, ...]) -> None:
        """A body, one level deeper."""
        self.depth += 1
        self.statements(nodes)
        self.depth -= 1

    def statements(self, nodes: tuple[Node, ...]) -> None:
        before = len(self.lines)
        for node in nodes:
            match node:
                case Text():
                    self._printed.append(repr(node.text))
                case Reference():
                    self._printed.append(self.shown(node))
                case MacroCall() if not self.is_general:
                    self._printed.append(repr(node.literal))
                case _:
                    self.flush()
                    self.statement(node)
        self.flush()
        if len(self.lines) == before:
            self.line("pass")

    def flush(self) -> None:
        """Text and references in a row are one call."""
        if len(self._printed) == 1:
            self.line(f"write({self._printed[0]})")
        for at in range(0, len(self._printed), MAX_PRINTED) if len(self._printed) > 1 else ():
            self.line("extend((" + "".join(text + ", " for text in self._printed[at : at + MAX_PRINTED]) + "))")
        self._printed.clear()

    def statement(self, node: Node) -> None:
        match node:
            case Set():
                self._set(node)
            case If():
                self._if(node)
            case ForEach():
                self.foreach(node)
            case _:
                self.other(node)

    def foreach(self, node: ForEach) -> None:
        raise NotImplementedError

    def other(self, node: Node) -> None:
        raise NotImplementedError

    def store(self, name: str, value: str) -> str:
        raise NotImplementedError

    def _set(self, node: Set) -> None:
        """A null changes nothing."""
        value = self.value(node.value)
        target = node.target
        if not target.steps:
            if value.kind != "any":
                self.line(self.store(target.root, value.text))
                return
            held = self.temporary()
            self.line(f"if ({held} := {value.text}) is not None: {self.store(target.root, held)}")
            return
        held = self.temporary()
        *before, last = target.steps
        container = self.reference(Reference(target.root, tuple(before), target.literal, target.at))
        mark = self.mark(target.at, target.literal)
        if isinstance(last, Index):
            setting = f"set_index({container.text}, {self.value(last.argument).text}, {held})"
        else:
            setting = f"set_property({container.text}, {last.name!r}, {held})"
        self.line(f"if ({held} := {value.text}) is not None: ({mark}{setting})")

    def _if(self, node: If) -> None:
        word = "if"
        for condition, body in node.branches:
            self.line(f"{word} {self.condition(condition)}:")
            self.block(body)
            word = "elif"
        if node.otherwise:
            self.line("else:")
            self.block(node.otherwise)


class _FastEmitter(_Emitter):
    """One function; a variable of the template is a name of Python, None while it is not set."""

    def __init__(self) -> None:
        super().__init__(is_general=False)

    def emit(self, nodes: tuple[Node, ...]) -> str:
        self.statements(nodes)
        body = "\n".join(self.lines)
        head = ["def main(scope, run):", "    out = []", "    write = out.append", "    extend = out.extend"]
        head += [f"    {line}" for word, line in _PREAMBLE if word in body and re.search(rf"\b{word}\b", body)]
        if self.slots:
            head.append(f"    {' = '.join(self.slots.values())} = None")
        return "\n".join([*head, body, "    return out", ""])

    def store(self, name: str, value: str) -> str:
        return f"{self.slot(name)} = {value}"

    def foreach(self, node: ForEach) -> None:
        if len(self.loops) == MAX_LOOP_DEPTH:
            self.mark(node.at, "#foreach")
            raise Trouble(f"#foreach nested deeper than {MAX_LOOP_DEPTH}")
        items, saved, variable = self.temporary(), self.temporary(), self.slot(node.variable)
        loop = Loop(self.temporary(), self.temporary())
        self.line(f"{items} = {self.sequence(node.items)}")
        self.line(f"{saved} = {variable}")
        self.line(f"{loop.last} = len({items}) - 1")
        self.line(f"for {loop.counter}, {variable} in enumerate({items}):")
        self.depth += 1
        self.line("loops += 1")
        mark = self.mark(node.at, "#foreach")
        self.line(f"if loops > pause_at: pause_at = ({mark}run.pause(loops))")
        self.loops.append(loop)
        self.statements(node.body)
        self.loops.pop()
        self.depth -= 1
        self.line(f"{variable} = {saved}")

    def other(self, node: Node) -> None:
        if isinstance(node, Break) and self.loops:
            self.line("break")
        else:  # #stop, or a #break that has no loop to leave
            self.line("return out")


_RUN_NAMES = ("call", "join", "add", "show", "equal")
_PREAMBLE = (
    ("input", "input = scope.input"),
    ("select", "select = scope.input.select"),
    ("select_json", "select_json = scope.input.select_json"),
    ("util", "util = scope.util"),
    ("context", "context = scope.context"),
    ("find_context", "find_context = scope.context.find"),
    ("find_member", "find_member = scope.context.find_member"),
    ("stage", "stage = scope.stage_variables"),
    ("escape_java_script", "escape_java_script = scope.util.escape_java_script"),
    ("parse_json", "parse_json = scope.util.parse_json"),
    ("url_encode", "url_encode = scope.util.url_encode"),
    ("url_decode", "url_decode = scope.util.url_decode"),
    ("base64_encode", "base64_encode = scope.util.base64_encode"),
    ("base64_decode", "base64_decode = scope.util.base64_decode"),
    *((name, f"{name} = run.{name}") for name in _RUN_NAMES),
    ("loops", "loops = pause_at = 0"),
)
"""Names that the code of the fast form may use, bound only where it does."""


class _GeneralEmitter(_Emitter):
    """A function for each block, of the variables, the output and the run. It answers true where `#break` ended it."""

    def __init__(self) -> None:
        super().__init__(is_general=True)
        self.macros: dict[str, MacroCode] = {}
        self._functions: list[list[str]] = []

    def emit(self, nodes: tuple[Node, ...]) -> str:
        main = self.function(nodes)
        self.constants["macros"] = self.macros
        functions = [line for lines in self._functions for line in lines]
        return "\n".join([*functions, f"main = {main}", ""])

    def function(self, nodes: tuple[Node, ...]) -> str:
        """The name of a function for a block."""
        outer_lines, outer_depth, outer_printed = self.lines, self.depth, self._printed
        self.lines, self.depth, self._printed = [], 1, []
        name = f"f{len(self._functions)}"
        self._functions.append([])
        position = len(self._functions) - 1
        self.statements(nodes)
        head = [f"def {name}(v, out, run):", "    write = out.append", "    extend = out.extend"]
        body = "\n".join(self.lines)
        head += [f"    {name} = run.{name}" for name in _RUN_NAMES if name in body and re.search(rf"\b{name}\b", body)]
        self._functions[position] = [*head, *self.lines, "    return False"]
        self.lines, self.depth, self._printed = outer_lines, outer_depth, outer_printed
        return name

    def store(self, name: str, value: str) -> str:
        return f"v[{name!r}] = {value}"

    def interpolated(self, node: Interpolated) -> Python:
        if all(isinstance(part, Text | Reference) for part in node.body):
            return super().interpolated(node)
        return Python(f"run.text_of({self.function(node.body)}, v)", "text")

    def foreach(self, node: ForEach) -> None:
        body = self.function(node.body)
        mark = self.mark(node.at, "#foreach")
        self.line(f"({mark}run.each(v, {node.variable!r}, {self.sequence(node.items)}, {body}, out))")

    def other(self, node: Node) -> None:
        match node:
            case Break(scope=None):
                self.line("return True")
            case Break():
                assert node.scope is not None
                value = self.value(node.scope)
                self.line(f"({self.mark(node.at, '#break')}run.break_scope({value.text}))")
            case Stop():
                self.line("run.stop()")
            case Define():
                self.line(self.store(node.name, f"run.block({self.function(node.body)}, v)"))
            case Macro():
                if node.name not in self.macros:
                    self.macros[node.name] = MacroCode(self.function(node.body), node.parameters)
            case MacroCall():
                self._macro_call(node)
            case Evaluate():
                mark = self.mark(node.at, "#evaluate")
                self.line(f"({mark}run.evaluate({self.value(node.argument).text}, v, out))")

    def _macro_call(self, node: MacroCall) -> None:
        """Arguments are by name: what has to be computed is computed each time that the macro reads it."""
        arguments: list[str] = []
        for argument in node.arguments:
            if isinstance(argument, Word):
                arguments.append(f"BadArgument({argument.text!r})")
            elif isinstance(argument, Constant) and type(argument.value) is not str:
                arguments.append(f"Given({self.value(argument).text})")
            else:
                literal = argument.literal if isinstance(argument, Reference) else None
                arguments.append(f"Named(lambda: {self.value(argument).text}, {literal!r})")
        body = "None" if node.body is None else f"run.block({self.function(node.body)}, v)"
        listed = "".join(argument + ", " for argument in arguments)
        mark = self.mark(node.at, "#" + node.name)
        self.line(f"({mark}run.call_macro({node.name!r}, ({listed}), {body}, {node.literal!r}, v, out))")
