"""Regular expressions in Java's words, matched in linear time: translated where RE2's words differ.

What RE2 cannot do (lookaround, references to groups, possessive quantifiers) is refused by name.
https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html
"""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import re2

from limen.gateway.errors import PlanError

Matches: TypeAlias = Callable[[str], bool]

_re2: Any = re2
"""It comes without types."""

_ANY = r"[^\n\r\x{85}\x{2028}\x{2029}]"
"""A dot: no line terminator of Java's."""
_GROUPS = {
    "(?=": "lookahead",
    "(?!": "lookahead",
    "(?<=": "lookbehind",
    "(?<!": "lookbehind",
    "(?>": "an atomic group",
}
_ESCAPES = {
    "e": r"\x{1B}",
    "h": r"[ \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]",
    "s": r"[ \t\n\x{0B}\f\r]",
    "S": r"[^ \t\n\x{0B}\f\r]",
    "v": r"[\n\x{0B}\f\r\x{85}\x{2028}\x{2029}]",
    "R": r"(?:\r\n|[\n\x{0B}\f\r\x{85}\x{2028}\x{2029}])",
    "Z": r"(?:\n|\r\n)?\z",
}
_ESCAPES_IN_CLASSES = {
    "e": r"\x{1B}",
    "h": r" \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}",
    "s": r" \t\n\x{0B}\f\r",
    "v": r"\n\x{0B}\f\r\x{85}\x{2028}\x{2029}",
}
_UNSUPPORTED_ESCAPES = {"G": r"\G", "X": r"\X", "k": "a reference to a group", "c": r"\c", "N": r"\N"}
_PROPERTIES = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": r"\x{00}-\x{7F}",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~",
    "Graph": "!-~",
    "Print": " -~",
    "Blank": r" \t",
    "Cntrl": r"\x{00}-\x{1F}\x{7F}",
    "XDigit": "0-9a-fA-F",
    "Space": r" \t\n\x{0B}\f\r",
}
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?[:)]")
_NAMED = re.compile(r"\(\?<([a-zA-Z][a-zA-Z0-9]*)>")
_QUANTIFIER = re.compile(r"[*+?]|\{\d+(?:,\d*)?\}")
_UNICODE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|\\x\{([0-9A-Fa-f]+)\}|\\0([0-3]?[0-7]{1,2})")
_PROPERTY = re.compile(r"\\([pP])(?:\{(?:Is|javaI?s?|general_category=|gc=)?([A-Za-z_]+)\}|([A-Z]))")


def compile_java_regex(pattern: str) -> Matches:
    """A function that tells whether the whole of a text matches. Raises PlanError."""
    translated = _Translation(pattern).translate()
    options = _re2.Options()
    options.log_errors = False
    try:
        compiled = _re2.compile(translated, options)
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise PlanError(f"pattern {pattern!r}: {reason}") from None
    return lambda text: compiled.fullmatch(text) is not None


class _Translation:
    """Walks a pattern from left to right; `position` stands before what is not translated yet."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.dots_match_all = [False]
        """For each open group."""

    def translate(self) -> str:
        parts = []
        while self.position < len(self.pattern):
            parts.append(self._next())
        return "".join(parts)

    def _next(self) -> str:
        character = self.pattern[self.position]
        if character == "\\":
            return self._escape(_ESCAPES, is_class=False)
        if character == "[":
            return self._class()
        if character == "(":
            return self._group()
        quantifier = _QUANTIFIER.match(self.pattern, self.position)
        if quantifier is not None:
            return self._quantifier(quantifier[0])
        self.position += 1
        if character == ")" and len(self.dots_match_all) > 1:
            self.dots_match_all.pop()
        if character == "." and not self.dots_match_all[-1]:
            return _ANY
        return character

    def _quantifier(self, text: str) -> str:
        self.position += len(text)
        if self.pattern[self.position : self.position + 1] == "+":
            raise self._refusal(f"a possessive quantifier ({text}+)")
        if self.pattern[self.position : self.position + 1] == "?":
            self.position += 1
            return text + "?"
        return text

    def _group(self) -> str:
        for opening, name in _GROUPS.items():
            if self.pattern.startswith(opening, self.position):
                raise self._refusal(f"{name} ({opening}...)")
        inherited = self.dots_match_all[-1]
        named = _NAMED.match(self.pattern, self.position)
        if named is not None:
            self.position = named.end()
            self.dots_match_all.append(inherited)
            return f"(?P<{named[1]}>"
        flags = _FLAGS.match(self.pattern, self.position)
        if flags is None:
            self.position += 1
            self.dots_match_all.append(inherited)
            return "("
        return self._flags(flags)

    def _flags(self, flags: re.Match[str]) -> str:
        on, off = flags[1], flags[2] or ""
        for flag in on + off:
            if flag not in "ims":
                raise self._refusal(f"the flag {flag} in {flags[0]}")
        self.position = flags.end()
        matches_all = ("s" in on or self.dots_match_all[-1]) and "s" not in off
        if flags[0].endswith(":"):
            self.dots_match_all.append(matches_all)
        else:
            self.dots_match_all[-1] = matches_all
        return flags[0]

    def _class(self) -> str:
        parts = ["["]
        self.position += 1
        if self.pattern.startswith("^", self.position):
            parts.append("^")
            self.position += 1
        is_first = True
        while self.position < len(self.pattern):
            character = self.pattern[self.position]
            if character == "]" and not is_first:
                self.position += 1
                return "".join(parts) + "]"
            is_first = False
            if character == "[":
                raise self._refusal("a class within a class")
            if self.pattern.startswith("&&", self.position):
                raise self._refusal("an intersection of classes (&&)")
            if character == "\\":
                parts.append(self._escape(_ESCAPES_IN_CLASSES, is_class=True))
            else:
                self.position += 1
                parts.append(r"\]" if character == "]" else character)
        raise self._refusal("a class that is not closed")

    def _escape(self, known: dict[str, str], *, is_class: bool) -> str:
        if self.pattern.startswith(r"\Q", self.position):
            return self._quoted()
        code = _UNICODE.match(self.pattern, self.position)
        if code is not None:
            self.position = code.end()
            value = int(code[4], 8) if code[4] is not None else int(code[1] or code[2] or code[3], 16)
            return f"\\x{{{value:X}}}"
        found = _PROPERTY.match(self.pattern, self.position)
        if found is not None:
            return self._property(found, is_class)
        letter = self.pattern[self.position + 1 : self.position + 2]
        if letter in _UNSUPPORTED_ESCAPES:
            raise self._refusal(_UNSUPPORTED_ESCAPES[letter])
        if letter in tuple("123456789"):
            raise self._refusal(f"a reference to a group (\\{letter})")
        self.position += 2
        return known.get(letter) or "\\" + letter

    def _property(self, found: re.Match[str], is_class: bool) -> str:
        self.position = found.end()
        negated, name = found[1] == "P", found[2] or found[3]
        posix = _PROPERTIES.get(name)
        if posix is None:
            return f"\\{found[1]}{{{name}}}"
        if not is_class:
            return f"[{'^' if negated else ''}{posix}]"
        if negated:
            raise self._refusal(f"\\P{{{name}}} within a class")
        return posix

    def _quoted(self) -> str:
        end = self.pattern.find(r"\E", self.position)
        text = self.pattern[self.position + 2 : end if end >= 0 else len(self.pattern)]
        self.position = end + 2 if end >= 0 else len(self.pattern)
        return _re2.escape(text) if text else ""

    def _refusal(self, what: str) -> PlanError:
        return PlanError(f"pattern {self.pattern!r}: {what} is not supported")
