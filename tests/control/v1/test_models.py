"""Models, their references, and the templates made of them."""

import orjson
import pytest

from limen.control.v1.models import check_references, put_model

INVALID = "Invalid model specified: Validation Result: warnings : [], errors : [{}]"


def url(api_id, name):
    return f"https://apigateway.amazonaws.com/restapis/{api_id}/models/{name}"


def model(control, api_id, name="Pet", schema="{}", **members):
    document = {"name": name, "contentType": "application/json", "schema": schema}
    return control("CreateModel", restapi_id=api_id, **document | members)


def test_the_default_models_are_those_of_aws(control):
    empty, error = control("GetModels", restapi_id=control.api())["item"]
    assert empty["description"] == "This is a default empty schema model"
    assert orjson.loads(empty["schema"]) == {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "Empty Schema",
        "type": "object",
    }
    assert error["description"] == "This is a default error schema model"
    assert orjson.loads(error["schema"])["properties"] == {"message": {"type": "string"}}


def test_a_model_is_kept(control):
    api_id = control.api()
    made = model(control, api_id, description="")
    assert made == {"id": made["id"], "name": "Pet", "contentType": "application/json", "schema": "{}"}
    assert len(made["id"]) == 6
    named = {"restapi_id": api_id, "model_name": "Pet"}
    changed = control.patch(
        "UpdateModel", ("replace", "/description", "d"), ("replace", "/schema", '{"type":"object"}'), **named
    )
    assert control("GetModel", **named) == changed == made | {"description": "d", "schema": '{"type":"object"}'}
    control("DeleteModel", **named)
    assert control.refuses("GetModel", **named) == ("NotFoundException", 404, "Invalid model name specified: Pet")
    unknown = control.refuses("GetModel", restapi_id="nope", model_name="Pet")
    assert unknown == ("NotFoundException", 404, "Invalid API identifier specified 000000000000:nope")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"name": ""}, "Model name must be non-empty"),
        ({"name": "a pet"}, "Model name must be alphanumeric: a pet"),
        ({"schema": ""}, "Model schema must have at least 1 property or array items defined"),
        ({"schema": None}, "Model schema must have at least 1 property or array items defined"),
        ({"schema": "{"}, INVALID.format("Invalid model schema specified")),
        ({"schema": "[]"}, INVALID.format("Invalid model schema specified")),
        ({"schema": '{"type":"pet"}'}, INVALID.format("Invalid model schema specified")),
        ({"schema": '{"required":[]}'}, INVALID.format("Invalid model schema specified")),
        (
            {"schema": '{"$ref":"https://pets.test/pet.json"}'},
            INVALID.format("Invalid model schema specified, Model reference must be in canonical form"),
        ),
        (
            {"schema": f'{{"items":{{"$ref":"{url("a", "Nope")}"}}}}'},
            INVALID.format(f"Invalid model reference specified: {url('a', 'Nope')}"),
        ),
        ({"schema": '{"not":' * 300 + "{}" + "}" * 300}, INVALID.format("Invalid model schema specified")),
        ({"schema": '"' + "x" * 409600}, "Model schema is too large: it must not exceed 409600 bytes"),
    ],
)
def test_what_is_no_model_is_refused(control, refused, members, message):
    document = {"name": "Pet", "contentType": "application/json", "schema": "{}"} | members
    assert refused("CreateModel", restapi_id=control.api(), **document) == message


def test_a_name_is_unique_in_its_api(control):
    api_id = control.api()
    model(control, api_id)
    again = control.refuses("CreateModel", restapi_id=api_id, name="Pet", contentType="a/b", schema="{}")
    assert again == ("ConflictException", 409, "Model name already exists for this REST API")


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            ("replace", "/name", "x"),
            "Invalid patch path  '/name' specified for op 'replace'. Must be one of: [/description, /schema]",
        ),
        (
            ("add", "/schema", "{}"),
            "Invalid patch path  '/schema' specified for op 'add'. Please choose supported operations",
        ),
        (("replace", "/schema", ""), "Model schema must have at least 1 property or array items defined"),
        (("replace", "/schema", "{"), INVALID.format("Invalid model schema specified")),
    ],
)
def test_a_patch_that_aws_refuses_is_refused(control, refused_patch, operation, message):
    assert refused_patch("UpdateModel", operation, restapi_id=control.api(), model_name="Empty") == message


