"""Values that are small in memory and endless once they are written out, and work that is short to write down."""

import json
import time

import pytest

from limen.templates import weight
from limen.templates.errors import Trouble
from limen.templates.methods import Entry
from limen.templates.template import TemplateError, compile_template
from limen.templates.values import ArrayList
from limen.templates.weight import check_comparing, weigh
from tests.templates.rendering import fail, render, scope

DOUBLED = "#set($a = ['aaaa'])" + "#set($a = [$a, $a])" * 40
DOUBLED_TOO = DOUBLED.replace("$a", "$b")
DOUBLED_MAP = "#set($a = {'x': 'aaaa'})" + "#set($a = {'x': $a, 'y': $a})" * 40
DOUBLED_JSON = "#set($a = $input.path('$.a'))" + (
    "#set($n = $util.parseJson('[]'))#set($q = $n.add($a))#set($q = $n.add($a))#set($a = $n)" * 40
)


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the end is reached at once."""
    monkeypatch.setattr(weight, "MAX_TEXT", 100_000)


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize(
    "template",
    [
        DOUBLED + "$a",
        DOUBLED_MAP + "$a",
        DOUBLED + DOUBLED_TOO + "#if($a == $b)#end",
        DOUBLED + DOUBLED_TOO + "#set($c = [$a])$c.indexOf($b)",
        DOUBLED + "#set($x = 'x' + $a)",
        DOUBLED + "$util.escapeJavaScript($a)",
        DOUBLED + "#set($s = 'x')$s.join(',', [$a, $a])",
        DOUBLED + "#foreach($i in [1])#set($foreach.x = $a)$foreach#end",
        DOUBLED + "#set($m = {'a': $a})$m.entrySet()",
        DOUBLED + "#set($l = $input.path('$.a'))#set($q = $l.add($a))$input.json('$')",
        DOUBLED_JSON + "$a",
    ],
)
def test_what_holds_itself_many_times_is_never_written_out(template: str) -> None:
    assert fail(template, '{"a": []}').endswith("a text of more than 100,000 characters")


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("template", ["$input.json('$..b')", "$input.path('$..b')", "$input.path('$..*.concat()')"])
def test_a_text_that_is_selected_with_all_around_it_is_counted_each_time(template: str) -> None:
    body = '{"b":' * 100 + json.dumps("x" * 10_000) + "}" * 100
    assert fail(template, body).endswith("a text of more than 100,000 characters")


def test_what_is_selected_once_may_be_long() -> None:
    body = json.dumps({"b": "x" * 3_000_000})
    assert len(render("$input.json('$..b')", body)) == 3_000_004


@pytest.mark.parametrize(
    "template",
    [
        "$input.path('$.a').containsAll($input.path('$.b'))",
        "#set($l = [])#foreach($i in [1..900])#set($q = $l.add($input.path('$.a')))#end$l.indexOf($input.path('$.b'))",
    ],
)
def test_lists_are_not_compared_for_ever(template: str) -> None:
    body = json.dumps({"a": list(range(50_000)), "b": [49_999] * 50_000})
    assert "more than 20,000,000 values to compare" in fail(template, body)


@pytest.mark.parametrize(
    "path",
    [
        "$.l[?($.t == $.u)]",
        "$.l[?($.t contains $.u)]",
        "$.l[?($.t =~ /a+b/)]",
        "$.l[?(1 == $.t)]",
        "$.l[?($.m == $.n)]",
    ],
)
def test_filters_pay_for_what_they_look_at(path: str) -> None:
    many = [[1] * 10_000]
    body = json.dumps({"l": [{}] * 10_000, "t": "a" * 100_000, "u": "a" * 99_999 + "b", "m": many, "n": [*many, 2]})
    assert "visits more than 1,000,000 values" in fail(f"$input.path('{path}')", body)


BY_NAME = "#macro(m0 $x)$x#end" + "".join(
    f'#macro(m{level} $x)#m{level - 1}("#set($d = $x)#set($d = $x)#set($d = $x)#set($d = $x)a")#end'
    for level in range(1, 19)
)
BLOCKS = "#define($b0)a#end" + "".join(
    f"#define($b{level})#if($b{level - 1})#if($b{level - 1})#if($b{level - 1})a#end#end#end#end"
    for level in range(1, 40)
)
LISTS = "#macro(m0 $x)$x#end" + "".join(
    f"#macro(m{level} $x)#m{level - 1}([$x, $x, $x, $x, $x, $x, $x, $x])#end" for level in range(1, 19)
)


@pytest.mark.parametrize("template", [BY_NAME + "#m18('a')", BLOCKS + "$b39", LISTS + "#m18('a')"])
def test_macros_and_blocks_within_each_other_end_in_time(template: str) -> None:
    began = time.monotonic()
    with pytest.raises(TemplateError, match="takes too long"):
        compile_template(template, "t").render(scope())
    assert time.monotonic() - began < 5


def test_lists_that_methods_make_are_charged_for() -> None:
    template = "#set($o = {})#foreach($i in [1..1000])#set($o[$i] = $input.path('$').subList(0, 100000))#end"
    assert "makes texts of more than" in fail(template, json.dumps([1] * 100_000))


def test_weight_is_about_that_of_the_text() -> None:
    assert weigh("text") == 5
    assert weigh(7) == 0
    assert weigh({"name": ["a", "b"]}) == 2 + 8 + 4 + 4 + 8 + 4
    assert weigh(ArrayList([Entry("key", "value")])) == 2 + 8 + 8 + 4 + 6


def test_comparing_costs_what_is_compared() -> None:
    check_comparing(1, 20_000_000)
    with pytest.raises(Trouble, match="values to compare"):
        check_comparing("x" * 640, 2_000_000)
    with pytest.raises(Trouble, match="values to compare"):
        check_comparing([1] * 1_000, 20_000)
