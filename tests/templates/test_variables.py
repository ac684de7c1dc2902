"""$input, $util, $context and $stageVariables."""

import pytest

from limen.templates import variables
from limen.templates.errors import Trouble
from limen.templates.variables import Input, Util
from tests.templates.rendering import fail, render

BODY = '{"name": "Ada", "n": 10.00, "list": [{"foo": "bar"}], "map": {"foo": "bar"}, "both": {"foo": [{"a": "b"}]}}'

INPUTS = [
    ("$input.body", BODY),
    ("$input.json('$.name') $input.json('$.map') $input.json('$.list')", '"Ada" {"foo":"bar"} [{"foo":"bar"}]'),
    ("$input.json('$.nope')", '""'),
    ("$input.json('$.n') $input.path('$.n')", "10.0 10.0"),
    ("$input.path('$.name') $input.path(\"$.name\") $input.path('name')", "Ada Ada Ada"),
    ("$input.path('$.map') $input.path('$.list') $input.path('$.both')", None),
    ("$input.path('$.list').size() $input.path('$.list').count()", "1 1"),
    ("$input.path('$.list[0].foo') $input.path('$..foo')", 'bar ["bar","bar",[{"a":"b"}]]'),
    ("#set($p = '$.name')$input.path($p)$input.json($p)", 'Ada"Ada"'),
]


@pytest.mark.parametrize(("template", "output"), INPUTS)
def test_the_payload(template: str, output: str | None) -> None:
    printed = '{foo=bar} [{"foo":"bar"}] {foo=[{"a":"b"}]}' if output is None else output
    assert render(template, BODY) == printed


def test_parameters_are_searched_in_path_query_and_header() -> None:
    assert render("$input.params('id') $input.params('page') $input.params('X-Trace')") == "7 2 t1"
    assert render("[$input.params('nope')]#if($input.params('nope') == '')empty#end") == "[]empty"
    assert render("$input.params().header.get('page') $input.params().get('querystring').id") == "header query"
    assert render("$input.params().keySet()") == "[path, querystring, header]"
    assert render("$input.params().path") == "{id=7}"


EMPTY = [
    ("$input.body", "{}"),
    ("$input.json('$')", "{}"),
    ("$input.json('$.a')", '""'),
    ("[$input.path('$')][$input.path('$.a')]", "[][]"),
    ("#set($x = $input.path('$'))[$x]#if($x == $null)null#end#if($x == \"\")empty#end#if($x)true#end", "[]nullempty"),
    ("#set($x = $input.path('$'))$x.toString().contains('error') $x.size() [$!x.y]", "false 0 []"),
    ("#foreach($x in $input.path('$.items'))x#end", ""),
]


@pytest.mark.parametrize(("template", "output"), EMPTY)
def test_an_empty_body(template: str, output: str) -> None:
    assert render(template) == output


def test_a_body_that_is_not_json_matters_only_to_those_who_read_it() -> None:
    assert render("$input.body $input.params('id')", "a=1") == "a=1 7"
    message = fail("\n $input.json('$')", "a=1")
    assert message.startswith("template t, line 2, column 2: $input.json('$'): the body is not JSON: ")


def test_the_parameters_are_read_when_asked() -> None:
    asked = []
    given = Input("", lambda: asked.append(1) or {"path": {}, "querystring": {}, "header": {}})
    assert asked == []
    given.params()
    given.param("x")
    assert asked == [1]


def test_a_wrong_path_is_said_when_it_is_used() -> None:
    assert "$input.path('$.a['): '$.a[' is not a JSONPath" in fail("#if(true)$input.path('$.a[')#end", BODY)
    assert render("#if(false)$input.path('$.a[')#end", BODY) == ""


