"""A template, compiled once and rendered many times."""

from collections import OrderedDict
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

from limen.templates import general, values
from limen.templates.compiler import Compiled, MacroCode, compile_nodes
from limen.templates.errors import TemplateError as TemplateError
from limen.templates.errors import Trouble
from limen.templates.general import Evaluated, GeneralRun, Globals, MacroFunction, NotedGlobals, StopRun
from limen.templates.lexer import line_starts, place_of
from limen.templates.parser import parse_template
from limen.templates.run import MAX_OUTPUT, Run, find_index, find_property, items_of, set_index, set_property
from limen.templates.variables import ESCAPED, Scope

MAX_TEMPLATE = 300 * 1024
"""Bytes: a quota of API Gateway."""
MAX_EVALUATED = 20_000
EVALUATED_KEPT = 32
_MAX_UNCOUNTED = 8 * MAX_OUTPUT
_SMALL_PART = 16_384
"""No part of the output is longer than this unless the body is long, or the run has been charged for it."""


def compile_template(text: str, name: str) -> "Template":
    """Raises TemplateError."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise TemplateError(name, *place_of(line_starts(text), error.start), "", "half of a character") from None
    if size > MAX_TEMPLATE:
        raise TemplateError(name, 1, 1, "", f"longer than {MAX_TEMPLATE // 1024} KB")
    return Template(text, name, _compile(text, name))


def _compile(text: str, name: str, *, is_general: bool = False, is_evaluated: bool = False) -> Compiled:
    try:
        nodes = parse_template(text, name)
    except RecursionError:
        raise TemplateError(name, 1, 1, "", "nested too deep") from None
    return compile_nodes(nodes, text, name, is_general=is_general or is_evaluated, is_evaluated=is_evaluated)


class _Program:
    """Compiled code, ready to run."""

    def __init__(self, compiled: Compiled) -> None:
        namespace: dict[str, Any] = {**_FUNCTIONS, **compiled.constants}
        exec(compiled.code, namespace)  # noqa: S102 - our own compiler wrote it, and it sees nothing of Python besides
        macros: dict[str, MacroCode] = namespace.get("macros", {})
        self.compiled = compiled
        self.main: Callable[..., Any] = namespace["main"]
        self.macros = {
            name: MacroFunction(namespace[macro.function], macro.parameters) for name, macro in macros.items()
        }


class Template:
    """Holds no state of a rendering: one template may serve any number of requests."""

    def __init__(self, text: str, name: str, compiled: Compiled) -> None:
        self.text: Final = text
        self.name: Final = name
        self._program = _Program(compiled)
        self._explained: _Program | None = None
        self._starts: list[int] | None = None
        self._evaluated: OrderedDict[str, Evaluated] = OrderedDict()

    def render(self, scope: Scope) -> str:
        """Raises TemplateError."""
        return self._guarded(self._program, self._render, scope)

    def explain(self, scope: Scope, note: Callable[[str, Any], None]) -> str:
        """As `render`, several times slower: `note` hears of each variable that the template sets, and its value."""
        if self._explained is None:
            self._explained = _Program(_compile(self.text, self.name, is_general=True))
        program = self._explained
        return self._guarded(program, lambda scope: self._render_generally(program, scope, NotedGlobals(note)), scope)

    def _guarded(self, program: _Program, render: Callable[[Scope], str], scope: Scope) -> str:
        """What goes wrong in a rendering is said with its place."""
        try:
            return render(scope)
        except Trouble as trouble:
            raise self._error(program, trouble.__traceback__, trouble.reason) from None
        except RecursionError as error:
            raise self._error(program, error.__traceback__, "nested too deep") from None
        except OverflowError as error:
            raise self._error(program, error.__traceback__, "a number too large") from None
        except UnicodeError as error:
            raise self._error(program, error.__traceback__, "half of a character") from None

    def _render(self, scope: Scope) -> str:
        program = self._program
        if program.compiled.is_general:
            return self._render_generally(program, scope, Globals())
        run = Run()
        scope.input.charge = scope.util.charge = run.charge
        return _joined(program.main(scope, run), run, scope)

    def _render_generally(self, program: _Program, scope: Scope, variables: Globals) -> str:
        run = GeneralRun(dict(program.macros), self._compile_text)
        scope.input.charge = scope.util.charge = run.charge
        variables.update(
            input=scope.input, util=scope.util, context=scope.context, stageVariables=scope.stage_variables
        )
        out: list[str] = []
        try:
            program.main(variables, out, run)
        except StopRun:
            pass
        except general.BreakScope:
            raise Trouble("the scope that #break leaves has ended") from None
        return _joined(out, run, scope)

    def _compile_text(self, text: str) -> Evaluated:
        """For #evaluate. Where it is wrong, is said with the place within the evaluated text."""
        found = self._evaluated.get(text)
        if found is not None:
            return found
        if len(text) > MAX_EVALUATED:
            raise Trouble(f"evaluated text of more than {MAX_EVALUATED:,} characters")
        try:
            program = _Program(_compile(text, self.name, is_evaluated=True))
        except TemplateError as error:
            raise Trouble(f"evaluated text, line {error.line}, column {error.column}: {error.reason}") from None
        found = Evaluated(program.main, program.macros)
        self._evaluated[text] = found
        if len(self._evaluated) > EVALUATED_KEPT:
            self._evaluated.popitem(last=False)
        return found

    def _error(self, program: _Program, traceback: TracebackType | None, reason: str) -> TemplateError:
        """The innermost line of compiled code in the traceback tells the place."""
        at, reference = 0, ""
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == program.compiled.code.co_filename:
                at, reference = program.compiled.places.get(traceback.tb_lineno, (at, reference))
            traceback = traceback.tb_next
        if self._starts is None:
            self._starts = line_starts(self.text)
        line, column = place_of(self._starts, at)
        return TemplateError(self.name, line, column, reference, reason)


def _joined(out: list[str], run: Run, scope: Scope) -> str:
    """The output, counted before it is made where it might be very long."""
    longest = max(_SMALL_PART, len(scope.input.body), run.charged)
    if longest * len(out) > _MAX_UNCOUNTED and sum(map(len, out)) > MAX_OUTPUT:
        raise Trouble(f"an output of more than {MAX_OUTPUT:,} characters")
    text = "".join(out)
    if len(text) > MAX_OUTPUT:
        raise Trouble(f"an output of more than {MAX_OUTPUT:,} characters")
    return text


_FUNCTIONS: Final[dict[str, Any]] = {
    "__builtins__": {
        "type": type,
        "str": str,
        "int": int,
        "dict": dict,
        "list": list,
        "len": len,
        "enumerate": enumerate,
    },
    "ArrayList": values.ArrayList,
    "NOTHING": values.NOTHING,
    "BadArgument": general.BadArgument,
    "Given": general.Given,
    "Named": general.Named,
    "divide": values.divide,
    "find_escaped": ESCAPED.search,
    "find_index": find_index,
    "find_property": find_property,
    "is_at_least": values.is_at_least,
    "is_at_most": values.is_at_most,
    "is_less": values.is_less,
    "is_more": values.is_more,
    "is_true": values.is_true,
    "items_of": items_of,
    "make_map": values.make_map,
    "modulo": values.modulo,
    "multiply": values.multiply,
    "set_index": set_index,
    "set_property": set_property,
    "span": values.span,
    "subtract": values.subtract,
}
