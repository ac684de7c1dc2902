"""What is shown of a caller: in variables, in templates, and in the events of functions."""

from typing import Any

import orjson
import pytest

from limen.gateway.caller import Caller, IamIdentity
from limen.gateway.caller_view import http_authorizer_v1, http_authorizer_v2, identity_of, rest_authorizer
from limen.gateway.context import find_variable
from limen.gateway.exchange import Exchange
from limen.gateway.rest_context import find_rest_variable
from limen.gateway.template_context import context_map
from limen.templates.run import find_property
from tests.support.exchanges import exchange

FUNCTION = Caller("lambda", principal_id="ana", context={"team": "red", "level": 3, "tags": ["a"], "error": "forged"})
TOKEN = Caller("cognito", claims={"sub": "s1", "custom:role": "admin"})
JWT = Caller("jwt", claims={"sub": "s1"}, scopes=["orders/read"])
SIGNED = Caller("iam", iam=IamIdentity("AKIA1", "123456789012", "AIDA1", "arn:aws:iam::123456789012:user/ana"))


def asked(caller: Caller | None) -> Exchange:
    made = exchange("GET /")
    made.caller = caller
    made.authorizer_latency = 0.0129
    made.authorizer_status = 200
    made.authorizer_integration_status = 200
    made.authorizer_request_id = "r-1"
    return made


@pytest.mark.parametrize("find", [find_variable, find_rest_variable])
@pytest.mark.parametrize(
    ("caller", "name", "value"),
    [
        (FUNCTION, "authorizer.principalId", "ana"),
        (FUNCTION, "authorizer.team", "red"),
        (FUNCTION, "authorizer.level", "3"),
        (FUNCTION, "authorizer.tags", '["a"]'),
        (FUNCTION, "authorizer.nothing", None),
        (FUNCTION, "authorizer.error", None),
        (FUNCTION, "authorizer.claims.sub", None),
        (FUNCTION, "authorizer.latency", "12"),
        (FUNCTION, "authorizer.integrationLatency", "12"),
        (FUNCTION, "authorizer.status", "200"),
        (FUNCTION, "authorizer.integrationStatus", "200"),
        (FUNCTION, "authorizer.requestId", "r-1"),
        (FUNCTION, "identity.accountId", None),
        (TOKEN, "authorizer.claims.sub", "s1"),
        (TOKEN, "authorizer.claims", None),
        (TOKEN, "authorizer.principalId", None),
        (SIGNED, "identity.accountId", "123456789012"),
        (SIGNED, "identity.caller", "AIDA1"),
        (SIGNED, "identity.user", "AIDA1"),
        (SIGNED, "identity.userArn", "arn:aws:iam::123456789012:user/ana"),
        (SIGNED, "identity.accessKey", "AKIA1"),
        (SIGNED, "identity.principalOrgId", None),
        (None, "authorizer.principalId", None),
        (None, "authorizer.team", None),
        (None, "identity.user", None),
    ],
)
def test_a_variable(find: Any, caller: Caller | None, name: str, value: str | None) -> None:
    assert find(name).read(asked(caller)) == value


def in_template(caller: Caller | None, *names: str) -> Any:
    value: Any = context_map(asked(caller))
    for name in names:
        value = find_property(value, name)
    return value


@pytest.mark.parametrize(
    ("caller", "names", "value"),
    [
        (FUNCTION, ("authorizer", "team"), "red"),
        (FUNCTION, ("authorizer", "level"), "3"),
        (FUNCTION, ("authorizer", "principalId"), "ana"),
        (FUNCTION, ("authorizer", "error"), None),
        (FUNCTION, ("authorizer", "claims"), None),
        (FUNCTION, ("authorizer", "claims", "sub"), None),
        (TOKEN, ("authorizer", "claims", "custom:role"), "admin"),
        (TOKEN, ("authorizer", "claims", "nothing"), None),
        (SIGNED, ("identity", "userArn"), "arn:aws:iam::123456789012:user/ana"),
        (None, ("authorizer", "team"), None),
    ],
)
def test_what_a_template_sees(caller: Caller | None, names: tuple[str, ...], value: Any) -> None:
    assert in_template(caller, *names) == value


@pytest.mark.parametrize(
    ("caller", "shown"),
    [
        (
            FUNCTION,
            {
                "team": "red",
                "level": "3",
                "tags": '["a"]',
                "error": "forged",
                "principalId": "ana",
                "integrationLatency": 12,
            },
        ),
        (TOKEN, {"claims": {"sub": "s1", "custom:role": "admin"}}),
        (JWT, {"claims": {"sub": "s1"}, "scopes": ["orders/read"]}),
        (SIGNED, None),
        (None, None),
    ],
)
def test_the_event_of_a_rest_api(caller: Caller | None, shown: Any) -> None:
    assert rest_authorizer(asked(caller)) == shown


def test_no_key_of_a_context_stands_in_for_the_principal() -> None:
    caller = Caller("lambda", principal_id="ana", context={"principalId": "root", "integrationLatency": "x"})
    assert rest_authorizer(asked(caller)) == {"principalId": "ana", "integrationLatency": 12}


def test_events_of_http_apis_in_format_1() -> None:
    assert http_authorizer_v1(asked(None)) == {"claims": None, "scopes": None}
    assert http_authorizer_v1(asked(JWT)) == {"claims": {"sub": "s1"}, "scopes": ["orders/read"]}
    assert http_authorizer_v1(asked(SIGNED)) == {"claims": None, "scopes": None}
    shown = http_authorizer_v1(asked(FUNCTION))
    assert shown["tags"] == ["a"] and shown["principalId"] == "ana" and shown["integrationLatency"] == 12


@pytest.mark.parametrize(
    ("caller", "shown"),
    [
        (FUNCTION, {"lambda": {"team": "red", "level": 3, "tags": ["a"], "error": "forged"}}),
        (JWT, {"jwt": {"claims": {"sub": "s1"}, "scopes": ["orders/read"]}}),
        (
            SIGNED,
            {
                "iam": {
                    "accessKey": "AKIA1",
                    "accountId": "123456789012",
                    "callerId": "AIDA1",
                    "cognitoIdentity": None,
                    "principalOrgId": None,
                    "userArn": "arn:aws:iam::123456789012:user/ana",
                    "userId": "AIDA1",
                }
            },
        ),
    ],
)
def test_events_of_http_apis_in_format_2(caller: Caller, shown: Any) -> None:
    assert orjson.loads(http_authorizer_v2(caller)) == shown
    assert http_authorizer_v2(caller) is http_authorizer_v2(caller)


def test_only_a_signed_request_has_an_identity() -> None:
    assert identity_of(None) == identity_of(FUNCTION) == {}
    assert identity_of(SIGNED)["caller"] == "AIDA1"
    assert identity_of(SIGNED)["principalOrgId"] is None
