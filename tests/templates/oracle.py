"""A slow and obvious evaluator of a part of Velocity, to hold the compiler against.

Programs are made as trees, which can write themselves as templates and run themselves: neither knows of the parser.
"""

from typing import Any

from hypothesis import strategies as st
from msgspec import Struct

Variables = dict[str, Any]


class Literal(Struct, frozen=True):
    value: int | bool | str

    def write(self) -> str:
        if isinstance(self.value, str):
            return f"'{self.value}'"
        return str(self.value).lower()

    def compute(self, variables: Variables) -> Any:
        return self.value

    def holds(self, variables: Variables) -> bool:
        return self.value is True


class Variable(Struct, frozen=True):
    name: str
    members: tuple[str, ...] = ()
    is_quiet: bool = False

    def write(self) -> str:
        return ("$!{" if self.is_quiet else "${") + ".".join((self.name, *self.members)) + "}"

    def compute(self, variables: Variables) -> Any:
        value = variables.get(self.name)
        for member in self.members:
            value = value.get(member) if isinstance(value, dict) else None
        return value

    def holds(self, variables: Variables) -> bool:
        value = self.compute(variables)
        return value is not None and value is not False

    def run(self, variables: Variables, out: list[str]) -> None:
        value = self.compute(variables)
        out.append(printed(value) if value is not None else "" if self.is_quiet else self.write())


class Items(Struct, frozen=True):
    items: tuple[Any, ...]

    def write(self) -> str:
        return "[" + ", ".join(item.write() for item in self.items) + "]"

    def compute(self, variables: Variables) -> Any:
        return [item.compute(variables) for item in self.items]

    def holds(self, variables: Variables) -> bool:
        return False


class Members(Struct, frozen=True):
    members: tuple[tuple[str, Any], ...]

    def write(self) -> str:
        return "{" + ", ".join(f"'{name}': {value.write()}" for name, value in self.members) + "}"

    def compute(self, variables: Variables) -> Any:
        return {name: value.compute(variables) for name, value in self.members}

    def holds(self, variables: Variables) -> bool:
        return False


class Operation(Struct, frozen=True):
    operator: str
    left: Any
    right: Any

    def write(self) -> str:
        return f"({self.left.write()} {self.operator} {self.right.write()})"

    def compute(self, variables: Variables) -> Any:
        if self.operator == "&&":
            return self.left.holds(variables) and self.right.holds(variables)
        if self.operator == "||":
            return self.left.holds(variables) or self.right.holds(variables)
        left, right = self.left.compute(variables), self.right.compute(variables)
        if self.operator in ("==", "!="):
            return equals(left, right) == (self.operator == "==")
        if self.operator == "+" and (isinstance(left, str) or isinstance(right, str)):
            return self._text(self.left, left) + self._text(self.right, right)
        if type(left) is not int or type(right) is not int:
            return False if self.operator in ("<", ">=") else None
        return calculate(self.operator, left, right)

    def _text(self, node: Any, value: Any) -> str:
        if value is not None:
            return printed(value)
        return node.write() if isinstance(node, Variable) else "null"

    def holds(self, variables: Variables) -> bool:
        return self.operator in ("&&", "||", "==", "!=", "<", ">=") and self.compute(variables) is True


class Negation(Struct, frozen=True):
    operand: Any

    def write(self) -> str:
        return f"!{self.operand.write()}"

    def compute(self, variables: Variables) -> Any:
        return not self.operand.holds(variables)

    def holds(self, variables: Variables) -> bool:
        return not self.operand.holds(variables)


def calculate(operator: str, left: int, right: int) -> Any:
    if operator in ("/", "%") and right == 0:
        return None
    quotient = abs(left) // abs(right or 1) * (1 if (left < 0) == (right < 0) else -1)
    return {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": quotient,
        "%": left - quotient * right,
        "<": left < right,
        ">=": left >= right,
    }[operator]


def equals(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    return bool(left == right) if type(left) is type(right) else printed(left) == printed(right)


def printed(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(printed, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={printed(member)}" for name, member in value.items()) + "}"
    return str(value)


class Text(Struct, frozen=True):
    text: str

    def write(self) -> str:
        return self.text

    def run(self, variables: Variables, out: list[str]) -> None:
        out.append(self.text)


class Assignment(Struct, frozen=True):
    name: str
    value: Any

    def write(self) -> str:
        return f"#set(${self.name} = {self.value.write()})"

    def run(self, variables: Variables, out: list[str]) -> None:
        value = self.value.compute(variables)
        if value is not None:
            variables[self.name] = value


class Choice(Struct, frozen=True):
    condition: Any
    body: tuple[Any, ...]
    otherwise: tuple[Any, ...]

    def write(self) -> str:
        body, otherwise = ("".join(node.write() for node in nodes) for nodes in (self.body, self.otherwise))
        return f"#if({self.condition.write()}){body}#{{else}}{otherwise}#{{end}}"

    def run(self, variables: Variables, out: list[str]) -> None:
        for node in self.body if self.condition.holds(variables) else self.otherwise:
            node.run(variables, out)


class Loop(Struct, frozen=True):
    name: str
    items: Any
    body: tuple[Any, ...]

    def write(self) -> str:
        body = "".join(node.write() for node in self.body)
        return f"#foreach(${self.name} in {self.items.write()}){body}#{{if}}($foreach.hasNext),#{{end}}#{{end}}"

    def run(self, variables: Variables, out: list[str]) -> None:
        items = self.items.compute(variables)
        items = list(items.values()) if isinstance(items, dict) else items if isinstance(items, list) else []
        before = variables.get(self.name)
        for index, item in enumerate(items):
            variables[self.name] = item
            for node in self.body:
                node.run(variables, out)
            out.append("," if index < len(items) - 1 else "")
        if items:
            variables[self.name] = before


def expected_output(program: tuple[Any, ...]) -> str:
    out: list[str] = []
    variables: Variables = {}
    for node in program:
        node.run(variables, out)
    return "".join(out)


_names = st.sampled_from(["a", "b", "c", "a-b", "_x"])
_literals = st.builds(Literal, st.integers(0, 9) | st.booleans() | st.sampled_from(["", "a", "b", "9", "true", "null"]))
_variables = st.builds(Variable, _names, st.lists(st.sampled_from(["m", "n"]), max_size=2).map(tuple), st.booleans())
_leaves = _literals | _variables


def _containers(inner: Any) -> Any:
    items = st.builds(Items, st.lists(inner, max_size=3).map(tuple))
    pairs = st.lists(st.tuples(st.sampled_from(["m", "n", "o"]), inner), max_size=3, unique_by=lambda pair: pair[0])
    return items | st.builds(Members, pairs.map(tuple))


arguments = st.recursive(_leaves, _containers, max_leaves=5)
_operators = st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||"])
expressions = st.recursive(
    arguments, lambda inner: st.builds(Operation, _operators, inner, inner) | st.builds(Negation, inner), max_leaves=6
)
_texts = st.text('ab {}":,', max_size=4).map(lambda text: Text(text + "."))  # #set would take spaces alone
_flat = _texts | _variables | st.builds(Assignment, _names, expressions)


def _nested(inner: Any) -> Any:
    bodies = st.lists(inner, max_size=3).map(tuple)
    return st.builds(Choice, expressions, bodies, bodies) | st.builds(Loop, _names, arguments, bodies)


programs = st.lists(st.recursive(_flat, _nested, max_leaves=12), max_size=8).map(tuple)
