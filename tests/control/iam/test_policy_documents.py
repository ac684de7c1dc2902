"""What is a policy and what is not, in the words of AWS."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.errors import AwsError
from limen.control.iam.policy_documents import check_identity_policy, check_trust_policy

GOOD = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}


def refusal(check, statement: object, **elements: object) -> str:
    text = statement if isinstance(statement, str) else json.dumps({"Statement": statement, **elements})
    with pytest.raises(AwsError) as raised:
        check(text)
    assert raised.value.code == "MalformedPolicyDocument"
    return raised.value.message


@pytest.mark.parametrize(
    "statement",
    [
        GOOD,
        [GOOD],
        {**GOOD, "Resource": ["arn:aws:*", "arn:aws:s3:::bucket"]},
        {"Effect": "Deny", "NotAction": ["iam:*", "*"], "NotResource": ["arn:aws:apigateway:*::/*"]},
        {**GOOD, "Sid": "One1", "Condition": {"Bool": {"aws:SecureTransport": True}, "Null": {"a": "true"}}},
        {**GOOD, "Resource": ["arn:aws:iam::000000000000:user/${aws:username}", "*foo*"]},
    ],
)
def test_policies_in_order(statement: object):
    check_identity_policy(json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": statement}))


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("{", "This policy contains invalid Json"),
        ("[]", "Syntax errors in policy."),
        ('{"Statements": []}', "Syntax errors in policy."),
        ([], "Syntax errors in policy."),
        ({**GOOD, "Effect": "allow"}, "Syntax errors in policy."),
        ({**GOOD, "Actions": "*"}, "Syntax errors in policy."),
        ({**GOOD, "NotAction": "*"}, "Syntax errors in policy."),
        ({**GOOD, "Condition": {"Bool": "x"}}, "Syntax errors in policy."),
        ({**GOOD, "Principal": "*"}, "Policy document should not specify a principal."),
        ({"Effect": "Allow", "Resource": "*"}, "Policy statement must contain actions."),
        ({"Effect": "Allow", "Action": [], "Resource": "*"}, "Policy statement must contain actions."),
        ({"Effect": "Allow", "Action": "*"}, "Policy statement must contain resources."),
        ({**GOOD, "Resource": "arn:aws:s3::bucket"}, "The policy failed legacy parsing"),
        ({**GOOD, "Resource": "foo"}, 'Resource foo must be in ARN format or "*".'),
        (
            {**GOOD, "Action": "Invoke"},
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        ([{**GOOD, "Sid": "a"}, {**GOOD, "Sid": "a"}], "Statement IDs (SID) in a single policy must be unique."),
    ],
)
def test_other_things(statement: object, message: str):
    assert refusal(check_identity_policy, statement) == message


def test_a_version_is_one_of_two():
    assert "valid version" in refusal(check_identity_policy, GOOD, Version="2020-01-01")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ({**TRUST, "Resource": "*"}, "Has prohibited field Resource"),
        ({"Effect": "Allow", "Action": "sts:AssumeRole"}, "Missing required field Principal"),
        ({**TRUST, "Action": "s3:GetObject"}, "AssumeRole policy may only specify STS AssumeRole actions."),
        ({**TRUST, "Principal": {"User": "x"}}, "Invalid principal in policy: User"),
        ({**TRUST, "Principal": "me"}, "Syntax errors in policy."),
        ({**TRUST, "Principal": {"AWS": "me"}}, 'Invalid principal in policy: "AWS":"me"'),
        (
            {**TRUST, "Principal": {"AWS": ["*", "arn:aws:iam::1:root"]}},
            'Invalid principal in policy: "AWS":"arn:aws:iam::1:root"',
        ),
        (
            {**TRUST, "Principal": {"AWS": "arn:aws:iam::000000000000:user/*\n"}},
            'Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:user/*\n"',
        ),
        ({**TRUST, "Principal": {"Service": "lambda"}}, 'Invalid principal in policy: "SERVICE":"lambda"'),
        (
            {"Effect": "Allow", "NotPrincipal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"},
            "NotPrincipal is not supported with the effect Allow.",
        ),
    ],
)
def test_trust_policies_name_who_and_not_what(statement: object, message: str):
    assert refusal(check_trust_policy, statement) == message


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": ["arn:aws:iam::000000000000:root", "AROAJQABLZS4A3QDU576Q", "arn:aws:iam::000000000000:role/a/b"]},
        {"AWS": "arn:aws:sts::000000000000:assumed-role/a/session", "Service": "lambda.amazonaws.com"},
        {"Federated": "cognito-identity.amazonaws.com"},
    ],
)
def test_a_trust_policy_in_order(principal: object):
    check_trust_policy(json.dumps({"Statement": [TRUST, {**TRUST, "Principal": principal, "Effect": "Deny"}]}))


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.sampled_from(["Allow", "*", "sts:AssumeRole"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Resource", "Principal", "Condition", "AWS"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_policy_or_refused(document: object):
    for check in (check_identity_policy, check_trust_policy):
        try:
            check(json.dumps(document))
        except AwsError as error:
            assert error.code == "MalformedPolicyDocument"
