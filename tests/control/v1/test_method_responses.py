"""Responses of methods."""

import pytest

GONE = ("NotFoundException", 404, "Invalid Response status code specified")


def test_a_response_is_kept_in_its_method(control):
    named = control.method()
    response = control("PutMethodResponse", status_code="200", responseParameters={}, **named)
    assert response == {"statusCode": "200"}
    assert control("GetMethodResponse", status_code="200", **named) == response
    assert control("GetMethod", **named)["methodResponses"] == {"200": response}
    assert control.refuses("PutMethodResponse", status_code="200", **named) == (
        "ConflictException",
        409,
        "Response already exists for this resource",
    )
    control("DeleteMethodResponse", status_code="200", **named)
    assert "methodResponses" not in control("GetMethod", **named)
    for operation in ("GetMethodResponse", "UpdateMethodResponse", "DeleteMethodResponse"):
        assert control.refuses(operation, status_code="200", **named) == GONE


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"responseParameters": {"method.response.body": True}},
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping "
            "expression specified: method.response.body]",
        ),
        ({"responseModels": {"application/json": "Nope"}}, "Invalid model identifier specified: Nope"),
        (
            {"responseModels": {"json": "Empty"}},
            "Validation Result: warnings : [], errors : [Invalid content type specified: json]",
        ),
    ],
)
def test_what_aws_refuses_is_refused(control, refused, members, message):
    assert refused("PutMethodResponse", status_code="200", **control.method(), **members) == message


def test_a_response_is_patched(control):
    named = control.method() | {"status_code": "200"}
    control("PutMethodResponse", **named)
    changed = control.patch(
        "UpdateMethodResponse",
        ("add", "/responseParameters/method.response.header.X", "true"),
        ("replace", "/responseParameters/method.response.header.X", "false"),
        ("add", "/responseModels/application~1json", "Empty"),
        **named,
    )
    assert changed == {
        "statusCode": "200",
        "responseParameters": {"method.response.header.X": False},
        "responseModels": {"application/json": "Empty"},
    }
    removed = control.patch("UpdateMethodResponse", ("remove", "/responseModels/application~1json"), **named)
    assert "responseModels" not in removed


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        (("replace", "/statusCode", "201"), 400, "Invalid patch path /statusCode"),
        (("replace", "/responseParameters/method.response.header.X", "true"), 404, "Invalid parameter name specified"),
        (("remove", "/responseModels/application~1json"), 404, "Content-Type specified was not found"),
        (("add", "/responseModels/application~1json"), 400, "Invalid null or empty value in responseModels"),
    ],
)
def test_a_patch_that_aws_refuses_is_refused(control, operation, code, message):
    named = control.method() | {"status_code": "200"}
    control("PutMethodResponse", **named)
    assert control.refuses_patch("UpdateMethodResponse", operation, **named)[1:] == (code, message)
