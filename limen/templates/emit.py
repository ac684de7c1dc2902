"""Expressions of a template as expressions of Python.

Each emitted expression is text and what is known of its value. What is common is written out for its type: a property
of a dict is a call of `get` behind a test of the type, and everything else goes through the tables of `run`. A
reference begins on a line of its own behind a mark, a comment with a number: so the line of Python at which something
goes wrong tells which reference it was.
"""

import math
from typing import Any, Literal, NamedTuple, TypeAlias

from limen.templates.errors import Trouble
from limen.templates.jsonpath import compile_path
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

Kind: TypeAlias = Literal["text", "truth", "map", "value", "any"]
"""What an expression always is; `value`: something that is not null, `any`: perhaps null."""


class Python(NamedTuple):
    """An expression of Python. `is_name`: it costs nothing to write it twice."""

    text: str
    kind: Kind = "any"
    is_name: bool = False


class Loop(NamedTuple):
    """A #foreach of the fast form: names of its counter and of the number of its last iteration."""

    counter: str
    last: str


TOOLS = frozenset({"input", "util", "context", "stageVariables"})
_UTIL: dict[str, tuple[str, Kind]] = {
    "escapeJavaScript": ("escape_java_script", "text"),
    "parseJson": ("parse_json", "any"),
    "urlEncode": ("url_encode", "text"),
    "urlDecode": ("url_decode", "text"),
    "base64Encode": ("base64_encode", "text"),
    "base64Decode": ("base64_decode", "text"),
}
_KNOWN = frozenset({*_UTIL, "body", "json", "path", "params"})
_COMPARISONS = {"<": "is_less", "<=": "is_at_most", ">": "is_more", ">=": "is_at_least"}
_ARITHMETIC = {"-": "subtract", "*": "multiply", "/": "divide", "%": "modulo"}


