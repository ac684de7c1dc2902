"""#set, #if, #foreach, #break and #stop, in both forms of compiled code."""

import pytest

from limen.templates.compiler import needs_general_form
from limen.templates.parser import parse_template
from tests.templates.rendering import compile_generally, fail, render, scope

LOOPS = [
    ("#foreach($x in [1..3])$x#end", "123"),
    ("#foreach($x in [3..1])$x,#end", "3,2,1,"),
    ("#foreach($x in {'a': 1, 'b': 2})$x#end", "12"),
    ("#foreach($x in ['a', $n, $missing])<$x>#end", "<a><2><$x>"),
    ("#foreach($x in $missing)$x#end", ""),
    ("#foreach($x in 'text')$x#end#foreach($x in 5)$x#end#foreach($x in true)$x#end", ""),
    ("#foreach($x in [])$x#end", ""),
    ("#foreach($k in $m.keySet())$k=$m.get($k) #end", "a=1 b=2 "),
    ("#foreach($e in $m.entrySet())$e.key:$e.value:$e #end", "a:1:a=1 b:2:b=2 "),
    ("#foreach($v in $m.values())$v#end", "12"),
    ("#foreach($x in [1,2])#foreach($y in [3,4])$x$y #end#end", "13 14 23 24 "),
]


@pytest.mark.parametrize(("template", "output"), LOOPS)
def test_loops_go_through_lists_and_the_values_of_maps(template: str, output: str) -> None:
    assert render("#set($n = 2)#set($m = {'a': 1, 'b': 2})" + template) == output


POSITIONS = [
    ("#foreach($x in ['a','b','c'])$foreach.index$foreach.count#if($foreach.hasNext),#end#end", "01,12,23"),
    ("#foreach($x in [1..3])$foreach.first/$foreach.last #end", "true/false false/false false/true "),
    ("#foreach($x in [1..2])$velocityCount$velocityHasNext #end", "1true 2false "),
    ("#foreach($x in [1..2])#foreach($y in [1..2])$foreach.parent.count$foreach.count #end#end", "11 12 21 22 "),
    ("#foreach($x in [1..2])#foreach($y in [1..1])$foreach.topmost.count$foreach.topscope.index#end#end", "1021"),
    ("#foreach($x in [1..2])#foreach($y in [1..2])#end$foreach.count$velocityCount#end", "1122"),
    ("#foreach($x in [1..2])$foreach.hasNext()#end", "truefalse"),
    ("#foreach($x in [1])$foreach.parent.index|$foreach.nope#end", "$foreach.parent.index|$foreach.nope"),
    ("$foreach.index $velocityCount", "$foreach.index $velocityCount"),
    ("#foreach($x in [1..2])#set($f = $foreach)$f.index#end", "01"),
    ("#foreach($x in [1..2])#set($foreach.sum = $foreach.count)$foreach.sum#end", "12"),
    ("#foreach($x in [1])#set($foreach.a = 7)#foreach($y in [1])$foreach.a#end#end", "7"),
    ("#set($foreach = 'mine')#foreach($x in [1])$foreach.index#end$foreach", "0mine"),
    ("#set($velocityCount = 'mine')#foreach($x in [1])$velocityCount#end$velocityCount", "1mine"),
]


@pytest.mark.parametrize(("template", "output"), POSITIONS)
def test_a_loop_knows_where_it_stands(template: str, output: str) -> None:
    assert render(template) == output


def test_after_a_loop_variables_are_what_they_were_before() -> None:
    assert render("#set($x = 'old')#foreach($x in [1,2])$x#end$x") == "12old"
    assert render("#foreach($x in [1,2])#end$x") == "$x"
    assert render("#set($x = 'old')#foreach($x in [1,2])#break#end$x") == "old"
    assert render("#foreach($x in [1,2])#set($kept = $x)#end$kept") == "2"


ENDS = [
    ("#foreach($x in [1..5])#if($x == 3)#break#end$x#end after", "12 after"),
    ("#foreach($x in [1..2])#foreach($y in [1..3])#if($y == 2)#break#end$x$y #end#end", "11 21 "),
    ("#foreach($x in [1..2])#foreach($y in [1..3])#break($foreach.parent)#end#end.", "."),
    ("#foreach($x in [1..2])#foreach($y in [1..3])$y#break($foreach)#end#end.", "11."),
    ("a#break b", "a"),
    ("a#stop b", "a"),
    ("a#stop('enough') b", "a"),
    ("#foreach($x in [1..5])$x#if($x == 2)#stop#end#end after", "12"),
    ("#if(true)a#stop#end b", "a"),
]


@pytest.mark.parametrize(("template", "output"), ENDS)
def test_loops_and_templates_end_early(template: str, output: str) -> None:
    assert render(template) == output


def test_break_takes_only_the_scope_of_a_loop() -> None:
    assert fail("\n#break('x')") == "template t, line 2, column 1: #break: is not a scope that #break could leave"
    ended = "#foreach($x in [1])#set($f = $foreach)#end#break($f)"
    assert "the scope that #break leaves has ended" in fail(ended)


def test_branches() -> None:
    template = "#if($x == 1)a#elseif($x == 2)b#elseif($x == 3)c#{else}d#end"
    assert [render(f"#set($x = {number}){template}") for number in (1, 2, 3, 4)] == ["a", "b", "c", "d"]
    assert render("#if(true)#end#if(false)#else#end.") == "."


def test_values_of_other_branches_are_not_computed() -> None:
    assert render("#set($l = [])#if(true || $l.add(1))#end#if(false && $l.add(1))#end$l") == "[]"


GENERAL = [
    "#macro(m)#end",
    "#define($x)#end",
    "#evaluate('x')",
    "#@m()#end",
    '#set($x = "#if(true)a#end")',
    '$x.y("#set($z = 1)")',
    "#foreach($x in [1])#set($f = $foreach)#end",
    "#foreach($x in [1])#break($foreach)#end",
    "#set($input = 1)",
    "#foreach($context in [1])#end",
]


@pytest.mark.parametrize("template", GENERAL)
def test_what_cannot_be_seen_beforehand_needs_the_general_form(template: str) -> None:
    assert needs_general_form(parse_template(template, "t"))


def test_what_templates_commonly_do_does_not() -> None:
    template = "#set($d = $input.path('$'))#foreach($x in $d.y)#if($foreach.hasNext)\"$x.z\",#end#break#end#stop$m #m()"
    assert not needs_general_form(parse_template(template, "t"))


def test_the_variables_of_api_gateway_can_be_covered() -> None:
    assert render("#set($input = 'mine')$input $input.body", '{"a":1}') == "mine "
    assert render("#foreach($util in [1,2])$util#end$util.urlEncode('a b')") == "12a+b"


def test_an_argument_is_evaluated_for_each_iteration() -> None:
    assert render("#set($l = [])#foreach($x in [1..3])#set($y = $l.add($x))#end$l $l.size()") == "[1, 2, 3] 3"


def test_loops_within_loops_are_bounded() -> None:
    deep = 16
    nested = "".join(f"#foreach($x{number} in [1])" for number in range(deep)) + "x" + "#end" * deep
    with pytest.raises(Exception, match="#foreach: #foreach nested deeper than 15"):
        render(nested)
    assert compile_generally(nested).render(scope()) == "x"
    assert render(nested[len("#foreach($x0 in [1])") : -len("#end")]) == "x"
