"""The methods of Java that values have, and that they have no others."""

import pytest

from limen.templates.methods import METHODS, Entry, find_method
from limen.templates.values import ArrayList
from tests.templates.rendering import fail, render

TEXTS = [
    ("length()", "11"),
    ("isEmpty()", "false"),
    ("contains('lo W')", "true"),
    ("startsWith('Hello')", "true"),
    ("startsWith('World', 6)", "true"),
    ("endsWith('ld')", "true"),
    ("indexOf('o')", "4"),
    ("indexOf('o', 5)", "7"),
    ("indexOf('z')", "-1"),
    ("lastIndexOf('o')", "7"),
    ("lastIndexOf('o', 6)", "4"),
    ("substring(6)", "World"),
    ("substring(0, 4)", "Hell"),
    ("charAt(1)", "e"),
    ("codePointAt(0)", "72"),
    ("toLowerCase()", "hello World".lower()),
    ("toUpperCase()", "HELLO WORLD"),
    ("concat('!')", "Hello World!"),
    ("replace('l', 'L')", "HeLLo WorLd"),
    ("replaceAll('[aeiou]', '<$0>')", "H<e>ll<o> W<o>rld"),
    ("replaceFirst('l+', '_')", "He_o World"),
    ("matches('Hello.*')", "true"),
    ("matches('Hello')", "false"),
    ("split(' ')", "[Hello, World]"),
    ("split('l', 2)", "[He, lo World]"),
    ("equals('Hello World')", "true"),
    ("equals(1)", "false"),
    ("equalsIgnoreCase('hello world')", "true"),
    ("compareTo('Hellp')", "-1"),
    ("compareTo('Hell')", "7"),
    ("compareToIgnoreCase('HELLO WORLD')", "0"),
    ("toString()", "Hello World"),
    ("join('-', ['a', 1, true])", "a-1-true"),
    ("valueOf(5)", "5"),
]


@pytest.mark.parametrize(("call", "printed"), TEXTS)
def test_methods_of_text(call: str, printed: str) -> None:
    assert render(f"#set($s = 'Hello World')$s.{call}") == printed


def test_trim_removes_what_java_calls_white() -> None:
    assert render('#set($s = "\\u0000 a \n\t")[$s.trim()]') == "[a]"


NUMBERS = [
    ("5", "toString()", "5"),
    ("5", "equals(5)", "true"),
    ("5", "equals(5.0)", "false"),
    ("5", "compareTo(7)", "-1"),
    ("5", "intValue()", "5"),
    ("5.9", "intValue()", "5"),
    ("-5.9", "longValue()", "-5"),
    ("5", "doubleValue()", "5.0"),
    ("0", "parseInt('-12')", "-12"),
    ("0", "valueOf('12')", "12"),
    ("0", "max(3, 4)", "4"),
    ("0", "min(3, 4)", "3"),
    ("0", "sum(3, 4)", "7"),
    ("0", "toHexString(255)", "ff"),
    ("0.0", "parseDouble('1.5')", "1.5"),
    ("2.5", "round()", "3"),
    ("0.0", "isNaN()", "false"),
    ("true", "parseBoolean('TRUE')", "true"),
    ("true", "toString()", "true"),
    ("true", "compareTo(false)", "1"),
]


@pytest.mark.parametrize(("value", "call", "printed"), NUMBERS)
def test_methods_of_numbers_and_booleans(value: str, call: str, printed: str) -> None:
    assert render(f"#set($n = {value})$n.{call}") == printed


LISTS = [
    ("$l.size() $l.isEmpty() $l.count()", "3 false 3"),
    ("$l.get(0)$l.contains('b')$l.contains('z')", "atruefalse"),
    ("$l.indexOf('b') $l.lastIndexOf('a') $l.indexOf('z')", "1 2 -1"),
    ("$l.add('d') $l", "true [a, b, a, d]"),
    ("$l.add(0, 'd') $l", " [d, a, b, a]"),
    ("$l.set(1, 'x') $l", "b [a, x, a]"),
    ("$l.addAll(['x', 'y']) $l", "true [a, b, a, x, y]"),
    ("$l.remove(0) $l.remove('a') $l.remove('z') $l", "a true false [b]"),
    ("$l.subList(1, 3)", "[b, a]"),
    ("$l.containsAll(['a', 'b']) $l.containsAll(['z'])", "true false"),
    ("$l.clear()$l", "[]"),
    ("$l.equals(['a', 'b', 'a'])", "true"),
    ("$l.toString().length()", "9"),
]


