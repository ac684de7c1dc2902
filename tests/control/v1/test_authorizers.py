"""Authorizers of REST APIs."""

import pytest

from limen.control.v1.authorizers import put_authorizer
from tests.control.v1.conftest import INVOCATION

POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc"
HEADER = "method.request.header.Authorization"
TOKEN = {"name": "token", "type": "TOKEN", "authorizerUri": INVOCATION, "identitySource": HEADER}
REQUEST = {"name": "request", "type": "REQUEST", "authorizerUri": INVOCATION, "identitySource": HEADER}
POOLS = {"name": "pools", "type": "COGNITO_USER_POOLS", "providerARNs": [POOL], "identitySource": HEADER}
ISSUER = {"issuer": "https://idp.example.com/", "audiences": ["a"]}
CLAIM = {"claimName": "tenant", "format": "SINGLE_STRING"}
CONFIGURATION = {"issuers": [ISSUER], "defaultAlgorithms": ["RS256"]}
JWT = {"name": "jwt", "type": "JWT", "identitySource": HEADER, "jwtConfiguration": CONFIGURATION}


@pytest.mark.parametrize(
    ("given", "filled_in"),
    [
        (TOKEN, {"authType": "custom", "authorizerResultTtlInSeconds": 300}),
        (REQUEST, {"authType": "custom", "authorizerResultTtlInSeconds": 300}),
        (POOLS, {"authType": "cognito_user_pools"}),
        (JWT, {"authType": "jwt"}),
        (TOKEN | {"authType": "oauth2", "authorizerResultTtlInSeconds": 0}, {}),
    ],
)
def test_each_type_is_answered_with_its_defaults(control, given, filled_in):
    api_id = control.api()
    authorizer = control("CreateAuthorizer", restapi_id=api_id, **given)
    assert authorizer == {"id": authorizer["id"], **given, **filled_in}
    assert control("GetAuthorizer", restapi_id=api_id, authorizer_id=authorizer["id"]) == authorizer
    assert control.items("GetAuthorizers", restapi_id=api_id) == [authorizer]


@pytest.mark.parametrize(
    ("authorizer", "message"),
    [
        (TOKEN | {"name": ""}, "Authorizer name cannot be empty"),
        (
            TOKEN | {"authorizerUri": "arn:aws:lambda:x"},
            "Invalid Authorizer URI: arn:aws:lambda:x. Authorizer URI should be a valid API Gateway ARN that "
            "represents a Lambda function invocation.",
        ),
        (
            TOKEN | {"authorizerResultTtlInSeconds": 3601},
            "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.",
        ),
        (TOKEN | {"identitySource": ""}, "Identity source must be one request header for TOKEN authorizer"),
        (
            TOKEN | {"identitySource": "method.request.querystring.a"},
            "Invalid identity source expression: method.request.querystring.a",
        ),
        (TOKEN | {"identityValidationExpression": "(a"}, "Invalid identity validation expression specified: (a"),
        (TOKEN | {"authorizerCredentials": "role"}, "Invalid ARN specified in the request: role"),
        (TOKEN | {"providerARNs": [POOL]}, "ProviderARNs cannot be set for TOKEN authorizer"),
        (
            REQUEST | {"identitySource": ""},
            "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)",
        ),
        (
            REQUEST | {"identitySource": f"{HEADER}, method.request.path.id"},
            "Invalid identity source expression: method.request.path.id",
        ),
        (
            REQUEST | {"identityValidationExpression": "a"},
            "IdentityValidationExpression cannot be set for REQUEST authorizer",
        ),
        (POOLS | {"providerARNs": []}, "Provider ARNs must be set for COGNITO_USER_POOLS authorizer"),
        (POOLS | {"providerARNs": ["pool"]}, "Invalid Provider ARN specified: pool"),
        (POOLS | {"authorizerUri": INVOCATION}, "AuthorizerUri cannot be set for COGNITO_USER_POOLS authorizer"),
        (
            JWT | {"jwtConfiguration": CONFIGURATION | {"issuers": []}},
            "JwtConfiguration must name at least one issuer for JWT authorizer",
        ),
        (
            JWT | {"jwtConfiguration": CONFIGURATION | {"defaultAlgorithms": []}},
            "JwtConfiguration must name at least one algorithm for JWT authorizer",
        ),
        (
            JWT | {"jwtConfiguration": CONFIGURATION | {"issuers": [ISSUER, ISSUER]}},
            "Issuers of a JWT authorizer must be unique",
        ),
        (
            JWT | {"jwtConfiguration": CONFIGURATION | {"issuers": [ISSUER | {"issuer": "http://idp.example.com"}]}},
            "Invalid issuer: Issuer is not a valid URL for JWT Authorizer",
        ),
        (
            JWT | {"jwtConfiguration": CONFIGURATION | {"issuers": [ISSUER | {"audiences": []}]}},
            "Audience must not be empty for JWT Authorizer",
        ),
        (
            JWT
            | {
                "jwtConfiguration": CONFIGURATION
                | {"issuers": [ISSUER | {"additionalClaims": [CLAIM | {"claimName": "exp"}]}]}
            },
            "Names of additional claims must be unique and none of [aud, exp, iat, iss, nbf, scope, scp] for JWT "
            "Authorizer",
        ),
        (
            JWT | {"authorizerResultTtlInSeconds": 300},
            "AuthorizerResultTtlInSeconds cannot be set for JWT authorizer",
        ),
    ],
)
def test_authorizers_keep_to_the_rules_of_their_type(control, refused, authorizer, message):
    assert refused("CreateAuthorizer", restapi_id=control.api(), **authorizer) == message


