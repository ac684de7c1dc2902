"""#macro, #define and #evaluate."""

import pytest

from tests.templates.rendering import fail, render

MACROS = [
    ("#macro(m)x#end#m()#m()", "xx"),
    ("#m()#macro(m)x#end", "x"),
    ("#macro(m)x#end#m#{m}!", "xx!"),
    ("#macro(m $a $b)<$a|$b>#end#m(1 'z')#m(1, 'z')#m($n \"$n$n\")", "<1|z><1|z><2|22>"),
    ("#macro(m)\nx\n#end\n#m()\ny", "x\ny"),
    ("#macro(m $a)x#end#macro(m $a)y#end#m(1)", "x"),
    # too many arguments are ignored, a missing one is the variable of its name around
    ("#macro(m $a)<$a>#end#m(1 2)#m()#set($a = 'outer')#m()", "<1><$a><outer>"),
    # a null prints as the reference that was given
    ("#macro(m $a)<$a ${a} $!a $a.b>#end#m($nope.x)", "<$nope.x ${a}  $a.b>"),
    # arguments are by name
    ('#macro(m $a)#set($n = 3)$a#end#m($n)#m("$n")#m([$n])', "33[3]"),
    ("#macro(m $a)$a$a#end#set($l = [])#m($l.add(1))$l.size()", "truetrue2"),
    ("#macro(m $a)$a#set($a = 9)$a#end#m($n)$a$n", "2992"),
    # variables are those of the template
    ("#macro(m)#set($x = 1)#end#m()$x", "1"),
    ("#macro(m $a)#foreach($x in $a)$x$foreach.count #end#end#m([7,8])", "71 82 "),
    ("#macro(m)$foreach.count#end#foreach($x in [1,2])#m()#end", "12"),
    ("#macro(m)a#break b#end#m()c", "ac"),
    ("#macro(m)a#stop b#end#m()c", "a"),
    ("#macro(m $k)#if($k > 0)$k#set($j = $k - 1)#m($j)#end#end#m(1)", "1"),
    ("#macro(a)a#b()#end#macro(b)b#end#a()", "ab"),
    # with a body
    ("#macro(m)<$bodyContent>#end#@m()x$n#end", "<x2>"),
    ("#macro(m $a)$bodyContent$bodyContent#end#@m(5)[$a]#end$bodyContent", "[5][5]$bodyContent"),
    ("#@nope()x#end #@nope", "#@nope()x#end #@nope"),
    ("#macro(m)x#end#nope($n) \\#m", "#nope($n) #m"),
]


@pytest.mark.parametrize(("template", "output"), MACROS)
def test_macros(template: str, output: str) -> None:
    assert render("#set($n = 2)" + template) == output


BLOCKS = [
    ("#define($b)<$x>#end$b#set($x = 1)$b", "<$x><1>"),
    ("#define($b)x#end$b.toString().length() \"$b$b\" #if($b)yes#end#if($b == 'x')yes#end", '1 "xx" yesyes'),
    ("#define($b)[$b]#end$b", "[[$b]]"),
    ("#define($b)#set($y = 7)#end$b$y", "7"),
    ("#define($b)a#break b#end${b}c", "ac"),
    ("#define($b)$a#end#macro(m $a)$b#end#m(3)", "3"),
    ("#define($b)\nx\n#end\n$b", "x\n"),
    ("#define($b)x#end#set($c = $b + 'y')$c", "xy"),
]


@pytest.mark.parametrize(("template", "output"), BLOCKS)
def test_blocks(template: str, output: str) -> None:
    assert render(template) == output


EVALUATED = [
    ("#set($t = '$x#if($x)!#end')#set($x = 1)#evaluate($t)", "1!"),
    ("#evaluate('#set($y = 5)')$y", "5"),
    ('#evaluate("a$x")', "a$x"),
    ("#evaluate($nope)", ""),
    ("#evaluate('#macro(m)x#end')#m()", "x"),
    ("#macro(m)x#end#evaluate('#m()')", "x"),
    ("#evaluate('a#break b')c", "ac"),
    ("#evaluate('a#stop b')c", "a"),
    ("#foreach($x in [1..3])#evaluate('$x$foreach.count#break($foreach)')#end", "11"),
    ("#evaluate('#evaluate(\"1\")')", "1"),
]


@pytest.mark.parametrize(("template", "output"), EVALUATED)
def test_evaluated_text(template: str, output: str) -> None:
    assert render(template) == output


def test_strings_may_hold_directives() -> None:
    assert render('#set($x = "#if(true)a#{else}b#end")$x') == "a"
    assert render('#set($x = "#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end")$x') == "1,2,3"
    assert render('#set($x = "#set($y = 3)z")$x$y') == "z3"
    assert render('#set($x = "#notone ## not a comment")$x') == "#notone "


WRONG = [
    ("#macro(m)#m()#end#m()", "line 1, column 10: #m: macros or evaluated texts nested deeper than 20"),
    ("#macro(m $a)#end\n#m(word)", "line 2, column 1: #m: a bare word is no argument of a macro"),
    ("\n#evaluate('\n#if(')", "line 2, column 1: #evaluate: evaluated text, line 2, column 5: a value expected"),
    ("#set($t = '#evaluate($t)')#evaluate($t)", "#evaluate: macros or evaluated texts nested deeper than 20"),
    ("#macro(m $a)\n $a.substring(9)#end#m('x')", "line 2, column 2: $a.substring(9): substring from 9 to 1"),
    ("#macro(m $a)$a#end#m($x.y('z').substring(5))#set($x = 1)#set($y = 'a')#m($y.substring(5))", "$y.substring(5)"),
]


@pytest.mark.parametrize(("template", "message"), WRONG)
def test_what_goes_wrong_inside_is_said(template: str, message: str) -> None:
    assert message in fail(template)


def test_a_number_without_end_is_an_argument_too() -> None:
    assert render("#macro(show $number)$number#end#show(1e999)") == "Infinity"
