"""Literals, arithmetic, comparisons and logic, with the semantics of Java and Velocity 1.7."""

import pytest

from tests.templates.rendering import fail, render


def value_of(expression: str) -> str:
    """What an expression prints, `null` where it is null."""
    return render(f"#set($n = 2)#set($s = 'a')#set($v = 'null')#set($v = {expression})$v")


VALUES = [
    ("1", "1"),
    ("-1", "-1"),
    ("1.5", "1.5"),
    ("-.5", "-0.5"),
    ("1.", "1.0"),
    ("1e10", "1.0E10"),
    ("1.5e-4", "1.5E-4"),
    ("1e999", "Infinity"),
    ("12345678901234567890", "12345678901234567890"),
    ("true", "true"),
    ("'a''b'", "a'b"),
    ('"a""b"', 'a"b'),
    ('"a\'b"', "a'b"),
    ("'$n'", "$n"),
    ('"$n"', "2"),
    ('"${n}a$!missing|$missing"', "2a|$missing"),
    ('"a\\nb"', "a\\nb"),
    ('"\\u00e9\\uD83D\\uDE00"', "é😀"),
    ("[]", "[]"),
    ("[1, 'a', $n, true, [2]]", "[1, a, 2, true, [2]]"),
    ("[$missing]", "[null]"),
    ("[1..3]", "[1, 2, 3]"),
    ("[$n .. -1]", "[2, 1, 0, -1]"),
    ("[1..1]", "[1]"),
    ("[1..$s]", "null"),
    ("{}", "{}"),
    ("{'a': 1, 'b': [2]}", "{a=1, b=[2]}"),
    ("{$s: $n, 3: $missing}", "{a=2, 3=null}"),
]


@pytest.mark.parametrize(("expression", "printed"), VALUES)
def test_literals(expression: str, printed: str) -> None:
    assert value_of(expression) == printed


ARITHMETIC = [
    ("1 + 2 * 3", "7"),
    ("(1 + 2) * 3", "9"),
    ("7 - 2 - 1", "4"),
    ("7 / 2", "3"),
    ("-7 / 2", "-3"),
    ("7 % 3", "1"),
    ("-7 % 3", "-1"),
    ("7 % -3", "1"),
    ("7.0 / 2", "3.5"),
    ("1 + 1.0", "2.0"),
    ("1 / 0", "null"),
    ("1 % 0", "null"),
    ("1.0 / 0", "null"),
    ("$n*$n", "4"),
    ("$n -1", "1"),
    ("$s + 1", "a1"),
    ("1 + $s", "1a"),
    ("1 + 1 + $s", "2a"),
    ("$s + $missing", "a$missing"),
    ("$s - 1", "null"),
    ("$missing + 1", "null"),
    ("true + 1", "null"),
    ("9223372036854775807 + 1", "9223372036854775808"),
    ("10000000 * 1.0", "1.0E7"),
]


@pytest.mark.parametrize(("expression", "printed"), ARITHMETIC)
def test_arithmetic(expression: str, printed: str) -> None:
    assert value_of(expression) == printed


CONDITIONS = [
    ("1 == 1.0", True),
    ("1 == '1'", True),
    ("1 != 2", True),
    ("'a' == 'a'", True),
    ("'a' == \"a\"", True),
    ("true == 'true'", True),
    ("true == 1", False),
    ("$missing == $missing", True),
    ("$missing == ''", False),
    ("$missing != 1", True),
    ("[1] == [1]", True),
    ("{'a': 1} == {'a': 1.0}", True),
    ("[1] == '[1]'", True),
    ("1 < 2 && 2 <= 2 && 3 > 2 && 2 >= 2", True),
    ("'a' < 'b'", False),
    ("$missing < 1", False),
    ("1 lt 2 and 2 le 2 and 3 gt 2 and 2 ge 2 and 1 eq 1 and 1 ne 2", True),
    ("not false", True),
    ("!$missing", True),
    ("!$n", False),
    ("false || $n", True),
    ("false or true && false", False),
    ("(false || true) && true", True),
    ("1 == 1 == true", True),
    ("$n == 2", True),
    ("$s == 'a'", True),
    ("$s != 'a'", False),
    # anything is true but null and false; though literals, sums and texts have no truth in 1.7
    ("$n", True),
    ("$s", True),
    ("true", True),
    ("false", False),
    ("1", False),
    ("'a'", False),
    ("[1]", False),
    ("$n + 1", False),
    ('"$n"', False),
]


@pytest.mark.parametrize(("condition", "outcome"), CONDITIONS)
def test_conditions(condition: str, outcome: bool) -> None:
    assert render(f"#set($n = 2)#set($s = 'a')#if({condition})yes#{{else}}no#end") == ("yes" if outcome else "no")


@pytest.mark.parametrize(("condition", "outcome"), CONDITIONS[:20])
def test_a_comparison_is_a_value(condition: str, outcome: bool) -> None:
    assert value_of(condition) == ("true" if outcome else "false")


def test_empty_text_is_true() -> None:
    assert render("#set($x = '')#if($x)yes#end") == "yes"


def test_numbers_are_bounded() -> None:
    squares = "#set($x = 9999999999)" + "#set($x = $x * $x)" * 8
    assert fail(squares) == "template t, line 1, column 122: $x: a number of more than 2048 bits"
    assert "more than 400 digits" in fail(f"#set($x = {'9' * 500})")
    assert "more than 10,000 numbers" in fail("#set($x = [1..1000000])")


def test_numbers_too_large_for_a_fraction_are_said() -> None:
    squares = "#set($x = 9999999999)" + "#set($x = $x * $x)" * 5
    assert "a number too large" in fail(squares + "#set($y = $x * 1.0)")


def test_a_long_chain_of_alternatives_is_fine() -> None:
    chain = " || ".join(f"$x == {number}" for number in range(500))
    assert render(f"#set($x = 499)#if({chain})yes#end") == "yes"


def test_a_long_sum_is_too_deep_or_fine_but_said() -> None:
    assert render("#set($x = " + " + ".join("1" * 50) + ")$x") == "50"
    assert "too deep" in fail("#set($x = " + " + ".join("1" * 1000) + ")$x")
