"""Base path mappings, and what the second API sees of them."""

import pytest

from tests.control.v1.test_domain_names import NAMED, REGIONAL


@pytest.fixture
def api_id(control):
    """Of an API with a stage prod, and a domain name beside it."""
    control("CreateDomainName", **REGIONAL)
    return control.deployed()["restapi_id"]


def test_a_mapping_is_found_by_its_path(control, api_id):
    made = control("CreateBasePathMapping", **NAMED, basePath="pets", restApiId=api_id, stage="prod")
    assert made == {"basePath": "pets", "restApiId": api_id, "stage": "prod"}
    assert control("GetBasePathMapping", **NAMED, base_path="pets") == made
    assert control.items("GetBasePathMappings", **NAMED) == [made]


@pytest.mark.parametrize("path", [{}, {"basePath": ""}, {"basePath": "(none)"}])
def test_a_mapping_without_a_path_is_called_none(control, api_id, path):
    made = control("CreateBasePathMapping", **NAMED, restApiId=api_id, **path)
    assert made == {"basePath": "(none)", "restApiId": api_id}
    assert control("GetBasePathMapping", **NAMED, base_path="(none)") == made


def test_the_second_api_sees_the_mapping(control, api_id):
    control("CreateBasePathMapping", **NAMED, basePath="pets", restApiId=api_id, stage="prod")
    control("CreateBasePathMapping", **NAMED, restApiId=api_id, stage="prod")
    shown = control("GetApiMappings", service="apigatewayv2", domainName="api.example.com")["items"]
    named = [{name: value for name, value in each.items() if name != "apiMappingId"} for each in shown]
    assert named == [
        {"apiId": api_id, "apiMappingKey": "pets", "stage": "prod"},
        {"apiId": api_id, "stage": "prod"},
    ]


def test_the_second_api_maps_rest_apis_below_several_levels(control, api_id):
    members = {"domainName": "api.example.com", "apiId": api_id, "stage": "prod", "apiMappingKey": "v1/pets"}
    control("CreateApiMapping", service="apigatewayv2", **members)
    (shown,) = control.items("GetBasePathMappings", **NAMED)
    assert shown == {"basePath": "v1/pets", "restApiId": api_id, "stage": "prod"}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"basePath": "a/b"},
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level "
            "base path mapping, use API Gateway V2.",
        ),
        ({"basePath": "a b"}, "Invalid base path specified: a b"),
        ({"restApiId": "abc"}, "Invalid REST API identifier specified"),
        ({"stage": "beta"}, "Invalid stage identifier specified"),
    ],
)
def test_what_is_no_mapping_is_refused(api_id, refused, members, message):
    assert refused("CreateBasePathMapping", **NAMED | {"restApiId": api_id} | members) == message


def test_a_path_is_had_once(control, api_id):
    members = NAMED | {"restApiId": api_id, "basePath": "pets"}
    control("CreateBasePathMapping", **members)
    refusal = control.refuses("CreateBasePathMapping", **members)
    assert refusal == ("ConflictException", 409, "Base path already exists for this domain name")


def test_mappings_change_by_their_paths(control, api_id):
    control("CreateBasePathMapping", **NAMED, basePath="pets", restApiId=api_id, stage="prod")
    other = control.deployed("beta")["restapi_id"]
    operations = (("replace", "/basePath", "cats"), ("replace", "/restapiId", other), ("replace", "/stage", "beta"))
    changed = control.patch("UpdateBasePathMapping", *operations, **NAMED, base_path="pets")
    assert changed == {"basePath": "cats", "restApiId": other, "stage": "beta"}
    operations = (("replace", "/stage", ""), ("replace", "/basepath", "(none)"))
    changed = control.patch("UpdateBasePathMapping", *operations, **NAMED, base_path="cats")
    assert changed == {"basePath": "(none)", "restApiId": other}


def test_what_is_mapped_stays(control, api_id, refused):
    control("CreateBasePathMapping", **NAMED, restApiId=api_id, stage="prod")
    message = refused("DeleteStage", restapi_id=api_id, stage_name="prod")
    assert message == (
        "Deleting stage prod failed. Please remove all base path mappings related to the stage in your domains: "
        "api.example.com"
    )
    assert control("DeleteBasePathMapping", **NAMED, base_path="(none)") == {}
    refusal = control.refuses("GetBasePathMapping", **NAMED, base_path="(none)")
    assert refusal == ("NotFoundException", 404, "Invalid base path mapping identifier specified")
    control("DeleteStage", restapi_id=api_id, stage_name="prod")


def test_mappings_of_an_unknown_domain_are_not_found(control):
    refusal = control.refuses("GetBasePathMappings", domain_name="b.example.com")
    assert refusal == ("NotFoundException", 404, "Invalid domain name identifier specified")
