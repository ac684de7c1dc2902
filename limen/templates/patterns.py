"""Regular expressions of Java, as replaceAll, replaceFirst, matches and split take them, run by RE2 in linear time.

What RE2 cannot do in linear time (back-references, looking around) is refused by name. Classes that differ are
translated: `.` stops at every line end of Java, `\\s` takes a vertical tab, `\\uXXXX` and `\\p{Alpha}` are spelled
otherwise.
"""

import re
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2

from limen.templates.errors import Trouble
from limen.templates.values import ArrayList
from limen.templates.weight import MAX_TEXT

MAX_PATTERN = 2_000
MAX_WORK = 50_000_000
"""Characters of a text times instructions of the compiled expression: RE2 needs 18 ns for one at the worst."""
SECONDS = 0.5
"""For all matches in a text. Each is found in linear time, but many may look ahead to the end of the text."""
MATCHES_BETWEEN_CHECKS = 64
_DOT = r"[^\n\r\x{85}\x{2028}\x{2029}]"
_SPACE = r"\t\n\x0b\f\r "
_POSIX = frozenset(
    {
        "lower",
        "upper",
        "ascii",
        "alpha",
        "digit",
        "alnum",
        "punct",
        "graph",
        "print",
        "blank",
        "cntrl",
        "xdigit",
        "space",
    }
)
_LITERAL = re.compile(r"(?:[^\\.\[\]{}()*+?^$|]|\\[^A-Za-z0-9])+")
_PROPERTY = re.compile(r"\\([pP])(?:\{(?:Is)?(\w+)\}|(\w))")
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")
_REPLACEMENT = re.compile(r"\\(.)|\$(\d)|\$\{([A-Za-z][A-Za-z0-9]*)\}|([^\\$]+)|(.)", re.DOTALL)


_re2: Any = re2
"""Untyped, as mypy and mypyc would see it in two ways."""


@lru_cache(maxsize=128)
def compile_pattern(text: str) -> Any:
    """Raises Trouble."""
    if len(text) > MAX_PATTERN:
        raise Trouble(f"a regular expression of more than {MAX_PATTERN:,} characters")
    options = _re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return _re2.compile(_translate(text), options)
    except re2.error as error:
        reason = error.args[0] if error.args else "not understood"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise Trouble(f"the regular expression {text!r} cannot be used: {reason}") from None


def _translate(text: str) -> str:
    parts: list[str] = []
    at, in_class = 0, 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            part, at = _translate_escape(text, at, in_class > 0)
            parts.append(part)
            continue
        if character == "[":
            in_class += 1
        elif character == "]" and in_class:
            in_class -= 1
        elif in_class and text.startswith("&&", at):
            raise Trouble(f"the regular expression {text!r} cannot be used: && within a class")
        parts.append(_DOT if character == "." and not in_class and "(?s" not in text else character)
        if in_class > 1:
            raise Trouble(f"the regular expression {text!r} cannot be used: a class within a class")
        at += 1
    return "".join(parts)


def _translate_escape(text: str, at: int, in_class: bool) -> tuple[str, int]:
    if (match := _UNICODE.match(text, at)) is not None:
        return f"\\x{{{match[1]}}}", match.end()
    if (match := _PROPERTY.match(text, at)) is not None:
        return _translate_property(match, in_class), match.end()
    following = text[at + 1 : at + 2]
    if text.startswith("\\Q", at):
        end = text.find("\\E", at + 2)
        end = len(text) if end < 0 else end
        return re.escape(text[at + 2 : end]), end + 2
    if following == "s":
        return (_SPACE if in_class else f"[{_SPACE}]"), at + 2
    if following == "S" and not in_class:
        return f"[^{_SPACE}]", at + 2
    if following == "Z":
        return r"(?:\n?\z)", at + 2
    if following.isascii() and following.isalnum():
        return text[at : at + 2], at + 2
    return (re.escape(following) if following else "\\"), at + 2


