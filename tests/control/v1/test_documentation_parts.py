"""Documentation parts (developer guide, Represent API documentation in API Gateway)."""

import orjson
import pytest

INFO = '{"description": "Pets."}'


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        ({"type": "API"}, {}),
        ({"type": "RESOURCE"}, {"path": "/"}),
        ({"type": "METHOD"}, {"path": "/", "method": "*"}),
        ({"type": "METHOD", "path": "/pets", "method": "GET"}, {}),
        ({"type": "MODEL", "name": "Pet"}, {}),
        ({"type": "AUTHORIZER", "name": "token"}, {}),
        ({"type": "QUERY_PARAMETER", "name": "page"}, {"path": "/", "method": "*"}),
        ({"type": "RESPONSE", "path": "/pets"}, {"method": "*", "statusCode": "*"}),
        ({"type": "RESPONSE_HEADER", "name": "ETag", "statusCode": "200"}, {"path": "/", "method": "*"}),
    ],
)
def test_a_place_gets_the_defaults_of_its_type(control, location, kept):
    api_id = control.api()
    part = control("CreateDocumentationPart", restapi_id=api_id, location=location, properties=INFO)
    assert part == {"id": part["id"], "location": {**location, **kept}, "properties": INFO}
    assert control("GetDocumentationPart", restapi_id=api_id, part_id=part["id"]) == part


def test_an_empty_field_is_one_that_is_not_given(control):
    empty = {"path": "", "method": "", "statusCode": "", "name": ""}  # as Terraform sends it
    members = {"restapi_id": control.api(), "properties": INFO}
    part = control("CreateDocumentationPart", location=empty | {"type": "API"}, **members)
    assert part["location"] == {"type": "API"}
    part = control("CreateDocumentationPart", location=empty | {"type": "METHOD", "path": "/pets"}, **members)
    assert part["location"] == {"type": "METHOD", "path": "/pets", "method": "*"}


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ({"type": "API", "path": "/"}, "Invalid location specified: path is not valid for type API"),
        ({"type": "METHOD", "name": "a"}, "Invalid location specified: name is not valid for type METHOD"),
        (
            {"type": "METHOD", "statusCode": "200"},
            "Invalid location specified: statusCode is not valid for type METHOD",
        ),
        ({"type": "MODEL"}, "Invalid location specified: name is required for type MODEL"),
    ],
)
def test_other_fields_are_refused(control, refused, location, message):
    members = {"restapi_id": control.api(), "location": location, "properties": INFO}
    assert refused("CreateDocumentationPart", **members) == message


@pytest.mark.parametrize("properties", ["", "[]", "text", "{"])
def test_properties_are_a_json_object(control, refused, properties):
    members = {"restapi_id": control.api(), "location": {"type": "API"}, "properties": properties}
    assert refused("CreateDocumentationPart", **members) == ("Invalid properties specified: they must be a JSON object")


def test_a_place_has_one_part(control):
    api_id = control.api()
    members = {"restapi_id": api_id, "properties": INFO}
    made = control("CreateDocumentationPart", location={"type": "METHOD", "path": "/pets"}, **members)
    same = {"type": "METHOD", "path": "/pets", "method": "*"}
    assert control.refuses("CreateDocumentationPart", location=same, **members) == (
        "ConflictException",
        409,
        "Documentation part already exists for the specified location: type 'METHOD', path '/pets', method '*'.",
    )
    control("DeleteDocumentationPart", restapi_id=api_id, part_id=made["id"])
    control("CreateDocumentationPart", location=same, **members)


def test_only_properties_can_be_changed(control, refused_patch):
    api_id = control.api()
    members = {"location": {"type": "API"}, "properties": INFO}
    named = {
        "restapi_id": api_id,
        "part_id": control("CreateDocumentationPart", restapi_id=api_id, **members)["id"],
    }
    changed = control.patch("UpdateDocumentationPart", ("replace", "/properties", "{}"), **named)
    assert changed["properties"] == "{}"
    assert refused_patch("UpdateDocumentationPart", ("replace", "/location", "x"), **named) == (
        "Invalid patch path  '/location' specified for op 'replace'. Must be one of: [/properties]"
    )
    refusal = control.refuses("GetDocumentationPart", restapi_id=api_id, part_id="abc123")
    assert refusal == ("NotFoundException", 404, "Invalid Documentation part identifier specified")


