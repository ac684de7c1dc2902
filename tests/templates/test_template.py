"""Whole templates: the examples of the developer guide, and what every mapping template is."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from limen.templates.template import TemplateError, compile_template
from tests.templates.rendering import fail, render, scope

PASSTHROUGH = """##  See the mapping template reference of the developer guide
##  Passes all parameters, stage variables and the context through by the payload
#set($allParams = $input.params())
{
"body-json" : $input.json('$'),
"params" : {
#foreach($type in $allParams.keySet())
    #set($params = $allParams.get($type))
"$type" : {
    #foreach($paramName in $params.keySet())
    "$paramName" : "$util.escapeJavaScript($params.get($paramName))"
        #if($foreach.hasNext),#end
    #end
}
    #if($foreach.hasNext),#end
#end
},
"stage-variables" : {
#foreach($key in $stageVariables.keySet())
"$key" : "$util.escapeJavaScript($stageVariables.get($key))"
    #if($foreach.hasNext),#end
#end
},
"context" : {
    "account-id" : "$context.identity.accountId",
    "api-id" : "$context.apiId",
    "stage" : "$context.stage",
    "source-ip" : "$context.identity.sourceIp"
    }
}
"""


def test_the_passthrough_template() -> None:
    context = {"apiId": "abc", "stage": "prod", "identity": {"sourceIp": "192.0.2.1"}}
    assert json.loads(render(PASSTHROUGH, '{"a": "b"}', context=context, stage={"env": "t", "fn": "f/g"})) == {
        "body-json": {"a": "b"},
        "params": {
            "path": {"id": "7"},
            "querystring": {"page": "2", "id": "query"},
            "header": {"X-Trace": "t1", "page": "header"},
        },
        "stage-variables": {"env": "t", "fn": "f/g"},
        "context": {"account-id": "", "api-id": "abc", "stage": "prod", "source-ip": "192.0.2.1"},
    }


def test_the_passthrough_template_of_a_request_without_anything() -> None:
    nothing: dict[str, dict[str, str]] = {"path": {}, "querystring": {}, "header": {}}
    passed = json.loads(render(PASSTHROUGH, parameters=nothing))
    assert (passed["body-json"], passed["params"], passed["stage-variables"]) == ({}, nothing, {})


PRODUCE = """#set($inputRoot = $input.path('$'))
{
  "choices": [
#foreach($elem in $inputRoot.bins)
    {
      "kind": "$elem.type",
      "suggestedPrice": "$elem.price per $elem.unit",
      "available": $elem.quantity
    }#if($foreach.hasNext),#end

#end
  ]
}
"""


def test_the_produce_department() -> None:
    bins = [
        {"category": "fruit", "type": "apples", "price": 1.99, "unit": "pound", "quantity": 232},
        {"category": "fruit", "type": "bananas", "price": 0.19, "unit": "each", "quantity": 112},
    ]
    assert render(PRODUCE, json.dumps({"department": "produce", "bins": bins})) == (
        '{\n  "choices": [\n'
        '    {\n      "kind": "apples",\n      "suggestedPrice": "1.99 per pound",\n      "available": 232\n    },\n'
        '    {\n      "kind": "bananas",\n      "suggestedPrice": "0.19 per each",\n      "available": 112\n    }\n'
        "  ]\n}\n"
    )


def test_parameters_and_a_count() -> None:
    template = """{
    "id" : "$input.params('id')",
    "count" : "$input.path('$.things').size()",
    "things" : $input.json('$.things')
}"""
    assert json.loads(render(template, '{"things": {"1": {}, "2": {}, "3": {}}}')) == {
        "id": "7",
        "count": "3",
        "things": {"1": {}, "2": {}, "3": {}},
    }


def test_json_within_json() -> None:
    template = """#set ($errorMessageObj = $util.parseJson($input.path('$.errorMessage')))
{
   "errorMessageObjKey2ArrVal" : $errorMessageObj.key2.arr[0]
}
"""
    body = json.dumps({"errorMessage": json.dumps({"key1": "var1", "key2": {"arr": [1, 2, 3]}})})
    assert render(template, body) == '{\n   "errorMessageObjKey2ArrVal" : 1\n}\n'


def test_a_status_that_depends_on_the_payload() -> None:
    template = """#set($inputRoot = $input.path('$'))
$input.json("$")
#if($inputRoot.toString().contains("error"))
#set($context.responseOverride.status = 400)
#end
"""
    for body, status in (('{"errors":[{"key":"GetPetRequest.petId"}]}', 400), ('{"id":1}', None)):
        override: dict[str, object] = {"header": {}}
        assert render(template, body, context={"responseOverride": override}) == body + "\n"
        assert override.get("status") == status


def test_headers_that_are_put_together() -> None:
    template = """#set($header1Override = "foo")
