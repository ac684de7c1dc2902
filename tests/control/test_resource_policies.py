"""What is a resource policy, and what `limen check` says of one."""

from typing import Any

import orjson
import pytest

from limen.control.openapi.keyword import Classification
from limen.control.resource_policies import INVALID, is_policy, judge_policy

STATEMENT = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}


def policy(**elements: Any) -> dict[str, Any]:
    kept = {name: value for name, value in {**STATEMENT, **elements}.items() if value is not None}
    return {"Version": "2012-10-17", "Statement": [kept]}


@pytest.mark.parametrize(
    "document",
    [
        policy(),
        {"Id": "mine", "Statement": STATEMENT},
        policy(Sid="one", Principal={"AWS": ["111111111111", "arn:aws:iam::111111111111:role/dev"]}),
        policy(Resource=["arn:aws:execute-api:us-east-1:111111111111:a1/*", "*"]),
        policy(Principal={"AWS": "111111111111", "Federated": "cognito-identity.amazonaws.com"}),
        policy(Condition={"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}}),
        policy(Condition={"StringEquals": {"a:key": "that nobody knows"}}),
    ],
)
def test_what_is_a_policy(document: dict[str, Any]) -> None:
    assert is_policy(document)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"Statement": []},
        {"Statement": ["x"]},
        {"Statement": STATEMENT, "Version": "2015-01-01"},
        {"Statement": STATEMENT, "Statements": []},
        policy(Effect="allow"),
        policy(Effect=None),
        policy(Principal=None),
        policy(Principal={"AWS": "nobody"}),
        policy(Principal={"AWS": "arn:aws:iam::111111111111:user/*"}),
        policy(Principal={"Everybody": "*"}),
        policy(Action=None),
        policy(NotAction="execute-api:Invoke"),
        policy(Resource=None),
        policy(Resource="/pets"),
        policy(Resource=["execute-api:/*", "pets"]),
        policy(Conditions={}),
        policy(Condition={"StringEqual": {"aws:SourceIp": "x"}}),
        policy(Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/33"}}),
        policy(Condition={"DateLessThan": {"aws:CurrentTime": "soon"}}),
        policy(Condition=[]),
    ],
)
def test_what_is_none(document: Any) -> None:
    assert not is_policy(document)
    if document:
        assert (judge_policy(document).classification, judge_policy(document).reason) == (
            Classification.REFUSED,
            INVALID,
        )


def test_what_check_says_of_a_policy() -> None:
    assert judge_policy(policy()).classification is Classification.ENFORCED
    assert judge_policy(orjson.dumps(policy()).decode()).classification is Classification.ENFORCED
    assert judge_policy("").classification is Classification.ENFORCED
    assert judge_policy("{").classification is Classification.REFUSED
    unknown = judge_policy(policy(Condition={"StringNotEquals": {"s3:prefix": "1"}}))
    assert unknown.classification is Classification.STORED
    assert not unknown.is_security
    assert unknown.reason == ("statement 0 lets nothing through, for the condition key s3:prefix is not known here")
