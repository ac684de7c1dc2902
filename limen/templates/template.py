"""A template, compiled once and rendered many times."""

from collections import OrderedDict
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

from limen.templates import general, values
from limen.templates.compiler import Compiled, MacroCode, compile_nodes
from limen.templates.errors import TemplateError as TemplateError
from limen.templates.errors import Trouble
from limen.templates.general import Evaluated, GeneralRun, Globals, MacroFunction, StopRun
from limen.templates.lexer import line_starts, place_of
from limen.templates.parser import parse_template
from limen.templates.run import MAX_OUTPUT, Run, find_index, find_property, items_of, set_index, set_property
from limen.templates.variables import Scope

MAX_TEMPLATE = 300 * 1024
"""Bytes: a quota of API Gateway."""
MAX_EVALUATED = 20_000
EVALUATED_KEPT = 32
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


def _compile(text: str, name: str, *, is_general: bool = False) -> Compiled:
    return compile_nodes(parse_template(text, name), text, name, is_general=is_general)


class Template:
    """Holds no state of a rendering: one template may serve any number of requests."""

    def __init__(self, text: str, name: str, compiled: Compiled) -> None:
        self.text: Final = text
        self.name: Final = name
        self._compiled = compiled
        self._starts: list[int] | None = None
        self._evaluated: OrderedDict[str, Evaluated] = OrderedDict()
        namespace = _load(compiled)
        self._main: Callable[..., Any] = namespace["main"]
        self._macros = _macros_of(namespace)

    def render(self, scope: Scope) -> str:
        """Raises TemplateError."""
        try:
            if not self._compiled.is_general:
                run = Run()
                scope.input.charge = scope.util.charge = run.charge
                return _joined(self._main(scope, run), run, scope)
            return self._render_generally(scope)
        except Trouble as trouble:
            raise self._error(trouble.__traceback__, trouble.reason) from None
        except RecursionError as error:
            raise self._error(error.__traceback__, "nested too deep") from None
        except OverflowError as error:
            raise self._error(error.__traceback__, "a number too large") from None
        except UnicodeError as error:
            raise self._error(error.__traceback__, "half of a character") from None
        except RuntimeError as error:  # "dictionary changed size during iteration"
            raise self._error(error.__traceback__, str(error)) from None

    def _render_generally(self, scope: Scope) -> str:
        run = GeneralRun(dict(self._macros), self._compile_text)
        scope.input.charge = scope.util.charge = run.charge
        variables = Globals(
            input=scope.input, util=scope.util, context=scope.context, stageVariables=scope.stage_variables
        )
        out: list[str] = []
        try:
            self._main(variables, out, run)
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
            compiled = _compile(text, f"{self.name} (evaluated)", is_general=True)
        except TemplateError as error:
            raise Trouble(f"evaluated text, line {error.line}, column {error.column}: {error.reason}") from None
        namespace = _load(compiled)
        found = Evaluated(namespace["main"], _macros_of(namespace))
        self._evaluated[text] = found
        if len(self._evaluated) > EVALUATED_KEPT:
            self._evaluated.popitem(last=False)
        return found

    def _error(self, traceback: TracebackType | None, reason: str) -> TemplateError:
        """The innermost line of compiled code in the traceback tells the place."""
        at, reference = 0, ""
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename == self._compiled.code.co_filename:
                at, reference = self._compiled.places.get(traceback.tb_lineno, (at, reference))
            traceback = traceback.tb_next
        if self._starts is None:
            self._starts = line_starts(self.text)
        line, column = place_of(self._starts, at)
        return TemplateError(self.name, line, column, reference, reason)


def _joined(out: list[str], run: Run, scope: Scope) -> str:
    """The output, counted before it is made where it might be long."""
    longest = max(_SMALL_PART, len(scope.input.body) * 6, run.charged)
    if longest * len(out) > MAX_OUTPUT and sum(map(len, out)) > MAX_OUTPUT:
        raise Trouble(f"an output of more than {MAX_OUTPUT:,} characters")
    return "".join(out)


def _load(compiled: Compiled) -> dict[str, Any]:
    """Runs the definitions of compiled code. They see the functions below and nothing of Python besides."""
    namespace: dict[str, Any] = {**_FUNCTIONS, **compiled.constants}
    exec(compiled.code, namespace)  # noqa: S102 - our own compiler wrote it
    return namespace


def _macros_of(namespace: dict[str, Any]) -> dict[str, MacroFunction]:
    macros: dict[str, MacroCode] = namespace.get("macros", {})
    return {name: MacroFunction(namespace[macro.function], macro.parameters) for name, macro in macros.items()}


_FUNCTIONS: Final[dict[str, Any]] = {
    "__builtins__": {"type": type, "str": str, "dict": dict, "list": list, "len": len, "enumerate": enumerate},
    "ArrayList": values.ArrayList,
    "NOTHING": values.NOTHING,
    "BadArgument": general.BadArgument,
    "Given": general.Given,
    "Named": general.Named,
    "divide": values.divide,
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
    "show_or_none": values.text_of,
    "span": values.span,
    "subtract": values.subtract,
}