#set($header3Value = "$input.params('header1')$input.params('header2')")
$input.json("$")
#set($context.requestOverride.header.header3 = $header3Value)
#set($context.requestOverride.header.header1 = $header1Override)
#set($context.requestOverride.header.multivalueheader=[$header1Override, $header3Value])
"""
    override: dict[str, dict[str, object]] = {"header": {}}
    parameters = {"path": {}, "querystring": {}, "header": {"header1": "header1Val", "header2": "header2Val"}}
    assert render(template, "{}", context={"requestOverride": override}, parameters=parameters) == "{}\n"
    assert override["header"] == {
        "header3": "header1Valheader2Val",
        "header1": "foo",
        "multivalueheader": ["foo", "header1Valheader2Val"],
    }


def test_a_mock_that_answers_by_a_parameter() -> None:
    template = """{
  #if( $input.params('scope') == "internal" )
    "statusCode": 200
  #else
    "statusCode": 500
  #end
}
"""
    for scope_given, status in (("internal", 200), ("public", 500)):
        parameters = {"path": {}, "querystring": {"scope": scope_given}, "header": {}}
        assert json.loads(render(template, parameters=parameters)) == {"statusCode": status}


def test_a_default_for_what_is_not_given() -> None:
    template = "#if($input.path('$.ShardCount') == '') 5 #else $input.path('$.ShardCount') #end"
    assert render(template, "{}").strip() == "5"
    assert render(template, '{"ShardCount": 2}').strip() == "2"


def test_records_for_a_stream() -> None:
    template = """{"Records": [
#foreach($elem in $input.path('$.records'))
{
"Data": "$util.base64Encode($elem.data)",
"PartitionKey": "$elem.partition-key"
}#if($foreach.hasNext),#end
#end
]}"""
    records = [{"data": "some data", "partition-key": "k1"}, {"data": "more", "partition-key": "k2"}]
    assert json.loads(render(template, json.dumps({"records": records}))) == {
        "Records": [
            {"Data": "c29tZSBkYXRh", "PartitionKey": "k1"},
            {"Data": "bW9yZQ==", "PartitionKey": "k2"},
        ]
    }


def test_a_template_serves_any_number_of_requests_at_once() -> None:
    template = compile_template("#foreach($x in $input.path('$.l'))$x#end#evaluate('$input.body')", "t")
    bodies = [json.dumps({"l": [number] * 3}) for number in range(200)]
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(lambda body: template.render(scope(body)), bodies))
    assert outputs == [f"{str(number) * 3}{body}" for number, body in enumerate(bodies)]


def test_an_error_says_template_line_column_and_reference() -> None:
    with pytest.raises(TemplateError) as failed:
        compile_template("{\n  $input.path('$.a').get(9)\n}", "POST /pets request").render(scope('{"a": [1]}'))
    error = failed.value
    assert str(error) == (
        "template POST /pets request, line 2, column 3: $input.path('$.a').get(9): index 9 of a list of 1"
    )
    assert (error.line, error.column, error.reference) == (2, 3, "$input.path('$.a').get(9)")


def test_explaining_tells_what_variables_are_set() -> None:
    template = compile_template("#set($a = $input.path('$.n'))#foreach($x in [1,2])#set($a = $a + $x)#end$a", "t")
    told: list[tuple[str, object]] = []
    assert template.explain(scope('{"n": 5}'), lambda name, value: told.append((name, value))) == "8"
    assert told == [("a", 5), ("x", 1), ("a", 6), ("x", 2), ("a", 8)]


def test_explaining_tells_of_what_went_before_an_error() -> None:
    template = compile_template("#set($a = 1)\n#macro(m $p)#set($b = $p)#end#m('x')\n$b.charAt(9)", "t")
    told: list[tuple[str, object]] = []
    with pytest.raises(TemplateError, match=r"line 3, column 1: \$b.charAt\(9\): character 9 of a text of 1"):
        template.explain(scope(), lambda name, value: told.append((name, value)))
    assert told == [("a", 1), ("b", "x")]


def test_compiled_code_sees_nothing_of_python() -> None:
    template = compile_template("$x.y(1)", "t")
    namespace = template._program.main.__globals__
    assert set(namespace["__builtins__"]) == {"type", "str", "int", "dict", "list", "len", "enumerate"}
    assert not any(module is value for value in namespace.values() for module in sys.modules.values())


def test_text_of_evaluated_templates_is_bounded() -> None:
    assert "evaluated text of more than 20,000 characters" in fail("#evaluate($input.body)", "x" * 20_001)
    assert render('#foreach($i in [1..100])#evaluate("$i")#end') == "".join(map(str, range(1, 101)))
