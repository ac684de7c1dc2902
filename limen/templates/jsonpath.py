"""JSONPath, compiled once for each text: https://github.com/json-path/JsonPath, whose semantics API Gateway has.

`$.a.b`, `$['a']['b c']`, `$.list[0]`, `[-1]`, `[0,2]`, `[1:3]`, `[*]`, `.*`, `..name`, `[?(filter)]`, and a function at
the end. A path that does not begin with `$` is read as if `$.` stood before it.
"""

import re
from functools import lru_cache
from typing import Any, NoReturn

from limen.templates.errors import Trouble
from limen.templates.jsonpath_filters import OPERATORS, Operand, Pattern, compare, exists
from limen.templates.jsonpath_functions import Argument, compile_function
from limen.templates.jsonpath_steps import (
    Every,
    Filter,
    Item,
    Items,
    Member,
    Members,
    Path,
    Predicate,
    Scan,
    Slice,
    Step,
)

MAX_PATH = 2_000
MAX_STEPS = 64
MAX_DEPTH = 16

_NAME = re.compile(r"[^.\[\]()\s,'\"*?@$&|=<>!]+")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_INDEX = re.compile(r"-?[0-9]{1,9}(?![0-9.eE])")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SLICE = re.compile(r"\s*(-?[0-9]{1,9})?\s*:\s*(-?[0-9]{1,9})?\s*\]")
_KEYWORD = re.compile(r"(true|false|null)(?!\w)")
_PATTERN = re.compile(r"/((?:[^/\\]|\\.)+)/([a-zA-Z]*)")
_OPERATOR = re.compile(r"===|!==|==|!=|<=|>=|=~|<|>|[A-Za-z]+")
_KEYWORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


@lru_cache(maxsize=1024)
def compile_path(text: str) -> Path:
    """Raises Trouble."""
    if len(text) > MAX_PATH:
        raise Trouble(f"a JSONPath of more than {MAX_PATH:,} characters")
    reader = _Reader(text.strip())
    if reader.peek() not in ("$", "@"):
        reader = _Reader("$" + (reader.text if reader.peek() == "[" else "." + reader.text))
    reader.at = 1
    path = reader.read_path()
    if reader.at < len(reader.text):
        reader.fail()
    return path


