"""Request validators."""

import pytest

GONE = ("NotFoundException", 404, "Invalid Request Validator identifier specified")


def test_a_validator_is_kept(control):
    api_id = control.api()
    made = control("CreateRequestValidator", restapi_id=api_id, name="body", validateRequestBody=True)
    assert made == {
        "id": made["id"],
        "name": "body",
        "validateRequestBody": True,
        "validateRequestParameters": False,
    }
    named = {"restapi_id": api_id, "requestvalidator_id": made["id"]}
    changed = control.patch(
        "UpdateRequestValidator",
        ("replace", "/name", "all"),
        ("replace", "/validateRequestParameters", "true"),
        ("replace", "/validateRequestBody", "nonsense"),
        **named,
    )
    assert changed == made | {"name": "all", "validateRequestBody": False, "validateRequestParameters": True}
    assert control("GetRequestValidator", **named) == changed
    assert control("GetRequestValidators", restapi_id=api_id) == {"item": [changed]}
    control("DeleteRequestValidator", **named)
    for operation in ("GetRequestValidator", "UpdateRequestValidator", "DeleteRequestValidator"):
        assert control.refuses(operation, **named) == GONE


def test_an_unknown_api_is_told_in_two_ways(control, refused):
    assert refused("CreateRequestValidator", restapi_id="nope") == "Invalid REST API identifier specified"
    unknown = ("NotFoundException", 404, "Invalid API identifier specified 000000000000:nope")
    assert control.refuses("GetRequestValidators", restapi_id="nope") == unknown


def test_a_blank_name_is_refused(control, refused):
    message = "Request Validator name cannot be blank"
    assert refused("CreateRequestValidator", restapi_id=control.api(), name="") == message


def test_a_name_is_unique_in_its_api(control, refused, refused_patch):
    api_id = control.api()
    control("CreateRequestValidator", restapi_id=api_id, name="body")
    other = control("CreateRequestValidator", restapi_id=api_id, name="all")
    message = "Request Validator name must be unique. Request Validator body already exists in this RestApi."
    assert refused("CreateRequestValidator", restapi_id=api_id, name="body") == message
    named = {"restapi_id": api_id, "requestvalidator_id": other["id"]}
    assert refused_patch("UpdateRequestValidator", ("replace", "/name", "body"), **named) == message
    control.patch("UpdateRequestValidator", ("replace", "/name", "all"), **named)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (("replace", "/name", ""), "Request Validator name cannot be blank"),
        (
            ("replace", "/id", "x"),
            "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/name, /validateRequestBody, "
            "/validateRequestParameters]",
        ),
        (
            ("remove", "/name"),
            "Invalid patch path  '/name' specified for op 'remove'. Please choose supported operations",
        ),
    ],
)
def test_a_patch_that_aws_refuses_is_refused(control, refused_patch, operation, message):
    api_id = control.api()
    made = control("CreateRequestValidator", restapi_id=api_id, name="v")
    named = {"restapi_id": api_id, "requestvalidator_id": made["id"]}
    assert refused_patch("UpdateRequestValidator", operation, **named) == message


def test_a_validator_in_use_stays(control):
    named = control.method()
    made = control("CreateRequestValidator", restapi_id=named["restapi_id"], name="v")
    control.patch("UpdateMethod", ("replace", "/requestValidatorId", made["id"]), **named)
    members = {"restapi_id": named["restapi_id"], "requestvalidator_id": made["id"]}
    assert control.refuses("DeleteRequestValidator", **members) == (
        "ConflictException",
        409,
        "Cannot delete request validator 'v', is referenced in method request: /pets/GET",
    )