def _translate_property(match: re.Match[str], in_class: bool) -> str:
    name = match[2] or match[3]
    lowered = name.lower()
    if lowered in _POSIX:
        posix = f"[:{'^' if match[1] == 'P' else ''}{lowered}:]"
        return posix if in_class else f"[{posix}]"
    return f"\\{match[1]}{{{'L' if name == 'Alphabetic' else name}}}"


def literal_of(pattern: str) -> str | None:
    """The text that a pattern without any operator stands for."""
    if _LITERAL.fullmatch(pattern) is None:
        return None
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)


def replace(text: str, pattern: str, replacement: str, count: int = 0) -> str:
    """Java's replaceAll, or replaceFirst where `count` is 1: `$1` in the replacement is the first group."""
    literal = literal_of(pattern)
    if literal is not None and "\\" not in replacement and "$" not in replacement:
        return replace_text(text, literal, replacement, count or -1)
    parts = _parse_replacement(replacement)
    pieces: list[str] = []
    at = size = 0
    for done, match in enumerate(_find_all(pattern, text), 1):
        found = [text[at : match.start()], *(_expand(part, match) for part in parts)]
        size += sum(map(len, found))
        if size > MAX_TEXT:
            raise Trouble(f"a text of more than {MAX_TEXT:,} characters")
        pieces += found
        at = match.end()
        if done == count:
            break
    pieces.append(text[at:])
    return "".join(pieces)


def replace_text(text: str, old: str, new: str, count: int = -1) -> str:
    """Without patterns, within the bounds of a text."""
    if len(new) > len(old):
        times = text.count(old) if old else len(text) + 1
        if len(text) + times * (len(new) - len(old)) > MAX_TEXT:
            raise Trouble(f"a text of more than {MAX_TEXT:,} characters")
    return text.replace(old, new, count)


@lru_cache(maxsize=512)
def _parse_replacement(replacement: str) -> tuple[str | int, ...]:
    """Texts and numbers or names of groups: a name is marked by a NUL before it."""
    parts: list[str | int] = []
    for match in _REPLACEMENT.finditer(replacement):
        escaped, number, name, plain, wrong = match.groups()
        if wrong is not None:
            raise Trouble(f"the replacement {replacement!r} has a {wrong} that stands for nothing")
        if number is not None:
            parts.append(int(number))
        else:
            parts.append(f"\0{name}" if name is not None else escaped if escaped is not None else plain)
    return tuple(parts)


def _expand(part: str | int, match: Any) -> str:
    if isinstance(part, str) and not part.startswith("\0"):
        return part
    try:
        return match.group(part[1:] if isinstance(part, str) else part) or ""
    except (IndexError, KeyError):
        raise Trouble(f"the regular expression has no group {part if isinstance(part, int) else part[1:]}") from None


def matches(text: str, pattern: str) -> bool:
    """Whether the whole text matches."""
    return _compile_for(pattern, text).fullmatch(text) is not None


def _compile_for(pattern: str, text: str) -> Any:
    compiled = compile_pattern(pattern)
    if compiled.programsize * len(text) > MAX_WORK:
        raise Trouble(f"a text of {len(text):,} characters is too long for the regular expression {pattern[:40]!r}")
    return compiled


def _find_all(pattern: str, text: str) -> Iterator[Any]:
    ends = time.monotonic() + SECONDS
    for number, match in enumerate(_compile_for(pattern, text).finditer(text)):
        if number % MATCHES_BETWEEN_CHECKS == 0 and time.monotonic() > ends:
            raise Trouble("takes too long")
        yield match


def split(text: str, pattern: str, limit: int = 0) -> ArrayList:
    """As Java: without a limit empty texts at the end are left out, and an empty match at the beginning is none."""
    pieces = ArrayList()
    at = found = 0
    for match in _find_all(pattern, text):
        start, end = match.span()
        if limit > 0 and len(pieces) == limit - 1:
            break
        if end == 0 or (start == end == len(text)):
            continue
        pieces.append(text[at:start])
        at, found = end, found + 1
    pieces.append(text[at:])
    if limit == 0 and found:
        while pieces and pieces[-1] == "":
            pieces.pop()
    return pieces
