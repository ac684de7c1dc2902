"""What a template is parsed to. `at` is an offset into its text, from which line and column are counted when needed."""

from typing import Any, TypeAlias

from msgspec import Struct


class Property(Struct, frozen=True):
    """`.name`"""

    name: str


class Index(Struct, frozen=True):
    """`[argument]`"""

    argument: "Expression"


class Call(Struct, frozen=True):
    """`.name(arguments)`"""

    name: str
    arguments: tuple["Expression", ...]


Step: TypeAlias = Property | Index | Call


class Reference(Struct, frozen=True):
    """`$root` and its steps. `literal` is its text, which is printed where it is null; `escapes` counts backslashes."""

    root: str
    steps: tuple[Step, ...]
    literal: str
    at: int
    is_quiet: bool = False
    escapes: int = 0


class Constant(Struct, frozen=True):
    value: Any
    at: int


class Interpolated(Struct, frozen=True):
    """A string in double quotes with references or directives in it."""

    body: tuple["Node", ...]
    at: int


class ListLiteral(Struct, frozen=True):
    items: tuple["Expression", ...]
    at: int


class MapLiteral(Struct, frozen=True):
    items: tuple[tuple["Expression", "Expression"], ...]
    at: int


class Range(Struct, frozen=True):
    first: "Expression"
    last: "Expression"
    at: int


class Word(Struct, frozen=True):
    """A bare word between the arguments of a directive; never a value."""

    text: str
    at: int


class Operation(Struct, frozen=True):
    """A left fold: `operands[0] operators[0] operands[1] ...`, all of one precedence."""

    operators: tuple[str, ...]
    operands: tuple["Expression", ...]
    at: int


class Not(Struct, frozen=True):
    operand: "Expression"
    at: int


Expression: TypeAlias = Reference | Constant | Interpolated | ListLiteral | MapLiteral | Range | Word | Operation | Not


class Text(Struct, frozen=True):
    text: str


class Set(Struct, frozen=True):
    target: Reference
    value: Expression


class If(Struct, frozen=True):
    """Conditions with their bodies, in order, and the body of `#else`."""

    branches: tuple[tuple[Expression, tuple["Node", ...]], ...]
    otherwise: tuple["Node", ...]


class ForEach(Struct, frozen=True):
    variable: str
    items: Expression
    body: tuple["Node", ...]
    at: int


class Break(Struct, frozen=True):
    """`scope` is the argument of `#break($foreach.parent)`, None for the innermost."""

    scope: Expression | None
    at: int


class Stop(Struct, frozen=True):
    at: int


class Define(Struct, frozen=True):
    name: str
    body: tuple["Node", ...]
    at: int


class Macro(Struct, frozen=True):
    name: str
    parameters: tuple[str, ...]
    body: tuple["Node", ...]
    at: int


class MacroCall(Struct, frozen=True):
    """A directive that is none of Velocity's own. Without a macro of its name it is text: its `literal`."""

    name: str
    arguments: tuple[Expression, ...]
    literal: str
    at: int
    body: tuple["Node", ...] | None = None


class Evaluate(Struct, frozen=True):
    argument: Expression
    at: int


Node: TypeAlias = Text | Reference | Set | If | ForEach | Break | Stop | Define | Macro | MacroCall | Evaluate
