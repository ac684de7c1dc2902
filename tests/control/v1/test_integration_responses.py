"""Responses of integrations."""

import pytest

GONE = ("NotFoundException", 404, "Invalid Response status code specified")
MAPPING = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"


@pytest.fixture
def named(control):
    """A method with a MOCK integration, and with a response that has one header."""
    made = control.method()
    control("PutIntegration", type="MOCK", **made)
    control("PutMethodResponse", status_code="200", responseParameters={"method.response.header.X": True}, **made)
    return made | {"status_code": "200"}


def test_a_response_is_kept_in_its_integration(control, named):
    response = control("PutIntegrationResponse", selectionPattern="", responseTemplates={}, **named)
    assert response == {"statusCode": "200", "selectionPattern": ""}
    assert control("GetIntegrationResponse", **named) == response
    again = control("PutIntegrationResponse", selectionPattern="2..", **named)
    assert control("GetIntegration", **named)["integrationResponses"] == {"200": again}
    control("DeleteIntegrationResponse", **named)
    assert "integrationResponses" not in control("GetIntegration", **named)
    for operation in ("GetIntegrationResponse", "UpdateIntegrationResponse", "DeleteIntegrationResponse"):
        assert control.refuses(operation, **named) == GONE


def test_there_is_no_response_without_an_integration(control):
    bare = control.method() | {"status_code": "200"}
    gone = ("NotFoundException", 404, "Invalid Integration identifier specified")
    for operation in ("PutIntegrationResponse", "GetIntegrationResponse", "DeleteIntegrationResponse"):
        assert control.refuses(operation, **bare) == gone


def test_a_response_may_come_before_that_of_its_method(control, named):
    assert control("PutIntegrationResponse", **named | {"status_code": "500"}) == {"statusCode": "500"}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"responseParameters": {"method.response.header.Y": "'y'"}},
            MAPPING.format("Invalid mapping expression parameter specified: method.response.header.Y"),
        ),
        (
            {"status_code": "500", "responseParameters": {"method.response.header.X": "'y'"}},
            MAPPING.format("No method response exists for method."),
        ),
        (
            {"responseParameters": {"method.response.body": "'y'"}},
            MAPPING.format("Invalid mapping expression specified: method.response.body"),
        ),
        (
            {"responseParameters": {"method.response.header.X": "method.request.header.X"}},
            MAPPING.format("Invalid mapping expression specified: method.request.header.X"),
        ),
        (
            {"responseTemplates": {"123": "x"}},
            "Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
        ),
    ],
)
def test_what_aws_refuses_is_refused(refused, named, members, message):
    assert refused("PutIntegrationResponse", **named | members) == message


@pytest.mark.parametrize(
    "value",
    [
        "'static'",
        "integration.response.header.Y",
        "integration.response.multivalueheader.Y",
        "integration.response.body",
        "integration.response.body.errors[0].code",
        "context.requestId",
        "stageVariables.x",
    ],
)
def test_mapping_expressions_that_aws_takes(control, named, value):
    parameters = {"method.response.header.X": value}
    assert control("PutIntegrationResponse", responseParameters=parameters, **named)["responseParameters"] == parameters


def test_a_response_is_patched(control, named):
    control("PutIntegrationResponse", **named)
    changed = control.patch(
        "UpdateIntegrationResponse",
        ("replace", "/selectionPattern", "2.."),
        ("replace", "/contentHandling", "CONVERT_TO_TEXT"),
        ("add", "/responseParameters/method.response.header.X", "'x'"),
        ("add", "/responseTemplates/application~1json", "{}"),
        **named,
    )
    assert changed == {
        "statusCode": "200",
        "selectionPattern": "2..",
        "contentHandling": "CONVERT_TO_TEXT",
        "responseParameters": {"method.response.header.X": "'x'"},
        "responseTemplates": {"application/json": "{}"},
    }
    cleared = control.patch("UpdateIntegrationResponse", ("replace", "/contentHandling", ""), **named)
    assert "contentHandling" not in cleared


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        (("replace", "/statusCode", "201"), 400, "Invalid patch path /statusCode"),
        (("add", "/selectionPattern", "x"), 400, "Invalid patch operation specified. Must be one of: [replace]"),
        (
            ("replace", "/contentHandling", "x"),
            400,
            "Invalid ContentHandlingStrategy specified. Valid options are CONVERT_TO_BINARY,CONVERT_TO_TEXT",
        ),
        (("remove", "/responseTemplates/a~1b"), 404, "Content-Type specified was not found"),
        (("replace", "/responseParameters/method.response.header.X", "'x'"), 404, "Invalid parameter name specified"),
    ],
)
def test_a_patch_that_aws_refuses_is_refused(control, named, operation, code, message):
    control("PutIntegrationResponse", **named)
    assert control.refuses_patch("UpdateIntegrationResponse", operation, **named)[1:] == (code, message)
