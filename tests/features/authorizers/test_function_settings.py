"""What of a document an authorizer is made of, and what is refused."""

from typing import Any

import pytest

from limen.features.authorizers.function_settings import read_http_settings, read_rest_settings
from limen.features.authorizers.guarded import Guarded
from limen.gateway.errors import PlanError
from tests.features.authorizers.asking import HTTP, REQUEST, TOKEN, URI


def guarded(authorizer: dict[str, Any] | None, **variables: str) -> Guarded:
    if authorizer is not None:
        authorizer = {"id": "au1", "authorizerId": "au1", "authorizerUri": URI, **authorizer}
    return Guarded(
        method={"authorizerId": "au1"},
        authorizer=authorizer,
        where="method",
        account="000000000000",
        region="us-east-1",
        api_id="api1",
        stage_name="prod",
        variables=variables,
    )


def test_rest_authorizers_keep_answers_for_five_minutes_unless_told_otherwise() -> None:
    assert read_rest_settings(guarded(TOKEN)).ttl == 300
    assert read_rest_settings(guarded(TOKEN | {"authorizerResultTtlInSeconds": 0})).ttl == 0
    assert read_http_settings(guarded(HTTP)).ttl == 0


def test_who_has_to_bring_an_identity() -> None:
    assert read_rest_settings(guarded(TOKEN | {"authorizerResultTtlInSeconds": 0})).requires_identity
    assert read_rest_settings(guarded(REQUEST)).requires_identity
    assert not read_rest_settings(guarded(REQUEST | {"authorizerResultTtlInSeconds": 0})).requires_identity
    assert not read_http_settings(guarded(HTTP)).requires_identity
    assert read_http_settings(guarded(HTTP | {"identitySource": ["$request.header.A"]})).requires_identity


@pytest.mark.parametrize(
    ("read", "authorizer", "told"),
    [
        (read_rest_settings, None, "does not exist"),
        (read_rest_settings, {"type": "JWT"}, "of type JWT"),
        (read_rest_settings, {"type": "TOKEN"}, "no identity source"),
        (read_rest_settings, {"type": "REQUEST", "authorizerResultTtlInSeconds": 5}, "no identity source"),
        (read_rest_settings, TOKEN | {"identityValidationExpression": "("}, "identityValidationExpression"),
        (read_http_settings, None, "does not exist"),
        (read_http_settings, {"authorizerType": "JWT"}, "of type JWT"),
        (read_http_settings, HTTP | {"authorizerPayloadFormatVersion": None}, "payload format version None"),
        (read_http_settings, HTTP | {"authorizerResultTtlInSeconds": 5}, "no identity source"),
    ],
)
def test_what_cannot_be_built_says_so(read: Any, authorizer: dict[str, Any] | None, told: str) -> None:
    with pytest.raises(PlanError, match=told):
        read(guarded(authorizer))


def test_answers_depend_on_all_that_is_configured() -> None:
    seen = {
        read_rest_settings(guarded(authorizer, **variables)).configuration
        for authorizer in (TOKEN, TOKEN | {"authorizerUri": "x"}, TOKEN | {"authorizerResultTtlInSeconds": 1})
        for variables in ({}, {"a": "1"})
    }
    assert len(seen) == 6