@pytest.mark.parametrize(
    "source",
    [
        f"{HEADER},method.request.querystring.a,stageVariables.b,context.accountId",
        "context.identity.sourceIp",
    ],
)
def test_a_request_may_be_known_by_several_things(control, source):
    made = control("CreateAuthorizer", restapi_id=control.api(), **REQUEST | {"identitySource": source})
    assert made["identitySource"] == source


def test_without_a_cache_a_request_needs_no_identity(control):
    given = {name: value for name, value in REQUEST.items() if name != "identitySource"}
    made = control("CreateAuthorizer", restapi_id=control.api(), **given, authorizerResultTtlInSeconds=0)
    assert "identitySource" not in made


def test_a_name_is_given_once(control, refused):
    api_id = control.api()
    control("CreateAuthorizer", restapi_id=api_id, **TOKEN)
    assert refused("CreateAuthorizer", restapi_id=api_id, **REQUEST | {"name": "token"}) == (
        "Authorizer name must be unique. Authorizer token already exists in this RestApi."
    )


def test_authorizers_change_by_their_paths(control, refused_patch):
    api_id = control.api()
    named = {"restapi_id": api_id, "authorizer_id": control("CreateAuthorizer", restapi_id=api_id, **TOKEN)["id"]}
    changed = control.patch(
        "UpdateAuthorizer",
        ("replace", "/name", "new"),
        ("replace", "/authorizerResultTtlInSeconds", "60"),
        ("replace", "/identityValidationExpression", "^Bearer .+"),
        ("replace", "/identitySource", "method.request.header.X-Token"),
        ("replace", "/authType", "oauth2"),
        **named,
    )
    assert changed == TOKEN | {
        "id": named["authorizer_id"],
        "name": "new",
        "authorizerResultTtlInSeconds": 60,
        "identityValidationExpression": "^Bearer .+",
        "identitySource": "method.request.header.X-Token",
        "authType": "oauth2",
    }
    assert refused_patch("UpdateAuthorizer", ("replace", "/id", "x"), **named) == "Invalid patch path /id"
    message = refused_patch("UpdateAuthorizer", ("replace", "/authorizerResultTtlInSeconds", "1h"), **named)
    assert message == "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds."


def test_user_pools_come_and_go(control, refused_patch):
    api_id = control.api()
    named = {"restapi_id": api_id, "authorizer_id": control("CreateAuthorizer", restapi_id=api_id, **POOLS)["id"]}
    other = POOL.replace("abc", "def")
    operations = (("add", "/providerARNs", other), ("remove", "/providerARNs", POOL))
    assert control.patch("UpdateAuthorizer", *operations, **named)["providerARNs"] == [other]
    message = refused_patch("UpdateAuthorizer", ("remove", "/providerARNs", other), **named)
    assert message == "Provider ARNs must be set for COGNITO_USER_POOLS authorizer"


def test_user_pools_take_credentials_later(control):
    api_id, role = control.api(), "arn:aws:iam::000000000000:role/pools"
    made = control("CreateAuthorizer", restapi_id=api_id, **POOLS, authorizerCredentials=role)
    assert "authorizerCredentials" not in made
    named = {"restapi_id": api_id, "authorizer_id": made["id"]}
    changed = control.patch("UpdateAuthorizer", ("replace", "/authorizerCredentials", role), **named)
    assert changed["authorizerCredentials"] == role


def test_a_new_type_brings_its_own_name(control):
    api_id = control.api()
    named = {"restapi_id": api_id, "authorizer_id": control("CreateAuthorizer", restapi_id=api_id, **POOLS)["id"]}
    operations = (
        ("replace", "/type", "TOKEN"),
        ("replace", "/authorizerUri", INVOCATION),
        ("remove", "/providerARNs", POOL),
    )
    assert control.patch("UpdateAuthorizer", *operations, **named)["authType"] == "custom"


def test_an_authorizer_in_use_stays(control):
    named = control.method()
    api_id = named["restapi_id"]
    made = control("CreateAuthorizer", restapi_id=api_id, **TOKEN)["id"]
    operations = (("replace", "/authorizationType", "CUSTOM"), ("replace", "/authorizerId", made))
    control.patch("UpdateMethod", *operations, **named)
    refusal = control.refuses("DeleteAuthorizer", restapi_id=api_id, authorizer_id=made)
    assert refusal == (
        "ConflictException",
        409,
        "Cannot delete authorizer 'token', is referenced in method: GET /pets",
    )
    control("DeleteMethod", **named)
    assert control("DeleteAuthorizer", restapi_id=api_id, authorizer_id=made) == {}
    refusal = control.refuses("GetAuthorizer", restapi_id=api_id, authorizer_id=made)
    assert refusal == ("NotFoundException", 404, "Invalid Authorizer identifier specified")


def test_of_an_unknown_api_aws_speaks_in_two_ways(control):
    refusal = control.refuses("CreateAuthorizer", restapi_id="abc", **TOKEN)
    assert refusal == (
        "ConflictException",
        409,
        "Unable to complete operation due to concurrent modification. Please try again later.",
    )
    refusal = control.refuses("GetAuthorizers", restapi_id="abc")
    assert refusal == ("NotFoundException", 404, "Invalid API identifier specified 000000000000:abc")


def test_importers_replace_an_authorizer_whole(control):
    api_id = control.api()
    made = control("CreateAuthorizer", restapi_id=api_id, **TOKEN, authType="oauth2")["id"]
    assert control.run(lambda call: put_authorizer(call, api_id, POOLS, made)) == made
    expected = {"id": made, "authType": "cognito_user_pools", **POOLS}
    assert control("GetAuthorizer", restapi_id=api_id, authorizer_id=made) == expected
