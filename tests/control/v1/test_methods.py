"""Methods: put, patched, checked, and whole documents as importers put them."""

import pytest

from limen.aws.errors import AwsError
from limen.control.v1.methods import put_method_document

EXPRESSION = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"
NO_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid "
    "authorizer."
)


def authorizer(control, api_id, kind, authorizer_id="auth01"):
    control.run(
        lambda call: call.documents.put("Authorizer", api_id, authorizer_id, {"id": authorizer_id, "type": kind})
    )
    return authorizer_id


def test_a_method_is_answered_as_aws_does(control):
    api_id = control.api()
    named = {"restapi_id": api_id, "resource_id": control.resource(api_id), "http_method": "ANY"}
    method = control("PutMethod", authorizationType="NONE", authorizerId="ignored", requestParameters={}, **named)
    assert method == {"httpMethod": "ANY", "authorizationType": "NONE", "apiKeyRequired": False}
    assert control("GetMethod", **named) == method
    assert control.refuses("PutMethod", authorizationType="NONE", **named) == (
        "ConflictException",
        409,
        "Method already exists for this resource",
    )
    control("DeleteMethod", **named)
    unknown = ("NotFoundException", 404, "Invalid Method identifier specified")
    for operation in ("GetMethod", "DeleteMethod", "UpdateMethod", "GetIntegration", "PutIntegration"):
        assert control.refuses(operation, **named) == unknown


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"http_method": "FETCH"},
            "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
        ),
        (
            {"authorizationType": "MAGIC"},
            "Invalid AuthorizationType specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS,JWT",
        ),
        ({"authorizationType": "CUSTOM"}, NO_AUTHORIZER),
        ({"authorizationType": "COGNITO_USER_POOLS", "authorizerId": "nope"}, NO_AUTHORIZER),
        (
            {"authorizationType": "JWT"},
            "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid authorizer.",
        ),
        (
            {"authorizationScopes": ["pets"]},
            "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type",
        ),
        (
            {"requestParameters": {"method.request.body.x": True}},
            EXPRESSION.format("Invalid mapping expression specified: method.request.body.x"),
        ),
        (
            {"requestParameters": {"method.request.header.a": True, "method.request.querystring.a": False}},
            "Parameter names must be unique across querystring, header and path",
        ),
        ({"requestModels": {"application/json": "Nope"}}, "Invalid model identifier specified: Nope"),
        (
            {"requestModels": {"123": "Empty"}},
            "Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
        ),
        ({"requestValidatorId": "nope"}, "Invalid Request Validator identifier specified"),
    ],
)
def test_what_aws_refuses_is_refused(control, refused, members, message):
    api_id = control.api()
    named = {"restapi_id": api_id, "resource_id": control.resource(api_id), "http_method": "GET"}
    assert refused("PutMethod", **{"authorizationType": "NONE"} | named | members) == message


@pytest.mark.parametrize(
    ("kind", "authorization", "is_taken"),
    [
        ("TOKEN", "CUSTOM", True),
        ("REQUEST", "CUSTOM", True),
        ("COGNITO_USER_POOLS", "COGNITO_USER_POOLS", True),
        ("JWT", "JWT", True),
        ("TOKEN", "COGNITO_USER_POOLS", False),
        ("COGNITO_USER_POOLS", "CUSTOM", False),
    ],
)
def test_an_authorizer_fits_the_authorization_type(control, kind, authorization, is_taken):
    named = control.method()
    authorizer(control, named["restapi_id"], kind)
    operations = (("replace", "/authorizationType", authorization), ("replace", "/authorizerId", "auth01"))
    if is_taken:
        assert control.patch("UpdateMethod", *operations, **named)["authorizerId"] == "auth01"
    else:
        assert control.refuses_patch("UpdateMethod", *operations, **named)[2] == NO_AUTHORIZER


def test_what_belongs_to_another_authorization_type_goes(control):
    named = control.method()
    authorizer(control, named["restapi_id"], "COGNITO_USER_POOLS")
    control.patch(
        "UpdateMethod",
        ("replace", "/authorizationType", "COGNITO_USER_POOLS"),
        ("replace", "/authorizerId", "auth01"),
        ("add", "/authorizationScopes", "a"),
        ("add", "/authorizationScopes", "b"),
        ("remove", "/authorizationScopes", "a"),
        **named,
    )
    assert control("GetMethod", **named)["authorizationScopes"] == ["b"]
    changed = control.patch("UpdateMethod", ("replace", "/authorizationType", "NONE"), **named)
    assert changed == {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": False}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (("replace", "/apiKeyRequired", "true"), {"apiKeyRequired": True}),
        (("replace", "/apiKeyRequired", "yes"), {"apiKeyRequired": False}),
        (("replace", "/operationName", "listPets"), {"operationName": "listPets"}),
        (
            ("add", "/requestParameters/method.request.header.b", "true"),
            {"requestParameters": {"method.request.header.a": True, "method.request.header.b": True}},
        ),
        (
            ("replace", "/requestParameters/method.request.header.a", "no"),
            {"requestParameters": {"method.request.header.a": False}},
        ),
        (("remove", "/requestParameters/method.request.header.a"), {"requestParameters": None}),
        (
            ("add", "/requestModels/text~1xml", "Error"),
            {"requestModels": {"application/json": "Empty", "text/xml": "Error"}},
        ),
        (("replace", "/requestModels/application~1json", "Error"), {"requestModels": {"application/json": "Error"}}),
        (("remove", "/requestModels/application~1json"), {"requestModels": None}),
    ],
)
def test_a_method_is_patched(control, operation, expected):
    declared = {"requestParameters": {"method.request.header.a": True}, "requestModels": {"application/json": "Empty"}}
    named = control.method(**declared)
    changed = control.patch("UpdateMethod", operation, **named)
    assert {name: changed.get(name) for name in expected} == expected
    assert control("GetMethod", **named) == changed


