"""Claims as texts."""

from limen.features.authorizers.jwt_texts import claims_of_pool, claims_of_token


def test_claims_of_a_token_are_written_as_go_writes_them() -> None:
    claims = {
        "text": "a b",
        "whole": 1700000000,
        "float": 1.5,
        "exact": 2.0,
        "huge": 1e300,
        "yes": True,
        "no": False,
        "nothing": None,
        "list": ["a", "b", 1, [True]],
        "empty": [],
        "object": {"b": 1, "a": ["x"]},
    }
    assert claims_of_token(claims) == {
        "text": "a b",
        "whole": "1700000000",
        "float": "1.5",
        "exact": "2",
        "huge": "1e+300",
        "yes": "true",
        "no": "false",
        "nothing": "<nil>",
        "list": "[a b 1 [true]]",
        "empty": "[]",
        "object": "map[a:[x] b:1]",
    }


def test_claims_of_a_pool_are_written_as_java_writes_them() -> None:
    claims = {
        "sub": "ana",
        "auth_time": 1479664093,
        "exp": 1479664093,
        "iat": 1e300,
        "email_verified": True,
        "cognito:groups": ["admins", "staff"],
        "identities": [{"providerName": "x"}],
        "nothing": None,
    }
    assert claims_of_pool(claims) == {
        "sub": "ana",
        "auth_time": "1479664093",
        "exp": "Sun Nov 20 17:48:13 UTC 2016",
        "iat": "1e+300",
        "email_verified": "true",
        "cognito:groups": "admins,staff",
        "identities": '[{"providerName":"x"}]',
        "nothing": "null",
    }
