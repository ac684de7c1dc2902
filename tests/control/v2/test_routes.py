"""Routes: keys, targets, authorization."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.aws.errors import AwsError
from limen.control.v2.route_keys import METHODS, check_route_key
from tests.control.v2.conftest import INVOCATION

MALFORMED = (
    "The provided route key is not formatted properly for HTTP protocol. "
    'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
)


def jwt_authorizer(control, api_id, name="jwt"):
    jwt = {"issuer": "https://issuer.test", "audience": ["a"]}
    return control(
        "CreateAuthorizer",
        apiId=api_id,
        name=name,
        authorizerType="JWT",
        identitySource=["$request.header.Authorization"],
        jwtConfiguration=jwt,
    )["authorizerId"]


def test_a_new_route_is_answered_as_aws_does(control):
    api_id = control.api()
    integration_id = control.integration(api_id)
    route = control("CreateRoute", apiId=api_id, routeKey="GET /orders/{id}", target=f"integrations/{integration_id}")
    assert len(route["routeId"]) == 7
    assert route == {
        "apiKeyRequired": False,
        "authorizationType": "NONE",
        "routeId": route["routeId"],
        "routeKey": "GET /orders/{id}",
        "target": f"integrations/{integration_id}",
    }
    assert control("GetRoute", apiId=api_id, routeId=route["routeId"]) == route


@pytest.mark.parametrize(
    "key", ["GET", "GET/a", "get /a", "FETCH /a", "/a", "GET a", "GET /a b", "GET /a?b", "", " $default"]
)
def test_a_malformed_key_is_refused(control, refused, key):
    expected = MALFORMED if key else "Route key is required"
    assert refused("CreateRoute", apiId=control.api(), routeKey=key) == expected


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/{proxy+}/a", "{proxy+} must be at the end of the path"),
        ("/a{b}", "A path variable must be a whole segment, {name}"),
        ("/{a}b", "A path variable must be a whole segment, {name}"),
        ("/{}", "A path variable must be a whole segment, {name}"),
        ("/{a/b}", "A path variable must be a whole segment, {name}"),
        ("/a}", "A path variable must be a whole segment, {name}"),
        ("/{a}/{a}", "The variable a occurs twice"),
    ],
)
def test_a_variable_out_of_place_is_refused(control, refused, path, reason):
    message = refused("CreateRoute", apiId=control.api(), routeKey=f"GET {path}")
    assert message == f"Invalid route path specified: {path}. {reason}"


segments = st.one_of(
    st.text("abcXYZ019._~-%", min_size=1, max_size=5),
    st.integers(0, 10**6).map(lambda number: f"{{v{number}}}"),
)


@given(st.sampled_from(METHODS), st.lists(segments, max_size=5, unique=True), st.booleans())
@settings(max_examples=100, deadline=None)
def test_every_key_of_the_grammar_is_taken(method, parts, is_greedy):
    check_route_key(f"{method} /" + "/".join([*parts, *(["{proxy+}"] if is_greedy else [])]))


@given(st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_a_key_is_taken_or_refused_with_a_reason(key):
    try:
        check_route_key(key)
    except AwsError as error:
        assert error.status == 400
    else:
        assert key == "$default" or key.split(" ")[0] in METHODS


def test_a_key_is_unique_in_its_api(control):
    api_id = control.api()
    route_id = control.route(api_id, "GET /orders")
    conflict = ("ConflictException", 409, "Route with key GET /orders already exists for this API")
    assert control.refuses("CreateRoute", apiId=api_id, routeKey="GET /orders") == conflict
    other_id = control.route(api_id, "POST /orders")
    assert control.refuses("UpdateRoute", apiId=api_id, routeId=other_id, routeKey="GET /orders") == conflict
    control.route(control.api(), "GET /orders")
    control("DeleteRoute", apiId=api_id, routeId=route_id)
    control("UpdateRoute", apiId=api_id, routeId=other_id, routeKey="GET /orders")
    control.route(api_id, "POST /orders")


@pytest.mark.parametrize("target", ["abc", "integrations/", "integrations/a/b", "lambda/a"])
def test_a_target_is_an_integration(control, refused, target):
    assert refused("CreateRoute", apiId=control.api(), routeKey="$default", target=target) == (
        "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>."
    )


def test_a_target_has_to_be_there(control):
    api_id, elsewhere = control.api(), control.api()
    target = f"integrations/{control.integration(elsewhere)}"
    code, status, _ = control.refuses("CreateRoute", apiId=api_id, routeKey="$default", target=target)
    assert (code, status) == ("NotFoundException", 404)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"apiKeyRequired": True}, "ApiKeyRequired is not currently supported for HTTP APIs."),
        ({"requestModels": {"$default": "m"}}, "RequestModels is not currently supported for HTTP APIs."),
        (
            {"requestParameters": {"p": {"required": True}}},
            "RequestParameters is not currently supported for HTTP APIs.",
        ),
        ({"modelSelectionExpression": "$x"}, "ModelSelectionExpression is not currently supported for HTTP APIs."),
        (
            {"routeResponseSelectionExpression": "$default"},
            "RouteResponseSelectionExpression is not currently supported for HTTP APIs.",
        ),
        (
            {"authorizationScopes": ["email"]},
            "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type",
        ),
        (
            {"authorizationType": "JWT"},
            "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.",
        ),
        (
            {"authorizationType": "CUSTOM", "authorizerId": "nobody"},
            "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires "
            "a valid authorizer.",
        ),
        (
            {"authorizationType": "AWS_IAM", "authorizerId": "abc123"},
            "An authorizer cannot be used with the authorization type AWS_IAM",
        ),
        (
            {"operationName": "n" * 65},
            "Invalid operationName specified: its length must be between 1 and 64 characters",
        ),
    ],
)
def test_what_aws_refuses_is_refused(control, refused, members, message):
    assert refused("CreateRoute", apiId=control.api(), routeKey="$default", **members) == message


def test_what_asks_for_nothing_is_taken(control):
    route_id = control.route(
        control.api(), apiKeyRequired=False, requestModels={}, requestParameters={}, operationName=""
    )
    assert route_id


def test_an_authorizer_fits_the_authorization_type(control, refused):
    api_id = control.api()
    request_id = control(
        "CreateAuthorizer",
        apiId=api_id,
        name="function",
        authorizerType="REQUEST",
        authorizerUri=INVOCATION,
        authorizerPayloadFormatVersion="2.0",
        identitySource=[],
    )["authorizerId"]
    jwt_id = jwt_authorizer(control, api_id)
    with_jwt = {"authorizationType": "JWT", "authorizerId": request_id}
    assert "requires a valid JWT authorizer" in refused("CreateRoute", apiId=api_id, routeKey="GET /a", **with_jwt)
    control("CreateRoute", apiId=api_id, routeKey="GET /a", authorizationType="CUSTOM", authorizerId=request_id)
    scopes = {"authorizerId": jwt_id, "authorizationScopes": ["email"]}
    route = control("CreateRoute", apiId=api_id, routeKey="GET /b", authorizationType="JWT", **scopes)
    assert (route["authorizationType"], route["authorizerId"], route["authorizationScopes"]) == (
        "JWT",
        jwt_id,
        ["email"],
    )


def test_open_access_drops_authorizer_and_scopes(control):
    api_id = control.api()
    jwt_id = jwt_authorizer(control, api_id)
    scopes = {"authorizerId": jwt_id, "authorizationScopes": ["email"]}
    route_id = control.route(api_id, authorizationType="JWT", **scopes)
    route = control("UpdateRoute", apiId=api_id, routeId=route_id, authorizationType="NONE")
    assert route["authorizationType"] == "NONE"
    assert route.keys().isdisjoint({"authorizerId", "authorizationScopes"})


def test_an_empty_text_takes_the_target_away(control):
    api_id = control.api()
    route_id = control.route(api_id)
    assert "target" not in control("UpdateRoute", apiId=api_id, routeId=route_id, target="")


def test_an_unknown_route_is_not_found(control):
    api_id = control.api()
    for operation in ("GetRoute", "UpdateRoute", "DeleteRoute", "GetRouteResponses"):
        refused = control.refuses(operation, apiId=api_id, routeId="nothere")
        assert refused == ("NotFoundException", 404, "Invalid Route identifier specified nothere")


def test_route_responses_belong_to_websocket_apis(control, refused):
    api_id = control.api()
    route_id = control.route(api_id)
    message = refused("CreateRouteResponse", apiId=api_id, routeId=route_id, routeResponseKey="$default")
    assert message == "RouteResponses are currently not supported for this API protocol type."
    assert control("GetRouteResponses", apiId=api_id, routeId=route_id) == {"items": []}
    gone = control.refuses("DeleteRouteResponse", apiId=api_id, routeId=route_id, routeResponseId="abc123")
    assert gone == ("NotFoundException", 404, "Invalid RouteResponse identifier specified abc123")
    parameter = {"apiId": api_id, "routeId": route_id, "requestParameterKey": "route.request.header.a"}
    assert control.refuses("DeleteRouteRequestParameter", **parameter)[1] == 404


def test_quotas_limit_the_scopes_of_a_route(control):
    api_id = control.api()
    jwt_id = jwt_authorizer(control, api_id)
    control.set(quotas_enforced=True)
    scopes = [f"s{number}" for number in range(11)]
    members = {"authorizationType": "JWT", "authorizerId": jwt_id, "authorizationScopes": scopes}
    assert control.refuses("CreateRoute", apiId=api_id, routeKey="$default", **members)[1] == 429
