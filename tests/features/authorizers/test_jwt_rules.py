"""Claims against a slow and obvious reading of the rules, and against PyJWT."""

import time
from typing import Any

import jwt
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.features.authorizers.jwt_http import HttpJwt
from limen.features.authorizers.jwt_rules import IssuerRules, RefusedError
from limen.jose.signing import SigningKey
from tests.support.tokens import signing_key

NOW = 1_700_000_000.0
TIMES = st.sampled_from(
    [NOW - 1, NOW, NOW + 1, int(NOW) - 1, int(NOW) + 1, 0, -5, 1e300, True, "1800000000", [], {}, None]
)
NAMES = st.sampled_from(["shop", "admin", "", "SHOP", "shop ", 7, None])
CLAIMS = st.fixed_dictionaries(
    {},
    optional={
        "exp": TIMES,
        "nbf": TIMES,
        "iat": TIMES,
        "aud": NAMES | st.lists(NAMES, max_size=3),
        "client_id": NAMES | st.lists(NAMES, max_size=2),
    },
)
RULES = IssuerRules("https://issuer.example", frozenset({"shop", "admin"}), takes_client_id=True)


def is_good(claims: dict[str, Any]) -> bool:
    """As the guide has it, word by word."""

    def is_number(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    audience = claims.get("aud")
    if audience is None:
        if claims.get("client_id") not in ("shop", "admin"):
            return False
    elif isinstance(audience, list):
        if not all(isinstance(each, str) for each in audience) or not {"shop", "admin"} & set(audience):
            return False
    elif audience not in ("shop", "admin"):
        return False
    if not is_number(claims.get("exp")) or not claims["exp"] > NOW:
        return False
    return all(claims.get(name) is None or (is_number(claims[name]) and claims[name] <= NOW) for name in ("nbf", "iat"))


@settings(max_examples=1000)
@given(CLAIMS)
def test_claims_are_judged_as_the_guide_says(claims: dict[str, Any]) -> None:
    try:
        expires = HttpJwt([]).check(claims, RULES, NOW)
    except RefusedError as refused:
        assert not is_good(claims)
        assert refused.description.isascii() and refused.description.isprintable()
    else:
        assert is_good(claims) and expires == claims["exp"]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(-3, 3).map(lambda minutes: minutes * 60 + 30),
    st.integers(-3, 3).map(lambda minutes: minutes * 60 + 30),
    st.sampled_from(["shop", "other", ["other", "shop"], []]),
)
def test_what_pyjwt_takes_is_taken(exp: int, nbf: int, aud: Any) -> None:
    now = time.time()
    key: SigningKey = signing_key()
    claims = {"iss": RULES.name, "aud": aud, "exp": int(now + exp), "nbf": int(now + nbf)}
    try:
        jwt.decode(key.sign(claims), jwt.PyJWK(key.public_jwk()), ["RS256"], audience=["shop", "admin"])
        is_taken = True
    except jwt.InvalidTokenError:
        is_taken = False
    try:
        HttpJwt([]).check(claims, RULES, now)
        assert is_taken
    except RefusedError:
        assert not is_taken