UTIL = [
    ("escapeJavaScript('a\"b')", 'a\\"b'),
    ('escapeJavaScript("it\'s")', "it\\'s"),
    ("escapeJavaScript('a/b\\c')", "a\\/b\\\\c"),
    ('escapeJavaScript("a\n\tb\\u0001")', "a\\n\\tb\\u0001"),
    ("escapeJavaScript('é😀')", "\\u00E9\\uD83D\\uDE00"),
    ("escapeJavaScript('')", ""),
    ("escapeJavaScript($nope)", "null"),
    ("escapeJavaScript(5)", "5"),
    ('escapeJavaScript("it\'s").replaceAll("\\\\\'", "\'")', "it's"),
    ('parseJson(\'{"a": [1, {"b": 2}]}\').a[1].b', "2"),
    ("parseJson('[1, 2]').size()", "2"),
    ("parseJson('\"text\"')", "text"),
    ('urlEncode(\'"some": "value" ~*-._é/\')', "%22some%22%3A+%22value%22+%7E*-._%C3%A9%2F"),
    ("urlEncode('{}')", "%7B%7D"),
    ("urlDecode('a+b%20%C3%A9%2')", "a b é%2"),
    ("base64Encode('héllo')", "aMOpbGxv"),
    ("base64Decode('aMOpbGxv')", "héllo"),
    ("base64Encode($nope)", ""),
]


@pytest.mark.parametrize(("call", "printed"), UTIL)
def test_util(call: str, printed: str) -> None:
    assert render(f"$util.{call}") == printed


def test_what_util_cannot_read_is_said() -> None:
    assert "$util.parseJson('{'): the text is not JSON" in fail("$util.parseJson('{')")
    assert "$util.base64Decode('a'): is not base64" in fail("$util.base64Decode('a')")


def test_escaped_text_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variables, "MAX_TEXT", 100)
    assert Util().escape_java_script("'" * 10) == "\\'" * 10
    with pytest.raises(Trouble, match="a text of more than 100 characters"):
        Util().escape_java_script("\u00e9" * 50)


def test_half_of_a_character_does_no_harm() -> None:
    half = "a\ud800'"
    assert Util().escape_java_script(half) == "a\\uD800\\'"
    assert "half of a character" in fail("$input.body.matches('[a]')", half)
    assert "half of a character" in fail("$util.base64Encode($input.body)", half)


def test_bytes_that_are_no_text_are_encoded_as_they_are() -> None:
    text = b"\xff\x00a".decode(errors="surrogateescape")
    assert Util().base64_encode(text) == "/wBh"
    assert Util().url_encode(text) == "%FF%00a"


def test_context_is_asked_by_name() -> None:
    context = {"stage": "prod", "identity": {"sourceIp": "192.0.2.1", "user": None}, "requestTimeEpoch": 1700000000000}
    template = "$context.stage $context.identity.sourceIp [$context.identity.user] $context.requestTimeEpoch"
    assert render(template, context=context) == "prod 192.0.2.1 [] 1700000000000"
    assert render("$context['stage'] $context.get('stage') $context.containsKey('nope')", context=context) == (
        "prod prod false"
    )
    assert render("[$context][$context.keySet()]", context=context) == "[$context][]"


def test_stage_variables() -> None:
    stage = {"env": "test", "a-b": "dash"}
    template = (
        "$stageVariables.env $stageVariables['env'] ${stageVariables['env']} ${stageVariables.env} $stageVariables.a-b"
    )
    assert render(template, stage=stage) == "test test test test dash"
    assert render('"$stageVariables.nope"', stage=stage) == '""'
    assert render("#foreach($k in $stageVariables.keySet())$k=$stageVariables.get($k) #end", stage=stage) == (
        "env=test a-b=dash "
    )


def test_overrides_are_written_where_the_caller_sees_them() -> None:
    overrides = {"header": {}, "path": {}, "querystring": {}}
    template = (
        "#set($context.requestOverride.header.header1 = 'foo')"
        "#set($context.requestOverride.header['X-Two'] = [$input.params('id'), 'b'])"
        "#set($context.requestOverride.path.id = 5)$context.requestOverride.header.header1"
    )
    assert render(template, context={"requestOverride": overrides}) == "foo"
    assert overrides == {"header": {"header1": "foo", "X-Two": ["7", "b"]}, "path": {"id": 5}, "querystring": {}}


def test_what_a_template_puts_into_stage_variables_stays_in_it() -> None:
    stage = {"env": "test"}
    assert render("#set($stageVariables.env = 'x')$stageVariables.env", stage=stage) == "x"
    assert stage == {"env": "test"}
