"""Policies that functions answer: what they grant, against a slow and obvious evaluator, and what is none."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.features.authorizers.granted import (
    LONGEST_RESOURCE,
    Granted,
    MalformedPolicyError,
    Verdict,
)
from limen.gateway.exchange import Exchange
from tests.integrations.proxying import stage_plan
from tests.support import exchanges


def exchange() -> Exchange:
    made = exchanges.exchange()
    made.stage = stage_plan("stage")
    return made


ARN = "arn:aws:execute-api:us-east-1:000000000000:api1/prod/GET/pets/7"


def granted(*statements: dict[str, Any]) -> Granted:
    return Granted({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect: str = "Allow", resource: Any = "*", **members: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource, **members}


@pytest.mark.parametrize(
    ("statements", "verdict"),
    [
        ([statement()], Verdict.ALLOWED),
        ([statement(resource=ARN)], Verdict.ALLOWED),
        ([statement(resource=["arn:x", ARN])], Verdict.ALLOWED),
        ([statement(resource=ARN.replace("/7", "/?"))], Verdict.ALLOWED),
        ([statement(resource="arn:aws:execute-api:*:*:api1/*/GET/*")], Verdict.ALLOWED),
        ([statement(resource=ARN.replace("GET", "POST"))], Verdict.DENIED),
        ([statement(resource=ARN.replace("pets", "Pets"))], Verdict.DENIED),
        ([statement(), statement("Deny", ARN)], Verdict.DENIED_EXPLICITLY),
        ([statement("Deny", ARN + "0"), statement()], Verdict.ALLOWED),
        ([], Verdict.DENIED),
        ([{"Effect": "Allow", "Action": "EXECUTE-API:invoke", "Resource": "*"}], Verdict.ALLOWED),
        ([{"Effect": "Allow", "Action": "execute-api:*", "Resource": "*"}], Verdict.ALLOWED),
        ([{"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": "*"}], Verdict.DENIED),
        ([{"Effect": "Allow", "NotAction": "execute-api:Invoke", "Resource": "*"}], Verdict.DENIED),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], Verdict.ALLOWED),
        ([{"Effect": "Allow", "Action": "*", "NotResource": ARN}], Verdict.DENIED),
        ([{"Effect": "Deny", "Action": "*", "NotResource": "arn:x"}, statement()], Verdict.DENIED_EXPLICITLY),
        ([statement(Condition={"Unknown": {"a": "b"}})], Verdict.DENIED),
        ([statement("Deny", Condition={"Unknown": {"a": "b"}}), statement()], Verdict.DENIED_EXPLICITLY),
        ([statement(Condition={"Bool": {"aws:SecureTransport": "true"}})], Verdict.ALLOWED),
        ([statement(Condition={"StringLike": {"aws:UserAgent": "curl/*"}})], Verdict.DENIED),
        ([statement(Condition={"StringNotEquals": {"unknown:Key": "1"}})], Verdict.DENIED),
        ([statement(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}})], Verdict.ALLOWED),
    ],
)
def test_what_is_granted(statements: list[dict[str, Any]], verdict: Verdict) -> None:
    assert granted(*statements).weigh(ARN, exchange()) is verdict


def test_one_statement_need_not_be_a_list() -> None:
    assert Granted({"Statement": statement()}).weigh(ARN, exchange()) is Verdict.ALLOWED


def test_the_statement_that_decides_is_found() -> None:
    deny, allow = statement("Deny", ARN, Sid="no"), statement(Sid="yes")
    assert granted(allow, deny).find_statement(ARN, exchange()) == deny
    assert granted(statement(resource="arn:x"), allow).find_statement(ARN, exchange()) == allow
    assert granted(statement(resource="arn:x")).find_statement(ARN, exchange()) is None


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (None, "no object"),
        ("{}", "no object"),
        ({}, "no Statement"),
        ({"Statement": ["x"]}, "a statement is no object"),
        ({"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}, "Effect"),
        ({"Statement": [{"Effect": "Allow", "Resource": "*"}]}, "Action"),
        ({"Statement": [{"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}]}, "Action"),
        ({"Statement": [{"Effect": "Allow", "Action": "*"}]}, "Resource"),
        ({"Statement": [{"Effect": "Allow", "Action": [], "Resource": "*"}]}, "Action"),
        ({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": [1]}]}, "Resource"),
        ({"Statement": [statement(resource="x" * (LONGEST_RESOURCE + 1))]}, "512"),
        ({"Statement": [statement(Condition=[])]}, "Condition"),
        ({"Statement": [statement(Principal="*")]}, "Principal"),
    ],
)
def test_what_is_no_policy_is_refused_and_named(document: Any, told: str) -> None:
    with pytest.raises(MalformedPolicyError, match=told):
        Granted(document)


PATTERN = st.text("ab*?/", max_size=8)
STATEMENTS = st.lists(
    st.tuples(st.sampled_from(["Allow", "Deny"]), st.lists(PATTERN, min_size=1, max_size=3)), max_size=4
)


def _slow_verdict(statements: list[tuple[str, list[str]]], arn: str) -> Verdict:
    def matches(pattern: str) -> bool:
        expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
        return re.fullmatch(expression, arn, re.DOTALL) is not None

    effects = {effect for effect, patterns in statements if any(map(matches, patterns))}
    if "Deny" in effects:
        return Verdict.DENIED_EXPLICITLY
    return Verdict.ALLOWED if "Allow" in effects else Verdict.DENIED


@given(STATEMENTS, st.text("ab/", max_size=8))
def test_wildcards_mean_what_a_slow_reader_makes_of_them(statements: list[tuple[str, list[str]]], arn: str) -> None:
    policy = granted(*[statement(effect, patterns) for effect, patterns in statements])
    assert policy.weigh(arn, exchange()) is _slow_verdict(statements, arn)
