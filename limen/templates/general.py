"""What the general form of compiled code needs: variables in a mapping, macros, blocks, evaluated text.

User guide of Velocity 1.7: "Velocimacros", "Define", "Evaluate". A macro's parameters are by name, its other variables
are those of the template; a block is rendered where it is printed, with the variables of that place.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn, Protocol, TypeAlias

from limen.templates.errors import Trouble
from limen.templates.methods import COMMON, METHODS
from limen.templates.run import ForeachScope, Run
from limen.templates.values import text_of
from limen.templates.weight import Printable

MAX_CALLS = 20
"""Of macros and evaluated texts within each other, as Velocity sets it."""
MAX_BLOCK_DEPTH = 2
"""How often a block may print itself; then it is null."""

Body: TypeAlias = Callable[["Variables", list[str], "GeneralRun"], bool]
"""A compiled block: true where #break ended it."""


class Variables(Protocol):
    def get(self, name: str, /) -> Any: ...

    def __setitem__(self, name: str, value: Any, /) -> None: ...

    def remove(self, name: str) -> None: ...

    def literal(self, name: str) -> str:
        """What is printed for `$name` where it is null."""
        ...


class Globals(dict[str, Any]):
    """The variables of a template."""

    def remove(self, name: str) -> None:
        self.pop(name, None)

    def literal(self, name: str) -> str:
        return "$" + name


class NotedGlobals(Globals):
    """The same, telling of what a template sets; where a loop stands is not told."""

    def __init__(self, note: Callable[[str, Any], None]) -> None:
        super().__init__()
        self._note = note

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        if name not in _OF_LOOPS:
            self._note(name, value)


_OF_LOOPS = frozenset({"velocityCount", "velocityHasNext", "foreach"})


class Given(NamedTuple):
    """An argument that is always the same."""

    value: Any


class Named(NamedTuple):
    """An argument that is computed each time; `literal` is its text where it is a reference."""

    compute: Callable[[], Any]
    literal: str | None


class BadArgument(NamedTuple):
    """A bare word, which no macro takes."""

    word: str


class Frame:
    """The variables within a macro: its own, then its arguments, then those around it. What it sets, it sets in all."""

    def __init__(self, outer: Variables, arguments: dict[str, Given | Named], run: Run) -> None:
        self._outer = outer
        self._run = run
        self._arguments = arguments
        self._own: dict[str, Any] = {}
        self._literals = {name: argument.literal for name, argument in arguments.items() if isinstance(argument, Named)}

    def get(self, name: str) -> Any:
        if name in self._own:
            return self._own[name]
        argument = self._arguments.get(name)
        if argument is None:
            return self._outer.get(name)
        if isinstance(argument, Given):
            return argument.value
        self._run.check_time()  # an argument of an argument is computed as often as all around it say
        return argument.compute()

    def __setitem__(self, name: str, value: Any) -> None:
        self._own[name] = value
        self._outer[name] = value

    def keep(self, name: str, value: Any) -> None:
        """Within the macro alone."""
        self._own[name] = value

    def remove(self, name: str) -> None:
        self._own.pop(name, None)
        self._arguments.pop(name, None)
        self._outer.remove(name)

    def literal(self, name: str) -> str:
        return self._literals.get(name) or self._outer.literal(name)


class Block(Printable):
    """What #define names, and `$bodyContent` of a macro that is called with a body."""

    __slots__ = ("_body", "_depth", "_run", "_variables")

    def __init__(self, body: Body, variables: Variables, run: "GeneralRun") -> None:
        self._body = body
        self._variables = variables
        self._run = run
        self._depth = 0

    def text(self) -> str | None:
        return self.render(self._variables)

    def render(self, variables: Variables) -> str | None:
        if self._depth == MAX_BLOCK_DEPTH:
            return None
        self._depth += 1
        try:
            return self._run.text_of(self._body, variables)
        finally:
            self._depth -= 1


METHODS[Block] = COMMON


class StopRun(Exception):  # noqa: N818 - the end of a rendering, not an error
    """#stop"""


class BreakScope(Exception):  # noqa: N818 - as above
    """#break with the scope that it leaves."""

    def __init__(self, scope: ForeachScope) -> None:
        super().__init__()
        self.scope = scope


