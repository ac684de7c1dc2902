"""Gateway responses: the 21 defaults, what is set, what is inherited."""

import pytest

TEMPLATE = {"application/json": '{"message":$context.error.messageString}'}
HEADER = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}


def test_every_type_is_listed_with_its_default(control):
    api_id = control.api()
    listed = control("GetGatewayResponses", restapi_id=api_id)["item"]
    kinds = [response["responseType"] for response in listed]
    assert (len(kinds), kinds) == (21, sorted(kinds))
    assert all(response["defaultResponse"] for response in listed)
    assert listed[0] == {
        "responseType": "ACCESS_DENIED",
        "statusCode": "403",
        "responseParameters": {},
        "responseTemplates": TEMPLATE,
        "defaultResponse": True,
    }
    assert "statusCode" not in listed[kinds.index("DEFAULT_4XX")]
    named = {"restapi_id": api_id, "response_type": "ACCESS_DENIED"}
    assert control("GetGatewayResponse", **named) == listed[0]


def test_the_list_comes_in_pages_where_asked(control):
    api_id = control.api()
    first = control("GetGatewayResponses", restapi_id=api_id, limit=20)
    rest = control("GetGatewayResponses", restapi_id=api_id, limit=20, position=first["position"])
    assert (len(first["item"]), [each["responseType"] for each in rest["item"]]) == (20, ["WAF_FILTERED"])


def test_what_is_not_put_is_as_by_default(control):
    named = {"restapi_id": control.api(), "response_type": "THROTTLED"}
    put = control("PutGatewayResponse", responseParameters=HEADER, responseTemplates={"text/xml": "<e/>"}, **named)
    assert put == {
        "responseType": "THROTTLED",
        "statusCode": "429",
        "responseParameters": HEADER,
        "responseTemplates": {"text/xml": "<e/>"},
        "defaultResponse": False,
    }
    again = control("PutGatewayResponse", statusCode="503", **named)
    assert (again["statusCode"], again["responseParameters"], again["responseTemplates"]) == ("503", {}, TEMPLATE)
    assert control("GetGatewayResponse", **named) == again
    control("DeleteGatewayResponse", **named)
    assert control("GetGatewayResponse", **named)["defaultResponse"]
    assert control.refuses("DeleteGatewayResponse", **named) == (
        "NotFoundException",
        404,
        "Gateway response type not defined on api",
    )


def test_a_type_inherits_from_its_class(control):
    api_id = control.api()
    control("PutGatewayResponse", restapi_id=api_id, response_type="DEFAULT_4XX", responseParameters=HEADER)
    control("PutGatewayResponse", restapi_id=api_id, response_type="DEFAULT_5XX", statusCode="599")
    listed = {each["responseType"]: each for each in control("GetGatewayResponses", restapi_id=api_id)["item"]}
    assert (listed["THROTTLED"]["statusCode"], listed["THROTTLED"]["responseParameters"]) == ("429", HEADER)
    assert (listed["INTEGRATION_TIMEOUT"]["statusCode"], listed["INTEGRATION_TIMEOUT"]["defaultResponse"]) == (
        "599",
        True,
    )
    assert "statusCode" not in listed["DEFAULT_4XX"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"responseParameters": {"method.response.header.X": "'x'"}},
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping "
            "expression specified: method.response.header.X]",
        ),
        (
            {"responseParameters": {"gatewayresponse.header.X": "x"}},
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping "
            "expression specified: x]",
        ),
        (
            {"responseTemplates": {"123": "x"}},
            "Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
        ),
    ],
)
def test_what_aws_refuses_is_refused(control, refused, members, message):
    named = {"restapi_id": control.api(), "response_type": "THROTTLED"}
    assert refused("PutGatewayResponse", **named, **members) == message


@pytest.mark.parametrize("value", ["'*'", "method.request.header.Origin", "context.requestId", "stageVariables.origin"])
def test_values_that_aws_takes(control, value):
    parameters = {"gatewayresponse.header.X": value}
    named = {"restapi_id": control.api(), "response_type": "THROTTLED"}
    assert control("PutGatewayResponse", **named, responseParameters=parameters)["responseParameters"] == parameters


def test_a_response_is_patched_from_what_it_was(control):
    named = {"restapi_id": control.api(), "response_type": "UNAUTHORIZED"}
    changed = control.patch(
        "UpdateGatewayResponse",
        ("replace", "/statusCode", "404"),
        ("add", "/responseParameters/gatewayresponse.header.X", "'x'"),
        ("replace", "/responseTemplates/application~1json", "{}"),
        **named,
    )
    assert changed == {
        "responseType": "UNAUTHORIZED",
        "statusCode": "404",
        "responseParameters": {"gatewayresponse.header.X": "'x'"},
        "responseTemplates": {"application/json": "{}"},
        "defaultResponse": False,
    }
    assert control("GetGatewayResponse", **named) == changed


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        (("add", "/statusCode", "404"), 400, "Invalid patch path /statusCode"),
        (("remove", "/statusCode"), 400, "Invalid patch path /statusCode"),
        (("replace", "/statusCode", "4000"), 400, "Invalid status code specified: 4000"),
        (("replace", "/responseType", "x"), 400, "Invalid patch path /responseType"),
        (("replace", "/responseTemplates/text~1xml", "x"), 404, "Invalid parameter name specified"),
        (("remove", "/responseParameters/gatewayresponse.header.X"), 404, "Invalid parameter name specified"),
        (("add", "/responseTemplates/text~1xml"), 400, "Invalid null or empty value in responseTemplates"),
        (
            ("add", "/responseParameters/gatewayresponse.header.X"),
            400,
            "Invalid null or empty value in responseParameters",
        ),
    ],
)
def test_a_patch_that_aws_refuses_is_refused(control, operation, code, message):
    named = {"restapi_id": control.api(), "response_type": "UNAUTHORIZED"}
    assert control.refuses_patch("UpdateGatewayResponse", operation, **named)[1:] == (code, message)


def test_a_patch_without_a_path_is_refused(control, refused):
    named = {"restapi_id": control.api(), "response_type": "UNAUTHORIZED"}
    operations = [{"op": "replace", "value": "x"}]
    assert refused("UpdateGatewayResponse", patchOperations=operations, **named) == "Invalid patch path null"


def test_a_template_has_the_bound_of_others(control, refused):
    templates = {"application/json": "x" * (300 * 1024 + 1)}
    named = {"restapi_id": control.api(), "response_type": "UNAUTHORIZED"}
    assert refused("PutGatewayResponse", responseTemplates=templates, **named) == (
        "Mapping template is too large: it must not exceed 307200 bytes"
    )
