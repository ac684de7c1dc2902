"""Patterns in Java's words: what matches as a whole, and what is refused by name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.errors import PlanError
from limen.integrations.rest.java_regex import compile_java_regex

MATCHES = [
    ("200", "200", True),
    ("200", "2000", False),
    ("4\\d{2}", "404", True),
    ("[45]\\d\\d", "500", True),
    (".*", "", True),
    (".+", "", False),
    (".*", "two\nlines", False),
    ("(\\n|.)+", "two\nlines", True),
    ("(?s).*", "two\nlines", True),
    ("(?s:a.)b.", "a\nb\n", False),
    (".*", "a\u2028b", False),
    ("(?i)error.*", "ERROR: x", True),
    ('.*"status":\\s*404.*', '{"status": 404}', True),
    ("\\Qa.b\\E+", "a.bbb", True),
    ("\\Qa.b\\E", "axb", False),
    ("(?<code>4..)", "404", True),
    ("\\p{Alpha}+\\u0031", "abc1", True),
    ("[\\p{Alpha}_]+", "a_b", True),
    ("\\p{L}+", "é", True),
    ("\\P{Digit}", "x", True),
    ("[]a]", "]", True),
    ("a\\Z", "a\n", True),
    ("^404$", "404", True),
    ("^(?:2|3)[0-9]{2}$", "302", True),
    ("\\[BadRequest\\].*", "[BadRequest] no", True),
    ("\\s", "\x0b", True),
    ("x\\0101", "xA", True),
]


@pytest.mark.parametrize(("pattern", "text", "expected"), MATCHES)
def test_the_whole_text_has_to_match(pattern: str, text: str, expected: bool) -> None:
    assert compile_java_regex(pattern)(text) is expected


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("(?!200)\\d+", "lookahead"),
        ("(?=x)", "lookahead"),
        ("(?<=x)y", "lookbehind"),
        ("(?<!x)y", "lookbehind"),
        ("(?>a)", "atomic group"),
        ("(a)\\1", "reference to a group"),
        ("(?<a>b)\\k<a>", "reference to a group"),
        ("a++", "possessive"),
        ("a{2}+", "possessive"),
        ("[a-z&&[^b]]", "intersection"),
        ("[a[b]]", "class within a class"),
        ("(?x)a b", "flag x"),
        ("(a", "missing"),
        ("[a", "not closed"),
        ("*", "no argument"),
    ],
)
def test_what_is_not_supported_is_named(pattern: str, named: str) -> None:
    with pytest.raises(PlanError, match=named):
        compile_java_regex(pattern)


@given(
    st.text(alphabet="ab01.*+?()[]{}\\^$|,-&<>=!:QEpPdDswuxZ\n", max_size=12), st.text(alphabet="ab01\n", max_size=6)
)
def test_any_text_compiles_or_is_refused(pattern: str, text: str) -> None:
    try:
        matches = compile_java_regex(pattern)
    except PlanError:
        return
    assert matches(text) in (True, False)


@given(st.from_regex(r"([ab0]|\[ab\]|\(a\|b\)|[ab0][*?]|\.|\\d){0,6}", fullmatch=True), st.text("ab01", max_size=5))
def test_common_patterns_match_as_they_do_elsewhere(pattern: str, text: str) -> None:
    assert compile_java_regex(pattern)(text) is (re.fullmatch(pattern, text) is not None)
