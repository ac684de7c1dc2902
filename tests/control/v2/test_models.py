"""Models and the templates made of them."""

import orjson
import pytest


def test_a_model_is_kept(control):
    api_id = control.api()
    model = control("CreateModel", apiId=api_id, name="Order", schema='{"type":"object"}')
    assert model == {
        "contentType": "application/json",
        "modelId": model["modelId"],
        "name": "Order",
        "schema": '{"type":"object"}',
    }
    same = {"apiId": api_id, "modelId": model["modelId"]}
    assert control("UpdateModel", **same, description="d")["description"] == "d"
    control("DeleteModel", **same)
    missing = ("NotFoundException", 404, f"Invalid Model identifier specified {model['modelId']}")
    assert control.refuses("GetModel", **same) == missing


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"name": "an order"}, "Model name must be alphanumeric: an order"),
        ({"schema": "{"}, "Invalid model schema specified: it must be a JSON object"),
        ({"schema": "[]"}, "Invalid model schema specified: it must be a JSON object"),
        ({"schema": '"' + "x" * 32768}, "Model schema is too large: it must not exceed 32768 characters"),
    ],
)
def test_what_is_no_model_is_refused(control, refused, members, message):
    assert refused("CreateModel", apiId=control.api(), **{"name": "Order", "schema": "{}"} | members) == message


def test_a_name_is_unique_in_its_api(control):
    api_id = control.api()
    control("CreateModel", apiId=api_id, name="Order", schema="{}")
    refused = control.refuses("CreateModel", apiId=api_id, name="Order", schema="{}")
    assert refused == ("ConflictException", 409, "Model name already exists for this API")


def test_a_template_spells_the_schema_out(control):
    api_id = control.api()
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "lines": {"type": "array", "items": {"type": "integer"}}},
    }
    model_id = control("CreateModel", apiId=api_id, name="Order", schema=orjson.dumps(schema).decode())["modelId"]
    assert control("GetModelTemplate", apiId=api_id, modelId=model_id)["value"] == (
        "#set($inputRoot = $input.path('$'))\n"
        "{\n"
        '  "name" : "foo",\n'
        '  "lines" : [\n'
        "  #foreach($elem in $inputRoot.lines)\n"
        "    42#if($foreach.hasNext),#end\n"
        "  #end\n"
        "  ]\n"
        "}"
    )


def test_a_schema_without_end_makes_a_short_template(control):
    api_id = control.api()
    schema = '{"properties":{"a":' * 200 + "{}" + "}}" * 200
    model_id = control("CreateModel", apiId=api_id, name="Deep", schema=schema)["modelId"]
    assert len(control("GetModelTemplate", apiId=api_id, modelId=model_id)["value"]) < 2000
