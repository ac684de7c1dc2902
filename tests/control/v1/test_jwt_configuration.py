"""Whom JWT authorizers of REST APIs trust: read strictly, and asked where their keys are."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from limen.aws.errors import AwsError
from limen.control.issuer_discovery import DiscoveryError
from limen.control.v1.jwt_configuration import check_configuration

ISSUER = {"issuer": "https://issuer.example/", "audiences": ["shop"]}
CLAIM = {"claimName": "tenant", "format": "SINGLE_STRING", "required": True, "expectedValues": ["a"]}
GOOD: dict[str, Any] = {"issuers": [ISSUER], "defaultAlgorithms": ["RS256", "ES512"]}


class Answers:
    """Issuers that say where their keys are, as a test has it."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers

    def find(self, issuers: Sequence[str]) -> dict[str, str | DiscoveryError]:
        down = DiscoveryError("answered 500, not 200")
        return {issuer: self.answers.get(issuer.split(".")[0].removeprefix("https://"), down) for issuer in issuers}


def test_a_configuration_is_stored_as_it_was_given() -> None:
    assert check_configuration(GOOD) == GOOD
    whole = GOOD | {"issuers": [ISSUER | {"additionalClaims": [CLAIM]}]}
    assert check_configuration(whole) == whole


def test_what_is_output_alone_is_left_out() -> None:
    given = GOOD | {"issuers": [ISSUER | {"jwksUri": "https://evil.example"}], "other": 1}
    assert check_configuration(given) == GOOD


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "missing required field `issuers`"),
        ({"issuers": "x", "defaultAlgorithms": ["RS256"]}, "Expected `array`, got `str` - at `$.issuers`"),
        (GOOD | {"issuers": [{"issuer": "https://a.example"}]}, "missing required field `audiences`"),
        (GOOD | {"issuers": [ISSUER | {"audiences": [1]}]}, "Expected `str`, got `int`"),
        (GOOD | {"defaultAlgorithms": ["HS256"]}, "Invalid algorithm specified: HS256"),
        (GOOD | {"defaultAlgorithms": ["none"]}, "Invalid algorithm specified: none"),
        (
            GOOD | {"issuers": [ISSUER | {"additionalClaims": [CLAIM | {"format": "LIST"}]}]},
            "Invalid enum value 'LIST'",
        ),
        (GOOD | {"issuers": [ISSUER | {"additionalClaims": [CLAIM, CLAIM]}]}, "must be unique"),
        (GOOD | {"issuers": [ISSUER | {"additionalClaims": [CLAIM | {"claimName": ""}]}]}, "must be unique"),
        (GOOD | {"issuers": [ISSUER | {"issuer": "https://u@a.example"}]}, "not a valid URL"),
        (GOOD | {"issuers": [ISSUER | {"issuer": "https://a.example?b"}]}, "not a valid URL"),
    ],
)
def test_what_is_not_whole_is_refused(value: Any, told: str) -> None:
    with pytest.raises(AwsError) as refused:
        check_configuration(value)
    assert told in refused.value.message and refused.value.status == 400


AUTHORIZER = {
    "name": "jwt",
    "type": "JWT",
    "identitySource": "method.request.header.Authorization",
    "jwtConfiguration": GOOD,
}


def test_an_issuer_says_where_its_keys_are(control):
    control.set(issuers=Answers(issuer="https://keys.example"))
    made = control("CreateAuthorizer", restapi_id=control.api(), **AUTHORIZER)
    assert made["jwtConfiguration"]["issuers"] == [ISSUER | {"jwksUri": "https://keys.example"}]


def test_an_issuer_that_does_not_say_is_refused(control, refused):
    control.set(issuers=Answers())
    assert refused("CreateAuthorizer", restapi_id=control.api(), **AUTHORIZER) == (
        "Invalid issuer: https://issuer.example/. Issuer must have a valid discovery endpoint ending with "
        "'/.well-known/openid-configuration': answered 500, not 200"
    )


def test_an_issuer_in_use_may_be_away(control, refused_patch):
    api_id = control.api()
    control.set(issuers=Answers(issuer="https://keys.example"))
    named = {"restapi_id": api_id}
    named["authorizer_id"] = control("CreateAuthorizer", restapi_id=api_id, **AUTHORIZER)["id"]
    control.set(issuers=Answers())
    changed = control.patch("UpdateAuthorizer", ("replace", "/name", "new"), **named)
    assert changed["jwtConfiguration"]["issuers"][0]["jwksUri"] == "https://keys.example"
    other = json.dumps(GOOD | {"issuers": [ISSUER | {"issuer": "https://other.example"}]})
    assert "answered 500" in refused_patch("UpdateAuthorizer", ("replace", "/jwtConfiguration", other), **named)


def test_a_configuration_is_replaced_as_json(control, refused_patch):
    api_id = control.api()
    named = {"restapi_id": api_id}
    named["authorizer_id"] = control("CreateAuthorizer", restapi_id=api_id, **AUTHORIZER)["id"]
    changed = GOOD | {"defaultAlgorithms": ["RS512"]}
    patched = control.patch("UpdateAuthorizer", ("replace", "/jwtConfiguration", json.dumps(changed)), **named)
    assert patched["jwtConfiguration"] == changed
    for value in ("", "[]", "{"):
        told = refused_patch("UpdateAuthorizer", ("replace", "/jwtConfiguration", value), **named)
        assert told == "Invalid value of /jwtConfiguration specified: it must be a JSON object"
