"""Directives, whitespace, comments and backslashes, as Velocity 1.7 reads them."""

import pytest

from tests.templates.rendering import fail, render

WHITESPACE = [
    # a directive's last parenthesis, #end and #else swallow the rest of their line
    ("#if(true)\na\n#end\nb", "a\nb"),
    ("#if(true)  \t\na\n#end  \nb", "a\nb"),
    ("#if(true) a #end b", " a  b"),
    ("#if(false)\na\n#else\nb\n#end\nc", "b\nc"),
    ("#if(false)\na\n#elseif(true)\nb\n#end\nc", "b\nc"),
    ("#if(true)\r\na\r\n#end\r\nb", "a\r\nb"),
    ("#if(true)\n\na#end\n\nb", "\na\nb"),
    # spaces before a directive stay
    ("a\n  #if(true)\nb\n  #end\nc", "a\n  b\n  c"),
    ("#foreach($x in [1,2])\n  $x\n#end\n", "  1\n  2\n"),
    # #set takes spaces before it where nothing but a directive or comment precedes them
    ("  #set($x = 1)\na", "a"),
    ("#if(true)\n  #set($x = 1)\n  #set($y = 2)  \n$x$y#end", "12"),
    ("##\n  #set($x = 1)\na", "a"),
    ("#set($x = 1)\n$x  #set($x = 2)\n$x", "12"),
    ("a  #set($x = 1)\nb", "a  b"),
    ("a\n  #set($x = 1)\nb", "a\n  b"),
    ("#set( $x = 1 )a", "a"),
    # neither a reference nor text swallows anything
    ("#set($x = 1)\n$x\n$x", "1\n1"),
]


@pytest.mark.parametrize(("template", "output"), WHITESPACE)
def test_directives_swallow_their_lines(template: str, output: str) -> None:
    assert render(template) == output


COMMENTS = [
    ("a ## b\nc", "a c"),
    ("## a", ""),
    ("a #* b\n $x #if *# c", "a  c"),
    ("a #** b *# c", "a  c"),
    ("#**#a", "a"),
    ("#*a*#\nb", "\nb"),
    ("#[[ $x #if( \\$x ]]#", " $x #if( \\$x "),
    ("#[[]]#", ""),
    ("#literal()$x #if(true)y#end #end z", "$x #if(true)y#end  z"),
]


@pytest.mark.parametrize(("template", "output"), COMMENTS)
def test_comments_and_unparsed_text(template: str, output: str) -> None:
    assert render(template) == output


ESCAPES = [
    # of a reference: only where it is defined
    ("\\$x", "\\$x"),
    ("#set($x = 1)\\$x", "$x"),
    ("#set($x = 1)\\\\$x", "\\1"),
    ("#set($x = 1)\\\\\\$x", "\\$x"),
    ("\\\\$x", "\\\\$x"),
    ("#set($x = 1)\\$!x \\${x} \\$x.y", "$!x ${x} \\$x.y"),
    ("$\\!x", "$!x"),
    # of a directive: where there is one
    ("\\#if(true)", "#if(true)"),
    ("\\#{if}(true)", "#{if}(true)"),
    ("\\#set($x = 1)", "#set($x = 1)"),
    ("\\#notone(1)", "\\#notone(1)"),
    ("\\\\#if(true)a#end", "\\a"),
    ("\\\\\\#if(true)", "\\#if(true)"),
    ("\\\\#set($x = 1)", "\\\\"),
    # and nothing else
    ("a\\b \\\\ \\", "a\\b \\\\ \\"),
    ("\\n", "\\n"),
]


@pytest.mark.parametrize(("template", "output"), ESCAPES)
def test_backslashes_escape_what_would_be_something(template: str, output: str) -> None:
    assert render(template) == output


def test_a_macro_defined_before_can_be_escaped() -> None:
    assert render("#macro(m)x#end\\#m() \\#n()") == "#m() \\#n()"
    assert render("\\#m()#macro(m)x#end") == "\\#m()"


TEXT = [
    "$",
    "$ $1 $. $[ ${ $!{ $!",
    "100$ #1 # #- $$",
    "color: #fff; #notone #{notone} #@notone",
    '{"$ref": "#/definitions/x", "a$": "b#"}',
    "#notone($x 'a' 1 [1..2] {'a': $b} word)",
    "$foo ${foo} $foo.bar $foo.bar() ${foo.bar('x', 1)} $foo[0] $foo.bar[\"a\"].baz",
]


@pytest.mark.parametrize("text", TEXT)
def test_what_means_nothing_is_text(text: str) -> None:
    assert render(text) == text


