"""Authorizers: JWT and REQUEST."""

import pytest

from tests.control.v2.conftest import FUNCTION, INVOCATION

JWT = {
    "name": "jwt",
    "authorizerType": "JWT",
    "identitySource": ["$request.header.Authorization"],
    "jwtConfiguration": {"issuer": "https://issuer.test/pool", "audience": ["a"]},
}
REQUEST = {
    "name": "function",
    "authorizerType": "REQUEST",
    "authorizerUri": INVOCATION,
    "authorizerPayloadFormatVersion": "2.0",
    "identitySource": ["$request.header.Auth", "$request.querystring.Name", "$context.routeKey", "$stageVariables.a"],
}


def test_a_jwt_authorizer_is_answered_as_aws_does(control):
    api_id = control.api()
    authorizer = control("CreateAuthorizer", apiId=api_id, **JWT)
    assert authorizer == JWT | {"authorizerId": authorizer["authorizerId"]}
    assert control.items("GetAuthorizers", apiId=api_id) == [authorizer]


def test_a_request_authorizer_answers_by_policy_unless_told_otherwise(control):
    api_id = control.api()
    authorizer = control("CreateAuthorizer", apiId=api_id, **REQUEST)
    assert authorizer == REQUEST | {"authorizerId": authorizer["authorizerId"], "enableSimpleResponses": False}
    same = {"apiId": api_id, "authorizerId": authorizer["authorizerId"]}
    changed = control("UpdateAuthorizer", **same, enableSimpleResponses=True, authorizerResultTtlInSeconds=300)
    assert (changed["enableSimpleResponses"], changed["authorizerResultTtlInSeconds"]) == (True, 300)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (JWT | {"name": ""}, "Authorizer name is required"),
        (JWT | {"jwtConfiguration": None}, "JwtConfiguration must not be null for JWT Authorizer"),
        *(
            (
                JWT | {"jwtConfiguration": {"issuer": issuer, "audience": ["a"]}},
                "Invalid issuer: Issuer is not a valid URL for JWT Authorizer",
            )
            for issuer in (
                "",
                "issuer.test",
                "http://issuer.test",
                "http://localhost.issuer.test",
                "https://",
                "https://u@h",
                "https://h?a=b",
                "https://h:x",
            )
        ),
        (
            JWT | {"jwtConfiguration": {"issuer": "https://issuer.test", "audience": []}},
            "Audience must not be empty for JWT Authorizer",
        ),
        (JWT | {"identitySource": []}, "JWT Authorizer must have exactly one identity source"),
        (
            JWT | {"identitySource": ["$context.requestId"]},
            "Invalid identity source expression: $context.requestId",
        ),
        (JWT | {"authorizerUri": INVOCATION}, "AuthorizerUri can only be set for REQUEST Authorizers"),
        (JWT | {"enableSimpleResponses": True}, "EnableSimpleResponses can only be set for REQUEST Authorizers"),
        (
            REQUEST | {"jwtConfiguration": JWT["jwtConfiguration"]},
            "JwtConfiguration can only be set for JWT Authorizers",
        ),
        (REQUEST | {"authorizerUri": ""}, "AuthorizerUri is a required field in an Authorizer"),
        (
            REQUEST | {"authorizerUri": FUNCTION},
            f"Invalid Authorizer URI: {FUNCTION}. Authorizer URI should be a valid API Gateway ARN that represents a "
            "Lambda function invocation.",
        ),
        (
            REQUEST | {"authorizerPayloadFormatVersion": ""},
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer",
        ),
        (REQUEST | {"authorizerPayloadFormatVersion": "3.0"}, "Unsupported AuthorizerPayloadFormatVersion: 3.0"),
        (
            REQUEST | {"authorizerPayloadFormatVersion": "1.0", "enableSimpleResponses": True},
            'EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".',
        ),
        (
            REQUEST | {"authorizerResultTtlInSeconds": 3601},
            "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.",
        ),
        (
            REQUEST | {"authorizerResultTtlInSeconds": 1, "identitySource": []},
            "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)",
        ),
        (
            REQUEST | {"identitySource": ["route.request.header.Auth"]},
            "Invalid identity source expression: route.request.header.Auth",
        ),
        (REQUEST | {"authorizerCredentialsArn": "me"}, "Invalid ARN specified in the request: me"),
    ],
)
def test_what_aws_refuses_is_refused(control, refused, members, message):
    assert refused("CreateAuthorizer", apiId=control.api(), **members) == message


def test_a_name_is_unique_in_its_api(control, refused):
    api_id = control.api()
    control("CreateAuthorizer", apiId=api_id, **JWT)
    message = refused("CreateAuthorizer", apiId=api_id, **JWT)
    assert message == "Authorizer name must be unique. Authorizer jwt already exists in this API."
    control("CreateAuthorizer", apiId=control.api(), **JWT)


def test_parts_of_a_jwt_configuration_can_change(control):
    api_id = control.api()
    authorizer_id = control("CreateAuthorizer", apiId=api_id, **JWT)["authorizerId"]
    audience = {"audience": ["b", "c"]}
    changed = control("UpdateAuthorizer", apiId=api_id, authorizerId=authorizer_id, jwtConfiguration=audience)
    assert changed["jwtConfiguration"] == {"issuer": "https://issuer.test/pool", "audience": ["b", "c"]}


def test_an_authorizer_in_use_stays(control):
    api_id = control.api()
    authorizer_id = control("CreateAuthorizer", apiId=api_id, **JWT)["authorizerId"]
    route_id = control.route(api_id, "GET /a", authorizationType="JWT", authorizerId=authorizer_id)
    refused = control.refuses("DeleteAuthorizer", apiId=api_id, authorizerId=authorizer_id)
    assert refused == ("ConflictException", 409, "Cannot delete authorizer 'jwt', is referenced in route: GET /a")
    same = {"apiId": api_id, "authorizerId": authorizer_id}
    changed_type = control.refuses("UpdateAuthorizer", **same, authorizerType="REQUEST")
    assert changed_type[2] == "Cannot change the type of authorizer 'jwt', is referenced in route: GET /a"
    control("UpdateRoute", apiId=api_id, routeId=route_id, authorizationType="NONE")
    control("DeleteAuthorizer", **same)
    missing = ("NotFoundException", 404, f"Invalid Authorizer identifier specified {authorizer_id}")
    assert control.refuses("GetAuthorizer", **same) == missing


def test_quotas_limit_the_audiences(control):
    api_id = control.api()
    control.set(quotas_enforced=True)
    jwt = {"issuer": "https://issuer.test", "audience": [str(number) for number in range(51)]}
    assert control.refuses("CreateAuthorizer", apiId=api_id, **JWT | {"jwtConfiguration": jwt})[1] == 429


def test_a_changed_type_leaves_nothing_of_the_other(control):
    api_id = control.api()
    made = control("CreateAuthorizer", apiId=api_id, **REQUEST, authorizerResultTtlInSeconds=300)
    authorizer_id = made["authorizerId"]
    jwt = {name: value for name, value in JWT.items() if name != "name"}

    as_jwt = control("UpdateAuthorizer", apiId=api_id, authorizerId=authorizer_id, **jwt, authorizerUri="")
    as_request = control(
        "UpdateAuthorizer", apiId=api_id, authorizerId=authorizer_id, **REQUEST | {"jwtConfiguration": {}}
    )

    assert as_jwt == JWT | {"authorizerId": authorizer_id, "name": "function"}
    assert as_request == REQUEST | {"authorizerId": authorizer_id, "enableSimpleResponses": False}