def test_a_model_in_use_stays(control):
    named = control.method("ANY", requestModels={"application/json": "Error"})
    api_id = named["restapi_id"]
    control("PutMethodResponse", status_code="200", responseModels={"application/json": "Empty"}, **named)
    model(control, api_id, "Pet")
    model(control, api_id, "Pets", f'{{"items":{{"$ref":"{url(api_id, "Pet")}"}}}}')
    root = named | {"resource_id": control.root(api_id)}
    control("PutMethod", authorizationType="NONE", requestModels={"a/b": "Pets"}, **root)

    for name, user in {
        "Error": "method request: /pets/ANY",
        "Empty": "method response: /pets/ANY/200",
        "Pet": "model: Pets",
        "Pets": "method request: //ANY",
    }.items():
        message = f"Cannot delete model '{name}', is referenced in {user}"
        refused = control.refuses("DeleteModel", restapi_id=api_id, model_name=name)
        assert refused == ("ConflictException", 409, message)


def test_a_flat_model_refers_to_nothing_outside(control):
    api_id = control.api()
    model(control, api_id, "Toy", '{"definitions":{"Size":{"type":"integer"}},"$ref":"#/definitions/Size"}')
    pet = f'{{"properties":{{"toy":{{"$ref":"{url(api_id, "Toy")}"}},"kids":{{"items":{{"$ref":"#"}}}}}}}}'
    model(control, api_id, "Pet", pet)
    model(control, api_id, "Pets", f'{{"type":"array","items":{{"$ref":"{url(api_id, "Pet")}"}}}}')

    flat = control("GetModel", restapi_id=api_id, model_name="Pets", flatten=True)["schema"]

    assert orjson.loads(flat) == {
        "type": "array",
        "items": {"$ref": "#/definitions/Pet"},
        "definitions": {
            "Pet": {
                "properties": {
                    "toy": {"$ref": "#/definitions/Toy"},
                    "kids": {"items": {"$ref": "#/definitions/Pet"}},
                }
            },
            "Toy": {
                "definitions": {"Size": {"type": "integer"}},
                "$ref": "#/definitions/Toy/definitions/Size",
            },
        },
    }
    assert control("GetModel", restapi_id=api_id, model_name="Pets")["schema"] != flat


def test_a_template_spells_out_what_a_model_refers_to(control):
    api_id = control.api()
    pet = f'{{"properties":{{"name":{{"type":"string"}},"mother":{{"$ref":"{url(api_id, "Empty")}"}}}}}}'
    model(control, api_id, "Pet", pet)
    control.patch(
        "UpdateModel", ("replace", "/schema", pet.replace("Empty", "Pet")), restapi_id=api_id, model_name="Pet"
    )
    assert control("GetModelTemplate", restapi_id=api_id, model_name="Pet")["value"] == (
        "#set($inputRoot = $input.path('$'))\n"
        "{\n"
        '  "name" : "foo",\n'
        '  "mother" : {\n'
        '    "name" : "foo",\n'
        '    "mother" : { }\n'
        "  }\n"
        "}"
    )


def test_the_template_of_a_huge_model_stays_small(control):
    api_id, inner = control.api(), '{"type":"string"}'
    for level in range(9):  # six to the power of nine values
        properties = ",".join(f'"p{number}":{inner}' for number in range(6))
        model(control, api_id, f"M{level}", f'{{"type":"object","properties":{{{properties}}}}}')
        inner = f'{{"$ref":"{url(api_id, f"M{level}")}"}}'
    template = control("GetModelTemplate", restapi_id=api_id, model_name="M8")["value"]
    assert template.startswith("#set($inputRoot = $input.path('$'))\n{\n")
    assert len(template) < 100_000


def test_an_importer_may_put_models_in_any_order(control):
    api_id = control.api()
    reference = f'{{"$ref":"{url(api_id, "Later")}"}}'

    def put(call):
        first = put_model(call, api_id, {"name": "First", "contentType": "a/b", "schema": reference})
        put_model(call, api_id, {"name": "Later", "contentType": "a/b", "schema": "{}"})
        check_references(call, api_id, first)
        return first["id"]

    model_id = control.run(put)
    assert control.run(put) == model_id