def test_a_validator_is_set_and_taken_away(control):
    named = control.method()
    validator = control("CreateRequestValidator", restapi_id=named["restapi_id"], name="v")["id"]
    changed = control.patch("UpdateMethod", ("replace", "/requestValidatorId", validator), **named)
    assert changed["requestValidatorId"] == validator
    assert "requestValidatorId" not in control.patch("UpdateMethod", ("replace", "/requestValidatorId", ""), **named)


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        (("add", "/requestParameters", "true"), 400, "Invalid patch path /requestParameters"),
        (
            ("replace", "/requestModels/application/json", "Empty"),
            400,
            "Invalid patch path /requestModels/application/json",
        ),
        (("replace", "/httpMethod", "POST"), 400, "Invalid patch path /httpMethod"),
        (("remove", "/operationName"), 400, "Invalid patch operation specified. Must be one of: [replace]"),
        (("replace", "/requestParameters/method.request.header.x", "true"), 404, "Invalid parameter name specified"),
        (("remove", "/requestParameters/method.request.header.x"), 404, "Invalid parameter name specified"),
        (("replace", "/requestModels/text~1xml", "Empty"), 404, "Content-Type specified was not found"),
        (("add", "/requestModels/text~1xml", ""), 400, "Invalid null or empty value in requestModels"),
        (("add", "/requestModels/text~1xml", "Nope"), 400, "Invalid model identifier specified: Nope"),
        (("replace", "/requestValidatorId", "nope"), 400, "Invalid Request Validator identifier specified"),
        (("replace", "/authorizationType", "CUSTOM"), 400, NO_AUTHORIZER),
    ],
)
def test_a_patch_that_aws_refuses_is_refused(control, operation, code, message):
    assert control.refuses_patch("UpdateMethod", operation, **control.method())[1:] == (code, message)


def test_a_whole_method_is_put_at_once(control):
    api_id = control.api()
    resource_id = control.resource(api_id)
    document = {
        "authorizationType": "NONE",
        "requestParameters": {"method.request.querystring.kind": False},
        "methodResponses": {
            "500": {},
            "200": {
                "responseParameters": {"method.response.header.X-Kind": False},
                "responseModels": {"application/json": "Empty"},
            },
        },
        "methodIntegration": {
            "type": "HTTP",
            "httpMethod": "GET",
            "uri": "https://backend.test/pets",
            "requestParameters": {"integration.request.querystring.kind": "method.request.querystring.kind"},
            "integrationResponses": {
                "200": {"responseParameters": {"method.response.header.X-Kind": "'cat'"}},
                "500": {"selectionPattern": "5\\d\\d"},
            },
        },
    }

    control.run(lambda call: put_method_document(call, api_id, resource_id, "GET", document))
    control.run(lambda call: put_method_document(call, api_id, resource_id, "GET", document))

    named = {"restapi_id": api_id, "resource_id": resource_id, "http_method": "GET"}
    method = control("GetMethod", **named)
    assert list(method["methodResponses"]) == ["200", "500"]
    assert method["methodIntegration"] == {
        **document["methodIntegration"],
        "cacheKeyParameters": [],
        "cacheNamespace": resource_id,
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
        "integrationResponses": {
            "200": {"statusCode": "200", "responseParameters": {"method.response.header.X-Kind": "'cat'"}},
            "500": {"statusCode": "500", "selectionPattern": "5\\d\\d"},
        },
    }


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"methodIntegration": {"type": "HTTP"}}, "Enumeration value for HttpMethod must be non-empty"),
        ({"methodResponses": {"200": {"responseModels": {"a/b": "No"}}}}, "Invalid model identifier specified: No"),
        ({"methodResponses": {"abc": {}}}, "Invalid Response status code specified"),
        (
            {"methodIntegration": {"type": "MOCK", "integrationResponses": {"99": {}}}},
            "Invalid Response status code specified",
        ),
    ],
)
def test_each_part_of_a_whole_method_is_checked(control, part, message):
    api_id = control.api()
    resource_id = control.resource(api_id)
    with pytest.raises(AwsError) as refused:
        control.run(lambda call: put_method_document(call, api_id, resource_id, "GET", part))
    assert refused.value.message == message