class _Reader:
    """Reads one text, by recursive descent."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def match(self, token: re.Pattern[str]) -> re.Match[str] | None:
        found = token.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def skip(self) -> None:
        while self.peek().isspace():
            self.at += 1

    def fail(self) -> NoReturn:
        raise Trouble(f"{self.text!r} is not a JSONPath, at character {self.at + 1}")

    def read_path(self) -> Path:
        """What follows `$` or `@`."""
        steps: list[Step] = []
        while self.peek() in (".", "["):
            if len(steps) == MAX_STEPS:
                raise Trouble(f"a JSONPath of more than {MAX_STEPS} steps")
            is_scan = self.take("..")
            if not is_scan and self.take(".") and self.peek() == "[":
                self.fail()
            step = self._read_bracket() if self.peek() == "[" else self._read_name(steps)
            steps.append(Scan(step) if is_scan else step)
            if not isinstance(step, Member) and hasattr(step, "takes_all"):
                break
        return Path(self._settle(steps))

    @staticmethod
    def _settle(steps: list[Step]) -> tuple[Step, ...]:
        """Several names are one map only where nothing follows."""
        return tuple(
            Members(step.names, False) if isinstance(step, Members) and index < len(steps) - 1 else step
            for index, step in enumerate(steps)
        )

    def _read_name(self, before: list[Step]) -> Step:
        if self.take("*"):
            return Every()
        match = self.match(_NAME)
        if match is None:
            self.fail()
        if not self.take("("):
            return Member(match[0])
        arguments = self._read_arguments()
        return compile_function(match[0], arguments, any(isinstance(step, Scan) for step in before))

    def _read_arguments(self) -> tuple[Argument, ...]:
        arguments: list[Argument] = []
        self.skip()
        while not self.take(")"):
            if arguments and not self.take(","):
                self.fail()
            arguments.append(self._read_operand())
            self.skip()
        return tuple(arguments)

    def _read_bracket(self) -> Step:
        self.take("[")
        self.skip()
        if self.take("?"):
            return self._close(Filter(self._read_filter()))
        if self.take("*"):
            return self._close(Every())
        if self.peek() in ("'", '"'):
            return self._read_quoted_names()
        if (match := self.match(_SLICE)) is not None:
            if match[1] is None and match[2] is None:
                self.fail()
            return Slice(*(None if bound is None else int(bound) for bound in match.groups()))
        indices = [self._read_index()]
        while self.take(","):
            indices.append(self._read_index())
        return self._close(Item(indices[0]) if len(indices) == 1 else Items(tuple(indices)))

    def _close(self, step: Step) -> Step:
        self.skip()
        if not self.take("]"):
            self.fail()
        return step

    def _read_index(self) -> int:
        self.skip()
        match = self.match(_INDEX)
        if match is None:
            self.fail()
        self.skip()
        return int(match[0])

    def _read_quoted_names(self) -> Step:
        names = [self._read_quoted()]
        self.skip()
        while self.take(","):
            self.skip()
            names.append(self._read_quoted())
            self.skip()
        return self._close(Member(names[0]) if len(names) == 1 else Members(tuple(names), True))

    def _read_quoted(self) -> str:
        match = self.match(_QUOTED)
        if match is None:
            self.fail()
        return re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2], flags=re.DOTALL)

    def _read_filter(self) -> Predicate:
        self.skip()
        if not self.take("("):
            self.fail()
        predicate = self._read_or()
        self.skip()
        if not self.take(")"):
            self.fail()
        return predicate

    def _read_or(self) -> Predicate:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Trouble(f"a JSONPath filter nested deeper than {MAX_DEPTH}")
        alternatives = [self._read_and()]
        while self._take_spaced("||"):
            alternatives.append(self._read_and())
        self.depth -= 1
        if len(alternatives) == 1:
            return alternatives[0]
        return lambda element, work: any(holds(element, work) for holds in alternatives)

    def _read_and(self) -> Predicate:
        conditions = [self._read_condition()]
        while self._take_spaced("&&"):
            conditions.append(self._read_condition())
        if len(conditions) == 1:
            return conditions[0]
        return lambda element, work: all(holds(element, work) for holds in conditions)

    def _take_spaced(self, text: str) -> bool:
        self.skip()
        return self.take(text)

    def _read_condition(self) -> Predicate:
        self.skip()
        if self.take("!"):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise Trouble(f"a JSONPath filter nested deeper than {MAX_DEPTH}")
            negated = self._read_condition()
            self.depth -= 1
            return lambda element, work: not negated(element, work)
        if self.take("("):
            inner = self._read_or()
            self.skip()
            if not self.take(")"):
                self.fail()
            return inner
        left = self._read_operand()
        self.skip()
        match = self.match(_OPERATOR)
        if match is None:
            return exists(left)
        operator = match[0].lower()
        if operator not in OPERATORS:
            raise Trouble(f"a JSONPath filter has no operator {match[0]}")
        return compare(left, operator, self._read_operand())

    def _read_operand(self) -> Operand:
        self.skip()
        if self.peek() in ("@", "$"):
            return self._read_inner_path()
        value = self._read_value()
        return lambda element, work: value

    def _read_inner_path(self) -> Operand:
        is_root = self.take("$") or not self.take("@")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Trouble(f"a JSONPath filter nested deeper than {MAX_DEPTH}")
        path = self.read_path()
        self.depth -= 1
        if is_root:
            return lambda element, work: path.select(work.root, work)
        return lambda element, work: path.select(element, work)

    def _read_value(self) -> Any:
        if self.peek() in ("'", '"'):
            return self._read_quoted()
        if (match := self.match(_PATTERN)) is not None:
            return Pattern(match[1].replace("\\/", "/"), match[2])
        if (match := self.match(_KEYWORD)) is not None:
            return _KEYWORDS[match[1]]
        if (match := self.match(_NUMBER)) is not None:
            return float(match[0]) if any(mark in match[0] for mark in ".eE") else int(match[0])
        if self.take("["):
            return self._read_items()
        self.fail()

    def _read_items(self) -> list[Any]:
        items: list[Any] = []
        self.skip()
        while not self.take("]"):
            if items and not self.take(","):
                self.fail()
            self.skip()
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise Trouble(f"a JSONPath filter nested deeper than {MAX_DEPTH}")
            items.append(self._read_value())
            self.depth -= 1
            self.skip()
        return items