class MacroFunction(NamedTuple):
    body: Body
    parameters: tuple[str, ...]


class Evaluated(NamedTuple):
    """Text that was compiled while a template ran."""

    body: Body
    macros: dict[str, MacroFunction]


class GeneralRun(Run):
    """A rendering in the general form. `compile_text` compiles what #evaluate is given."""

    __slots__ = ("_compile_text", "_depth", "_macros", "_pause_at")

    def __init__(self, macros: dict[str, MacroFunction], compile_text: Callable[[str], Evaluated]) -> None:
        super().__init__()
        self._macros = macros
        self._compile_text = compile_text
        self._depth = 0
        self._pause_at = 0

    def shown(self, value: Any, when_null: str, variables: Variables) -> str:
        if isinstance(value, Block):
            text = value.render(variables)
            return when_null if text is None else text
        return self.show(value, when_null)

    def text_of(self, body: Body, variables: Variables) -> str:
        self.check_time()  # blocks within blocks: each may be short, and there may be any number of them
        out: list[str] = []
        body(variables, out, self)
        return self.join(out)

    def block(self, body: Body, variables: Variables) -> Block:
        return Block(body, variables, self)

    def stop(self) -> NoReturn:
        raise StopRun

    def break_scope(self, scope: Any) -> NoReturn:
        if not isinstance(scope, ForeachScope):
            raise Trouble("is not a scope that #break could leave")
        raise BreakScope(scope)

    def each(self, variables: Variables, name: str, items: Sequence[Any], body: Body, out: list[str]) -> None:
        """A #foreach: what its variables were before, they are again after it."""
        names = (name, "velocityCount", "velocityHasNext", "foreach")
        saved = [variables.get(each) for each in names]
        outer = saved[3]
        scope = ForeachScope(outer if isinstance(outer, ForeachScope) else None)
        variables["foreach"] = scope
        try:
            self._iterate(variables, name, items, body, out, scope)
        except BreakScope as left:
            if left.scope is not scope:
                raise
        finally:
            for each, value in zip(names, saved, strict=True):
                if value is None:
                    variables.remove(each)
                else:
                    variables[each] = value

    def _iterate(
        self, variables: Variables, name: str, items: Sequence[Any], body: Body, out: list[str], scope: ForeachScope
    ) -> None:
        last = len(items) - 1
        for index, item in enumerate(items):
            self.loops += 1
            if self.loops > self._pause_at:
                self._pause_at = self.pause(self.loops)
            scope.index, scope.has_next = index, index < last
            variables["velocityCount"] = index + 1
            variables["velocityHasNext"] = scope.has_next
            variables[name] = item
            if body(variables, out, self):
                break

    def call_macro(
        self,
        name: str,
        arguments: tuple[Given | Named | BadArgument, ...],
        body: Block | None,
        literal: str,
        variables: Variables,
        out: list[str],
    ) -> None:
        """Prints `literal` where there is no such macro."""
        macro = self._macros.get(name)
        if macro is None:
            out.append(literal)
            return
        usable = [argument for argument in arguments if not isinstance(argument, BadArgument)]
        if len(usable) < len(arguments):
            raise Trouble("a bare word is no argument of a macro")
        frame = Frame(variables, dict(zip(macro.parameters, usable, strict=False)), self)
        if body is not None:
            frame.keep("bodyContent", body)
        self._render_deeper(macro.body, frame, out)

    def _render_deeper(self, body: Body, variables: Variables, out: list[str]) -> None:
        self.check_time()
        if self._depth == MAX_CALLS:
            raise Trouble(f"macros or evaluated texts nested deeper than {MAX_CALLS}")
        self._depth += 1
        try:
            body(variables, out, self)
        finally:
            self._depth -= 1

    def evaluate(self, value: Any, variables: Variables, out: list[str]) -> None:
        """Renders a value as a template; its macros stay."""
        text = text_of(value)
        if not text:
            return
        self.charge(len(text))
        evaluated = self._compile_text(text)
        for name, macro in evaluated.macros.items():
            self._macros.setdefault(name, macro)
        self._render_deeper(evaluated.body, variables, out)