def test_parts_are_listed_by_type_name_and_path(control):
    api_id = control.api()
    for location in (
        {"type": "RESOURCE", "path": "/pets"},
        {"type": "RESOURCE", "path": "/pets/{petId}"},
        {"type": "METHOD", "path": "/pets", "method": "GET"},
        {"type": "MODEL", "name": "Pet"},
    ):
        control("CreateDocumentationPart", restapi_id=api_id, location=location, properties=INFO)

    def found(**members):
        parts = control.items("GetDocumentationParts", restapi_id=api_id, **members)
        return [part["location"].get("path") or part["location"]["name"] for part in parts]

    assert found() == ["/pets", "/pets/{petId}", "/pets", "Pet"]
    assert found(type="RESOURCE", path="/pets") == ["/pets", "/pets/{petId}"]
    assert found(path="/pets/") == ["/pets/{petId}"]
    assert found(name="Pet", locationStatus="DOCUMENTED") == ["Pet"]
    assert control("GetDocumentationParts", restapi_id=api_id, limit=3)["position"]


def test_what_has_no_part_yet_is_told(control):
    named = control.method(requestParameters={"method.request.querystring.page": False})
    control("PutMethodResponse", status_code="200", responseModels={"application/json": "Empty"}, **named)
    api_id = named["restapi_id"]
    place = {"path": "/pets", "method": "GET"}
    documented = {"type": "METHOD", **place}
    control("CreateDocumentationPart", restapi_id=api_id, location=documented, properties=INFO)
    parts = control.items("GetDocumentationParts", restapi_id=api_id, locationStatus="UNDOCUMENTED")
    locations = [part["location"] for part in parts]
    assert {"type": "QUERY_PARAMETER", **place, "name": "page"} in locations
    assert {"type": "RESPONSE_BODY", **place, "statusCode": "200"} in locations
    assert {"type": "MODEL", "name": "Empty"} in locations
    assert documented not in locations


# --- import


def document(*parts):
    return orjson.dumps({"swagger": "2.0", "x-amazon-apigateway-documentation": {"documentationParts": parts}})


def test_parts_of_a_file_are_merged_or_replace_all(control):
    api_id = control.api()
    resource, api = {"type": "RESOURCE", "path": "/pets"}, {"type": "API"}
    old = control("CreateDocumentationPart", restapi_id=api_id, location=api, properties='{"old": 1}')
    body = document({"location": api, "properties": {"new": 1}}, {"location": resource, "properties": {"a": 1}})
    answer = control("ImportDocumentationParts", restapi_id=api_id, body=body)
    assert (answer["ids"][0], answer["warnings"]) == (old["id"], [])
    assert [part["properties"] for part in control.items("GetDocumentationParts", restapi_id=api_id)] == [
        '{"new":1}',
        '{"a":1}',
    ]
    body = document({"location": resource, "properties": {"b": 1}})
    control("ImportDocumentationParts", restapi_id=api_id, body=body, mode="overwrite")
    (part,) = control.items("GetDocumentationParts", restapi_id=api_id)
    assert part["properties"] == '{"b":1}'


def test_parts_that_cannot_be_used_are_warnings(control):
    api_id = control.api()
    body = document({"location": {"type": "API"}}, {"location": {"type": "ROUTE"}, "properties": {}})
    assert control("ImportDocumentationParts", restapi_id=api_id, body=body) == {
        "ids": [],
        "warnings": [
            "Documentation part 0 needs location and properties",
            "Documentation part 1: Invalid Documentation part type specified: ROUTE",
        ],
    }
    refusal = control.refuses("ImportDocumentationParts", restapi_id=api_id, body=body, failonwarnings=True)
    assert refusal[1] == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"openapi": "3.0.1", "x-amazon-apigateway-documentation": {"documentationParts": {}}}',
        b'{"documentationParts": []}',
    ],
)
def test_what_is_no_document_is_refused(control, refused, body):
    message = refused("ImportDocumentationParts", restapi_id=control.api(), body=body)
    assert message == "Unable to build importer with provided input."
