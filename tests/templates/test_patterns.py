"""Regular expressions of Java."""

import pytest

from limen.templates.errors import Trouble
from limen.templates.patterns import literal_of, matches, replace, split

REPLACED = [
    ("it\\'s", "\\\\'", "'", "it's"),
    ("a.b.c", "\\.", "", "abc"),
    ("a.b", ".", "x", "xxx"),
    ("a\nb\r", ".", "x", "x\nx\r"),
    ("a\nb", "(?s).", "x", "xxx"),
    ("a b\x0bc", "\\s", "_", "a_b_c"),
    ("a b", "\\S", "_", "_ _"),
    ("a b", "[\\s]", "_", "a_b"),
    ("John Smith", "(\\w+) (\\w+)", "$2, $1", "Smith, John"),
    ("abc", "(?<first>a)", "[${first}]", "[a]bc"),
    ("cost", "cost", "\\$5", "$5"),
    ("cost", "cost", "\\\\", "\\"),
    ("Aé1", "\\p{Alpha}", "_", "_é1"),
    ("Aé1", "\\P{Alpha}", "_", "A__"),
    ("Aé1", "\\p{L}", "_", "__1"),
    ("Aé1", "\\p{IsAlphabetic}", "_", "__1"),
    ("Aé1", "[\\p{Upper}1]", "_", "_é_"),
    ("Aé1", "\\u00e9", "_", "A_1"),
    ("a.b", "\\Q.\\E", "_", "a_b"),
    ("a\n", "a\\Z", "_", "_"),
    ("abc", "", "-", "-a-b-c-"),
    ("abc", "x*", "-", "-a-b-c-"),
    ("aXbX", "(?i)x", "", "ab"),
    ("a/b", "/", "\\\\/", "a\\/b"),
    ("a#b", "\\#", "", "ab"),
]


@pytest.mark.parametrize(("text", "pattern", "replacement", "output"), REPLACED)
def test_replacing(text: str, pattern: str, replacement: str, output: str) -> None:
    assert replace(text, pattern, replacement) == output


def test_replacing_the_first() -> None:
    assert replace("aaa", "a", "b", 1) == "baa"
    assert replace("aaa", "a{1}", "b", 1) == "baa"


SPLIT = [
    ("a,b,,c,,", ",", 0, ["a", "b", "", "c"]),
    (",a", ",", 0, ["", "a"]),
    ("a,b,c", ",", 2, ["a", "b,c"]),
    ("a,b,,", ",", -1, ["a", "b", "", ""]),
    ("abc", "", 0, ["a", "b", "c"]),
    ("abc", ",", 0, ["abc"]),
    ("", ",", 0, [""]),
    (",", ",", 0, []),
    ("a1b22c", "[0-9]+", 0, ["a", "b", "c"]),
    ("a|b", "\\|", 0, ["a", "b"]),
]


@pytest.mark.parametrize(("text", "pattern", "limit", "parts"), SPLIT)
def test_splitting(text: str, pattern: str, limit: int, parts: list[str]) -> None:
    assert split(text, pattern, limit) == parts


def test_matching_is_of_the_whole_text() -> None:
    assert matches("a1", "[a-z]\\d")
    assert not matches("a12", "[a-z]\\d")
    assert not matches("a1\n", "a1")


def test_patterns_without_operators_are_literals() -> None:
    assert literal_of("a\\.b") == "a.b"
    assert literal_of("a b'\"") == "a b'\""
    assert literal_of("a.b") is None
    assert literal_of("\\d") is None


REFUSED = ["(?=a)", "(?<!a)b", "(a)\\1", "a++", "(?>a)", "[a&&b]", "[a[b]]", "(", "[", "a{2000}", "\\", "x" * 3000]


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_takes_more_than_linear_time_is_refused(pattern: str) -> None:
    with pytest.raises(Trouble, match="regular expression"):
        replace("a", pattern + "(b)?", "")


def test_replacements_that_stand_for_nothing_are_said() -> None:
    with pytest.raises(Trouble, match="has no group 3"):
        replace("a", "(a)", "$3")
    with pytest.raises(Trouble, match="has a \\$ that stands for nothing"):
        replace("a", "(a)", "$")


def test_growth_is_bounded() -> None:
    with pytest.raises(Trouble, match="more than 10,000,000 characters"):
        replace("a" * 100_000, "a", "b" * 1000)
    with pytest.raises(Trouble, match="more than 10,000,000 characters"):
        replace("a" * 100_000, "[a]", "b" * 1000)
    with pytest.raises(Trouble, match="too long for the regular expression"):
        matches("a" * 100_000, "(a|b){900}x")
    with pytest.raises(Trouble, match="takes too long"):
        replace("a" * 200_000, "a.*b|a", "")
