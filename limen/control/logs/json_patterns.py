"""Filter patterns for messages that are JSON: `{ $.level = "ERROR" && ($.ms > 100 || $.user.id IS NULL) }`.

Grammar:  any = all ("||" all)*;  all = one ("&&" one)*;  one = "(" any ")" | selector test
          test = ("=" | "!=" | "<" | "<=" | ">" | ">=") value | IS NULL | IS TRUE | IS FALSE | NOT EXISTS | EXISTS
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import orjson
import re2
from msgspec import Struct

Test: TypeAlias = Callable[[Any], bool]

_TOKEN = re.compile(
    r'\s*(?:(?P<mark>\|\||&&|!=|<=|>=|[()=<>])|(?P<selector>\$(?:\.[\w-]+|\[\d+\]|\["[^"]*"\]|\[\'[^\']*\'\])+)'
    r'|"(?P<text>(?:[^"\\]|\\.)*)"|%(?P<expression>(?:[^%\\]|\\.)+)%|(?P<word>[^\s()=<>|&{}"!]+))'
)
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\[\"([^\"]*)\"\]|\['([^']*)'\]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_MISSING = object()
_DEEPEST = 50


class JsonPatternError(Exception):
    """The text is no pattern; the message says where and why."""


class _Token(Struct, frozen=True):
    kind: str
    value: str
    at: int


def compile_json_pattern(text: str) -> Callable[[str], bool]:
    """Whether a message is JSON that the pattern, with its braces, describes."""
    if not text.endswith("}"):
        raise JsonPatternError("a closing brace is missing at the end")
    test = _Parser(list(_tokens(text[1:-1]))).parse()

    def matches(message: str) -> bool:
        try:
            document = orjson.loads(message)
        except orjson.JSONDecodeError:
            return False
        return test(document)

    return matches


def compile_expression(expression: str) -> Callable[[str], bool]:
    """What stands between percent signs, as a search in linear time."""
    options = re2.Options()
    options.log_errors = False
    try:
        search = re2.compile(expression, options).search  # type: ignore[no-untyped-call]
    except re2.error as error:
        raise JsonPatternError(f"%{expression}%: {error}") from None
    return lambda text: search(text) is not None


def _tokens(text: str) -> Iterator[_Token]:
    end = 0
    text = text.rstrip()
    while end < len(text):
        found = _TOKEN.match(text, end)
        if found is None or found.lastgroup is None:
            raise JsonPatternError(f"{text[end:].strip()[:20]!r} is not understood")
        yield _Token(found.lastgroup, found[found.lastgroup], found.start())
        end = found.end()


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def parse(self) -> Test:
        test = self._any()
        if self._at < len(self._tokens):
            raise JsonPatternError(f"{self._tokens[self._at].value!r} was not expected")
        return test

    def _any(self) -> Test:
        tests = [self._all()]
        while self._take("||"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._take("&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda document: all(test(document) for test in tests)

    def _one(self) -> Test:
        if self._take("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise JsonPatternError(f"more than {_DEEPEST} parentheses in each other")
            test = self._any()
            if not self._take(")"):
                raise JsonPatternError("a closing parenthesis is missing")
            self._depth -= 1
            return test
        token = self._next("a selector, such as $.level")
        if token.kind != "selector":
            raise JsonPatternError(f"{token.value!r} stands where a selector should, such as $.level")
        return _select(token.value, self._test())

    def _test(self) -> Test:
        token = self._next("a comparison")
        if token.kind == "word":
            second = "" if token.value.upper() == "EXISTS" else f" {self._next('the rest of a test').value.upper()}"
            test = _WORDS.get(token.value.upper() + second)
            if test is None:
                raise JsonPatternError(f"{token.value}{second} is not a test: IS NULL, IS TRUE, IS FALSE, NOT EXISTS")
            return test
        if token.value in ("=", "!="):
            equals = _compile_equals(self._next("a value"))
            return equals if token.value == "=" else lambda value: value is not _MISSING and not equals(value)
        if token.value in _ORDERS:
            return _compile_order(token.value, self._next("a number"))
        raise JsonPatternError(f"{token.value!r} stands where a comparison should")

    def _take(self, mark: str) -> bool:
        is_next = self._at < len(self._tokens) and self._tokens[self._at].value == mark
        if is_next and self._tokens[self._at].kind == "mark":
            self._at += 1
            return True
        return False

    def _next(self, expected: str) -> _Token:
        if self._at == len(self._tokens):
            raise JsonPatternError(f"it ends where {expected} should follow")
        self._at += 1
        return self._tokens[self._at - 1]


def _select(selector: str, test: Test) -> Test:
    steps: list[str | int] = []
    for name, index, double, single in _STEP.findall(selector):
        steps.append(int(index) if index else name or double or single)

    def select(document: Any) -> bool:
        value = document
        for step in steps:
            if isinstance(step, int) and isinstance(value, list) and step < len(value):
                value = value[step]
            elif isinstance(step, str) and isinstance(value, dict):
                value = value.get(step, _MISSING)
            else:
                value = _MISSING
        return test(value)

    return select


def _compile_equals(token: _Token) -> Test:
    """Text may hold `*` for anything; a number without quotes equals numbers."""
    if token.kind == "expression":
        finds = compile_expression(token.value)
        return lambda value: isinstance(value, str) and finds(value)
    if token.kind == "word" and _NUMBER.fullmatch(token.value):
        number = float(token.value)
        return lambda value: _is_number(value) and value == number
    if token.kind not in ("word", "text"):
        raise JsonPatternError(f"{token.value!r} stands where a value should")
    text = re.sub(r"\\(.)", r"\1", token.value)
    if "*" not in text:
        return lambda value: isinstance(value, str) and value == text
    wanted = re2.compile("(?s)" + ".*".join(re2.escape(part) for part in text.split("*")))  # type: ignore[no-untyped-call]
    return lambda value: isinstance(value, str) and wanted.fullmatch(value) is not None


def _compile_order(mark: str, token: _Token) -> Test:
    if token.kind != "word" or not _NUMBER.fullmatch(token.value):
        raise JsonPatternError(f"{token.value!r} stands where a number should")
    number, compare = float(token.value), _ORDERS[mark]
    return lambda value: _is_number(value) and compare(value, number)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, number: value < number,
    "<=": lambda value, number: value <= number,
    ">": lambda value, number: value > number,
    ">=": lambda value, number: value >= number,
}
_WORDS: dict[str, Test] = {
    "IS NULL": lambda value: value is None,
    "IS TRUE": lambda value: value is True,
    "IS FALSE": lambda value: value is False,
    "NOT EXISTS": lambda value: value is _MISSING,
    "EXISTS": lambda value: value is not _MISSING,
}
