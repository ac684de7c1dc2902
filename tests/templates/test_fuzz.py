"""Whatever a template says: output or a TemplateError, never anything else, and soon."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from limen.templates.template import TemplateError, compile_template
from limen.templates.values import OnceMap
from tests.templates.rendering import compile_generally, scope

PIECES = [
    "#", "$", "!", "{", "}", "(", ")", "[", "]", "\\", "'", '"', ",", ".", "..", "=", "==", "&&", "||", "+", "-", "*",
    "/", "%", "<", ">=", "|", ":", " ", "\n", "\t", "##", "#*", "*#", "#[[", "]]#", "#if(", "#elseif(", "#else", "#end",
    "#{end}", "#set(", "#foreach(", "#macro(", "#define(", "#evaluate(", "#break", "#stop", "#literal()", "#m(", "#@m(",
    "$x", "$!y", "${z}", "$foreach.hasNext", "$velocityCount", "$input.path('$')", "$input.json('$..a')", "$input.body",
    "$input.params('id')", "$util.escapeJavaScript(", "$util.parseJson(", "$util.urlEncode(", "$context.stage",
    "$context.requestOverride.header.X", "$stageVariables.env", ".get(", ".put(", ".add(", ".size()", ".keySet()",
    ".entrySet()", ".split(", ".replaceAll(", ".matches(", ".substring(", ".toString()", "[0]", "[-1]", "['a']",
    "x", "m", "in", "true", "1", "-1", "0", "1.5", "99999999999999999999", "'a'", '"$x"', '"#if($x)a#end"', "[1..3]",
    "[1..2000]", "{'a': 1}", "{}", "[]", "null", "é", "\U0001f600", "\u2028", "\x00", "__class__", ".class",
    ".getClass()",
]  # fmt: skip

BODIES = st.sampled_from(["", "{}", '{"a": [1, {"a": "b"}], "n": null}', "[1,2]", '"text"', "not json", "<a/>"])


def attempt(text: str, body: str) -> None:
    began = time.monotonic()
    outcomes = []
    for compiling in (compile_template, compile_generally):
        overrides = {"header": OnceMap(), "path": OnceMap(), "querystring": OnceMap()}
        seen = scope(body, context={"stage": "prod", "requestOverride": overrides}, stage={"env": "test"}, xml=True)
        try:
            outcomes.append(compiling(text, "t").render(seen))
        except TemplateError as error:
            assert str(error).startswith("template t, line ")
            outcomes.append(str(error))
    assert outcomes[0] == outcomes[1]
    assert time.monotonic() - began < 5


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), BODIES)
def test_pieces_of_templates_in_any_order(text: str, body: str) -> None:
    attempt(text, body)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), BODIES)
def test_any_text(text: str, body: str) -> None:
    attempt(text, body)


VALUES = [
    "$x",
    "$d",
    "'a'",
    "1",
    "1.5",
    "[]",
    "{}",
    "['a', 1]",
    "{'a': $d}",
    "$d.a",
    "$nope",
    "true",
    "$input",
    "$util",
]
METHODS = [
    "get", "put", "add", "remove", "set", "size", "keySet", "values", "entrySet", "substring", "replaceAll", "split",
    "indexOf", "lastIndexOf", "concat", "join", "equals", "contains", "matches", "valueOf", "parseInt", "parseDouble",
    "max", "toString", "subList", "charAt", "getOrDefault", "putAll", "addAll", "containsKey", "json", "path", "params",
    "escapeJavaScript", "parseJson", "urlEncode", "urlDecode", "base64Encode", "base64Decode", "compareTo", "round",
]  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(["$x", "$d", "$d.a", "$n", "$f", "$l", "$m", "$input", "$util", "$context", "$stageVariables"]),
    st.lists(
        st.tuples(st.sampled_from(METHODS), st.lists(st.sampled_from(VALUES), max_size=3)), min_size=1, max_size=3
    ),
    BODIES,
)
def test_any_method_of_any_value(root: str, calls: list[tuple[str, list[str]]], body: str) -> None:
    prefix = (
        "#set($x = 'text')#set($n = 7)#set($f = 1.5)#set($l = [3, 'b'])#set($m = {'a': 1})#set($d = $input.path('$'))"
    )
    chain = "".join(f".{name}({', '.join(arguments)})" for name, arguments in calls)
    attempt(f"{prefix}{root}{chain} #foreach($i in {root}{chain})$i#end#if({root}{chain} == 'a')b#end", body)