def test_formal_directives_touch_text() -> None:
    assert render("#{if}(false)a#{else}b#{end}c") == "bc"
    assert render("#{foreach}($x in [1,2])$x#{end}#{set}($y = 3)$y") == "123"


ERRORS = [
    ("#if(true)", "line 1, column 1: #if without its #end"),
    ("a\n #foreach($x in $y)\n", "line 2, column 2: #foreach without its #end"),
    ("a\n#end", "line 2, column 5: #end without its beginning"),
    ("#else", "line 1, column 6: #else without its beginning"),
    ("#if(true)#else#else#end", "line 1, column 20: #else within #if"),
    ("#foreach($x in $y)#else#end", "line 1, column 24: #else within #foreach"),
    ("#if true", "line 1, column 4: '(' expected after #if"),
    ("#if()", "line 1, column 5: a value expected instead of ')'"),
    ("#if($x", "line 1, column 7: ')' expected instead of the end"),
    ("#if($x = 1)#end", "line 1, column 8: ')' expected instead of '= 1)#end'"),
    ("#set($x)", "line 1, column 8: $x: '=' expected instead of ')'"),
    ("#set(x = 1)", "line 1, column 6: #set needs a reference instead of 'x = 1)'"),
    ("#set($x.y() = 1)", "line 1, column 6: $x.y(): #set cannot set what a method answers"),
    ("#set($x = )", "line 1, column 11: a value expected instead of ')'"),
    ("#foreach($x of $y)#end", "line 1, column 1: #foreach is written #foreach($item in $items)"),
    ("#foreach $x", "line 1, column 1: #foreach needs #foreach($item in $items)"),
    ("#foreach($x in y)#end", "line 1, column 1: #foreach is written #foreach($item in $items)"),
    ("#macro #end", "line 1, column 1: #macro needs a name, without quotes"),
    ("#macro('a')#end", "line 1, column 1: #macro needs a name, without quotes"),
    ("#macro(a 1)#end", "line 1, column 1: a parameter of #macro is a reference"),
    ("#define(x)#end", "line 1, column 1: #define needs the reference that it defines"),
    ("#evaluate()", "line 1, column 1: #evaluate needs 1 argument"),
    ("#break(1 2)", "line 1, column 1: #break has one argument at most"),
    ("x #include('a.txt')", "line 1, column 3: #include is not available in mapping templates"),
    ("x #parse('a.vm')", "line 1, column 3: #parse is not available in mapping templates"),
    ("a #* b", "line 1, column 3: a comment without its *#"),
    ("a #[[ b", "line 1, column 3: #[[ without its ]]#"),
    ("\n\n  ${x", "line 3, column 6: ${x: '}' expected instead of the end"),
    ("${x y}", "line 1, column 4: ${x: '}' expected instead of ' y}'"),
    ("${x|'y'}", "line 1, column 4: ${x: an alternate value after | is not part of Velocity 1.7"),
    ("$x[", "line 1, column 4: a value expected instead of the end"),
    ("$x[1.5]", "line 1, column 4: an index is a string, an integer, a boolean or a reference"),
    ("$x.y(1 2)", "line 1, column 8: ',' or ')' expected instead of '2)'"),
    ("$x.y('a)", "line 1, column 6: a string without its closing quote"),
    ('$x.y("\\u12")', "line 1, column 6: four hexadecimal digits expected after \\u"),
    ("#notone(1 + 2)", "line 1, column 11: a value expected instead of '+ 2)'"),
]


@pytest.mark.parametrize(("template", "message"), ERRORS)
def test_what_is_wrong_is_said_with_its_place(template: str, message: str) -> None:
    assert fail(template) == f"template t, {message}"


def test_errors_within_a_string_have_its_place() -> None:
    assert fail('\n#set($x = "a ${b c}")').startswith("template t, line 2, column 17: ${b: '}' expected")


def test_depth_is_bounded() -> None:
    assert "nested deeper than 48" in fail("#if(true)" * 60 + "#end" * 60)
    assert "nested deeper than 48" in fail("#if(" + "(" * 60 + "$x" + ")" * 60 + ")#end")
    assert "nested deeper than 48" in fail("$x" + ".y($x" * 60 + ")" * 60)
    assert "nested deeper than 48" in fail("#set($x = " + "!" * 60 + "$x)")
    assert "more than 32 steps" in fail("$x" + ".y" * 60)


def test_the_number_of_references_is_bounded() -> None:
    assert "more than 10,000 references and directives" in fail("$x" * 10_001)