@pytest.mark.parametrize(("template", "output"), LISTS)
def test_methods_of_lists(template: str, output: str) -> None:
    assert render("#set($l = ['a', 'b', 'a'])" + template) == output


MAPS = [
    ("$m.size() $m.isEmpty() $m.get('a') $m.containsKey('a') $m.containsKey('z')", "2 false 1 true false"),
    ("$m.containsValue(2) $m.containsValue(3)", "true false"),
    ("$!m.put('c', 3)$m", "{a=1, b=2, c=3}"),
    ("$m.put('a', 3)$m", "1{a=3, b=2}"),
    ("$m.put('c', 3)", "$m.put('c', 3)"),
    ("$m.putAll({'c': 3})$m", "{a=1, b=2, c=3}"),
    ("$m.putIfAbsent('a', 9)$m.putIfAbsent('z', 9)", "1$m.putIfAbsent('z', 9)"),
    ("$m.getOrDefault('a', 9)$m.getOrDefault('z', 9)", "19"),
    ("$m.remove('a')$!m.remove('z')$m", "1{b=2}"),
    ("$m.keySet() $m.values() $m.entrySet()", "[a, b] [1, 2] [a=1, b=2]"),
    ("$m.keySet().contains('a')", "true"),
    ("$m.clear()$m", "{}"),
    ("$m.equals({'a': 1, 'b': 2})", "true"),
    ("#foreach($e in $m.entrySet())$e.getKey()$e.getValue()$e.key#end", "a1ab2b"),
]


@pytest.mark.parametrize(("template", "output"), MAPS)
def test_methods_of_maps(template: str, output: str) -> None:
    assert render("#set($m = {'a': 1, 'b': 2})" + template) == output


WRONG = [
    ("$s.charAt(9)", "character 9 of a text of 3"),
    ("$s.substring(2, 1)", "substring from 2 to 1 of a text of 3"),
    ("$n.parseInt('x')", "'x' is not an integer"),
    ("$l.get(3)", "index 3 of a list of 1"),
    ("$l.set(1, 2)", "index 1 of a list of 1"),
    ("$l.subList(0, 2)", "a part from 0 to 2 of a list of 1"),
    ("$m.put([1], 2)", "a list or map cannot be the key of a map"),
    ("$s.replaceAll('(', '')", "the regular expression '(' cannot be used: missing )"),
]


@pytest.mark.parametrize(("call", "reason"), WRONG)
def test_what_java_would_throw_is_said(call: str, reason: str) -> None:
    template = "#set($s = 'abc')#set($n = 0)#set($l = [1])#set($m = {})" + call
    assert f"{call}: {reason}" in fail(template)


ESCAPES = [
    "$s.getClass()",
    "$s.class",
    "$s['__class__']",
    "$m.a['__class__']",
    "$s.format('x')",
    "$s.encode()",
    "$s.join",
    "$l.sort()",
    "$l.append(1)",
    "$l['__len__']",
    "$m.items()",
    "$m.pop('a')",
    "$m.setdefault('a', 1)",
    "$n.bit_length()",
    "$n.real",
    "$input.charge(1)",
    "$input.document()",
    "$util.charge",
    "$util.escape_java_script('a')",
]


@pytest.mark.parametrize("reference", ESCAPES)
def test_no_method_of_python_is_within_reach(reference: str) -> None:
    prefix = "#set($s = 'abc')#set($n = 0)#set($l = [1])#set($m = {'a': 1})"
    assert render(prefix + reference) in (reference, "")


def test_every_row_is_a_method_of_the_kinds_it_says() -> None:
    for table in METHODS.values():
        for key, rows in table.items():
            count = int(key.rpartition("/")[2])
            assert all(len(kinds) == count and callable(method) for kinds, method in rows)


def test_a_call_that_fits_no_row_is_none() -> None:
    assert find_method(METHODS[str], "substring/1", ("a",)) is None
    assert find_method(METHODS[str], "substring/1", (True,)) is None
    assert find_method(METHODS[ArrayList], "get/1", (1,)) is not None


def test_an_entry_prints_as_in_java() -> None:
    assert Entry("a", None).text() == "a=null"