class ExpressionEmitter:
    """`is_general`: variables live in a mapping, as macros and evaluated text need it; otherwise in names of Python."""

    def __init__(self, is_general: bool) -> None:
        self.is_general = is_general
        self.marks: list[tuple[int, str]] = []
        """Offset and text of each marked reference."""
        self.constants: dict[str, Any] = {}
        """Objects that the compiled code needs, by the names it has for them."""
        self.loops: list[Loop] = []
        self.slots: dict[str, str] = {}
        self._temporaries = 0

    def temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"

    def mark(self, at: int, reference: str) -> str:
        """Ends a line of Python: the next one belongs to the reference."""
        self.marks.append((at, reference))
        return f"#{len(self.marks) - 1}\n"

    def slot(self, name: str) -> str:
        """The name of Python for a variable of the template, in the fast form."""
        if name not in self.slots:
            self.slots[name] = f"v{len(self.slots)}"
        return self.slots[name]

    def keep(self, value: Any) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    # values

    def value(self, node: Expression) -> Python:
        match node:
            case Reference():
                return self.reference(node)
            case Constant():
                if type(node.value) is float and not math.isfinite(node.value):
                    return Python(self.keep(node.value), "value", True)
                kind: Kind = "text" if type(node.value) is str else "truth" if type(node.value) is bool else "value"
                return Python(repr(node.value), kind, True)
            case Interpolated():
                return self.interpolated(node)
            case ListLiteral():
                return Python(f"ArrayList(({''.join(self.value(item).text + ', ' for item in node.items)}))", "value")
            case MapLiteral():
                return self._map(node)
            case Range():
                ends = f"{self.value(node.first).text}, {self.value(node.last).text}"
                return Python(f"({self.mark(node.at, '')}span({ends}))")
            case Not():
                return Python(f"(not {self.condition(node.operand)})", "truth")
            case Operation():
                return self._operation(node)
            case Word():
                raise Trouble(f"the word {node.text} is no value")

    def _map(self, node: MapLiteral) -> Python:
        items = [(self.value(key), self.value(value)) for key, value in node.items]
        if all(key.kind == "text" for key, _ in items):
            return Python("{" + ", ".join(f"{key.text}: {value.text}" for key, value in items) + "}", "map")
        return Python(
            f"({self.mark(node.at, '')}make_map({', '.join(f'{key.text}, {value.text}' for key, value in items)}))",
            "map",
        )

    def interpolated(self, node: Interpolated) -> Python:
        """In the general form strings may hold directives; the compiler overrides this for them."""
        parts: list[str] = []
        for part in node.body:
            if isinstance(part, Text):
                parts.append(repr(part.text))
            elif isinstance(part, Reference):
                parts.append(self.shown(part))
        return Python(f"({self.mark(node.at, '')}join(({''.join(part + ', ' for part in parts)})))", "text")

    # references

    def reference(self, node: Reference) -> Python:
        """Its value."""
        loop = self._loop_value(node)
        if loop is not None:
            return loop
        value = self._root(node)
        steps = node.steps
        if node.root in TOOLS and not self.is_general and steps:
            tool = self._tool_step(node.root, steps[0])
            if tool is not None:
                value, steps = tool, steps[1:]
                if node.root == "context" and steps and isinstance(steps[0], Property):
                    value, steps = self._context_member(value, node.steps[0], steps[0]), steps[1:]
        for step in steps:
            value = self._step(value, step)
        if not node.steps:
            return value
        return Python(f"({self.mark(node.at, node.literal)}{value.text})", value.kind)

    def _root(self, node: Reference) -> Python:
        if self.is_general:
            return Python(f"v.get({node.root!r})")
        if node.root in TOOLS:
            return Python({"stageVariables": "stage"}.get(node.root, node.root), "value", True)
        return Python(self.slot(node.root), is_name=True)

    def _loop_value(self, node: Reference) -> Python | None:
        """`$foreach.index` and its like, which the fast form knows without an object."""
        if self.is_general or not self.loops:
            return None
        name, steps = node.root, list(node.steps)
        if name in ("velocityCount", "velocityHasNext") and not steps:
            name, steps = "foreach", [Property("count" if name == "velocityCount" else "hasNext")]
        if name != "foreach":
            return None
        depth = len(self.loops) - 1
        while len(steps) > 1:
            steps.pop(0)
            depth -= 1
        if depth < 0:
            return Python("None")
        counter, last = self.loops[depth]
        step = steps[0]
        assert isinstance(step, Property | Call)
        return {
            "index": Python(counter, "value", True),
            "count": Python(f"({counter} + 1)", "value"),
            "hasNext": Python(f"({counter} < {last})", "truth"),
            "first": Python(f"({counter} == 0)", "truth"),
            "last": Python(f"({counter} == {last})", "truth"),
        }[step.name]

    def _tool_step(self, root: str, step: Step) -> Python | None:
        """The first step from a variable of API Gateway."""
        if root == "context":
            return Python(f"find_context({step.name!r})") if isinstance(step, Property) else None
        if isinstance(step, Property):
            return Python("(input.body or '{}')", "text") if (root, step.name) == ("input", "body") else None
        if not isinstance(step, Call):
            return None
        arguments = [self.value(argument) for argument in step.arguments]
        if root == "util" and step.name in _UTIL and len(arguments) == 1:
            name, kind = _UTIL[step.name]
            if step.name == "escapeJavaScript":
                return Python(self._escape(arguments[0]), kind)
            return Python(f"{name}({arguments[0].text})", kind)
        if root == "input" and step.name == "params" and not arguments:
            return Python("input.params()", "map")
        if root == "input" and step.name in ("json", "path") and len(arguments) == 1:
            return self._selection(step, "select_json" if step.name == "json" else "select")
        return None

    def _context_member(self, value: Python, first: Step, second: Property) -> Python:
        """`$context.identity.sourceIp` in one call, where the context knows how."""
        assert isinstance(first, Property)
        stepwise = self._step(value, second).text
        return Python(f"(find_member({first.name!r}, {second.name!r}) if find_member is not None else {stepwise})")

    def _escape(self, value: Python) -> str:
        """Text with nothing to escape, which is most, is left alone without a call."""
        held = value.text if value.is_name else self.temporary()
        test = held if value.is_name else f"{held} := {value.text}"
        plain = f"type({test}) is str and find_escaped({held}) is None"
        return f"({held} if {plain} else escape_java_script({held}))"

    def _selection(self, step: Call, name: str) -> Python | None:
        """`$input.path('$.a')`, its JSONPath compiled with the template; one that is wrong says so when it is used."""
        argument = step.arguments[0]
        if not isinstance(argument, Constant) or type(argument.value) is not str:
            return None
        try:
            path = compile_path(argument.value)
        except Trouble:
            return None
        return Python(f"{name}({self.keep(path)})", "text" if name == "select_json" else "value")

    def _step(self, value: Python, step: Step) -> Python:
        held = value if value.is_name else Python(self.temporary(), value.kind, True)
        test = value.text if value.is_name else f"{held.text} := {value.text}"
        is_dict = f"type({test}) is dict"
        if isinstance(step, Property):
            slow = f"find_property({held.text}, {step.name!r})"
            return Python(f"({held.text}.get({step.name!r}) if {is_dict} else {slow})")
        if isinstance(step, Index):
            return Python(f"find_index({value.text}, {self.value(step.argument).text})")
        arguments = [self.value(argument) for argument in step.arguments]
        listed = "".join(argument.text + ", " for argument in arguments)
        name = repr(f"{step.name}/{len(arguments)}")
        if step.name == "get" and len(arguments) == 1 and arguments[0].is_name:
            key = arguments[0]
            is_text = "" if key.kind == "text" else f" and type({key.text}) is str"
            slow = f"call({held.text}, {name}, ({listed}))"
            return Python(f"({held.text}.get({key.text}) if {is_dict}{is_text} else {slow})")
        return Python(f"call({value.text}, {name}, ({listed}))")

    def sequence(self, node: Expression) -> str:
        """What a #foreach goes through: something with a length."""
        if isinstance(node, Reference) and node.steps and node.steps[-1] == Call("keySet", ()):
            return self._keys(node)
        value = self.value(node)
        if value.is_name:
            return f"({value.text} if type({value.text}) is list else items_of({value.text}))"
        held = self.temporary()
        return f"({held} if type({held} := {value.text}) is list else items_of({held}))"

    def _keys(self, node: Reference) -> str:
        """`$map.keySet()`, without a list that outlives the loop."""
        value = self.reference(Reference(node.root, node.steps[:-1], node.literal, node.at))
        held = value.text if value.is_name else self.temporary()
        test = held if value.is_name else f"{held} := {value.text}"
        return f"(list({held}) if type({test}) is dict else items_of(call({held}, 'keySet/0', ())))"

    def null_text(self, node: Reference) -> str:
        """What is printed where the reference is null.

        Members of `$context` and `$stageVariables`, and of what `$input` and `$util` answer, print nothing then. Any
        other reference prints itself, and so do members that those two have not.
        """
        if node.is_quiet:
            return ""
        if node.root not in TOOLS or not node.steps:
            return node.literal
        first = node.steps[0]
        if node.root in ("context", "stageVariables") or (isinstance(first, Call | Property) and first.name in _KNOWN):
            return ""
        return node.literal

    def shown(self, node: Reference) -> str:
        """The text that a reference prints."""
        value = self.reference(node)
        if node.escapes:
            return self._escaped(node, value)
        if value.kind == "text":
            return value.text
        held = value.text if value.is_name else self.temporary()
        test = held if value.is_name else f"{held} := {value.text}"
        mark = self.mark(node.at, node.literal) if not node.steps else ""
        return f"({mark}{held} if type({test}) is str else {self._shown_slowly(held, node)})"

    def _shown_slowly(self, held: str, node: Reference) -> str:
        when_null = repr(self.null_text(node))
        if not self.is_general:
            return (
                f"{when_null} if {held} is None else str({held}) if type({held}) is int else show({held}, {when_null})"
            )
        if node.literal == "$" + node.root:
            when_null = f"v.literal({node.root!r})"
        return f"run.shown({held}, {when_null}, v)"

    def _escaped(self, node: Reference, value: Python) -> str:
        """Backslashes before a reference: an odd one escapes it where it is defined, pairs of them halve then."""
        half = "\\" * (node.escapes // 2)
        held = self.temporary()
        text = f"({held} := show({value.text}, None))"
        if node.escapes % 2:
            return f"({half + node.literal!r} if {text} is not None else {half + chr(92) + node.literal!r})"
        return f"({half!r} + {held} if {text} is not None else {half + half + self.null_text(node)!r})"

    # conditions

    def condition(self, node: Expression) -> str:
        """What `#if` asks, a bool. As in Velocity 1.7 literals, strings and sums are not true."""
        match node:
            case Reference():
                return self._truth(self.reference(node))
            case Not():
                return f"(not {self.condition(node.operand)})"
            case Operation(operators=operators) if operators[0] not in ("+", "-", "*", "/", "%"):
                return self._operation(node).text
            case Constant(value=bool()):
                return repr(node.value)
            case _:
                return "False"

    def _truth(self, value: Python) -> str:
        if value.kind == "truth":
            return value.text
        if value.kind in ("text", "map"):
            return f"({value.text} is not None)"
        if self.is_general:
            return f"is_true({value.text})"
        held = value.text if value.is_name else self.temporary()
        first = held if value.is_name else f"({held} := {value.text})"
        return f"({first} is not None and {held} is not False and {held} is not NOTHING)"

    # operations

    def _operation(self, node: Operation) -> Python:
        if node.operators[0] in ("&&", "||"):
            word = " and " if node.operators[0] == "&&" else " or "
            return Python(f"({word.join(self.condition(operand) for operand in node.operands)})", "truth")
        left, literal = self.value(node.operands[0]), _literal(node.operands[0])
        named = next((operand.literal for operand in node.operands if isinstance(operand, Reference)), "")
        for operator, operand in zip(node.operators, node.operands[1:], strict=True):
            found = self._binary(operator, left, self.value(operand), literal, _literal(operand))
            left = Python(f"({self.mark(node.at, named)}{found.text})", found.kind)
            literal = "null"
        return left

    def _binary(self, operator: str, left: Python, right: Python, left_literal: str, right_literal: str) -> Python:
        if operator == "+":
            return Python(f"add({left.text}, {right.text}, {left_literal!r}, {right_literal!r})")
        if operator in _ARITHMETIC:
            return Python(f"{_ARITHMETIC[operator]}({left.text}, {right.text})")
        if operator in ("==", "!="):
            negation = "not " if operator == "!=" else ""
            return Python(f"({negation}{self._equality(left, right)})", "truth")
        slow = _COMPARISONS[operator]
        if right.is_name and right.text.isdigit():
            held = left.text if left.is_name else self.temporary()
            test = left.text if left.is_name else f"{held} := {left.text}"
            fast = f"{held} {operator} {right.text} if type({test}) is int"
            return Python(f"({fast} else {slow}({held}, {right.text}))", "truth")
        return Python(f"{slow}({left.text}, {right.text})", "truth")

    def _equality(self, left: Python, right: Python) -> str:
        if right.is_name and right.kind == "text":
            held = left.text if left.is_name else self.temporary()
            test = left.text if left.is_name else f"{held} := {left.text}"
            return f"({held} == {right.text} if type({test}) is str else equal({held}, {right.text}))"
        return f"equal({left.text}, {right.text})"


def _literal(node: Expression) -> str:
    """What stands for a null in a sum of texts."""
    return node.literal if isinstance(node, Reference) else "null"
